// Numbers kept in few bits: quantization, and back.

import Network
import Torch

/// Scales and zero points, brought to the shape of what they belong to.
struct Granularity {
  private let axis: Int
  private let block: Int

  /// What the node's `axis` and `block_size` state.
  init(_ site: Site) {
    axis = site.node.int("axis", default: 1)
    block = site.node.int("block_size", default: 0)
  }

  /// `parameter` (one number, one an index of the axis, or one a block) so that it broadcasts with
  /// `x`.
  func spread(_ parameter: Tensor, over x: Tensor) throws(TorchError) -> Tensor {
    if parameter.count == 1, parameter.rank <= 1 { return try parameter.reshape([]) }
    let front = axis < 0 ? axis + x.rank : axis
    guard (0..<x.rank).contains(front) else { return parameter }
    if parameter.rank == 1 {
      return try parameter.reshape([-1] + Array(repeating: 1, count: x.rank - 1 - front))
    }
    guard block > 0 else { return parameter }
    return try parameter.repeatInterleave(block, axis: front)
      .narrow(axis: front, start: 0, length: x.shape[front])
  }
}

/// `QuantizeLinear`: `y = saturate(round(x / scale) + zero)`, rounded half to even.
enum QuantizeLinear: Computation {
  static let names = ["QuantizeLinear"]

  static func prepare(_ site: Site) throws(ExecutionError) -> Step {
    let granularity = Granularity(site)
    let stated = site.node.int("output_dtype", default: 0)
    let known = ElementType(rawValue: Int32(truncatingIfNeeded: stated)) ?? site.element(2)
    let saturates = site.node.int("saturate", default: 1) != 0
    let precision = try site.statedType("precision")
    return { x, _ throws(TorchError) in
      var (input, scale) = (try x[0], try x[1])
      let wanted = precision ?? scale.type
      scale = try granularity.spread(scale.to(type: wanted), over: input)
      input = try input.to(type: wanted) / scale
      let element = known ?? x.optional(2)?.type.element ?? .uint8
      guard let range = element.integerRange else {
        return [try input.narrowed(to: element, saturating: saturates)]
      }
      var y = try input.round().to(type: .float64)
      if let zero = x.optional(2) {
        y = try y + granularity.spread(zero.to(type: .float64), over: input)
      }
      y = try y.clamp(
        min: .double(Double(range.lowerBound)), max: .double(Double(range.upperBound)))
      return [try y.narrowed(to: element, saturating: true)]
    }
  }
}

/// `DequantizeLinear`: `y = (x - zero) scale`.
enum DequantizeLinear: Computation {
  static let names = ["DequantizeLinear"]

  static func prepare(_ site: Site) throws(ExecutionError) -> Step {
    let granularity = Granularity(site)
    let precision = try site.statedType("output_dtype")
    return { x, _ throws(TorchError) in
      let (input, scale) = (try x[0], try x[1])
      let type = precision ?? scale.type
      // Differences of integers are exact in float32 up to 24 bits, beyond them in float64.
      let wide: ScalarType = input.type.size > 2 ? .float64 : .float32
      var y = try input.to(type: wide)
      if let zero = x.optional(2) {
        y = try y - granularity.spread(zero.to(type: wide), over: input)
      }
      return [
        try (y.to(type: type) * granularity.spread(scale.to(type: type), over: input))
          .to(type: type)
      ]
    }
  }
}

/// `DynamicQuantizeLinear`: to uint8, with scale and zero point from the range of the data and zero.
enum DynamicQuantizeLinear: Computation {
  static let names = ["DynamicQuantizeLinear"]

  static func prepare(_ site: Site) throws(ExecutionError) -> Step {
    { x, _ throws(TorchError) in
      let (codes, scale, zero) = try codes(of: x[0])
      return [try codes.to(type: .uint8), scale, try zero.to(type: .uint8)]
    }
  }

  /// Whole numbers from 0 to 255 for the elements of `x`, the step between two of them, and the one
  /// that stands for zero; all of the type of `x`.
  static func codes(
    of x: Tensor
  ) throws(TorchError) -> (codes: Tensor, scale: Tensor, zero: Tensor) {
    let low = try x.min().clamp(max: 0)
    let high = try x.max().clamp(min: 0)
    let width = try (high - low) / 255
    // A tensor of zeros has no range; any scale represents it.
    let scale = try width.maskedFill(width.equal(0), 1)
    let zero = try (-low / scale).clamp(min: 0, max: 255).round()
    return (try ((x / scale).round() + zero).clamp(min: 0, max: 255), scale, zero)
  }
}
