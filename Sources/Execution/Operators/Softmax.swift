// Exponentials normalised along an axis, and their like.

import Network
import Torch

/// `Softmax`, `LogSoftmax` and `Hardmax`.
///
/// Before operator set 13 all axes from `axis` on are taken together.
enum Softmax: Computation {
  static let names = ["Hardmax", "LogSoftmax", "Softmax"]

  static func prepare(_ site: Site) throws(ExecutionError) -> Step {
    let flattens = site.opset < 13
    let stated = site.node.int("axis", default: flattens ? 1 : -1)
    let op = site.node.op
    return { x, _ throws(TorchError) in
      let input = try x[0]
      let shape = input.shape
      if !flattens { return [try apply(op, input, axis: stated)] }
      let axis = stated == shape.count ? stated : try site.axis(stated, rank: shape.count, x)
      let matrix = try input.reshape(
        [shape[..<axis].reduce(1, *), shape[axis...].reduce(1, *)])
      return [try apply(op, matrix, axis: 1).reshape(shape)]
    }
  }

  private static func apply(_ op: String, _ x: Tensor, axis: Int) throws(TorchError) -> Tensor {
    switch op {
    case "LogSoftmax": return try x.logSoftmax(axis: axis)
    case "Softmax": return try x.softmax(axis: axis)
    default:
      let largest = try x.argmax(axis: axis, keepAxis: true)
      return try x.zerosLike().scatter(axis: axis, largest, 1)
    }
  }
}
