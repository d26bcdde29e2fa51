// Tensors that come from the graph itself: constants, ranges, shapes.

import Network
import Torch

/// A tensor that the node holds.
enum Constant: Computation {
  static let names = ["Constant"]

  static func prepare(_ site: Site) throws(ExecutionError) -> Step {
    for (key, attribute) in site.node.attributes {
      let data: TensorData? =
        switch (key, attribute) {
        case ("value", .tensor(let tensor)): tensor
        case ("value_int", .int(let x)): TensorData(scalar: x)
        case ("value_ints", .ints(let x)): TensorData(vector: x)
        case ("value_float", .float(let x)): TensorData(scalar: x)
        case ("value_floats", .floats(let x)): TensorData(vector: x)
        default: nil
        }
      guard let data else { continue }
      let tensor = try site.tensor(data)
      return { _, _ throws(TorchError) in [tensor] }
    }
    throw site.invalid("it holds no tensor of numbers")
  }
}

/// A tensor of a given shape filled with one value, float 0 where none is stated.
enum ConstantOfShape: Computation {
  static let names = ["ConstantOfShape"]

  static func prepare(_ site: Site) throws(ExecutionError) -> Step {
    var data = TensorData(scalar: Float(0))
    if case .tensor(let stated) = site.node.attributes["value"] { data = stated }
    let value = try site.tensor(data)
    guard value.count == 1 else { throw site.invalid("'value' holds \(value.count) elements") }
    let extents = site.integers(atInput: 0)
    return { x, _ throws(TorchError) in
      let shape = try extents(x) ?? []
      return [try value.reshape([]).expand(shape).contiguous()]
    }
  }
}

/// The numbers from a start to below a limit by steps.
enum NumberRange: Computation {
  static let names = ["Range"]

  static func prepare(_ site: Site) throws(ExecutionError) -> Step {
    { x, _ throws(TorchError) in
      let start = try x[0]
      return [
        try Tensor.arange(
          from: start.item(), to: x[1].item(), step: x[2].item(), type: start.type,
          device: start.device)
      ]
    }
  }
}

/// The extents of a tensor, or the number of its elements.
enum ShapeOf: Computation {
  static let names = ["Shape", "Size"]

  static func prepare(_ site: Site) throws(ExecutionError) -> Step {
    let (start, end) = (site.node.int("start", default: 0), site.node.int("end"))
    let device = site.device
    if site.node.op == "Size" {
      return { x, _ throws(TorchError) in [try Tensor(Int64(x[0].count), device: device)] }
    }
    return { x, _ throws(TorchError) in
      let shape = try x[0].shape
      func border(_ value: Int) -> Int {
        max(0, min(shape.count, value < 0 ? value + shape.count : value))
      }
      let first = border(start)
      let part = shape[first..<max(first, end.map(border) ?? shape.count)]
      return [try Tensor(Array(part), device: device)]
    }
  }
}

/// Where the elements are that are not zero: a row of positions for each axis.
enum NonZero: Computation {
  static let names = ["NonZero"]

  static func prepare(_ site: Site) throws(ExecutionError) -> Step {
    { x, _ throws(TorchError) in [try x[0].nonzero().transpose(0, 1)] }
  }
}
