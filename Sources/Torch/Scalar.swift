// Numbers that go into and come out of tensors.

/// One number as operators take and return it.
///
/// The kind matters: an integer keeps an integer tensor an integer tensor, a double makes it float.
public enum Scalar: Sendable, Hashable {
  case int(Int64)
  case double(Double)
  case bool(Bool)

  /// The number as a double; `true` is 1.
  public var double: Double {
    switch self {
    case .int(let value): Double(value)
    case .double(let value): value
    case .bool(let value): value ? 1 : 0
    }
  }
}

extension Scalar: ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
  ExpressibleByBooleanLiteral
{
  /// An integer.
  public init(integerLiteral value: Int64) { self = .int(value) }
  /// A double.
  public init(floatLiteral value: Double) { self = .double(value) }
  /// A truth value.
  public init(booleanLiteral value: Bool) { self = .bool(value) }
}

/// A Swift number type whose arrays can be copied into and out of tensors bit for bit.
public protocol TorchScalar: BitwiseCopyable, Sendable {
  /// The tensor element type with the same bits.
  static var scalarType: ScalarType { get }
  /// The value as operators take it.
  var scalar: Scalar { get }
}

extension Float16: TorchScalar {
  /// IEEE half precision.
  public static var scalarType: ScalarType { .float16 }
  /// The value as a double.
  public var scalar: Scalar { .double(Double(self)) }
}

extension Float: TorchScalar {
  /// IEEE single precision.
  public static var scalarType: ScalarType { .float32 }
  /// The value as a double.
  public var scalar: Scalar { .double(Double(self)) }
}

extension Double: TorchScalar {
  /// IEEE double precision.
  public static var scalarType: ScalarType { .float64 }
  /// The value itself.
  public var scalar: Scalar { .double(self) }
}

extension Int: TorchScalar {
  /// 64 bits, signed.
  public static var scalarType: ScalarType { .int64 }
  /// The value itself.
  public var scalar: Scalar { .int(Int64(self)) }
}

extension Int64: TorchScalar {
  /// 64 bits, signed.
  public static var scalarType: ScalarType { .int64 }
  /// The value itself.
  public var scalar: Scalar { .int(self) }
}

extension Int32: TorchScalar {
  /// 32 bits, signed.
  public static var scalarType: ScalarType { .int32 }
  /// The value, widened.
  public var scalar: Scalar { .int(Int64(self)) }
}

extension Int16: TorchScalar {
  /// 16 bits, signed.
  public static var scalarType: ScalarType { .int16 }
  /// The value, widened.
  public var scalar: Scalar { .int(Int64(self)) }
}

extension Int8: TorchScalar {
  /// 8 bits, signed.
  public static var scalarType: ScalarType { .int8 }
  /// The value, widened.
  public var scalar: Scalar { .int(Int64(self)) }
}

extension UInt8: TorchScalar {
  /// 8 bits, unsigned.
  public static var scalarType: ScalarType { .uint8 }
  /// The value, widened.
  public var scalar: Scalar { .int(Int64(self)) }
}

extension Bool: TorchScalar {
  /// One byte, 0 or 1.
  public static var scalarType: ScalarType { .bool }
  /// The value itself.
  public var scalar: Scalar { .bool(self) }
}
