// What an operator gives back.

import CTorch

/// One result of an operator.
public enum Value {
  case none
  case tensor(Tensor)
  case int(Int)
  case double(Double)
  case bool(Bool)
  case string(String)
  case ints([Int])
  case doubles([Double])
  case bools([Bool])
  case tensors([Tensor?])

  /// Takes over what a result of the engine points to.
  init(taking value: ctorch_value) {
    switch Int(value.tag) {
    case CTORCH_TENSOR:
      self = OpaquePointer(value.pointer).map { .tensor(Tensor(owning: $0)) } ?? .none
    case CTORCH_INT: self = .int(Int(value.integer))
    case CTORCH_DOUBLE: self = .double(value.real)
    case CTORCH_BOOL: self = .bool(value.integer != 0)
    case CTORCH_STRING:
      self = .string(String(decoding: Self.elements(value, UInt8.self), as: UTF8.self))
    case CTORCH_INTS: self = .ints(Self.elements(value, Int64.self).map(Int.init))
    case CTORCH_DOUBLES: self = .doubles(Self.elements(value, Double.self))
    case CTORCH_BOOLS: self = .bools(Self.elements(value, UInt8.self).map { $0 != 0 })
    case CTORCH_TENSORS:
      let handles = Self.elements(value, OpaquePointer?.self)
      self = .tensors(handles.map { $0.map(Tensor.init(owning:)) })
    default: self = .none
    }
  }

  /// Copies an array of the engine and frees it.
  private static func elements<Element>(_ value: ctorch_value, _: Element.Type) -> [Element] {
    guard let memory = value.pointer else { return [] }
    defer { Bridge.table?.pointee.free_memory(UnsafeMutableRawPointer(mutating: memory)) }
    let first = memory.assumingMemoryBound(to: Element.self)
    return Array(UnsafeBufferPointer(start: first, count: Int(value.count)))
  }

  /// The number, or nil when this is no number.
  public var scalar: Scalar? {
    switch self {
    case .int(let value): .int(Int64(value))
    case .double(let value): .double(value)
    case .bool(let value): .bool(value)
    default: nil
    }
  }

  /// The word for this kind of value in messages.
  var kind: String {
    switch self {
    case .none: "nothing"
    case .tensor: "a tensor"
    case .int: "an integer"
    case .double: "a double"
    case .bool: "a truth value"
    case .string: "a text"
    case .ints: "integers"
    case .doubles: "doubles"
    case .bools: "truth values"
    case .tensors: "a list of tensors"
    }
  }
}
