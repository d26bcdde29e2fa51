// A tensor: an n-dimensional array of numbers on a device.

import CTorch

/// The sizes of a tensor's axes, outermost first; empty for a single number.
public typealias Shape = [Int]

/// An n-dimensional array of numbers of one type on one device.
///
/// A `Tensor` is a reference: views (`reshape`, `transpose`, `slice` ...) share their elements with
/// what they were made from, and operations whose name ends in `InPlace` change them. Memory is
/// freed as soon as the last tensor and the last graph that need it are gone.
///
/// Not `Sendable`: a tensor belongs to the thread that works with it.
public final class Tensor {
  /// One owned reference to libtorch's tensor.
  let handle: OpaquePointer

  init(owning handle: OpaquePointer) { self.handle = handle }

  deinit { Bridge.table?.pointee.release(handle) }

  /// The sizes of the axes, outermost first.
  public var shape: Shape {
    read { functions, into in functions.pointee.sizes(handle, into) } ?? []
  }

  /// How many elements lie between neighbours along each axis; empty for sparse tensors.
  public var strides: [Int] {
    read { functions, into in functions.pointee.strides(handle, into) } ?? []
  }

  /// How many axes there are; 0 for a single number.
  public var rank: Int { Int(Bridge.table?.pointee.dimensions(handle) ?? 0) }

  /// How many elements there are.
  public var count: Int { Int(Bridge.table?.pointee.element_count(handle) ?? 0) }

  /// The type of the elements.
  public var type: ScalarType {
    // Types beyond `ScalarType` (quantized, sub-byte) are not produced by any operation of this
    // room; they read as the bytes they are stored in.
    Bridge.table.flatMap { ScalarType(rawValue: $0.pointee.scalar_type(handle)) } ?? .uint8
  }

  /// Where the elements lie.
  public var device: Device {
    var index: Int64 = -1
    let type = Bridge.table?.pointee.device(handle, &index) ?? 0
    return Device(type: type, index: index)
  }

  /// Whether the elements lie in memory in the order of the axes, without gaps.
  public var isContiguous: Bool { isContiguous(.contiguous) }

  /// Whether the elements lie in memory in the order that `format` asks for, without gaps.
  public func isContiguous(_ format: MemoryFormat) -> Bool {
    Bridge.table?.pointee.is_contiguous(handle, format.rawValue) == 1
  }

  /// Whether operations on this tensor are recorded so that gradients can be found.
  public var requiresGradient: Bool { Bridge.table?.pointee.requires_gradient(handle) == 1 }

  /// Whether this tensor was made directly and not by a recorded operation.
  public var isLeaf: Bool { Bridge.table?.pointee.is_leaf(handle) == 1 }

  /// Starts or stops recording operations on this leaf, and returns it.
  ///
  /// - Throws: when the type is no floating-point type, or the tensor is no leaf.
  @discardableResult
  public func requireGradient(_ required: Bool = true) throws(TorchError) -> Tensor {
    var error: UnsafeMutablePointer<CChar>?
    let functions = try Bridge.functions()
    let status = functions.pointee.set_requires_gradient(handle, required ? 1 : 0, &error)
    try Bridge.check(status, error, "requireGradient", [signature, "\(required)"])
    return self
  }

  /// How often the elements were changed in place since the tensor was made.
  public var version: Int { Int(Bridge.table?.pointee.version_counter(handle) ?? 0) }

  /// Another reference to the same elements, without the history of how they were computed.
  public func detached() throws(TorchError) -> Tensor {
    try Operator.detach.tensor(.tensor(self))
  }

  private func read(
    _ fill: (UnsafePointer<ctorch_functions>, UnsafeMutablePointer<Int64>?) -> Int32
  ) -> [Int]? {
    guard let functions = Bridge.table else { return nil }
    let rank = Int(functions.pointee.dimensions(handle))
    return withUnsafeTemporaryAllocation(of: Int64.self, capacity: Swift.max(1, rank)) { memory in
      guard fill(functions, memory.baseAddress) == 0 else { return nil }
      return memory[..<rank].map(Int.init)
    }
  }
}

extension Operator {
  fileprivate static let detach = Operator("detach")
}
