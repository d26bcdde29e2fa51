// What a plug-in sees of the training it takes part in.

import Execution
import OrderedCollections
import Torch

/// What plug-ins see of the training: where it stands and what it works with.
public final class TrainingContext {
  /// The network in training.
  public let model: Model
  /// What changes the parameters; its `state` may be looked at and changed.
  public let optimizer: any Optimizer
  /// The random numbers of the run; draws are part of what a checkpoint restores.
  public let generator: Generator
  /// The steps of the whole run.
  public let totalSteps: Int
  /// The steps of an epoch.
  public let stepsPerEpoch: Int
  /// The steps completed: in the hooks of a step that step's number, counted from 0, up to
  /// ``Plugin/afterBackward(_:_:)``, and one more from ``Plugin/afterStep(_:)`` on.
  public internal(set) var step = 0
  /// The epoch that the current step belongs to, counted from 0.
  public internal(set) var epoch = 0
  /// The learning rate of the current step; ``Plugin/beforeStep(_:)`` may change it.
  public var rate = 0.0
  /// The examples of the current step; `nil` outside of steps.
  public internal(set) var batch: TensorBatch?
  /// The network's first output; `nil` before the forward pass.
  public internal(set) var output: Tensor?
  /// The values that plug-ins asked to see, by name.
  public internal(set) var observed: [String: Tensor] = [:]
  /// The gradients that the optimizer was given, by name; empty before the backward pass.
  public internal(set) var gradients: OrderedDictionary<String, Tensor> = [:]
  /// Whether the run is to end with this step.
  public private(set) var isStopped = false

  /// What plug-ins see before the first step; the trainer makes its own.
  public init(
    model: Model, optimizer: any Optimizer, generator: Generator, totalSteps: Int,
    stepsPerEpoch: Int
  ) {
    self.model = model
    self.optimizer = optimizer
    self.generator = generator
    self.totalSteps = totalSteps
    self.stepsPerEpoch = stepsPerEpoch
  }

  /// Everything that is trained, by name: the parameters that require gradients, and the variables
  /// of parametrizations as `parameter:variable`.
  public var trained: OrderedDictionary<String, Tensor> {
    var trained = OrderedDictionary<String, Tensor>(
      minimumCapacity: model.parameters.count)
    for (name, tensor) in model.parameters where tensor.requiresGradient {
      trained[name] = tensor
    }
    for (name, parametrization) in model.parametrizations {
      for (variable, tensor) in parametrization.variables.sorted(by: { $0.key < $1.key })
      where tensor.requiresGradient {
        trained["\(name):\(variable)"] = tensor
      }
    }
    return trained
  }

  /// Ends the run with this step, as if it were the last one.
  public func stop() { isStopped = true }

  /// Lets go of what belongs to one step.
  func leaveStep() {
    batch = nil
    output = nil
    observed = [:]
    gradients = [:]
  }
}
