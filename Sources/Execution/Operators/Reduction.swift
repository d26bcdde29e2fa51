// One number from all elements along some axes.

import Network
import Torch

/// Sums, means, extremes, products and norms along `axes`.
enum Reduction: Computation {
  static let names = [
    "ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceMax", "ReduceMean",
    "ReduceMin", "ReduceProd", "ReduceSum", "ReduceSumSquare",
  ]

  static func prepare(_ site: Site) throws(ExecutionError) -> Step {
    let stated = site.integers("axes", orInput: 1)
    let keeps = site.node.int("keepdims", default: 1) != 0
    let isNothing = site.node.int("noop_with_empty_axes", default: 0) != 0
    let op = site.node.op
    return { x, _ throws(TorchError) in
      let input = try x[0]
      var axes = try site.axes(stated(x) ?? [], rank: input.rank, x)
      if axes.isEmpty {
        if isNothing { return [input] }
        axes = Array(0..<input.rank)
      }
      return [try reduce(op, input, axes, keeps)]
    }
  }

  private static func reduce(
    _ op: String, _ x: Tensor, _ axes: [Int], _ keeps: Bool
  ) throws(TorchError) -> Tensor {
    let type = x.type
    if ["ReduceMax", "ReduceMin"].contains(op), axes.contains(where: { x.shape[$0] == 0 }) {
      return try extremeOfNothing(op, x, axes, keeps)
    }
    switch op {
    case "ReduceL1": return try x.abs().sum(axes, keepAxes: keeps, type: type)
    case "ReduceL2":
      let real = try type.isFloatingPoint ? x : x.to(type: .float64)
      return try real.norm(order: 2, axes, keepAxes: keeps).to(type: type)
    case "ReduceLogSum": return try x.sum(axes, keepAxes: keeps).log()
    case "ReduceLogSumExp": return try x.logSumExp(axes, keepAxes: keeps)
    case "ReduceMax": return try x.amax(axes, keepAxes: keeps)
    case "ReduceMin": return try x.amin(axes, keepAxes: keeps)
    case "ReduceMean":
      if type.isFloatingPoint { return try x.mean(axes, keepAxes: keeps) }
      let count = try Tensor(
        Int64(axes.reduce(1) { $0 * x.shape[$1] }), device: x.device)
      return try x.sum(axes, keepAxes: keeps).divide(count, rounding: .truncate).to(type: type)
    case "ReduceProd":
      var y = x
      for axis in axes.sorted(by: >) { y = try y.product(axis: axis, keepAxis: keeps) }
      return try y.to(type: type)
    case "ReduceSumSquare":
      return try (x * x).sum(axes, keepAxes: keeps, type: type)
    default: return try x.sum(axes, keepAxes: keeps, type: type)
    }
  }
}

extension Reduction {
  /// The extreme over no elements: what every element would beat.
  private static func extremeOfNothing(
    _ op: String, _ x: Tensor, _ axes: [Int], _ keeps: Bool
  ) throws(TorchError) -> Tensor {
    let shape = x.shape.enumerated().compactMap { axis, extent in
      axes.contains(axis) ? (keeps ? 1 : nil) : extent
    }
    let isLargest = op == "ReduceMax"
    let value: Scalar
    if x.type == .bool {
      value = .bool(!isLargest)
    } else if let range = x.type.element.integerRange {
      value = .int(Int64(isLargest ? range.lowerBound : range.upperBound))
    } else if x.type.isFloatingPoint {
      value = .double(isLargest ? -.infinity : .infinity)
    } else {
      value = .int(isLargest ? .min : .max)
    }
    return try Tensor.full(shape, value, type: x.type, device: x.device)
  }
}

/// `ArgMax` and `ArgMin`: where the extreme stands along an axis, the first or the last one.
enum ArgumentReduction: Computation {
  static let names = ["ArgMax", "ArgMin"]

  static func prepare(_ site: Site) throws(ExecutionError) -> Step {
    let stated = site.node.int("axis", default: 0)
    let keeps = site.node.int("keepdims", default: 1) != 0
    let isLast = site.node.int("select_last_index", default: 0) != 0
    let isMaximum = site.node.op == "ArgMax"
    return { x, _ throws(TorchError) in
      var input = try x[0]
      let axis = try site.axis(stated, rank: input.rank, x)
      if isLast { input = try input.flip([axis]) }
      let found =
        isMaximum
        ? try input.argmax(axis: axis, keepAxis: keeps)
        : try input.argmin(axis: axis, keepAxis: keeps)
      return [isLast ? try Int64(input.shape[axis] - 1) - found : found]
    }
  }
}
