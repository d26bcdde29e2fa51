// A tensor in ONNX Runtime's hands, and the way in and out.

import CONNXRuntime
import Network

/// A tensor of ONNX Runtime, with the memory it looks at.
///
/// Immutable once made, hence usable from any thread.
final class ONNXRuntimeValue: Sendable {
  private let runtime: ONNXRuntime
  nonisolated(unsafe) let pointer: OpaquePointer
  /// The copy of the elements behind an input; the runtime owns those of an output.
  nonisolated(unsafe) private let elements: UnsafeMutableRawPointer?

  /// Takes over a value that the runtime made.
  init(owning pointer: OpaquePointer, runtime: ONNXRuntime) {
    self.runtime = runtime
    self.pointer = pointer
    elements = nil
  }

  /// Copies a tensor to where the runtime can use it (aligned to 64 bytes, as its kernels like).
  init(
    _ tensor: TensorData, runtime: ONNXRuntime, memory: OpaquePointer, action: String
  ) throws(RuntimeError) {
    let count = tensor.bytes.count
    let elements = UnsafeMutableRawPointer.allocate(byteCount: max(count, 1), alignment: 64)
    tensor.bytes.withUnsafeBytes { bytes in
      if let base = bytes.baseAddress { elements.copyMemory(from: base, byteCount: count) }
    }
    let shape = tensor.shape.map { Int64($0) }
    var value: OpaquePointer?
    let status = runtime.functions.pointee.create_tensor(
      memory, elements, count, shape, shape.count, tensor.type.rawValue, &value)
    do throws(RuntimeError) {
      try runtime.check(status, action)
      pointer = try runtime.present(value, action)
    } catch {
      elements.deallocate()
      throw error
    }
    self.runtime = runtime
    self.elements = elements
  }

  deinit {
    runtime.functions.pointee.release_value(pointer)
    elements?.deallocate()
  }

  /// The tensor, copied out.
  func tensor(named name: String, model: String) throws(RuntimeError) -> TensorData {
    let functions = runtime.functions.pointee
    let action = "read the output '\(name)'"
    var isTensor: Int32 = 0
    try runtime.check(functions.is_tensor(pointer, &isTensor), action)
    guard isTensor != 0 else {
      throw .unsupportedValue(name: name, model: model, reason: "it is not a tensor")
    }
    var info: OpaquePointer?
    try runtime.check(functions.tensor_type_and_shape(pointer, &info), action)
    defer { functions.release_tensor_info(info) }
    let (type, extents) = try runtime.typeAndExtents(runtime.present(info, action), action)
    guard let type, type != .string else {
      throw .unsupportedValue(
        name: name, model: model, reason: type == nil ? "unknown element type" : "it holds strings")
    }
    let shape = extents.map { Int($0) }
    guard let count = shape.elementCount else {
      throw .unsupportedValue(name: name, model: model, reason: "its shape is \(shape)")
    }
    var data: UnsafeMutableRawPointer?
    try runtime.check(functions.tensor_data(pointer, &data), action)
    let bytes = [UInt8](
      UnsafeRawBufferPointer(start: data, count: data == nil ? 0 : type.byteCount(of: count)))
    do {
      return try TensorData(type: type, shape: shape, bytes: Bytes(bytes))
    } catch {
      throw .unsupportedValue(name: name, model: model, reason: "\(error)")
    }
  }
}

extension ONNXRuntime {
  /// The element type (`nil` where Bonsai does not know it) and the extents (-1 where open).
  func typeAndExtents(
    _ info: OpaquePointer, _ action: String
  ) throws(RuntimeError) -> (ElementType?, [Int64]) {
    var type: Int32 = 0
    try check(functions.pointee.element_type(info, &type), action)
    var rank = 0
    try check(functions.pointee.rank(info, &rank), action)
    var extents = [Int64](repeating: 0, count: rank)
    if rank > 0 { try check(functions.pointee.extents(info, &extents, rank), action) }
    return (ElementType(rawValue: type), extents)
  }
}
