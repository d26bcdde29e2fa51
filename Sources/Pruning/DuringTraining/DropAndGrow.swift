// Drop and grow: sparse from the first step to the last, while the connections move.
//
// Every dT steps of training, in each masked weight with n active elements,
//   k = floor(f(t) n)        leave: those of least magnitude,
//   k                        come back: those of the highest regrowth score, with value 0,
// so the number of active elements never changes. With random regrowth and a constant fraction after
// the steps of each epoch this is SET (D. Mocanu et al., Nature Communications 2018); with gradients
// and
//   f(t) = alpha / 2 (1 + cos(pi t / T_end))
// it is RigL (U. Evci et al., "Rigging the Lottery", ICML 2020), where the step of an update changes
// the mask and no weight (the paper's Algorithm 1). An element that leaves and comes back in one
// update keeps its value, and what the optimizer remembers of new elements is cleared, as in the
// authors' code. The union of all masks is followed: its part of all elements is ITOP's exploration
// rate R_s (S. Liu et al., "Do We Actually Need Dense Over-Parameterization?", ICML 2021).

import Execution
import Foundation
import OrderedCollections
import Torch
import Training

/// Moves the connections of masked weights while they train; their number stays.
///
/// The masks must be in place when training begins, for example random ones with densities by
/// ``ErdosRenyiKernel``.
public final class DropAndGrow: Plugin {
  /// Which active weights leave.
  public enum Leaving: String, Sendable, Hashable, CaseIterable {
    /// Those of least magnitude.
    case magnitude
    /// The smallest positive and the largest negative ones, the same fraction of each sign (SET).
    case eachSign = "each-sign"
  }

  /// How the fraction that leaves changes in the course of training.
  public enum Decay: String, Sendable, Hashable, CaseIterable {
    /// `f(t) = alpha`.
    case constant
    /// `f(t) = alpha / 2 (1 + cos(pi t / T_end))`.
    case cosine
  }

  /// The fraction alpha of active weights that leave at the first update.
  public let fraction: Double
  /// How it changes.
  public let decay: Decay
  /// The steps from one update to the next.
  public let every: Int
  /// The part of training after which the connections stay.
  public let until: Double
  /// Which weights leave.
  public let leaving: Leaving
  /// Which come back.
  public let regrowth: any Regrowth

  /// One for every element that has been active at some time, by parameter.
  public private(set) var explored: OrderedDictionary<String, Tensor> = [:]
  /// The updates so far.
  public private(set) var updates = 0

  /// Moves connections.
  ///
  /// - Throws: `TrainingError.invalidOption`.
  public init(
    fraction: Double = 0.3, decay: Decay = .cosine, every: Int = 100, until: Double = 0.75,
    leaving: Leaving = .magnitude, regrowth: any Regrowth = GradientRegrowth()
  ) throws(TrainingError) {
    guard (0...1).contains(fraction) else {
      throw .invalidOption(name: "fraction", value: "\(fraction)", expected: "0 to 1")
    }
    guard every >= 1 else {
      throw .invalidOption(name: "every", value: "\(every)", expected: "at least 1 step")
    }
    guard (0...1).contains(until) else {
      throw .invalidOption(name: "until", value: "\(until)", expected: "0 to 1")
    }
    self.fraction = fraction
    self.decay = decay
    self.every = every
    self.until = until
    self.leaving = leaving
    self.regrowth = regrowth
  }

  /// The fraction of active weights that leave at `step` of a run of `totalSteps`; 0 where none do.
  public func fraction(at step: Int, of totalSteps: Int) -> Double {
    let end = until * Double(totalSteps)
    guard step > 0, step % every == 0, Double(step) < end else { return 0 }
    return switch decay {
    case .constant: fraction
    case .cosine: fraction / 2 * (1 + cos(.pi * Double(step) / end))
    }
  }

  /// The part of all elements of masked weights that has been active at some time (ITOP's R_s).
  public func explorationRate() throws(TorchError) -> Double {
    var (ones, all) = (0.0, 0)
    for tensor in explored.values {
      ones += try tensor.sum().scalar()
      all += tensor.count
    }
    return all == 0 ? 1 : ones / Double(all)
  }

  /// Whether connections move at all in a training of `steps`.
  ///
  /// - Throws: ``PruningError/combination(_:)`` where they do not.
  public func check(steps: Int) throws(PruningError) {
    guard Double(every) >= until * Double(steps) else { return }
    throw .combination(
      "connections move every \(every) steps, and stay after a part of \(until) of a training that has "
        + "\(steps) steps, so that none ever moves; let them move more often, or train longer")
  }

