// Operators on quantized tensors: computed on the numbers they stand for, and quantized again.

import Network
import Torch

/// Numbers and their quantized form.
private enum Quantized {
  /// The numbers that the inputs `index`, `index + 1` (scale) and `index + 2` (zero point) stand for.
  static func number(_ x: Inputs, _ index: Int) throws(TorchError) -> Tensor {
    try (x[index].to(type: .float32) - zero(x.optional(index + 2))) * x[index + 1].reshape([])
  }

  private static func zero(_ tensor: Tensor?) throws(TorchError) -> Tensor {
    guard let tensor else { return try Tensor(Float(0)) }
    return try tensor.to(type: .float32).reshape([])
  }

  /// `y` quantized by a scale and a zero point of the type `type`.
  static func quantized(
    _ y: Tensor, _ scale: Tensor, _ zeroPoint: Tensor?, _ type: ScalarType
  ) throws(TorchError) -> Tensor {
    let (low, high): (Double, Double) = type == .int8 ? (-128, 127) : (0, 255)
    let shifted = try (y / scale.reshape([])).round() + zero(zeroPoint)
    return try shifted.clamp(min: .double(low), max: .double(high)).to(type: type)
  }
}

/// Sums, products, activations and means of quantized tensors.
enum QuantizedFunction: Computation {
  static let names = [
    "QLinearAdd", "QLinearAveragePool", "QLinearConcat", "QLinearGlobalAveragePool",
    "QLinearLeakyRelu", "QLinearMul", "QLinearSigmoid",
  ]
  static let domain = Contrib.domain

  static func prepare(_ site: Site) throws(ExecutionError) -> Step {
    let node = site.node
    switch node.op {
    case "QLinearAdd", "QLinearMul":
      let adds = node.op == "QLinearAdd"
      return { x, _ throws(TorchError) in
        let (a, b) = (try Quantized.number(x, 0), try Quantized.number(x, 3))
        return [
          try Quantized.quantized(adds ? a + b : a * b, x[6], x.optional(7), x[0].type)
        ]
      }
    case "QLinearConcat":
      let axis = node.int("axis", default: 0)
      return { x, _ throws(TorchError) in
        var parts: [Tensor] = []
        for index in stride(from: 2, to: x.count - 1, by: 3) {
          parts.append(try Quantized.number(x, index))
        }
        let y = try Tensor.cat(parts, axis: axis)
        return [try Quantized.quantized(y, x[0], x.optional(1), x[2].type)]
      }
    default: break
    }
    let isLast = node.int("channels_last", default: 0) != 0
    let function: Step =
      switch node.op {
      case "QLinearAveragePool": try AveragePool.prepare(site)
      case "QLinearGlobalAveragePool":
        try GlobalPooling.prepare(site.inner("GlobalAveragePool"))
      case "QLinearSigmoid": try Elementwise.prepare(site.inner("Sigmoid"))
      default: try Elementwise.prepare(site.inner("LeakyRelu", keeping: true))
      }
    return { x, run throws(TorchError) in
      var input = try Quantized.number(x, 0)
      let rank = input.rank
      if isLast { input = try input.permute([0, rank - 1] + Array(1..<rank - 1)) }
      var y = try function(x.inner([input]), run)[0]
      if isLast { y = try y.permute([0] + Array(2..<rank) + [1]) }
      return [try Quantized.quantized(y, x[3], x.optional(4), x[0].type)]
    }
  }
}

/// Matrix products of which one side or both are quantized, with results that are not.
///
/// `DynamicQuantizeMatMul` quantizes its first operand by the range of the data;
/// `MatMulIntegerToFloat` is given both.
enum MixedProduct: Computation {
  static let names = ["DynamicQuantizeMatMul", "MatMulIntegerToFloat"]
  static let domain = Contrib.domain

