// Turns arguments into the C interface's tagged values without copying lists.

import CTorch

/// Writes arguments as tagged values. Lists stay where they are: their memory is borrowed for as
/// long as the call runs, one nested scope for each list.
enum Lowering {
  static func lower(
    _ arguments: [Argument], from start: Int,
    into values: UnsafeMutableBufferPointer<ctorch_value>, _ body: () -> Int64
  ) -> Int64 {
    for index in start..<arguments.count {
      var value = ctorch_value()
      switch arguments[index] {
      case .none: value.tag = Int32(CTORCH_NONE)
      case .tensor(let tensor):
        value.tag = Int32(CTORCH_TENSOR)
        value.pointer = UnsafeRawPointer(tensor.handle)
      case .int(let integer):
        value.tag = Int32(CTORCH_INT)
        value.integer = Int64(integer)
      case .double(let real):
        value.tag = Int32(CTORCH_DOUBLE)
        value.real = real
      case .bool(let truth):
        value.tag = Int32(CTORCH_BOOL)
        value.integer = truth ? 1 : 0
      case .type(let type):
        value.tag = Int32(CTORCH_SCALAR_TYPE)
        value.integer = Int64(type.rawValue)
      case .device(let device):
        value.tag = Int32(CTORCH_DEVICE)
        (value.extra, value.integer) = device.code
      case .memoryFormat(let format):
        value.tag = Int32(CTORCH_MEMORY_FORMAT)
        value.integer = Int64(format.rawValue)
      case .generator(let generator):
        value.tag = Int32(CTORCH_GENERATOR)
        value.pointer = UnsafeRawPointer(generator.handle)
      case .string(let text):
        var text = text
        return text.withUTF8 { bytes in
          values.initializeElement(
            at: index, to: list(CTORCH_STRING, UnsafeRawBufferPointer(bytes), bytes.count))
          return lower(arguments, from: index + 1, into: values, body)
        }
      case .ints(let list):
        return borrow(list, CTORCH_INTS, arguments, index, values, body)
      case .doubles(let list):
        return borrow(list, CTORCH_DOUBLES, arguments, index, values, body)
      case .bools(let list):
        return borrow(list, CTORCH_BOOLS, arguments, index, values, body)
      case .tensors(let tensors):
        return handles(tensors.count, { tensors[$0].handle }, arguments, index, values, body)
      case .optionalTensors(let tensors):
        return handles(tensors.count, { tensors[$0]?.handle }, arguments, index, values, body)
      }
      values.initializeElement(at: index, to: value)
    }
    return withExtendedLifetime(arguments, body)
  }

  private static func list(
    _ tag: Int, _ bytes: UnsafeRawBufferPointer, _ count: Int
  ) -> ctorch_value {
    var value = ctorch_value()
    value.tag = Int32(tag)
    value.count = Int64(count)
    value.pointer = bytes.baseAddress
    return value
  }

  private static func borrow<Element: BitwiseCopyable>(
    _ elements: [Element], _ tag: Int, _ arguments: [Argument], _ index: Int,
    _ values: UnsafeMutableBufferPointer<ctorch_value>, _ body: () -> Int64
  ) -> Int64 {
    elements.withUnsafeBytes { bytes in
      values.initializeElement(at: index, to: list(tag, bytes, elements.count))
      return lower(arguments, from: index + 1, into: values, body)
    }
  }

  private static func handles(
    _ count: Int, _ handle: (Int) -> OpaquePointer?, _ arguments: [Argument], _ index: Int,
    _ values: UnsafeMutableBufferPointer<ctorch_value>, _ body: () -> Int64
  ) -> Int64 {
    withUnsafeTemporaryAllocation(of: OpaquePointer?.self, capacity: count) { memory in
      for position in 0..<count {
        memory.initializeElement(at: position, to: handle(position))
      }
      let bytes = UnsafeRawBufferPointer(memory)
      values.initializeElement(at: index, to: list(CTORCH_TENSORS, bytes, count))
      return lower(arguments, from: index + 1, into: values, body)
    }
  }
}