  public func beforeRun(_ context: TrainingContext) throws(TrainingError) {
    do throws(PruningError) { try check(steps: context.totalSteps) } catch {
      throw .plugin(name: name, reason: "\(error)")
    }
    for (name, mask) in context.model.masks {
      explored[name] = try tensors { () throws(TorchError) in try mask.mask.clone() }
    }
  }

  public func beforeStep(_ context: TrainingContext) throws(TrainingError) {
    let looks =
      regrowth.needsGradients && fraction(at: context.step, of: context.totalSteps) > 0
    for mask in context.model.masks.values { mask.passage = looks ? .all : .kept }
  }

  public func afterBackward(
    _ gradients: inout OrderedDictionary<String, Tensor>, _ context: TrainingContext
  ) throws(TrainingError) {
    guard regrowth.needsGradients, try update(gradients, context) else { return }
    // The step moves connections in place of weights.
    gradients.removeAll()
  }

  public func afterStep(_ context: TrainingContext) throws(TrainingError) {
    if !regrowth.needsGradients { _ = try update([:], context) }
  }

  /// Moves connections where it is time to; false where it is not.
  private func update(
    _ gradients: OrderedDictionary<String, Tensor>, _ context: TrainingContext
  ) throws(TrainingError) -> Bool {
    let fraction = fraction(at: context.step, of: context.totalSteps)
    guard fraction > 0 else { return false }
    guard !context.model.masks.isEmpty else {
      throw .plugin(
        name: name,
        reason: "no weight is masked, so no connection can move; prune single weights before "
          + "training, for example at random to a sparsity, or in it before connections first move")
    }
    for (name, mask) in context.model.masks {
      guard let weight = context.model.parameters[name] else { continue }
      try tensors { () throws(TorchError) in
        try withoutGradients { () throws(TorchError) in
          try move(fraction, name, weight, mask, gradients[name], context)
        }
      }
    }
    updates += 1
    return true
  }

  /// One update of one weight's mask.
  private func move(
    _ fraction: Double, _ name: String, _ weight: Tensor, _ mask: Mask, _ gradient: Tensor?,
    _ context: TrainingContext
  ) throws(TorchError) {
    let before = try mask.mask.reshape([-1]).to(type: .bool)
    let values = try weight.detached().reshape([-1])
    let kept = try survivors(of: values, before, fraction)
    let free = try kept.logicalNot()
    let active = Int(try before.sum().scalar())
    let growing = active - Int(try kept.sum().scalar())
    let scores = try regrowth.scores(for: weight, gradient: gradient, context.generator)
    let after = try kept.logicalOr(
      best(growing, of: scores.reshape([-1]), among: free))
    let shape = Shape(weight.shape)
    _ = try mask.mask.copyInPlace(after.to(type: mask.mask.type).reshape(shape))
    let changed = try before.logicalXor(after).to(type: weight.type).reshape(shape)
    try context.clear(changed, of: name)
    // What was not masked when training began was active then.
    if explored[name] == nil { explored[name] = try mask.mask.onesLike() }
    explored[name] = try explored[name]?.maximum(mask.mask)
  }

  /// The active elements that stay, as a mask.
  private func survivors(
    of values: Tensor, _ active: Tensor, _ fraction: Double
  ) throws(TorchError) -> Tensor {
    func staying(_ members: Tensor) throws(TorchError) -> Tensor {
      let count = Int(try members.sum().scalar())
      return try best(
        count - Int(fraction * Double(count)), of: values.abs(), among: members)
    }
    switch leaving {
    case .magnitude: return try staying(active)
    case .eachSign:
      let positive = try staying(active.logicalAnd(values.greater(0)))
      return try positive.logicalOr(staying(active.logicalAnd(values.less(0))))
    }
  }

  /// The `count` elements of `members` with the highest scores, as a mask.
  private func best(
    _ count: Int, of scores: Tensor, among members: Tensor
  ) throws(TorchError) -> Tensor {
    guard count > 0 else { return try members.zerosLike() }
    let ranked = try scores.to(type: .float32).maskedFill(members.logicalNot(), .double(-.infinity))
    // A stable order makes equal scores leave and come back the same way on every machine.
    let order = try ranked.argsort(descending: true).narrow(axis: 0, start: 0, length: count)
    return try members.zerosLike().scatter(axis: 0, order, true)
  }

  public func savedState() throws(TrainingError) -> PluginState {
    try PluginState(updates, tensors: explored)
  }

  public func restore(
    _ state: PluginState, in context: TrainingContext
  ) throws(TrainingError) {
    updates = try state.value()
    for (name, saved) in state.tensors {
      explored[name] = try tensors { () throws(TorchError) in
        try saved.to(device: context.model.device)
      }
    }
  }
}
