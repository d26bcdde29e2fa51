// What can be wrong with a request to prune, each case with the operands a reader needs.

import Data
import Execution
import Network
import Torch
import Training

/// What can be wrong with a request to prune.
public enum PruningError: Error, Sendable {
  /// A part of the grammar is asked for by a name it does not have.
  case noSuch(part: String, name: String, known: [String])
  /// A target is written in a way that cannot be understood.
  case target(text: String, reason: String)
  /// A floor is written in a way that cannot be understood.
  case floor(text: String)
  /// What kept counts are to be multiples of is written in a way that cannot be understood.
  case roundTo(text: String)
  /// A quantity could not be measured.
  case measurement(reason: String)
  /// A budget that no choice of units meets; `least` is what the smallest choice reaches.
  case impossibleBudget(target: String, least: Double, unit: String, reason: String)
  /// A name to exclude fits nothing.
  case excludesNothing(pattern: String, known: [String])
  /// What an allocation states a part for is the name of nothing.
  case allocatesNothing(allocation: String, pattern: String, known: [String])
  /// There is nothing that could be pruned.
  case nothingToPrune(reason: String)
  /// A setting of a part has a value that it cannot have.
  case setting(key: String, found: String, expected: String)
  /// Parts that do not go together.
  case combination(String)
  /// A weight has an element type that scores cannot be computed from.
  case elementType(weight: String, type: ElementType)
  /// Scores that cannot be ranked.
  case notFinite(name: String, count: Int)
  /// A criterion looks at data and was given none.
  case needsData(criterion: String)
  /// A criterion takes derivatives of a loss and the data has nothing to compare outputs with.
  case needsLabels(criterion: String, data: String)
  /// A criterion that scores whole units was asked for single weights.
  case scoresUnits(criterion: String)
  /// A criterion that scores single weights was asked for whole units.
  case scoresElements(criterion: String)
  /// The units of a group are used up at no place that can be observed.
  case unobservable(group: String)
  /// The calibration data could not be read.
  case data(DataError)
  /// The loss cannot be computed.
  case training(TrainingError)
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
      "there is no \(part) '\(name)'; \(Spelling.suggestion(for: name, of: known))known: "
        + known.joined(separator: ", ")
    case .target(let text, let reason):
      "the target '\(text)' cannot be used: \(reason)"
    case .floor(let text):
      "the floor '\(text)' cannot be used: write a number of units, such as 4, or a fraction of each "
        + "group, such as 0.1 or 10%"
    case .roundTo(let text):
      "'\(text)' is nothing to round to: write a number of units, such as 8, or auto"
    case .measurement(let reason):
      "the latency could not be measured: \(reason)"
    case .impossibleBudget(let target, let least, let unit, let reason):
      "the budget \(target) cannot be met: the least possible is \(BudgetOutcome.number(least)) "
        + "\(unit); \(reason)"
    case .excludesNothing(let pattern, let known):
      "nothing is called '\(pattern)', so it cannot be kept from leaving; known: "
        + known.prefix(20).joined(separator: ", ") + (known.count > 20 ? ", ..." : "")
    case .allocatesNothing(let allocation, let pattern, let known):
      "nothing that is pruned is called '\(pattern)', for which \(allocation) states a part; known: "
        + known.prefix(20).joined(separator: ", ") + (known.count > 20 ? ", ..." : "")
    case .nothingToPrune(let reason):
      "there is nothing to prune: \(reason)"
    case .setting(let key, let found, let expected):
      "the setting \(key) is \(found); \(expected) was expected"
    case .combination(let reason):
      reason
    case .elementType(let weight, let type):
      "the weight '\(weight)' has element type \(type); scores need float32, float64, float16 or "
        + "bfloat16"
    case .notFinite(let name, let count):
      "\(count) of the scores of '\(name)' are infinite or not numbers, so they cannot be ranked; "
        + "look at its weights, or exclude it"
    case .needsData(let criterion):
      "the criterion \(criterion) looks at data: give --data (in a recipe: data)"
    case .needsLabels(let criterion, let data):
      "the criterion \(criterion) takes derivatives of a loss, and '\(data)' has no targets: give the "
        + "arrays x and y, or use a criterion that looks at activations or weights only"
    case .scoresUnits(let criterion):
      "the criterion \(criterion) scores filters, neurons and channels, not single weights: use "
        + "granularity filter"
    case .scoresElements(let criterion):
      "the criterion \(criterion) puts single weights in order, not filters, neurons and channels: use "
        + "granularity element"
    case .unobservable(let group):
      "what uses the units of '\(group)' cannot be observed: exclude it, or use a criterion that looks "
        + "at weights only"
    case .data(let error): "\(error)"
    case .training(let error): "\(error)"
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

/// Runs `body`, turning the errors of running a network into this room's.
@inline(__always)
func execution<R>(_ body: () throws(ExecutionError) -> R) throws(PruningError) -> R {
  do throws(ExecutionError) { return try body() } catch { throw .execution(error) }
}

/// Runs `body`, turning the engine's errors into this room's.
@inline(__always)
func engine<R>(_ body: () throws(TorchError) -> R) throws(PruningError) -> R {
  do throws(TorchError) { return try body() } catch { throw .execution(.engine(error)) }
}

/// Runs `body`, turning the errors of losses and batches into this room's.
@inline(__always)
func training<R>(_ body: () throws(TrainingError) -> R) throws(PruningError) -> R {
  do throws(TrainingError) { return try body() } catch { throw .training(error) }
}

/// Runs `body`, turning the errors of reading data into this room's.
@inline(__always)
func data<R>(_ body: () throws(DataError) -> R) throws(PruningError) -> R {
  do throws(DataError) { return try body() } catch { throw .data(error) }
}
