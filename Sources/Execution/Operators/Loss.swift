// Losses that a graph may carry.

import Network
import Torch

/// `NegativeLogLikelihoodLoss` and `SoftmaxCrossEntropyLoss` over scores [N, C, D1, ...] and labels
/// [N, D1, ...], weighted by class where weights are given.
enum Loss: Computation {
  static let names = ["NegativeLogLikelihoodLoss", "SoftmaxCrossEntropyLoss"]

  static func prepare(_ site: Site) throws(ExecutionError) -> Step {
    let ignored = site.node.int("ignore_index")
    let reduction = site.node.string("reduction", default: "mean")
    guard ["none", "sum", "mean"].contains(reduction) else {
      throw site.invalid("the reduction '\(reduction)' is not known")
    }
    let isSoftmax = site.node.op == "SoftmaxCrossEntropyLoss"
    return { x, _ throws(TorchError) in
      let logarithms = isSoftmax ? try x[0].logSoftmax(axis: 1) : try x[0]
      var labels = try x[1].to(type: .int64)
      var counts: Tensor?
      if let ignored {
        let isIgnored = try labels.equal(.int(Int64(ignored)))
        labels = try labels.maskedFill(isIgnored, 0)
        counts = try isIgnored.logicalNot().to(type: logarithms.type)
      }
      if let weights = x.optional(2) {
        let own = try weights.index([labels])
        counts = try counts.map { mask throws(TorchError) in try own * mask } ?? own
      }
      var loss = try -logarithms.gather(axis: 1, labels.unsqueeze(1)).squeeze([1])
      if let counts { loss = try loss * counts }
      switch reduction {
      case "sum": loss = try loss.sum()
      case "mean":
        if let counts { loss = try loss.sum() / counts.sum() } else { loss = try loss.mean() }
      default: break
      }
      return isSoftmax ? [loss, logarithms] : [loss]
    }
  }
}
