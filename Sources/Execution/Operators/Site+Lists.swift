// What several operators read the same way: integers from an attribute or an input, axes, types.

import Network
import Torch

/// Integers that a node states in an attribute or, in newer operator sets, at an input.
struct IntegerList {
  /// The integers, where they are known before the network runs.
  let known: [Int]?
  /// The input that holds them otherwise.
  let index: Int

  /// The integers; `nil` where neither the attribute nor the input is given.
  func callAsFunction(_ x: Inputs) throws(TorchError) -> [Int]? {
    if let known { return known }
    return try x.integers(index)
  }
}

extension Site {
  /// The integers of `attribute`, or else of the input `index`.
  func integers(_ attribute: String, orInput index: Int) -> IntegerList {
    IntegerList(known: node.ints(attribute) ?? integers(index), index: index)
  }

  /// The integers of the input `index`.
  func integers(atInput index: Int) -> IntegerList {
    IntegerList(known: integers(index), index: index)
  }

  /// The number attribute `key` as a double.
  func real(_ key: String, default value: Float) -> Double {
    Double(node.float(key, default: value))
  }

  /// An error about the inputs of this node at one run.
  func failure(_ x: Inputs, _ reason: String) -> TorchError {
    .engine(
      operation: node.op,
      arguments: (0..<x.count).map { x.optional($0)?.signature ?? "nil" }, message: reason)
  }

  /// `axis` counted from the front of a tensor of `rank` axes.
  func axis(_ axis: Int, rank: Int, _ x: Inputs) throws(TorchError) -> Int {
    let front = axis < 0 ? axis + rank : axis
    guard (0..<rank).contains(front) else {
      throw failure(x, "axis \(axis) does not exist in a tensor of \(rank) axes")
    }
    return front
  }

  /// `axes` counted from the front of a tensor of `rank` axes.
  func axes(_ axes: [Int], rank: Int, _ x: Inputs) throws(TorchError) -> [Int] {
    var result: [Int] = []
    for item in axes { result.append(try axis(item, rank: rank, x)) }
    return result
  }

  /// The engine's type for `element`: the model's own type for floating-point ones.
  func scalarType(_ element: ElementType) throws(ExecutionError) -> ScalarType {
    guard let scalar = ScalarType(element) else {
      throw .elementType(value: node.label, type: element)
    }
    return scalar.isFloatingPoint ? type ?? scalar : scalar
  }

  /// The engine's type that the attribute `key` names; `nil` where it is absent or zero.
  func statedType(_ key: String) throws(ExecutionError) -> ScalarType? {
    let number = node.int(key, default: 0)
    guard number != 0 else { return nil }
    guard let element = ElementType(rawValue: Int32(truncatingIfNeeded: number)) else {
      throw invalid("the attribute '\(key)' is \(number), which is no element type")
    }
    return try scalarType(element)
  }

  /// The engine's copy of a constant of this node, in the model's type and on its device.
  func tensor(_ data: TensorData) throws(ExecutionError) -> Tensor {
    let tensor = try data.tensor(named: node.label, device: device)
    let wanted = try scalarType(data.type)
    if tensor.type == wanted { return tensor }
    return try engine { () throws(TorchError) in try tensor.to(type: wanted) }
  }
}
