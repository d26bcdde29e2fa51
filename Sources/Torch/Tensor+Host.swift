// Copies numbers from Swift arrays into tensors and back, bit for bit.

import CTorch

extension Tensor {
  /// A tensor from raw elements in row-major order, in the machine's byte order.
  ///
  /// - Throws: when the bytes are not exactly those the shape and the type need.
  public convenience init(
    bytes: UnsafeRawBufferPointer, shape: Shape, type: ScalarType, device: Device = .cpu
  ) throws(TorchError) {
    self.init(owning: try Self.make(bytes, shape, type, device))
  }

  /// A tensor of `shape` holding `values` in row-major order.
  ///
  /// ```swift
  /// let x = try Tensor([1, 2, 3, 4] as [Float], shape: [2, 2])
  /// ```
  ///
  /// - Throws: when the number of values is not the product of the shape.
  public convenience init<Element: TorchScalar>(
    _ values: [Element], shape: Shape, device: Device = .cpu
  ) throws(TorchError) {
    let made: Result<OpaquePointer, TorchError> = values.withUnsafeBytes { bytes in
      Result { () throws(TorchError) in
        try Self.make(bytes, shape, Element.scalarType, device)
      }
    }
    self.init(owning: try made.get())
  }

  /// A vector holding `values`.
  public convenience init<Element: TorchScalar>(
    _ values: [Element], device: Device = .cpu
  ) throws(TorchError) {
    try self.init(values, shape: [values.count], device: device)
  }

  /// A tensor of no axes holding one number.
  public convenience init<Element: TorchScalar>(
    _ value: Element, device: Device = .cpu
  ) throws(TorchError) {
    try self.init([value], shape: [], device: device)
  }

  /// The elements as raw bytes in row-major order, whatever the strides and the device.
  public func bytes() throws(TorchError) -> [UInt8] {
    try [UInt8](unsafeUninitializedCapacity: count * type.size) {
      memory, filled throws(TorchError) in
      try copy(into: UnsafeMutableRawBufferPointer(memory))
      filled = memory.count
    }
  }

  /// Lets `body` read the elements as raw bytes in row-major order.
  public func withBytes<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws -> Result {
    let bytes = try bytes()
    return try bytes.withUnsafeBytes(body)
  }

  /// The elements in row-major order, converted to `Element` where the types differ.
  public func values<Element: TorchScalar>(
    as type: Element.Type = Element.self
  ) throws(TorchError) -> [Element] {
    let source = self.type == Element.scalarType ? self : try to(type: Element.scalarType)
    let count = source.count
    return try [Element](unsafeUninitializedCapacity: count) { memory, filled throws(TorchError) in
      try source.copy(into: UnsafeMutableRawBufferPointer(memory))
      filled = count
    }
  }

  /// The only element, of a tensor with one element.
  public func item() throws(TorchError) -> Scalar {
    let results = try Operator.item(.tensor(self))
    guard let scalar = results.first?.scalar else {
      throw .unexpectedResult(
        operation: "item", expected: "a number", found: results.first?.kind ?? "nothing")
    }
    return scalar
  }

  /// The only element as a double, of a tensor with one element.
  public func scalar() throws(TorchError) -> Double { try item().double }

  /// Copies the elements in row-major order into `memory`, whose size must fit exactly.
  public func copy(into memory: UnsafeMutableRawBufferPointer) throws(TorchError) {
    var error: UnsafeMutablePointer<CChar>?
    let functions = try Bridge.functions()
    let needed = count * type.size
    guard memory.count >= needed else {
      throw .countMismatch(
        operation: "copy(into:)", shape: shape, expected: needed, found: memory.count)
    }
    let status = functions.pointee.copy_bytes(handle, memory.baseAddress, needed, &error)
    try Bridge.check(status, error, "copy(into:)", [signature])
  }

  /// An owned handle to a new tensor filled with `bytes`.
  private static func make(
    _ bytes: UnsafeRawBufferPointer, _ shape: Shape, _ type: ScalarType, _ device: Device
  ) throws(TorchError) -> OpaquePointer {
    let functions = try Bridge.functions()
    let needed = byteCount(of: shape, type)
    guard needed == bytes.count else {
      throw .countMismatch(
        operation: "Tensor(\(type))", shape: shape, expected: (needed ?? 0) / type.size,
        found: bytes.count / type.size)
    }
    var error: UnsafeMutablePointer<CChar>?
    let sizes = shape.map(Int64.init)
    let made = functions.pointee.from_bytes(
      bytes.baseAddress, bytes.count, sizes, Int64(sizes.count), type.rawValue, &error)
    guard let made else {
      throw .engine(
        operation: "Tensor", arguments: ["\(type)\(shape)"], message: Bridge.message(error))
    }
    if device == .cpu { return made }
    let moved = try Tensor(owning: made).to(device: device)
    guard let shared = functions.pointee.retain(moved.handle) else {
      throw .unexpectedResult(operation: "Tensor", expected: "a tensor", found: "nothing")
    }
    return shared
  }

  /// Bytes of a tensor, or nil when the shape is negative somewhere or too large to count.
  static func byteCount(of shape: Shape, _ type: ScalarType) -> Int? {
    var total = type.size
    for size in shape {
      let (product, overflow) = total.multipliedReportingOverflow(by: size)
      if overflow || size < 0 { return nil }
      total = product
    }
    return total
  }
}

extension Operator {
  fileprivate static let item = Operator("item")
}
