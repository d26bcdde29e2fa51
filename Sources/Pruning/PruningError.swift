// What can be wrong with a request to prune, each case with the operands a reader needs.

import Execution
import Network

/// What can be wrong with a request to prune.
public enum PruningError: Error, Sendable {
  /// A part of the grammar is asked for by a name it does not have.
  case noSuch(part: String, name: String, known: [String])
  /// A target is written in a way that cannot be understood.
  case target(text: String, reason: String)
  /// A budget that no choice of units meets; `least` is what the smallest choice reaches.
  case impossibleBudget(target: String, least: Double, unit: String, reason: String)
  /// A name to exclude fits nothing.
  case excludesNothing(pattern: String, known: [String])
  /// There is nothing that could be pruned.
  case nothingToPrune(reason: String)
  /// Parts that do not go together.
  case combination(String)
  /// A weight has an element type that scores cannot be computed from.
  case elementType(weight: String, type: ElementType)
  /// Scores that cannot be ranked.
  case notFinite(name: String, count: Int)
  /// The network is at fault, or a cut cannot be made.
  case network(NetworkError)
  /// The network could not be run.
  case execution(ExecutionError)
}

extension PruningError: CustomStringConvertible {
  /// One sentence: what, where, what was expected, what to do.
  public var description: String {
    switch self {
    case .noSuch(let part, let name, let known):
      "there is no \(part) '\(name)'; known: \(known.joined(separator: ", "))"
    case .target(let text, let reason):
      "the target '\(text)' cannot be used: \(reason)"
    case .impossibleBudget(let target, let least, let unit, let reason):
      "the budget \(target) cannot be met: the least possible is \(least) \(unit); \(reason)"
    case .excludesNothing(let pattern, let known):
      "nothing is called '\(pattern)', so it cannot be excluded; known: "
        + known.prefix(20).joined(separator: ", ") + (known.count > 20 ? ", ..." : "")
    case .nothingToPrune(let reason):
      "there is nothing to prune: \(reason)"
    case .combination(let reason):
      reason
    case .elementType(let weight, let type):
      "the weight '\(weight)' has element type \(type); scores need float32, float64, float16 or "
        + "bfloat16"
    case .notFinite(let name, let count):
      "\(count) of the scores of '\(name)' are infinite or not numbers, so they cannot be ranked; "
        + "look at its weights, or exclude it"
    case .network(let error): "\(error)"
    case .execution(let error): "\(error)"
    }
  }
}

/// Runs `body`, turning the network's errors into this room's.
@inline(__always)
func network<R>(_ body: () throws(NetworkError) -> R) throws(PruningError) -> R {
  do throws(NetworkError) { return try body() } catch { throw .network(error) }
}
