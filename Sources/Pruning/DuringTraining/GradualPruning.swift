// Gradual pruning: weights leave one after the other while the network trains.
//
// M. Zhu and S. Gupta, "To prune, or not to prune: exploring the efficacy of pruning for model
// compression", 2017, and TensorFlow's pruning API, which is made after it. At the steps
//   t in {t_0, t_0 + dt, ..., t_0 + n dt}
// the weights of least magnitude are masked, to the sparsity that the schedule says; masked weights
// get no gradient. With a cubic schedule this is the paper's; with everything at once it is the
// constant sparsity of the API. A weight that is masked stays masked: the paper lets masked weights
// keep their values, by which some could pass the threshold again, the API sets them to zero.

import Execution
import Network
import Torch
import Training

/// Masks more and more weights in the course of training.
public final class GradualPruning: Plugin {
  /// Which weights leave, and how many in the end: its target is a sparsity.
  public let pruner: Pruner
  /// In what steps.
  public let schedule: any PruningSchedule
  /// The step of training at which pruning begins.
  public let begin: Int
  /// The steps from one update to the next.
  public let every: Int

  private let sparsity: Double

  /// Prunes while training.
  ///
  /// - Throws: ``PruningError/combination(_:)`` for a target other than a sparsity.
  public init(
    _ pruner: Pruner, schedule: any PruningSchedule, begin: Int, every: Int
  ) throws(PruningError) {
    guard pruner.target.quantity == .sparsity, case .fraction(let sparsity) = pruner.target.amount
    else {
      throw .combination("pruning while training leads to a sparsity, not to \(pruner.target)")
    }
    try schedule.check(keeping: 1 - sparsity)
    self.pruner = pruner
    self.schedule = schedule
    self.begin = max(0, begin)
    self.every = max(1, every)
    self.sparsity = sparsity
  }

  /// The sparsity to reach before the forward pass of `step`; `nil` where masks stay as they are.
  public func sparsity(at step: Int) -> Double? {
    guard step >= begin, (step - begin) % every == 0 else { return nil }
    let update = (step - begin) / every
    guard update <= schedule.steps else { return nil }
    // A schedule of one step has nothing between its start and its end.
    return schedule.removed(after: schedule.steps == 1 ? 1 : update, target: sparsity)
  }

  /// Whether a training of `steps` sees the schedule to its end.
  ///
  /// - Throws: ``PruningError/combination(_:)`` where it does not: the sparsity would never be reached.
  public func check(steps: Int) throws(PruningError) {
    let last = begin + (schedule.steps == 1 ? 0 : schedule.steps * every)
    guard last >= steps else { return }
    let course =
      schedule.steps == 1
      ? "all leaves at step \(begin)"
      : "pruning begins at step \(begin), and \(schedule.steps) parts of \(every) steps end at step "
        + "\(last)"
    throw .combination(
      "\(course), but the training has \(steps) steps, so that the sparsity \(sparsity) is not reached; "
        + "begin earlier, prune in fewer steps or closer together, or train longer")
  }

  public func beforeRun(_ context: TrainingContext) throws(TrainingError) {
    do throws(PruningError) { try check(steps: context.totalSteps) } catch {
      throw .plugin(name: name, reason: "\(error)")
    }
  }

  public func beforeStep(_ context: TrainingContext) throws(TrainingError) {
    guard let sparsity = sparsity(at: context.step), sparsity > 0 else { return }
    let model = context.model
    do {
      var pruner = pruner
      pruner.target = try Target(.sparsity, .fraction(sparsity))
      try model.install(
        try pruner.masks(for: model.snapshot(), after: model.elementMasks()))
    } catch let error as TorchError {
      throw .engine(error)
    } catch let error as ExecutionError {
      throw .execution(error)
    } catch {
      throw .plugin(name: name, reason: "\(error)")
    }
  }
}
