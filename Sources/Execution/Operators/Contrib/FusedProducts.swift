// Matrix products and convolutions that transpose, scale, add and activate in one node.

import Network
import Torch

/// `FusedMatMul` (once `TransposeMatMul`): `alpha op(a) op(b)`, where `op` may exchange the last two
/// axes, and the first with those between.
enum FusedMatMul: Computation {
  static let names = ["FusedMatMul", "TransposeMatMul"]
  static let domain = Contrib.domain

  static func prepare(_ site: Site) throws(ExecutionError) -> Step {
    let node = site.node
    let alpha = site.real("alpha", default: 1)
    let flags = ["transA", "transB", "transBatchA", "transBatchB"].map {
      node.int($0, default: 0) != 0
    }
    return { x, _ throws(TorchError) in
      var operands: [Tensor] = []
      for index in 0..<2 {
        var operand = try x[index]
        let rank = operand.rank
        if flags[index + 2], rank > 2 {
          operand = try operand.permute(Array(1..<rank - 1) + [0, rank - 1])
        }
        if flags[index], rank > 1 { operand = try operand.transpose() }
        operands.append(operand)
      }
      let y = try operands[0].matmul(operands[1])
      return [alpha == 1 ? y : try y * alpha]
    }
  }
}

/// `FusedGemm`: `Gemm`, then an activation.
enum FusedGemm: Computation {
  static let names = ["FusedGemm"]
  static let domain = Contrib.domain

  static func prepare(_ site: Site) throws(ExecutionError) -> Step {
    let product = try Gemm.prepare(site)
    let parameters = ["activation_alpha", "activation_beta", "activation_gamma"]
      .compactMap { key -> Float? in
        if case .float(let value) = site.node.attributes[key] { value } else { nil }
      }
    let activation = try site.activation(
      site.node.string("activation", default: ""), parameters)
    return { x, run throws(TorchError) in
      let y = try product(x, run)
      return try activation?(x.inner([y[0]]), run) ?? y
    }
  }
}

/// `FusedConv`: `Conv`, a fourth input added, then an activation. `NhwcFusedConv` has the channels
/// last, in the weight too.
enum FusedConv: Computation {
  static let names = ["FusedConv", "NhwcFusedConv"]
  static let domain = Contrib.domain

  static func prepare(_ site: Site) throws(ExecutionError) -> Step {
    let convolution = try Conv.prepare(site)
    var parameters: [Float] = []
    if case .floats(let list) = site.node.attributes["activation_params"] { parameters = list }
    let activation = try site.activation(
      site.node.string("activation", default: ""), parameters)
    let isLast = site.node.op == "NhwcFusedConv"
    return { x, run throws(TorchError) in
      func first(_ tensor: Tensor) throws(TorchError) -> Tensor {
        isLast ? try tensor.permute([0, tensor.rank - 1] + Array(1..<tensor.rank - 1)) : tensor
      }
      var y = try convolution(x.inner([first(x[0]), x[1], x.optional(2)]), run)[0]
      if let sum = x.optional(3) { y = try y + first(sum) }
      if let activation { y = try activation(x.inner([y]), run)[0] }
      return [isLast ? try y.permute([0] + Array(2..<y.rank) + [1]) : y]
    }
  }
}
