// What can go wrong while a network is trained, each case with the operands a reader needs.

import Data
import Execution
import Torch

/// What can go wrong while a network is trained or evaluated.
public enum TrainingError: Error, Sendable {
  /// The loss is infinite or not a number.
  case lossNotFinite(loss: Double, step: Int, epoch: Int, rate: Double)
  /// The loss is not a single number.
  case lossShape(shape: [Int])
  /// The data set holds no example.
  case emptyDataset(name: String)
  /// The examples do not fit the network's input.
  case datasetShape(dataset: String, found: [Int], input: String, expected: String)
  /// The data set has more classes than the network has outputs.
  case classCount(dataset: String, classes: Int, outputs: Int)
  /// Predictions and targets do not belong together.
  case targetShape(loss: String, output: [Int], targets: String)
  /// An option is outside what makes sense.
  case invalidOption(name: String, value: String, expected: String)
  /// The file is not a checkpoint.
  case notACheckpoint(path: String, reason: String)
  /// The checkpoint was written in a form that this version does not read.
  case checkpointVersion(path: String, found: Int, supported: Int)
  /// The checkpoint belongs to another run: another network, optimizer, data set or plug-ins.
  case checkpointMismatch(what: String, expected: String, found: String)
  /// A plug-in failed for a reason of its own.
  case plugin(name: String, reason: String)
  /// The data could not be read or batched, or a file not written.
  case data(DataError)
  /// The network could not be run.
  case execution(ExecutionError)
  /// The engine refused an operation.
  case engine(TorchError)
}

extension TrainingError: CustomStringConvertible {
  /// One sentence: what, where, what was expected, what to do.
  public var description: String {
    switch self {
    case .lossNotFinite(let loss, let step, let epoch, let rate):
      "the loss is \(loss.isNaN ? "not a number" : "\(loss)") at step \(step) (epoch \(epoch)) with learning rate \(rate); "
        + "lower the rate, warm it up, or clip the gradients"
    case .lossShape(let shape):
      "the loss has shape \(shape), expected a single number; reduce it by a mean or a sum"
    case .emptyDataset(let name):
      "the data set '\(name)' holds no example"
    case .datasetShape(let dataset, let found, let input, let expected):
      "an example of '\(dataset)' has shape \(found); the network's input '\(input)' expects "
        + expected
    case .classCount(let dataset, let classes, let outputs):
      "the data set '\(dataset)' has \(classes) classes, the network only \(outputs) outputs; "
        + "use a network with \(classes) outputs"
    case .targetShape(let loss, let output, let targets):
      "\(loss) cannot compare predictions of shape \(output) with \(targets)"
    case .invalidOption(let name, let value, let expected):
      "\(name) is \(value), expected \(expected)"
    case .notACheckpoint(let path, let reason):
      "\(path) is not a usable checkpoint: \(reason)"
    case .checkpointVersion(let path, let found, let supported):
      "\(path) is a checkpoint of version \(found), this program reads version \(supported); "
        + "resume with the version that wrote it"
    case .checkpointMismatch(let what, let expected, let found):
      "the checkpoint belongs to another run: \(what) is \(found), expected \(expected)"
    case .plugin(let name, let reason):
      "plug-in '\(name)': \(reason)"
    case .data(let error): "\(error)"
    case .execution(let error): "\(error)"
    case .engine(let error): "\(error)"
    }
  }
}

/// Runs `body`, turning the engine's errors into this room's.
@inline(__always)
func engine<R>(_ body: () throws(TorchError) -> R) throws(TrainingError) -> R {
  do throws(TorchError) { return try body() } catch { throw .engine(error) }
}

/// Runs `body`, turning the errors of running a network into this room's.
@inline(__always)
func execution<R>(_ body: () throws(ExecutionError) -> R) throws(TrainingError) -> R {
  do throws(ExecutionError) { return try body() } catch { throw .execution(error) }
}

/// Runs `body`, turning the errors of reading data into this room's.
@inline(__always)
func data<R>(_ body: () throws(DataError) -> R) throws(TrainingError) -> R {
  do throws(DataError) { return try body() } catch { throw .data(error) }
}
