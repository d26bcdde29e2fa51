// The general matrix product.

import Network
import Torch

/// `y = alpha A' B' + beta C`, where a prime may transpose.
enum Gemm: Computation {
  static let names = ["Gemm"]

  static func prepare(_ site: Site) throws(ExecutionError) -> Step {
    let alpha = site.real("alpha", default: 1)
    let beta = site.real("beta", default: 1)
    let transA = site.node.int("transA", default: 0) != 0
    let transB = site.node.int("transB", default: 0) != 0
    // What linear layers are written as.
    let isLinear = !transA && transB && alpha == 1 && beta == 1
    return { x, _ throws(TorchError) in
      var (a, b) = (try x[0], try x[1])
      let c = x.optional(2)
      guard a.rank == 2, b.rank == 2 else {
        throw site.failure(x, "A and B must be matrices")
      }
      if isLinear, c.map({ $0.rank == 1 && $0.shape[0] == b.shape[0] }) ?? true {
        return [try a.linear(b, bias: c)]
      }
      if transA { a = try a.transpose() }
      if transB { b = try b.transpose() }
      var y = try a.mm(b)
      if alpha != 1 { y = try y * alpha }
      if let c {
        y = try y.add(c, alpha: y.type.isFloatingPoint ? .double(beta) : .int(Int64(beta)))
      }
      return [y]
    }
  }
}
