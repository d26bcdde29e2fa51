// Dropout: elements set to zero at random in training.

import Network
import Torch

/// Each element zero with probability `ratio`, else divided by `1 - ratio`, in training mode; the
/// input itself in evaluation. The generator of the run decides, so its state decides the mask.
enum Dropout: Computation {
  static let names = ["Dropout"]

  static func prepare(_ site: Site) throws(ExecutionError) -> Step {
    let stated = site.constant(1)?.reals?.first ?? site.real("ratio", default: 0.5)
    guard (0...1).contains(stated) else {
      throw site.invalid("the ratio \(stated) is no probability")
    }
    let ratioIsComputed = site.node.input(1) != nil && site.constant(1) == nil
    let wantsMask = site.node.outputs.count > 1
    return { x, run throws(TorchError) in
      let input = try x[0]
      guard case .training(let generator) = run.mode else {
        return wantsMask ? [input, try input.onesLike(type: .bool)] : [input]
      }
      let ratio = ratioIsComputed ? try x[1].scalar() : stated
      if !wantsMask { return [try input.dropout(ratio, generator)] }
      let mask = try input.emptyLike().bernoulliInPlace(1 - ratio, generator)
      let kept = try input * mask
      return [ratio < 1 ? try kept / (1 - ratio) : kept, try mask.to(type: .bool)]
    }
  }
}
