// The average of the parameters over the steps of a training, with which it ends.
//
// B. Polyak, A. Juditsky, "Acceleration of Stochastic Approximation by Averaging", SIAM J. Control 30, 1992, with
// weights that fall off exponentially, as D. Kingma and J. Ba suggest for Adam (ICLR 2015, 7.2):
//
//   average_t = decay average_(t-1) + (1 - decay) theta_t,   theta = average_T / (1 - decay^T) at the end.

import Execution
import OrderedCollections
import Torch

/// Ends a training with the average of what parameters and the variables of their parametrizations, gates for
/// example, have been. The training itself goes on from the last values at each step; where the network is
/// evaluated after an epoch, it is that of the average so far.
public final class ParameterAverage: Plugin {
  /// How much of the average each step keeps.
  public let decay: Double
  private var averages: OrderedDictionary<String, Tensor> = [:]
  private var steps = 0
  /// The values of the training while those of the average stand in their place.
  private var own: OrderedDictionary<String, Tensor> = [:]

  /// An average of which each step keeps `decay`.
  ///
  /// - Throws: ``TrainingError/invalidOption(name:value:expected:)`` for a decay that is not between 0 and 1.
  public init(decay: Double) throws(TrainingError) {
    guard decay > 0, decay < 1 else {
      throw .invalidOption(name: "decay", value: "\(decay)", expected: "between 0 and 1")
    }
    self.decay = decay
  }

  public func afterStep(_ context: TrainingContext) throws(TrainingError) {
    steps += 1
    try engine { () throws(TorchError) in
      try withoutGradients { () throws(TorchError) in
        for (name, value) in context.trained {
          if let average = averages[name] {
            _ = try average.lerpInPlace(value.detached(), weight: .double(1 - decay))
          } else {
            averages[name] = try value.detached() * (1 - decay)
          }
        }
      }
    }
  }

  public func beforeEvaluation(_ context: TrainingContext) throws(TrainingError) {
    own = try engine { () throws(TorchError) in
      try withoutGradients { () throws(TorchError) in
        var copies: OrderedDictionary<String, Tensor> = [:]
        for (name, value) in context.trained { copies[name] = try value.detached().clone() }
        return copies
      }
    }
    try takeAverage(context)
  }

  public func afterEvaluation(_ context: TrainingContext) throws(TrainingError) {
    try put(own, context)
    own = [:]
  }

  public func afterRun(_ context: TrainingContext) throws(TrainingError) {
    try takeAverage(context)
  }

  /// Puts the average in place of the values.
  private func takeAverage(_ context: TrainingContext) throws(TrainingError) {
    guard steps > 0 else { return }
    var weight = 1.0
    for _ in 0..<steps { weight *= decay }
    let whole = try engine { () throws(TorchError) in
      try withoutGradients { () throws(TorchError) in
        var whole: OrderedDictionary<String, Tensor> = [:]
        for (name, average) in averages { whole[name] = try average / (1 - weight) }
        return whole
      }
    }
    try put(whole, context)
  }

  private func put(
    _ values: OrderedDictionary<String, Tensor>, _ context: TrainingContext
  ) throws(TrainingError) {
    try engine { () throws(TorchError) in
      try withoutGradients { () throws(TorchError) in
        for (name, value) in context.trained {
          guard let other = values[name] else { continue }
          _ = try value.copyInPlace(other)
        }
      }
    }
  }

  public func savedState() throws(TrainingError) -> PluginState {
    try PluginState(steps, tensors: averages)
  }

  public func restore(
    _ state: PluginState, in context: TrainingContext
  ) throws(TrainingError) {
    steps = try state.value()
    averages = try engine { () throws(TorchError) in
      var moved: OrderedDictionary<String, Tensor> = [:]
      for (name, tensor) in state.tensors {
        moved[name] = try tensor.to(device: context.model.device)
      }
      return moved
    }
  }
}
