// A constant tensor: element type, shape and bytes, as a model file holds it.

/// A constant tensor in row-major order, little-endian, packed as ONNX packs `raw_data`.
///
/// Nothing here computes: it is what a file holds and what surgery cuts. Strings, which have no
/// fixed size, are kept beside the bytes.
public struct TensorData: Sendable, Hashable {
  /// The type of the elements.
  public let type: ElementType
  /// The extents, outermost first; empty for a scalar.
  public let shape: [Int]
  /// The elements, `type.byteCount(of: count)` bytes; empty for strings.
  public let bytes: Bytes
  /// The elements of a string tensor, undecoded; empty otherwise.
  public let strings: [[UInt8]]

  /// A tensor over given bytes.
  ///
  /// - Throws: ``NetworkError/tensorSize(type:shape:expected:found:)`` where the bytes do not fit.
  public init(type: ElementType, shape: [Int], bytes: Bytes) throws(NetworkError) {
    guard type != .string, let count = shape.elementCount,
      case let expected = type.byteCount(of: count), expected == bytes.count
    else {
      let count = shape.elementCount ?? -1
      throw .tensorSize(
        type: type, shape: shape, expected: count < 0 ? -1 : type.byteCount(of: count),
        found: bytes.count)
    }
    self.type = type
    self.shape = shape
    self.bytes = bytes
    strings = []
  }

  /// A tensor of strings.
  ///
  /// - Throws: ``NetworkError/tensorSize(type:shape:expected:found:)`` where the count is wrong.
  public init(strings: [[UInt8]], shape: [Int]) throws(NetworkError) {
    guard let count = shape.elementCount, count == strings.count else {
      throw .tensorSize(
        type: .string, shape: shape, expected: shape.elementCount ?? -1, found: strings.count)
    }
    type = .string
    self.shape = shape
    bytes = Bytes([])
    self.strings = strings
  }

  /// A tensor of the given values.
  ///
  /// - Throws: ``NetworkError/tensorSize(type:shape:expected:found:)`` where the count is wrong.
  public init<Element: TensorElement>(
    _ values: [Element], shape: [Int]
  ) throws(NetworkError) {
    let bytes = values.withUnsafeBytes { [UInt8]($0) }
    try self.init(type: Element.elementType, shape: shape, bytes: Bytes(bytes))
  }

  /// A vector of the given values.
  public init<Element: TensorElement>(vector values: [Element]) {
    type = Element.elementType
    shape = [values.count]
    bytes = Bytes(values.withUnsafeBytes { [UInt8]($0) })
    strings = []
  }

  /// A tensor with no axes, holding one value.
  public init<Element: TensorElement>(scalar value: Element) {
    type = Element.elementType
    shape = []
    bytes = Bytes([value].withUnsafeBytes { [UInt8]($0) })
    strings = []
  }

  /// The number of elements.
  public var count: Int { shape.reduce(1, *) }

  /// The elements, read as `Element`.
  ///
  /// - Throws: ``NetworkError/tensorType(expected:found:)`` where the tensor has another type.
  public func values<Element: TensorElement>(
    as _: Element.Type = Element.self
  ) throws(NetworkError) -> [Element] {
    guard Element.elementType == type else {
      throw .tensorType(expected: Element.elementType, found: type)
    }
    // A file may hold any byte for a truth value; Swift knows only 0 and 1.
    let bytes = type == .bool ? Bytes(bytes.array.map { min($0, 1) }) : bytes
    return bytes.withUnsafeBytes { raw in
      [Element](unsafeUninitializedCapacity: count) { buffer, filled in
        UnsafeMutableRawBufferPointer(buffer).copyMemory(from: raw)
        filled = count
      }
    }
  }

  /// The elements of an integer or Boolean tensor, widened; `nil` for any other type.
  public var integers: [Int]? {
    func widen<T: TensorElement & BinaryInteger>(_: T.Type) -> [Int]? {
      (try? values(as: T.self))?.map { Int(truncatingIfNeeded: $0) }
    }
    return switch type {
    case .int64: widen(Int64.self)
    case .int32: widen(Int32.self)
    case .int16: widen(Int16.self)
    case .int8: widen(Int8.self)
    case .uint8: widen(UInt8.self)
    case .uint16: widen(UInt16.self)
    case .uint32: widen(UInt32.self)
    case .uint64: widen(UInt64.self)
    case .bool: bytes.array.map { $0 == 0 ? 0 : 1 }
    case .uint4, .uint2: unpacked().map(Int.init)
    case .int4: unpacked().map { $0 < 8 ? Int($0) : Int($0) - 16 }
    case .int2: unpacked().map { $0 < 2 ? Int($0) : Int($0) - 4 }
    default: nil
    }
  }

  /// The elements of a 16-, 32- or 64-bit floating-point tensor as doubles; `nil` for other types.
  public var reals: [Double]? {
    switch type {
    case .float32: (try? values(as: Float.self))?.map(Double.init)
    case .float64: try? values(as: Double.self)
    case .float16: (try? values(as: Float16.self))?.map(Double.init)
    case .bfloat16:
      bytes.withUnsafeBytes { raw in
        (0..<count).map {
          let bits = raw.loadUnaligned(fromByteOffset: 2 * $0, as: UInt16.self)
          return Double(Float(bitPattern: UInt32(bits) << 16))
        }
      }
    default: nil
    }
  }
}

/// A Swift type that is laid out in memory as an ``ElementType`` is.
public protocol TensorElement: BitwiseCopyable, Sendable {
  /// The element type with this layout.
  static var elementType: ElementType { get }
}

extension Float: TensorElement { public static var elementType: ElementType { .float32 } }
extension Double: TensorElement { public static var elementType: ElementType { .float64 } }
extension Float16: TensorElement { public static var elementType: ElementType { .float16 } }
extension Int8: TensorElement { public static var elementType: ElementType { .int8 } }
extension Int16: TensorElement { public static var elementType: ElementType { .int16 } }
extension Int32: TensorElement { public static var elementType: ElementType { .int32 } }
extension Int64: TensorElement { public static var elementType: ElementType { .int64 } }
extension UInt8: TensorElement { public static var elementType: ElementType { .uint8 } }
extension UInt16: TensorElement { public static var elementType: ElementType { .uint16 } }
extension UInt32: TensorElement { public static var elementType: ElementType { .uint32 } }
extension UInt64: TensorElement { public static var elementType: ElementType { .uint64 } }
extension Bool: TensorElement { public static var elementType: ElementType { .bool } }

extension [Int] {
  /// The number of elements a tensor of this shape has; `nil` for a negative extent or an overflow.
  public var elementCount: Int? {
    var count = 1
    for extent in self {
      guard extent >= 0 else { return nil }
      let (product, overflow) = count.multipliedReportingOverflow(by: extent)
      guard !overflow else { return nil }
      count = product
    }
    return count
  }
}
