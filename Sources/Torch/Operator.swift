// Any of libtorch's operators, found by name and called with tagged values.

import CTorch
import Synchronization

/// One of libtorch's operators.
///
/// Making one costs nothing; the name is looked up at the first call, and only once. So operators
/// are kept as constants:
///
/// ```swift
/// let add = Operator("add", "Tensor")
/// let sum = try add.tensor(.tensor(x), .tensor(y), 2)  // x + 2 y
/// ```
///
/// Arguments stand in the schema's order; what is missing at the end takes the schema's default.
public struct Operator: Sendable {
  /// The full name, such as `aten::add`.
  public let name: String
  /// The overload, such as `Tensor`; empty for the unnamed one.
  public let overload: String
  private let resolution = Resolution()

  /// The operator's handle, once found; 0 before.
  private final class Resolution: Sendable {
    let handle = Atomic<UInt>(0)
  }

  /// Most results an operator may have.
  private static let capacity = 16

  /// Names an operator. A name without a namespace lies in `aten`.
  public init(_ name: String, _ overload: String = "") {
    self.name = name.contains("::") ? name : "aten::\(name)"
    self.overload = overload
  }

  /// Calls the operator and gives back all its results.
  @discardableResult
  public func callAsFunction(_ arguments: Argument...) throws(TorchError) -> [Value] {
    try call(arguments)
  }

  /// Calls the operator with arguments collected in an array.
  @discardableResult
  public func call(_ arguments: [Argument]) throws(TorchError) -> [Value] {
    try run(arguments) { results in results.map(Value.init(taking:)) }
  }

  /// Calls the operator and gives back its only result, a tensor.
  public func tensor(_ arguments: Argument...) throws(TorchError) -> Tensor {
    let handle = try run(arguments) { results -> OpaquePointer? in
      if results.count == 1, results[0].tag == Int32(CTORCH_TENSOR) {
        return OpaquePointer(results[0].pointer)
      }
      for result in results { _ = Value(taking: result) }
      return nil
    }
    guard let handle else { throw unexpected("one tensor") }
    return Tensor(owning: handle)
  }

  /// Calls an operator that works in place: its results are the arguments themselves.
  public func inPlace(_ arguments: Argument...) throws(TorchError) {
    try run(arguments) { results in for result in results { _ = Value(taking: result) } }
  }

  /// Calls the operator and gives back its results, all tensors (a list counts as its members).
  public func tensors(_ arguments: Argument...) throws(TorchError) -> [Tensor] {
    var tensors: [Tensor] = []
    for value in try call(arguments) {
      switch value {
      case .tensor(let tensor): tensors.append(tensor)
      case .tensors(let list): tensors.append(contentsOf: list.compactMap(\.self))
      default: throw unexpected("tensors", value.kind)
      }
    }
    return tensors
  }

  /// Calls the operator and gives back its two tensors.
  public func pair(_ arguments: Argument...) throws(TorchError) -> (Tensor, Tensor) {
    let values = try call(arguments)
    guard values.count == 2, case .tensor(let first) = values[0],
      case .tensor(let second) = values[1]
    else { throw unexpected("two tensors", values.map(\.kind).joined(separator: ", ")) }
    return (first, second)
  }

  /// Calls the operator and gives back its three tensors.
  public func triple(_ arguments: Argument...) throws(TorchError) -> (Tensor, Tensor, Tensor) {
    let values = try call(arguments)
    guard values.count == 3, case .tensor(let first) = values[0],
      case .tensor(let second) = values[1], case .tensor(let third) = values[2]
    else { throw unexpected("three tensors", values.map(\.kind).joined(separator: ", ")) }
    return (first, second, third)
  }

  /// The operator's schema as libtorch writes it: arguments, types, defaults, results.
  public func schema() throws(TorchError) -> String {
    let functions = try Bridge.functions()
    let text = functions.pointee.schema(try handle())
    return Bridge.message(text)
  }
}

extension Operator {
  private var fullName: String { overload.isEmpty ? name : "\(name).\(overload)" }

  private func unexpected(_ expected: String, _ found: String = "something else") -> TorchError {
    .unexpectedResult(operation: fullName, expected: expected, found: found)
  }

  /// The handle, looked up at the first call.
  @inline(__always)
  private func handle() throws(TorchError) -> OpaquePointer {
    if let known = OpaquePointer(bitPattern: resolution.handle.load(ordering: .acquiring)) {
      return known
    }
    return try find()
  }

  private func find() throws(TorchError) -> OpaquePointer {
    var error: UnsafeMutablePointer<CChar>?
    guard let found = try Bridge.functions().pointee.find_operator(name, overload, &error) else {
      _ = Bridge.message(error)
      throw .unknownOperator(name: fullName)
    }
    resolution.handle.store(UInt(bitPattern: found), ordering: .releasing)
    return found
  }

  /// Calls the engine with everything on the stack and hands the raw results to `receive`, which
  /// must take them over.
  @inline(__always)
  private func run<R>(
    _ arguments: [Argument], _ receive: (UnsafeMutableBufferPointer<ctorch_value>) -> R
  ) throws(TorchError) -> R {
    let function = try Bridge.functions().pointee.call
    let handle = try handle()
    var error: UnsafeMutablePointer<CChar>?
    let received: R? = withUnsafeTemporaryAllocation(
      of: ctorch_value.self, capacity: arguments.count + Self.capacity
    ) { memory in
      let values = UnsafeMutableBufferPointer(rebasing: memory[..<arguments.count])
      let results = UnsafeMutableBufferPointer(rebasing: memory[arguments.count...])
      let given = Lowering.lower(arguments, from: 0, into: values) {
        function(
          handle, values.baseAddress, Int64(values.count), results.baseAddress,
          Int64(results.count), &error)
      }
      guard given >= 0 else { return nil }
      return receive(UnsafeMutableBufferPointer(rebasing: results[..<Int(given)]))
    }
    if let received { return received }
    throw .engine(
      operation: fullName, arguments: arguments.map(\.description),
      message: Bridge.message(error))
  }
}
