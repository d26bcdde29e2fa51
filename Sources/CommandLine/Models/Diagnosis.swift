// What is found out about the machine: each part with what was found and how to get it.

import Data
import Foundation
import Runtimes
import Torch

/// One part of the machine that matters here.
struct Diagnosis: Encodable {
  /// What was looked for.
  let name: String
  /// Whether it is there.
  let ok: Bool
  /// What was found.
  let detail: String
  /// How to get it, where it is missing.
  let fix: String?

  private init(_ name: String, _ detail: String) {
    (self.name, ok, self.detail, fix) = (name, true, detail, nil)
  }

  private init(_ name: String, missing detail: String, fix: String) {
    (self.name, ok, self.detail, self.fix) = (name, false, detail, fix)
  }

  /// Every part, the most important first.
  static func all() -> [Diagnosis] {
    [libtorch(), onnxRuntime(), python(), curl()] + DatasetCatalog.cards.map(dataset)
      + [processors(), memory(), disk(), openMP()]
  }

  private static func libtorch() -> Diagnosis {
    switch Engine.availability {
    case .failure(let error):
      return Diagnosis(
        "libtorch", missing: "\(error)",
        fix: "make setup, then build again; or set LIBTORCH to a copy and build again")
    case .success(let version):
      let place = loadedLibrary(named: "libtorch_cpu").map { " in \($0)" } ?? ""
      let cuda = Engine.cudaDeviceCount > 0 ? ", \(Engine.cudaDeviceCount) CUDA devices" : ""
      return Diagnosis("libtorch", "\(version)\(place), \(Engine.threads) threads\(cuda)")
    }
  }

  private static func onnxRuntime() -> Diagnosis {
    switch ONNXRuntime.shared {
    case .success(let runtime):
      Diagnosis("ONNX Runtime", "\(runtime.version) in \(runtime.library)")
    case .failure(let error):
      Diagnosis(
        "ONNX Runtime", missing: "\(error)",
        fix: "make venv, or set BONSAI_ONNXRUNTIME to its library or folder")
    }
  }

  private static func python() -> Diagnosis {
    guard let text = output(of: ["python3", "--version"]) else {
      return Diagnosis(
        "Python", missing: "python3 cannot be started",
        fix: "install Python 3.10 or newer; make setup and make venv need it")
    }
    return Diagnosis("Python", text)
  }

  private static func curl() -> Diagnosis {
    guard let text = output(of: ["curl", "--version"]) else {
      return Diagnosis(
        "curl", missing: "curl cannot be started", fix: "install curl; bonsai data fetch needs it")
    }
    return Diagnosis("curl", text.split(separator: " ").prefix(2).joined(separator: " "))
  }

  private static func dataset(_ card: DatasetCard) -> Diagnosis {
    do throws(DataError) {
      return Diagnosis("data: \(card.name)", try DatasetCatalog.source(card.name).path)
    } catch {
      return Diagnosis(
        "data: \(card.name)", missing: "not on this machine",
        fix: card.advice(folder: DataLocations.standard.cache)
          .replacingOccurrences(of: "to get it: ", with: "")
          .split(separator: "\n").joined(separator: "; "))
    }
  }

  private static func processors() -> Diagnosis {
    let info = ProcessInfo.processInfo
    return Diagnosis(
      "processors", "\(info.activeProcessorCount) of \(info.processorCount) can be used")
  }

  private static func memory() -> Diagnosis {
    func gigabytes(_ bytes: Double) -> String { String(format: "%.1f GB", bytes / 1e9) }
    let total = gigabytes(Double(ProcessInfo.processInfo.physicalMemory))
    let lines = (try? String(contentsOfFile: "/proc/meminfo", encoding: .utf8)) ?? ""
    let free = lines.split(separator: "\n").first { $0.hasPrefix("MemAvailable:") }
      .flatMap { Double($0.split(separator: " ").dropFirst().first ?? "") }
    return Diagnosis("memory", free.map { "\(gigabytes($0 * 1024)) free of \(total)" } ?? total)
  }

  private static func disk() -> Diagnosis {
    let folder = FileManager.default.currentDirectoryPath
    let free =
      (try? FileManager.default.attributesOfFileSystem(forPath: folder)[.systemFreeSize])
      as? NSNumber
    let text = free.map { String(format: "%.1f GB free", $0.doubleValue / 1e9) } ?? "unknown"
    return Diagnosis("disk", "\(text) in \(folder)")
  }

  private static func openMP() -> Diagnosis {
    let names = ["OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "OMP_NUM_THREADS"]
    let settings = names.compactMap { name in
      getenv(name).map { "\(name)=\(String(cString: $0))" }
    }
    return Diagnosis("OpenMP", settings.isEmpty ? "as it comes" : settings.joined(separator: " "))
  }

  /// The file of a library that this process has opened.
  private static func loadedLibrary(named name: String) -> String? {
    let maps = (try? String(contentsOfFile: "/proc/self/maps", encoding: .utf8)) ?? ""
    let line = maps.split(separator: "\n").first { $0.contains("/\(name).") }
    return line?.firstIndex(of: "/").flatMap { start in line.map { String($0[start...]) } }
  }

  /// The first line a program prints; `nil` where it cannot be started or fails.
  private static func output(of command: [String]) -> String? {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = command
    let pipe = Pipe()
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return nil }
    let bytes = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { return nil }
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n").first.map(String.init)
  }
}
