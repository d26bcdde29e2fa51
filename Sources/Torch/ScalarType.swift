// The element types of tensors.

/// The type of a tensor's elements. Raw values are libtorch's.
public enum ScalarType: Int32, Sendable, Hashable, CaseIterable {
  case uint8 = 0
  case int8 = 1
  case int16 = 2
  case int32 = 3
  case int64 = 4
  case float16 = 5
  case float32 = 6
  case float64 = 7
  case complex64 = 9
  case complex128 = 10
  case bool = 11
  case bfloat16 = 15
  case float8E5M2 = 23
  case float8E4M3FN = 24
  case float8E5M2FNUZ = 25
  case float8E4M3FNUZ = 26
  case uint16 = 27
  case uint32 = 28
  case uint64 = 29
  case float8E8M0 = 44

  /// Bytes of one element.
  public var size: Int {
    switch self {
    case .uint8, .int8, .bool, .float8E5M2, .float8E4M3FN, .float8E5M2FNUZ, .float8E4M3FNUZ,
      .float8E8M0:
      1
    case .int16, .uint16, .float16, .bfloat16: 2
    case .int32, .uint32, .float32: 4
    case .int64, .uint64, .float64, .complex64: 8
    case .complex128: 16
    }
  }

  /// Whether the elements are complex numbers.
  public var isComplex: Bool { self == .complex64 || self == .complex128 }

  /// The type to compute in where the engine can only store and convert this one: the next larger
  /// signed integer or float32; `nil` where it computes with the type itself. Unsigned integers of
  /// 64 bits keep their bits in int64: sums and products are right, the order above 2^63 is not.
  public var computing: ScalarType? {
    switch self {
    case .uint16: .int32
    case .uint32, .uint64: .int64
    case .float8E5M2, .float8E4M3FN, .float8E5M2FNUZ, .float8E4M3FNUZ, .float8E8M0: .float32
    default: nil
    }
  }

  /// Whether the elements are real floating-point numbers, so that they can have gradients.
  public var isFloatingPoint: Bool {
    switch self {
    case .float16, .bfloat16, .float32, .float64: true
    default: false
    }
  }
}

extension ScalarType: CustomStringConvertible {
  /// The name as NumPy and ONNX write it, such as `float32`.
  public var description: String {
    switch self {
    case .uint8: "uint8"
    case .int8: "int8"
    case .int16: "int16"
    case .int32: "int32"
    case .int64: "int64"
    case .float16: "float16"
    case .float32: "float32"
    case .float64: "float64"
    case .complex64: "complex64"
    case .complex128: "complex128"
    case .bool: "bool"
    case .bfloat16: "bfloat16"
    case .float8E5M2: "float8e5m2"
    case .float8E4M3FN: "float8e4m3fn"
    case .float8E5M2FNUZ: "float8e5m2fnuz"
    case .float8E4M3FNUZ: "float8e4m3fnuz"
    case .uint16: "uint16"
    case .uint32: "uint32"
    case .uint64: "uint64"
    case .float8E8M0: "float8e8m0"
    }
  }
}
