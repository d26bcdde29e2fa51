// What can be wrong with a recipe or its run, with the line and the key.

import Data
import Execution
import Network
import ONNX
import Pruning
import Runtimes
import Training

/// What can be wrong with a recipe or its run.
public enum RecipeError: Error {
  /// The file is no YAML.
  case syntax(file: String, line: Int, column: Int, reason: String)
  /// A key's value is not what the grammar expects.
  case value(at: Place, found: String, expected: String)
  /// A key the grammar does not know.
  case unknownKey(at: Place, key: String, known: [String])
  /// A key that must be there is missing.
  case missingKey(at: Place, key: String, expected: String)
  /// Parts that do not go together.
  case combination(at: Place, reason: String)
  /// A file could not be read, or does not hold what it should.
  case file(path: String, reason: String)
  /// A file or folder could not be written; nothing was left under its final name.
  case unwritable(path: String, reason: String)
  /// The run's folder cannot be used.
  case runFolder(path: String, reason: String)
  /// There is no recipe of this name.
  case noSuch(recipe: String, known: [String])
  /// There is no mark of this name in the run.
  case noSuchMark(name: String, known: [String])
  /// The network has another form than it had at a mark; `found` is `nil` where it had no such tensor.
  case markShape(mark: String, tensor: String, found: [Int]?, expected: [Int])
  /// A stage failed; the error of the room below says why.
  case stage(name: String, cause: any Error)

  /// Where in a recipe: file, line and the path of keys.
  public struct Place: Sendable, Hashable {
    /// The file.
    public let file: String
    /// The line, from 1; 0 where it is not known.
    public let line: Int
    /// The path of keys, such as `stages[1].prune.target`.
    public let path: String
  }
}

extension RecipeError {
  /// Whether it says itself where in the recipe it is.
  var hasPlace: Bool {
    switch self {
    case .value, .unknownKey, .missingKey, .combination, .stage: true
    default: false
    }
  }
}

extension RecipeError: CustomStringConvertible {
  /// One sentence: what, where, what was expected, what to do.
  public var description: String {
    switch self {
    case .syntax(let file, let line, let column, let reason):
      "\(file):\(line):\(column): this is not YAML: \(reason); look at how this line and the one before "
        + "are indented (with spaces, those of one mapping alike), and for quotes and brackets left open"
    case .value(let place, let found, let expected):
      "\(place): \(found) was found; \(expected) was expected"
    case .unknownKey(let place, let key, let known):
      "\(place): the key '\(key)' is not known here; "
        + (Double(key) != nil ? "a fraction is written with a point, such as 0.1; " : "")
        + Spelling.suggestion(for: key, of: known)
        + (known.isEmpty
          ? "there is nothing to set" : "known: \(known.joined(separator: ", "))")
    case .missingKey(let place, let key, let expected):
      "\(place): the key '\(key)' is missing; it holds \(expected)"
    case .combination(let place, let reason):
      "\(place): \(reason)"
    case .file(let path, let reason):
      "\(path): \(reason)"
    case .unwritable(let path, let reason):
      "cannot write \(path): \(reason); nothing was left under that name"
    case .runFolder(let path, let reason):
      "the run's folder \(path) cannot be used: \(reason)"
    case .noSuch(let recipe, let known):
      "there is no recipe '\(recipe)', neither as a file nor in the catalogue; "
        + "\(Spelling.suggestion(for: recipe, of: known))known: \(known.joined(separator: ", "))"
    case .noSuchMark(let name, let known):
      "there is no mark '\(name)' here; there are: "
        + (known.isEmpty ? "none" : known.joined(separator: ", "))
        + ". A stage train sets marks: {\(name): {step: 500}}"
    case .markShape(let mark, let tensor, let found, let expected):
      "the network cannot go back to the mark '\(mark)': '\(tensor)' has the shape \(expected) now, "
        + "and \(found.map { "had the shape \($0)" } ?? "was not there") then"
    case .stage(let name, let cause):
      "\(name): \(cause)"
    }
  }
}

extension RecipeError.Place: CustomStringConvertible {
  /// `file:line: path`.
  public var description: String {
    "\(file):\(line)\(path.isEmpty ? "" : ": \(path)")"
  }
}
