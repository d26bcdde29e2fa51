// Where ONNX Runtime's shared library may be.

import Foundation

/// Lists the libraries to try, in order: what `BONSAI_ONNXRUNTIME` names, and nothing else if it is
/// set; the environment `.venv` in the current folder and in the folders above the running program;
/// the system's own.
public struct ONNXRuntimeLocation: Sendable {
  /// The variable that names a library or a folder with one.
  public static let variable = "BONSAI_ONNXRUNTIME"

  /// The process's environment variables.
  public var environment: [String: String]
  /// The folder the program was started in.
  public var currentFolder: String
  /// The running program's file.
  public var executable: String

  /// The places this process should look at.
  public init(
    environment: [String: String] = ProcessInfo.processInfo.environment,
    currentFolder: String = FileManager.default.currentDirectoryPath,
    executable: String = Bundle.main.executablePath ?? CommandLine.arguments.first ?? ""
  ) {
    self.environment = environment
    self.currentFolder = currentFolder
    self.executable = executable
  }

  /// The libraries to try, best first.
  public func candidates() -> [String] {
    if let given = environment[Self.variable], !given.isEmpty {
      let found = libraries(in: given) + libraries(in: given + "/lib")
      return found.isEmpty ? [given] : found
    }
    var folders = [currentFolder]
    var folder = URL(fileURLWithPath: executable).resolvingSymlinksInPath()
    while folder.path != "/", folder.pathComponents.count > 1 {
      folder.deleteLastPathComponent()
      folders.append(folder.path)
    }
    var found: [String] = []
    for folder in folders {
      for path in environmentLibraries(in: folder) where !found.contains(path) {
        found.append(path)
      }
    }
    return found + ["libonnxruntime.so", "libonnxruntime.so.1", "libonnxruntime.dylib"]
  }

  /// The libraries of the Python environment `.venv` in a folder.
  private func environmentLibraries(in folder: String) -> [String] {
    let lib = folder + "/.venv/lib"
    return names(in: lib).filter { $0.hasPrefix("python3") }.flatMap {
      libraries(in: "\(lib)/\($0)/site-packages/onnxruntime/capi")
    }
  }

  /// The files of a folder that are named as the library is.
  private func libraries(in folder: String) -> [String] {
    names(in: folder).filter {
      $0 == "libonnxruntime.so" || $0.hasPrefix("libonnxruntime.so.")
        || ($0.hasPrefix("libonnxruntime.") && $0.hasSuffix(".dylib"))
    }.map { "\(folder)/\($0)" }
  }

  private func names(in folder: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
  }
}
