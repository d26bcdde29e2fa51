// Stripes: what a filter reads at one place of its window leaves, so that each filter finds its shape.
//
// F. Meng et al., "Pruning Filter in Filter", NeurIPS 2020. The skeleton I (``FilterSkeleton``) of each
// convolution is trained with its weight W under
//   L = loss(W I) + alpha sum |I|,
// and stripes with |I| < delta leave: as in the authors' code at every step, for good. Afterwards I is
// multiplied into W; what is left runs stripe by stripe (`Network.stripeWise()`), and a filter without
// stripes can be cut. alpha is 1e-5 and delta 0.05 in the paper's experiments on CIFAR-10.

import Execution
import OrderedCollections
import Torch
import Training

/// Trains a skeleton of every convolution, and lets stripes leave whose number becomes small.
public final class StripePruning: Plugin {
  /// The weight alpha of the L1 term.
  public let strength: Double
  /// The magnitude delta under which a stripe leaves.
  public let threshold: Double
  /// Which weights, by name; `*` stands for any run of characters.
  public let patterns: [String]

  private var skeletons: [(weight: String, skeleton: FilterSkeleton)] = []

  /// Prunes stripes.
  ///
  /// - Throws: `TrainingError.invalidOption`.
  public init(
    strength: Double = 1e-5, threshold: Double = 0.05, weights patterns: [String] = ["*"]
  ) throws(TrainingError) {
    guard threshold >= 0, threshold < 1 else {
      throw .invalidOption(
        name: "threshold", value: "\(threshold)", expected: "from 0 to below 1, where stripes begin"
      )
    }
    self.strength = strength
    self.threshold = threshold
    self.patterns = patterns
  }

  public func beforeRun(_ context: TrainingContext) throws(TrainingError) {
    let model = context.model
    for (name, weight) in model.parameters
    where weight.rank == 4 && patterns.contains(where: { NamePattern.matches(name, $0) }) {
      guard model.network.layerAxis(of: name, .outputs) != nil else { continue }
      guard model.parametrizations[name] == nil else {
        throw .plugin(
          name: self.name, reason: "'\(name)' is masked already; skeletons want a dense weight")
      }
      let (shape, type) = (weight.shape, weight.type)
      let ones = try tensors { () throws(TorchError) in
        try Tensor.ones([shape[0], shape[2], shape[3]], type: type, device: model.device)
          .requireGradient()
      }
      let skeleton = FilterSkeleton(ones)
      skeletons.append((name, skeleton))
      model.parametrizations[name] = skeleton
    }
    guard !skeletons.isEmpty else {
      throw .plugin(
        name: name,
        reason:
          "no convolution is called \(patterns.joined(separator: " or ")), so that there are no "
          + "stripes")
    }
  }

  public func onLoss(
    _ loss: inout Tensor, _ context: TrainingContext
  ) throws(TrainingError) {
    loss = try tensors { () throws(TorchError) in
      let all = try skeletons.map { (entry) throws(TorchError) in
        try entry.skeleton.skeleton.flatten()
      }
      return try loss + Tensor.cat(all).abs().sum() * strength
    }
  }

  public func afterBackward(
    _ gradients: inout OrderedDictionary<String, Tensor>, _ context: TrainingContext
  ) throws(TrainingError) {
    // A stripe that has left gets no gradient, so that it never comes back.
    for (name, entry) in skeletons {
      guard let gradient = gradients["\(name):skeleton"] else { continue }
      gradients["\(name):skeleton"] = try tensors { () throws(TorchError) in
        let skeleton = try entry.skeleton.detached()
        return try gradient * skeleton.notEqual(0).to(type: skeleton.type)
      }
    }
  }

  public func afterStep(_ context: TrainingContext) throws(TrainingError) {
    try tensors { () throws(TorchError) in
      for (name, entry) in skeletons {
        // With what the optimizer remembers of it, which would lead it on.
        let stays = try entry.skeleton.detached().abs().greaterOrEqual(.double(threshold))
          .to(type: entry.skeleton.type)
        try withoutGradients { () throws(TorchError) in
          _ = try entry.skeleton.multiplyInPlace(stays)
          for (_, slot) in context.optimizer.state.slots(of: "\(name):skeleton")
          where slot.shape == entry.skeleton.shape { _ = try slot.multiplyInPlace(stays) }
        }
      }
    }
  }

  /// How many stripes are left, and how many there are.
  public func counts() throws(TorchError) -> (left: Int, all: Int) {
    var (left, all) = (0, 0)
    for (_, entry) in skeletons {
      left += Int(try entry.skeleton.detached().countNonzero().scalar())
      all += entry.skeleton.count
    }
    return (left, all)
  }

  public func restore(
    _ state: PluginState, in context: TrainingContext
  ) throws(TrainingError) {
    try beforeRun(context)
  }
}
