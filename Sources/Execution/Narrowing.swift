// Numbers brought to the types that the engine only stores.

import Network
import Torch

extension ElementType {
  /// The smallest and largest integer of an integer type up to 32 bits; `nil` for other types.
  var integerRange: ClosedRange<Int>? {
    switch self {
    case .int2: -2...1
    case .uint2: 0...3
    case .int4: -8...7
    case .uint4: 0...15
    case .int8: -128...127
    case .uint8: 0...255
    case .int16: -32768...32767
    case .uint16: 0...65535
    case .int32: Int(Int32.min)...Int(Int32.max)
    case .uint32: 0...Int(UInt32.max)
    default: nil
    }
  }

  /// The largest finite number of a floating-point type of eight or four bits; `nil` for others.
  fileprivate var largest: Double? {
    switch self {
    case .float8E4M3FN: 448
    case .float8E4M3FNUZ: 240
    case .float8E5M2, .float8E5M2FNUZ: 57344
    case .float4E2M1: 6
    default: nil
    }
  }
}

extension Tensor {
  /// The elements converted to `element`.
  ///
  /// - Parameters:
  ///   - saturating: whether numbers beyond a float8 type's range become its largest; otherwise they
  ///     become infinite, or no number where it has no infinity.
  ///   - rounding: how powers of two (float8E8M0) are chosen: `up`, `down` or `nearest`.
  func narrowed(
    to element: ElementType, saturating: Bool = true, rounding: String = "up"
  ) throws(TorchError) -> Tensor {
    guard let scalar = ScalarType(element) else { return self }
    switch element {
    case .float8E8M0: return try powerOfTwo(saturating, rounding)
    case .float4E2M1:
      // The nearest of 0, 1/2, 1, 3/2, 2, 3, 4, 6; ties go to the even code. The step is the power
      // of two under the number, halved, and 1/2 at least.
      let number = try to(type: .float32)
      let x = try number.maskedFill(number.isNaN(), 0)
      let size = try x.abs().clamp(max: 6)
      let step = try size.clamp(min: 1).log2().floor().exp2() * Float(0.5)
      let rounded = try (size / step).round() * step
      return try (rounded * x.sign()).to(type: scalar)
    case .int4, .uint4, .int2, .uint2:
      // The low bits count; the sign of signed ones is their highest.
      let whole = try (type.isFloatingPoint ? truncate() : to(type: type.computing ?? type))
        .to(type: .int64)
      let count = Int64(1 << element.bitWidth)
      let low = try whole.remainder(Tensor(count, device: device))
      let isSigned = element == .int4 || element == .int2
      let value =
        isSigned
        ? try (low - count).where(low.greaterOrEqual(.int(count / 2)), else: low)
        : low
      return try value.to(type: scalar)
    default:
      guard let largest = element.largest else {
        // What the engine cannot convert directly goes through the type it computes in.
        guard let middle = scalar.computing ?? type.computing else { return try to(type: scalar) }
        return try to(type: middle).to(type: scalar)
      }
      let x = try to(type: .float32)
      var inside = x
      if saturating {
        inside = try x.clamp(min: .double(-largest), max: .double(largest))
      } else if element == .float8E4M3FN {
        // It has no infinity; what rounds beyond the largest number, from 464 on, is none.
        inside = try x.maskedFill(x.abs().greater(464), .double(.nan))
      }
      return try inside.to(type: scalar)
    }
  }

  /// The elements as powers of two, from 2^-127 to 2^127.
  private func powerOfTwo(_ saturating: Bool, _ rounding: String) throws(TorchError) -> Tensor {
    let x = try to(type: .float64).abs()
    let exponent = try x.log2()
    var whole: Tensor
    switch rounding {
    case "down": whole = try exponent.floor()
    case "nearest":
      // Half way is the arithmetic mean: 1.5 times the lower power goes up.
      let lower = try exponent.floor()
      whole = try (lower + 1).where(x.greaterOrEqual(lower.exp2() * 1.5), else: lower)
    default: whole = try exponent.ceil()
    }
    let isLost = try saturating ? x.isNaN() : x.isNaN().logicalOr(whole.greater(127))
    whole = try whole.clamp(min: -127, max: 127)
    return try whole.exp2().maskedFill(isLost, .double(.nan)).to(type: .float32)
      .to(type: .float8E8M0)
  }
}
