// Penalties in training: their terms join the loss, their proximal steps follow the optimizer's.

import Execution
import Torch
import Training

/// Takes penalties through training.
public final class Penalizing: Plugin {
  /// The penalties, in the order in which their proximal steps are taken.
  public let penalties: [any Penalty]
  private var wanted: Set<String> = []

  /// Charges for `penalties`.
  public init(_ penalties: [any Penalty]) { self.penalties = penalties }

  public var observedValues: Set<String> { wanted }

  public func beforeRun(_ context: TrainingContext) throws(TrainingError) {
    do throws(PruningError) {
      for penalty in penalties {
        wanted.formUnion(try penalty.observedValues(in: context.model.network))
      }
    } catch {
      throw .plugin(name: name, reason: "\(error)")
    }
  }

  public func onLoss(
    _ loss: inout Tensor, _ context: TrainingContext
  ) throws(TrainingError) {
    for penalty in penalties {
      loss = try tensors { () throws(TorchError) in
        guard let term = try penalty.term(of: context.model, observed: context.observed) else {
          return loss
        }
        return try loss + term
      }
    }
  }

  public func afterStep(_ context: TrainingContext) throws(TrainingError) {
    try shrink(after: .step, context)
  }

  public func afterEpoch(_ context: TrainingContext) throws(TrainingError) {
    try shrink(after: .epoch, context)
  }

  private func shrink(
    after moment: Shrinking, _ context: TrainingContext
  ) throws(TrainingError) {
    try tensors { () throws(TorchError) in
      try withoutGradients { () throws(TorchError) in
        for penalty in penalties where penalty.shrinking == moment {
          try penalty.shrink(context.model, rate: context.rate)
        }
      }
    }
  }

  public func afterRun(_ context: TrainingContext) throws(TrainingError) {
    for penalty in penalties {
      let found = try tensors { () throws(TorchError) in
        try penalty.measures(of: context.model)
      }
      measures.merge(found) { $1 }
    }
  }

  /// What the penalties came to, by name; empty until the run is complete.
  public private(set) var measures: [String: Double] = [:]

  public func savedState() throws(TrainingError) -> PluginState { try PluginState(measures) }

  public func restore(
    _ state: PluginState, in context: TrainingContext
  ) throws(TrainingError) {
    try beforeRun(context)
    measures = try state.value()
  }
}
