// Dynamic network surgery: weights are cut off by one threshold and spliced in by a higher one.
//
// Y. Guo et al., "Dynamic Network Surgery for Efficient DNNs", NIPS 2016. Of each weight tensor the
// mean mu and the standard deviation sigma of |w| give two thresholds,
//   a = 0.9 max(mu + c sigma, 0),   b = 1.1 max(mu + c sigma, 0),
// and at a step with probability (1 + gamma t)^-power its mask becomes
//   h(w) = 0 where |w| < a,   as before where a <= |w| < b,   1 where |w| >= b.
// All weights, the masked ones too, follow the gradient of the masked network, so that what was cut
// off can grow and come back. As in the authors' code mu and sigma are taken once, when the surgery
// begins (the paper leaves open when), and every tensor draws for itself whether it is updated. Where a
// threshold would take all of a tensor away, its largest weight stays; biases, which the code treats as
// weights of their layer, are not cut off.

import Execution
import Foundation
import Torch
import Training

/// Prunes by a low threshold and splices by a high one while the network trains.
public final class NetworkSurgery: Plugin {
  /// How far the threshold lies from the mean, in standard deviations; per parameter.
  public let thresholds: [(pattern: String, c: Double)]
  /// How fast updates become rare.
  public let gamma: Double
  /// How fast updates become rare.
  public let power: Double
  /// The part of training after which the masks stay.
  public let until: Double

  /// The thresholds a and b of each weight under surgery.
  public private(set) var bounds: [String: Bounds] = [:]
  /// How many elements have been cut off, and how many have come back.
  public private(set) var counts = Counts()

  /// The two thresholds of a weight.
  public struct Bounds: Sendable, Hashable, Codable {
    /// Below it, elements are cut off.
    public let low: Double
    /// From it on, elements come back.
    public let high: Double

    /// The thresholds of a weight's elements that are there, as in the authors' code.
    init(of weight: Tensor, _ mask: Tensor?, _ c: Double) throws(TorchError) {
      var sizes = try weight.detached().abs().to(type: .float64)
      if let mask { sizes = try sizes.maskedSelect(mask.to(type: .bool)) }
      let mean = sizes.count == 0 ? 0 : try sizes.mean().scalar()
      let square = sizes.count == 0 ? 0 : try sizes.square().mean().scalar()
      let middle = max(mean + c * max(0, square - mean * mean).squareRoot(), 0)
      (low, high) = (0.9 * middle, 1.1 * middle)
    }
  }

  /// How many elements have changed sides.
  public struct Counts: Sendable, Hashable, Codable {
    /// Elements cut off.
    public var pruned = 0
    /// Elements that have come back.
    public var spliced = 0
  }

  private struct Saved: Codable {
    let bounds: [String: Bounds]
    let counts: Counts
  }

  /// Operates on the weights that fit a pattern.
  ///
  /// - Parameters:
  ///   - thresholds: the distance c of the thresholds by pattern; the first that fits counts.
  ///   - gamma, power: the probability of an update at step t is `(1 + gamma t)^-power`.
  ///   - until: the part of training after which the masks stay.
  /// - Throws: `TrainingError.invalidOption`.
  public init(
    _ thresholds: [(pattern: String, c: Double)], gamma: Double = 0.0001, power: Double = 1,
    until: Double = 1
  ) throws(TrainingError) {
    guard gamma >= 0, gamma.isFinite else {
      throw .invalidOption(name: "gamma", value: "\(gamma)", expected: "0 or more")
    }
    guard power >= 0, power.isFinite else {
      throw .invalidOption(name: "power", value: "\(power)", expected: "0 or more")
    }
    guard (0...1).contains(until) else {
      throw .invalidOption(name: "until", value: "\(until)", expected: "0 to 1")
    }
    self.thresholds = thresholds
    self.gamma = gamma
    self.power = power
    self.until = until
  }

  /// The probability that masks are updated at `step`.
  public func probability(at step: Int) -> Double { pow(1 + gamma * Double(step), -power) }

  public func beforeRun(_ context: TrainingContext) throws(TrainingError) {
    for (name, weight) in context.model.parameters where weight.rank >= 2 {
      let fits = thresholds.first { NamePattern.matches(name, $0.pattern) }
      guard let c = fits?.c else { continue }
      try tensors { () throws(TorchError) in
        try withoutGradients { () throws(TorchError) in
          if context.model.masks[name] == nil {
            context.model.parametrizations[name] = Mask(try weight.detached().onesLike())
          }
          bounds[name] = try Bounds(of: weight, context.model.masks[name]?.mask, c)
        }
      }
    }
    guard !bounds.isEmpty else {
      throw .plugin(name: name, reason: "no weight fits the patterns of its thresholds")
    }
  }

  public func beforeStep(_ context: TrainingContext) throws(TrainingError) {
    let operates = Double(context.step) < until * Double(context.totalSteps)
    for (name, mask) in context.model.masks {
      guard let bounds = bounds[name], let weight = context.model.parameters[name] else { continue }
      mask.passage = operates ? .all : .kept
      guard operates else { continue }
      let draw = try tensors { () throws(TorchError) in
        try Tensor.rand([1], context.generator, type: .float64, device: context.model.device)
          .scalar()
      }
      guard draw < probability(at: context.step) else { continue }
      try tensors { () throws(TorchError) in
        try withoutGradients { () throws(TorchError) in
          let size = try weight.detached().abs()
          let kept = try mask.mask.greater(0.5)
          var after = try kept.logicalAnd(size.greaterOrEqual(.double(bounds.low)))
            .logicalOr(size.greaterOrEqual(.double(bounds.high)))
          if try after.sum().scalar() == 0 { after = try size.equal(size.max()) }
          counts.pruned += Int(try kept.logicalAnd(after.logicalNot()).sum().scalar())
          counts.spliced += Int(try after.logicalAnd(kept.logicalNot()).sum().scalar())
          _ = try mask.mask.copyInPlace(after.to(type: mask.mask.type))
        }
      }
    }
  }

  public func savedState() throws(TrainingError) -> PluginState {
    try PluginState(Saved(bounds: bounds, counts: counts))
  }

  public func restore(
    _ state: PluginState, in context: TrainingContext
  ) throws(TrainingError) {
    let saved: Saved = try state.value()
    (bounds, counts) = (saved.bounds, saved.counts)
  }
}
