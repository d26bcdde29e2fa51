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
// authors' code.
//
// With momentum regrowth after each epoch, and what comes back spread over the layers by `gradients`, it
// is SNFS (T. Dettmers, L. Zettlemoyer, 2019). With a threshold H for the whole network, random regrowth
// and what comes back spread by `survivors` it is DSR (H. Mostafa, X. Wang, ICML 2019): K weights with
// |w| < H leave, and N_p = f(t) n of all n active ones should, so that afterwards
//   H <- 2 H where K < (1 - delta) N_p,    H <- H / 2 where K > (1 + delta) N_p.
// Then the number of active elements of the network never changes, while those of its layers do; see
// ``Reallocation``.
//
// The union of all masks is followed: its part of all elements is ITOP's exploration
// rate R_s (S. Liu et al., "Do We Actually Need Dense Over-Parameterization?", ICML 2021).

import Execution
import Foundation
import OrderedCollections
import Torch
import Training

/// Moves the connections of masked weights while they train; their number stays, in each weight or, with a
/// ``Reallocation``, in all of them together.
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
    /// Those below a threshold for all layers, which moves so that about the fraction leaves (DSR).
    case threshold
  }

  /// A threshold that finds its place.
  public struct Threshold: Sendable, Hashable {
    /// The threshold H of the first update.
    public var start: Double
    /// The part delta of the number that should leave by which it may be missed.
    public var tolerance: Double

    /// A threshold that begins at `start`; the usual values are the paper's.
    public init(start: Double = 1e-3, tolerance: Double = 0.1) {
      self.start = start
      self.tolerance = tolerance
    }

    /// The threshold after an update at which `left` left and `wanted` should have.
    func moved(_ threshold: Double, left: Int, wanted: Double) -> Double {
      if Double(left) < (1 - tolerance) * wanted { return 2 * threshold }
      if Double(left) > (1 + tolerance) * wanted { return threshold / 2 }
      return threshold
    }
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
  /// In which layers they do.
  public let reallocation: Reallocation
  /// How the threshold moves where weights leave by one.
  public let threshold: Threshold

  /// One for every element that has been active at some time, by parameter.
  public private(set) var explored: OrderedDictionary<String, Tensor> = [:]
  /// The updates so far.
  public private(set) var updates = 0
  /// The threshold of the next update, where weights leave by one.
  public private(set) var currentThreshold: Double
  /// The averages of gradients that the regrowth looks at, by parameter.
  private var averages: OrderedDictionary<String, Tensor> = [:]

  /// Moves connections.
  ///
  /// - Throws: `TrainingError.invalidOption`.
  public init(
    fraction: Double = 0.3, decay: Decay = .cosine, every: Int = 100, until: Double = 0.75,
    leaving: Leaving = .magnitude, regrowth: any Regrowth = GradientRegrowth(),
    reallocation: Reallocation = .own, threshold: Threshold = Threshold()
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
    guard threshold.start > 0 else {
      throw .invalidOption(name: "threshold", value: "\(threshold.start)", expected: "above 0")
    }
    guard reallocation != .gradients || regrowth.needsGradients else {
      throw .invalidOption(
        name: "reallocation", value: "gradients",
        expected:
          "another one with \(type(of: regrowth).name) regrowth, which looks at no gradients")
    }
    self.fraction = fraction
    self.decay = decay
    self.every = every
    self.until = until
    self.leaving = leaving
    self.regrowth = regrowth
    self.reallocation = reallocation
    self.threshold = threshold
    currentThreshold = threshold.start
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

  /// Whether connections move by the gradients of a single step, which then moves no weight.
  private var takesStep: Bool { regrowth.needsGradients && regrowth.smoothing == nil }

  public func beforeStep(_ context: TrainingContext) throws(TrainingError) {
    let looks =
      takesStep && fraction(at: context.step, of: context.totalSteps) > 0
      || regrowth.smoothing != nil && Double(context.step) < until * Double(context.totalSteps)
    for mask in context.model.masks.values { mask.passage = looks ? .all : .kept }
  }

  public func afterBackward(
    _ gradients: inout OrderedDictionary<String, Tensor>, _ context: TrainingContext
  ) throws(TrainingError) {
    if takesStep {
      guard try update(gradients, context) else { return }
      // The step moves connections in place of weights.
      gradients.removeAll()
    } else if let smoothing = regrowth.smoothing {
      try average(&gradients, smoothing, context)
    }
  }

  public func afterStep(_ context: TrainingContext) throws(TrainingError) {
    if !takesStep { _ = try update(averages, context) }
  }

  /// Takes the gradients of all elements into the averages, and leaves the optimizer those of active ones.
  private func average(
    _ gradients: inout OrderedDictionary<String, Tensor>, _ smoothing: Double,
    _ context: TrainingContext
  ) throws(TrainingError) {
    for (name, mask) in context.model.masks where mask.passage == .all {
      guard let gradient = gradients[name] else { continue }
      gradients[name] = try tensors { () throws(TorchError) in
        try withoutGradients { () throws(TorchError) in
          let step = 1 - smoothing
          averages[name] =
            if let average = averages[name] {
              try average.lerp(gradient, weight: .double(step))
            } else {
              try gradient * step
            }
          return try gradient * mask.mask
        }
      }
    }
  }

  /// A weight at an update: who was active, who stays, and what the regrowth looks at.
  private struct Share {
    let name: String
    let weight: Tensor
    let mask: Mask
    let gradient: Tensor?
    let before: Tensor
    let kept: Tensor
    let active: Int
    let survivors: Int

    /// What `reallocation` is in proportion to.
    func part(by reallocation: Reallocation) throws(TorchError) -> Double {
      switch reallocation {
      case .own: return Double(active - survivors)
      case .survivors: return Double(survivors)
      case .gradients:
        guard let gradient, survivors > 0 else { return 0 }
        let sizes = try gradient.abs().reshape([-1]) * kept.to(type: gradient.type)
        return try sizes.sum().scalar() / Double(survivors)
      }
    }
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
    try tensors { () throws(TorchError) in
      try withoutGradients { () throws(TorchError) in
        let shares = try drop(fraction, gradients, context)
        let counts = try returning(among: shares, fraction)
        for (share, count) in zip(shares, counts) { try grow(count, in: share, context) }
      }
    }
    updates += 1
    return true
  }

  /// Lets weights leave. A weight that does not train keeps its connections.
  private func drop(
    _ fraction: Double, _ gradients: OrderedDictionary<String, Tensor>, _ context: TrainingContext
  ) throws(TorchError) -> [Share] {
    var shares: [Share] = []
    for (name, mask) in context.model.masks {
      guard let weight = context.model.parameters[name], weight.requiresGradient else { continue }
      let before = try mask.mask.reshape([-1]).to(type: .bool)
      let kept = try survivors(of: weight.detached().reshape([-1]), before, fraction)
      shares.append(
        Share(
          name: name, weight: weight, mask: mask, gradient: gradients[name], before: before,
          kept: kept, active: Int(try before.sum().scalar()),
          survivors: Int(try kept.sum().scalar())))
    }
    return shares
  }

  /// How many connections come back in each weight.
  private func returning(
    among shares: [Share], _ fraction: Double
  ) throws(TorchError) -> [Int] {
    let left = shares.reduce(0) { $0 + $1.active - $1.survivors }
    if leaving == .threshold {
      let wanted = fraction * Double(shares.reduce(0) { $0 + $1.active })
      currentThreshold = threshold.moved(currentThreshold, left: left, wanted: wanted)
    }
    if reallocation == .own { return shares.map { $0.active - $0.survivors } }
    var parts: [Double] = []
    for share in shares { parts.append(try share.part(by: reallocation)) }
    return Reallocation.counts(
      of: left, shares: parts, places: shares.map { $0.weight.count - $0.survivors })
  }

  /// Lets `count` connections come back in one weight.
  private func grow(
    _ count: Int, in share: Share, _ context: TrainingContext
  ) throws(TorchError) {
    let mask = share.mask
    let scores = try regrowth.scores(
      for: share.weight, gradient: share.gradient, context.generator)
    let after = try share.kept.logicalOr(
      best(count, of: scores.reshape([-1]), among: share.kept.logicalNot()))
    let shape = Shape(share.weight.shape)
    _ = try mask.mask.copyInPlace(after.to(type: mask.mask.type).reshape(shape))
    let changed = try share.before.logicalXor(after).to(type: share.weight.type).reshape(shape)
    try context.clear(changed, of: share.name)
    // What was not masked when training began was active then.
    if explored[share.name] == nil { explored[share.name] = try mask.mask.onesLike() }
    explored[share.name] = try explored[share.name]?.maximum(mask.mask)
  }

  /// The active elements that stay, as a mask.
  private func survivors(
    of values: Tensor, _ active: Tensor, _ fraction: Double
  ) throws(TorchError) -> Tensor {
    func staying(_ members: Tensor) throws(TorchError) -> Tensor {
      let count = Int(try members.sum().scalar())
      return try best(
        count - Int(fraction * Double(count) + 1e-9), of: values.abs(), among: members)
    }
    switch leaving {
    case .magnitude: return try staying(active)
    case .eachSign:
      let positive = try staying(active.logicalAnd(values.greater(0)))
      return try positive.logicalOr(staying(active.logicalAnd(values.less(0))))
    case .threshold:
      return try active.logicalAnd(values.abs().less(.double(currentThreshold)).logicalNot())
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

  /// What a checkpoint keeps beside tensors.
  private struct Progress: Codable {
    let updates: Int
    let threshold: Double
  }

  private static let averaged = "average of "

  public func savedState() throws(TrainingError) -> PluginState {
    var tensors = explored
    for (name, average) in averages { tensors[Self.averaged + name] = average }
    return try PluginState(
      Progress(updates: updates, threshold: currentThreshold), tensors: tensors)
  }

  public func restore(
    _ state: PluginState, in context: TrainingContext
  ) throws(TrainingError) {
    let progress: Progress = try state.value()
    (updates, currentThreshold) = (progress.updates, progress.threshold)
    for (name, saved) in state.tensors {
      let tensor = try tensors { () throws(TorchError) in
        try saved.to(device: context.model.device)
      }
      if name.hasPrefix(Self.averaged) {
        averages[String(name.dropFirst(Self.averaged.count))] = tensor
      } else {
        explored[name] = tensor
      }
    }
  }
}
