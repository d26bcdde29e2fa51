// What can go wrong in an analysis, each case with the operands a reader needs.

import Execution
import Network
import Pruning
import Torch
import Training

/// What can go wrong in an analysis.
public enum AnalysisError: Error, Sendable {
  /// There is no analysis of this name.
  case noSuch(name: String, known: [String])
  /// Too few or too many networks were given.
  case networkCount(analysis: String, found: Int, expected: ClosedRange<Int>)
  /// An analysis measures errors and was given no examples.
  case needsData(analysis: String)
  /// Networks that are compared differ in form.
  case differs(tensor: String, shapes: [[Int]?])
  /// Nodes that an analysis of linearised networks says nothing about.
  case notLinear(nodes: [String])
  /// The settings or the calibration are at fault.
  case pruning(PruningError)
  /// Loss and accuracy cannot be measured.
  case training(TrainingError)
  /// The network could not be run.
  case execution(ExecutionError)
}

extension AnalysisError: CustomStringConvertible {
  /// One sentence: what, where, what was expected, what to do.
  public var description: String {
    switch self {
    case .noSuch(let name, let known):
      "there is no analysis '\(name)'; known: \(known.joined(separator: ", "))"
    case .networkCount(let analysis, let found, let expected):
      "\(analysis) looks at \(expected.upperBound) network\(expected.upperBound == 1 ? "" : "s"), and "
        + "\(found) \(found == 1 ? "was" : "were") given"
    case .needsData(let analysis):
      "\(analysis) measures errors on examples: give --data (in a recipe: data)"
    case .differs(let tensor, let shapes):
      "the networks differ in form: '\(tensor)' "
        + shapes.map { $0.map { "has the shape \($0)" } ?? "is missing" }.joined(
          separator: ", and ")
    case .notLinear(let nodes):
      "the network has nodes that cannot be made linear: \(nodes.prefix(5).joined(separator: ", "))"
        + (nodes.count > 5 ? " and \(nodes.count - 5) more" : "")
    case .pruning(let error): "\(error)"
    case .training(let error): "\(error)"
    case .execution(let error): "\(error)"
    }
  }
}

/// Runs `body`, turning the engine's errors into this room's.
@inline(__always)
func engine<R>(_ body: () throws(TorchError) -> R) throws(AnalysisError) -> R {
  do throws(TorchError) { return try body() } catch { throw .execution(.engine(error)) }
}

/// Runs `body`, turning the errors of running a network into this room's.
@inline(__always)
func execution<R>(_ body: () throws(ExecutionError) -> R) throws(AnalysisError) -> R {
  do throws(ExecutionError) { return try body() } catch { throw .execution(error) }
}

/// Runs `body`, turning the network's errors into this room's.
@inline(__always)
func network<R>(_ body: () throws(NetworkError) -> R) throws(AnalysisError) -> R {
  do throws(NetworkError) { return try body() } catch { throw .execution(.network(error)) }
}

/// Runs `body`, turning the errors of pruning into this room's.
@inline(__always)
func pruning<R>(_ body: () throws(PruningError) -> R) throws(AnalysisError) -> R {
  do throws(PruningError) { return try body() } catch { throw .pruning(error) }
}

/// Runs `body`, turning the errors of measuring into this room's.
@inline(__always)
func training<R>(_ body: () throws(TrainingError) -> R) throws(AnalysisError) -> R {
  do throws(TrainingError) { return try body() } catch { throw .training(error) }
}

/// The types of all values of a network.
func inferred(_ given: Network) throws(AnalysisError) -> Inference {
  try network { () throws(NetworkError) in try given.infer() }
}
