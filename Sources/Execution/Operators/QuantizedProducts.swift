// Convolutions and matrix products of integers.

import Network
import Torch

/// Products of integers with their zero points taken off: exact in float64, whose 53 bits hold sums
/// of any layer.
private struct IntegerProduct {
  /// `tensor - zero` in float64, a vector of zero points standing along `axis`.
  static func centred(
    _ tensor: Tensor, _ zero: Tensor?, axis: Int
  ) throws(TorchError) -> Tensor {
    let wide = try tensor.to(type: .float64)
    guard let zero else { return wide }
    return try wide - spread(zero.to(type: .float64), tensor.rank, axis)
  }

  /// A number, or a vector standing along `axis` of a tensor of `rank` axes.
  static func spread(_ vector: Tensor, _ rank: Int, _ axis: Int) throws(TorchError) -> Tensor {
    guard vector.rank == 1, vector.count > 1 else {
      return vector.count == 1 ? try vector.reshape([]) : vector
    }
    let front = axis < 0 ? axis + rank : axis
    return try vector.reshape([-1] + Array(repeating: 1, count: Swift.max(0, rank - 1 - front)))
  }

  /// `round(y scale) + zero`, held to the range of the zero point's type; in float32, as runtimes do it,
  /// so that what lies halfway between two numbers goes to the same one.
  static func requantized(
    _ y: Tensor, by scale: Tensor, zero: Tensor
  ) throws(TorchError) -> Tensor {
    let (low, high): (Double, Double) = zero.type == .int8 ? (-128, 127) : (0, 255)
    let scaled = try y.to(type: .float32) * scale.to(type: .float32)
    let shifted =
      try scaled.round().to(type: .float64) + spread(zero.to(type: .float64), y.rank, y.rank - 1)
    return try shifted.clamp(min: .double(low), max: .double(high)).to(type: zero.type)
  }
}

/// `MatMulInteger` and `QLinearMatMul`.
enum IntegerMatMul: Computation {
  static let names = ["MatMulInteger", "QLinearMatMul"]

  static func prepare(_ site: Site) throws(ExecutionError) -> Step {
    if site.node.op == "MatMulInteger" {
      return { x, _ throws(TorchError) in
        let a = try IntegerProduct.centred(x[0], x.optional(2), axis: -2)
        let b = try IntegerProduct.centred(x[1], x.optional(3), axis: -1)
        return [try a.matmul(b).to(type: .int32)]
      }
    }
    // a, its scale and zero; b, its scale and zero; the scale and zero of y.
    return { x, _ throws(TorchError) in
      let a = try IntegerProduct.centred(x[0], x[2], axis: -2)
      let b = try IntegerProduct.centred(x[3], x[5], axis: -1)
      let y = try a.matmul(b)
      let scale =
        try IntegerProduct.spread(x[1].to(type: .float32), y.rank, -2)
        * IntegerProduct.spread(x[4].to(type: .float32), y.rank, -1)
        / IntegerProduct.spread(x[6].to(type: .float32), y.rank, -2)
      return [try IntegerProduct.requantized(y, by: scale, zero: x[7])]
    }
  }
}

/// `ConvInteger` and `QLinearConv`: a convolution of integers, padded with the zero point.
enum IntegerConv: Computation {
  static let names = ["ConvInteger", "QLinearConv"]

  static func prepare(_ site: Site) throws(ExecutionError) -> Step {
    let convolution = try Conv.prepare(site)
    if site.node.op == "ConvInteger" {
      return { x, run throws(TorchError) in
        let data = try IntegerProduct.centred(x[0], x.optional(2), axis: 1)
        let weight = try IntegerProduct.centred(x[1], x.optional(3), axis: 0)
        let y = try convolution(Inputs(tensors: [data, weight], label: x.label), run)
        return [try y[0].to(type: .int32)]
      }
    }
    // x, its scale and zero; w, its scale and zero; the scale and zero of y; the bias.
    return { x, run throws(TorchError) in
      let data = try IntegerProduct.centred(x[0], x[2], axis: 1)
      let weight = try IntegerProduct.centred(x[3], x[5], axis: 0)
      let bias = try x.optional(8)?.to(type: .float64)
      let y = try convolution(Inputs(tensors: [data, weight, bias], label: x.label), run)[0]
      let scale =
        try x[1].to(type: .float32).reshape([])
        * IntegerProduct.spread(x[4].to(type: .float32), y.rank, 1)
        / x[6].to(type: .float32).reshape([])
      return [try IntegerProduct.requantized(y, by: scale, zero: x[7])]
    }
  }
}
