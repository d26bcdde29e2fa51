// The stored result of a recipe's experiment: a file of docs/evidence, made by `make evidence`.

import Data
import Foundation

/// The stored result of a recipe's experiment, over some seeds.
public struct StoredEvidence: Codable, Sendable {
  /// One run.
  public struct Run: Codable, Sendable {
    public var seed: UInt64
    public var seconds: Double
    public var accuracy: RunResult.Change<Double>?
    public var loss: RunResult.Change<Double>?
    /// The least test error after any epoch of the last training; absent where none was tested.
    public var leastError: Double?
    public var sparsity: RunResult.Change<Double>
    public var effectiveSparsity: RunResult.Change<Double>?
    public var params: RunResult.Change<Int>
    public var macs: RunResult.Change<Int>
    public var bytes: RunResult.Change<Int>
    /// What tasks measured, by `NUMBER TITLE: NAME`.
    public var measures: [String: Double]?
    /// How many filters or neurons are left, by the layer that makes them; absent where none left.
    public var kept: [String: Int]?
  }

  /// A figure over the runs.
  public struct Spread: Codable, Sendable {
    public var mean: Double
    /// The standard deviation of the sample; 0 for a single run.
    public var deviation: Double
  }

  /// A figure that the paper reports, and ours, where one is compared.
  public struct Claim: Codable, Sendable {
    public var text: String
    public var value: Double
    public var ours: String?
    public var mean: Double?
    public var deviation: Double?
  }

  /// Where it was measured.
  public struct Machine: Codable, Sendable {
    public var cores: Int
    public var processes: Int
    public var threads: Int
    public var device: String
  }

  public var recipe: String
  public var command: String
  /// The commits of the program at which the runs began, each once.
  public var commits: [String]
  /// The checksum of what the recipe did; see ``Recipe/digest``.
  public var digest: String
  public var machine: Machine
  /// The time of all runs, one after the other.
  public var seconds: Double
  public var runs: [Run]
  public var figures: [String: Spread]
  public var reported: [Claim]

  /// Whether `recipe` does today what it did when this was measured.
  public func isCurrent(for recipe: Recipe) -> Bool { digest == recipe.digest }

  /// Reads the evidence that `path` names, relative to the project's folder.
  ///
  /// - Returns: `nil` where the program does not lie in the project and the file is not here.
  /// - Throws: ``RecipeError/file(path:reason:)`` where it is no evidence.
  public static func read(_ path: String) throws(RecipeError) -> StoredEvidence? {
    guard let file = location(of: path) else { return nil }
    do {
      return try JSONDecoder().decode(Self.self, from: Foundation.Data(try FileBytes.read(file)))
    } catch {
      throw .file(path: file, reason: "it is no evidence as 'make evidence' writes it: \(error)")
    }
  }

  /// `path` in the current folder, or in the project that the program was built in.
  private static func location(of path: String) -> String? {
    var folder = Bundle.main.executableURL?.resolvingSymlinksInPath().deletingLastPathComponent()
    var places = [path]
    while let here = folder, here.path != "/" {
      places.append(here.appendingPathComponent(path).path)
      folder = here.deletingLastPathComponent()
    }
    return places.first { FileManager.default.fileExists(atPath: $0) }
  }
}

extension Recipe {
  /// The keys that say what a recipe is, not what it does.
  private static let head: Set = [
    "id", "title", "about", "cite", "kind", "formula", "property", "evidence", "reported",
  ]

  /// The SHA-256 of what the recipe does: its lines without the head, comments and empty lines.
  public var digest: String {
    var lines: [Substring] = []
    var isHead = false
    for line in source.split(whereSeparator: \.isNewline) {
      let key = line.prefix { $0.isASCII && ($0.isLetter || $0 == "-") }
      if !key.isEmpty, line.dropFirst(key.count).first == ":" {
        isHead = Self.head.contains(String(key))
      }
      guard !isHead, let first = line.first(where: { $0 != " " }), first != "#" else { continue }
      lines.append(line)
    }
    let text = lines.map { $0.trimmingSuffix { $0 == " " } + "\n" }.joined()
    return FileBytes.sha256(bytes: Array(text.utf8))
  }
}

extension Substring {
  fileprivate func trimmingSuffix(_ drops: (Character) -> Bool) -> Substring {
    var text = self
    while let last = text.last, drops(last) { text.removeLast() }
    return text
  }
}
