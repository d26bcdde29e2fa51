// The recipes that come with Bonsai, one file a method.

import Foundation

/// The recipes that come with Bonsai.
public enum Recipes {
  /// The file of the built-in recipe `id`; `nil` where there is none.
  public static func builtIn(_ id: String) -> URL? {
    guard !id.contains("/"), let folder else { return nil }
    let file = folder.appendingPathComponent("\(id).yaml")
    return FileManager.default.fileExists(atPath: file.path) ? file : nil
  }

  /// The names of all built-in recipes, sorted.
  public static var names: [String] {
    guard let folder, let files = try? FileManager.default.contentsOfDirectory(atPath: folder.path)
    else { return [] }
    return files.filter { $0.hasSuffix(".yaml") }.map { String($0.dropLast(5)) }.sorted()
  }

  /// Where the recipes lie: beside the program, in the folder that the build puts there.
  private static var folder: URL? {
    let program = Bundle.main.executableURL?.resolvingSymlinksInPath().deletingLastPathComponent()
    return [program, Bundle.main.bundleURL].compactMap {
      $0?.appendingPathComponent("bonsai_Methods.resources/Recipes")
    }.first { FileManager.default.fileExists(atPath: $0.path) }
  }
}
