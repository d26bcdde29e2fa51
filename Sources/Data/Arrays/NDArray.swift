// An array of numbers of any type and shape in host memory.

/// An array as it is stored: its element type, its shape, and its bytes in row-major order,
/// little-endian.
public struct NDArray: Sendable, Equatable {
  /// The type of the elements; the raw value is NumPy's code without the byte order.
  public enum ElementType: String, Sendable, Codable, CaseIterable {
    /// One byte, 0 or 1.
    case bool = "b1"
    /// Signed integers of 8 bits.
    case int8 = "i1"
    /// Signed integers of 16 bits.
    case int16 = "i2"
    /// Signed integers of 32 bits.
    case int32 = "i4"
    /// Signed integers of 64 bits.
    case int64 = "i8"
    /// Unsigned integers of 8 bits.
    case uint8 = "u1"
    /// Unsigned integers of 16 bits.
    case uint16 = "u2"
    /// Unsigned integers of 32 bits.
    case uint32 = "u4"
    /// Unsigned integers of 64 bits.
    case uint64 = "u8"
    /// Half precision.
    case float16 = "f2"
    /// Single precision.
    case float32 = "f4"
    /// Double precision.
    case float64 = "f8"

    /// Bytes an element.
    public var size: Int { Int(rawValue.suffix(1)) ?? 1 }
    /// True for floating-point types.
    public var isFloatingPoint: Bool { rawValue.hasPrefix("f") }
  }

  /// The type of the elements.
  public let elementType: ElementType
  /// The size of each axis; empty for a single number.
  public let shape: [Int]
  /// The elements, row-major, little-endian.
  public let bytes: [UInt8]

  /// The number of elements.
  public var count: Int { bytes.count / elementType.size }

  /// An array from its bytes.
  ///
  /// - Throws: `DataError.inconsistent` if the bytes are not what the shape needs.
  public init(_ elementType: ElementType, shape: [Int], bytes: [UInt8]) throws(DataError) {
    guard let needed = Int.product(shape + [elementType.size]), needed == bytes.count else {
      throw .inconsistent(
        path: "array", expected: "the bytes of shape \(shape) of \(elementType)",
        found: "\(bytes.count) bytes")
    }
    self.elementType = elementType
    self.shape = shape
    self.bytes = bytes
  }

  /// An array of Swift numbers.
  ///
  /// - Throws: `DataError.inconsistent` if the shape does not hold as many elements.
  public init<Element: NDArrayElement>(
    _ elements: [Element], shape: [Int]
  ) throws(DataError) {
    // Every machine that this runs on is little-endian, as the format is.
    try self.init(
      Element.elementType, shape: shape, bytes: elements.withUnsafeBytes { Array($0) })
  }

  /// The elements as they are, if they have the type asked for.
  ///
  /// - Throws: `DataError.inconsistent` for another type.
  public func elements<Element: NDArrayElement>(
    as _: Element.Type = Element.self
  ) throws(DataError) -> [Element] {
    guard Element.elementType == elementType else {
      throw .inconsistent(
        path: "array", expected: "elements of type \(Element.elementType)", found: "\(elementType)")
    }
    return stored()
  }

  /// The elements as single-precision numbers, rounded to nearest where they do not fit exactly.
  public func floats() -> [Float] {
    converted(integer: { Float($0) }, unsigned: { Float($0) }, real: { Float($0) })
  }

  /// The elements as double-precision numbers.
  public func doubles() -> [Double] {
    converted(integer: { Double($0) }, unsigned: { Double($0) }, real: { $0 })
  }

  /// The elements as integers.
  ///
  /// - Throws: `DataError.inconsistent` for a number that is not an integer of 64 bits.
  public func integers() throws(DataError) -> [Int64] {
    let converted: [Int64?] = converted(
      integer: { $0 }, unsigned: { Int64(exactly: $0) }, real: { Int64(exactly: $0) })
    let integers = converted.compactMap { $0 }
    guard integers.count == converted.count else {
      let index = converted.firstIndex(of: nil) ?? 0
      throw .inconsistent(
        path: "array", expected: "integers of 64 bits", found: "\(doubles()[index]) at \(index)")
    }
    return integers
  }

  private func stored<Element: NDArrayElement>() -> [Element] {
    [Element](unsafeUninitializedCapacity: count) { buffer, initialized in
      bytes.withUnsafeBytes { UnsafeMutableRawBufferPointer(buffer).copyMemory(from: $0) }
      initialized = count
    }
  }

  private func converted<Result>(
    integer: (Int64) -> Result, unsigned: (UInt64) -> Result, real: (Double) -> Result
  ) -> [Result] {
    switch elementType {
    case .bool: bytes.map { unsigned($0 == 0 ? 0 : 1) }
    case .int8: (stored() as [Int8]).map { integer(Int64($0)) }
    case .int16: (stored() as [Int16]).map { integer(Int64($0)) }
    case .int32: (stored() as [Int32]).map { integer(Int64($0)) }
    case .int64: (stored() as [Int64]).map { integer($0) }
    case .uint8: bytes.map { unsigned(UInt64($0)) }
    case .uint16: (stored() as [UInt16]).map { unsigned(UInt64($0)) }
    case .uint32: (stored() as [UInt32]).map { unsigned(UInt64($0)) }
    case .uint64: (stored() as [UInt64]).map { unsigned($0) }
    case .float16: (stored() as [Float16]).map { real(Double($0)) }
    case .float32: (stored() as [Float]).map { real(Double($0)) }
    case .float64: (stored() as [Double]).map { real($0) }
    }
  }
}

/// A Swift number that an `NDArray` can hold.
public protocol NDArrayElement: BitwiseCopyable {
  /// How it is stored.
  static var elementType: NDArray.ElementType { get }
}

extension Int8: NDArrayElement { public static var elementType: NDArray.ElementType { .int8 } }
extension Int16: NDArrayElement { public static var elementType: NDArray.ElementType { .int16 } }
extension Int32: NDArrayElement { public static var elementType: NDArray.ElementType { .int32 } }
extension Int64: NDArrayElement { public static var elementType: NDArray.ElementType { .int64 } }
extension UInt8: NDArrayElement { public static var elementType: NDArray.ElementType { .uint8 } }
extension UInt16: NDArrayElement { public static var elementType: NDArray.ElementType { .uint16 } }
extension UInt32: NDArrayElement { public static var elementType: NDArray.ElementType { .uint32 } }
extension UInt64: NDArrayElement { public static var elementType: NDArray.ElementType { .uint64 } }
extension Float16: NDArrayElement {
  public static var elementType: NDArray.ElementType { .float16 }
}
extension Float: NDArrayElement { public static var elementType: NDArray.ElementType { .float32 } }
extension Double: NDArrayElement { public static var elementType: NDArray.ElementType { .float64 } }