  static func prepare(_ site: Site) throws(ExecutionError) -> Step {
    switch site.node.op {
    case "DynamicQuantizeMatMul":
      let quantize = try DynamicQuantizeLinear.prepare(site.inner("DynamicQuantizeLinear"))
      return { x, run throws(TorchError) in
        let a = try quantize(x.inner([x[0]]), run)
        return [
          try product(
            a[0], a[1], a[2], x[1], x[2], x.optional(3), bias: x.optional(4), type: x[0].type)
        ]
      }
    default:
      return { x, _ throws(TorchError) in
        [
          try product(
            x[0], x[2], x.optional(4), x[1], x[3], x.optional(5), bias: x.optional(6),
            type: x[2].type)
        ]
      }
    }
  }

  /// `(a - za) (b - zb) sa sb + bias`; the scale and zero point of b may be one a column.
  private static func product(
    _ a: Tensor, _ aScale: Tensor, _ aZero: Tensor?, _ b: Tensor, _ bScale: Tensor,
    _ bZero: Tensor?, bias: Tensor?, type: ScalarType
  ) throws(TorchError) -> Tensor {
    func centred(_ tensor: Tensor, _ zero: Tensor?) throws(TorchError) -> Tensor {
      let wide = try tensor.to(type: .float64)
      return try zero.map { zero throws(TorchError) in try wide - zero.to(type: .float64) } ?? wide
    }
    var y = try centred(a, aZero).matmul(centred(b, bZero))
    y = try y * aScale.to(type: .float64) * bScale.to(type: .float64)
    if let bias { y = try y + bias.to(type: .float64) }
    return try y.to(type: type)
  }
}

/// `DynamicQuantizeLSTM`: an LSTM whose weights, transposed, are kept in eight bits.
///
/// Inputs: those of `LSTM`, then scale and zero point of the weights and of the recurrence weights.
/// What is multiplied is rounded to eight bits first, by its range.
enum QuantizedRecurrence: Computation {
  static let names = ["DynamicQuantizeLSTM"]
  static let domain = Contrib.domain

  static func prepare(_ site: Site) throws(ExecutionError) -> Step {
    let layer = try Recurrent.layer(
      site.inner("LSTM", outputs: site.node.outputs.count, keeping: true), rounding: true)
    return { x, run throws(TorchError) in
      let type = try x[0].type
      var given: [Tensor?] = []
      for index in 0..<8 { given.append(x.optional(index)) }
      for (index, scale) in [(1, 8), (2, 10)] {
        func spread(_ vector: Tensor) throws(TorchError) -> Tensor {
          // One number a direction, or one a column.
          let wide = try vector.to(type: type)
          return wide.rank == 2 ? try wide.unsqueeze(1) : try wide.reshape([-1, 1, 1])
        }
        var weight = try x[index].to(type: type)
        if let zero = x.optional(scale + 1) { weight = try weight - spread(zero) }
        given[index] = try (weight * spread(x[scale])).transpose()
      }
      return try layer(x.inner(given), run)
    }
  }
}

/// `QAttention`: ``PackedAttention`` of quantized inputs and weights.
///
/// Inputs: x, weight, bias, the scales of x and weight, mask, their zero points, past.
enum QuantizedAttention: Computation {
  static let names = ["QAttention"]
  static let domain = Contrib.domain

  static func prepare(_ site: Site) throws(ExecutionError) -> Step {
    let attention = try PackedAttention.prepare(site)
    return { x, run throws(TorchError) in
      func number(_ index: Int, _ scale: Int, _ zero: Int) throws(TorchError) -> Tensor {
        let wide = try x[index].to(type: .float32)
        guard let zero = x.optional(zero) else { return try wide * x[scale] }
        return try (wide - zero.to(type: .float32)) * x[scale]
      }
      return try attention(
        x.inner([
          number(0, 3, 6), number(1, 4, 7), x.optional(2), x.optional(5), x.optional(8),
        ]), run)
    }
  }
}
