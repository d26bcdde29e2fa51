// The axes in another order.

import Network
import Torch

/// The axes in the order `perm`; reversed where it is not given.
enum Transpose: Computation {
  static let names = ["Transpose"]

  static func prepare(_ site: Site) throws(ExecutionError) -> Step {
    let order = site.node.ints("perm")
    return { x, _ throws(TorchError) in
      let input = try x[0]
      return [try input.permute(order ?? Array((0..<input.rank).reversed()))]
    }
  }
}
