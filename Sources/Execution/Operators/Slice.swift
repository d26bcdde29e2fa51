// Every k-th element of an interval along some axes.

import Network
import Torch

/// `x[start:end:step]` along each of `axes`; a negative step goes backwards.
enum Slice: Computation {
  static let names = ["Slice"]

  static func prepare(_ site: Site) throws(ExecutionError) -> Step {
    let starts = site.integers("starts", orInput: 1)
    let ends = site.integers("ends", orInput: 2)
    let axes = site.integers("axes", orInput: 3)
    let steps = site.integers("steps", orInput: 4)
    return { x, _ throws(TorchError) in
      var y = try x[0]
      guard let starts = try starts(x), let ends = try ends(x) else {
        throw site.failure(x, "no starts or no ends are given")
      }
      let axes = try site.axes(axes(x) ?? Array(starts.indices), rank: y.rank, x)
      let steps = try steps(x) ?? starts.map { _ in 1 }
      guard ends.count == starts.count, axes.count == starts.count, steps.count == starts.count
      else { throw site.failure(x, "starts, ends, axes and steps differ in length") }
      for index in axes.indices {
        guard steps[index] != 0, steps[index] != .min else {
          throw site.failure(x, "the step \(steps[index]) goes nowhere")
        }
        y = try part(y, axes[index], starts[index], ends[index], steps[index])
      }
      return [y]
    }
  }

  private static func part(
    _ x: Tensor, _ axis: Int, _ start: Int, _ end: Int, _ step: Int
  ) throws(TorchError) -> Tensor {
    let extent = x.shape[axis]
    func clamped(_ border: Int, _ low: Int, _ high: Int) -> Int {
      max(low, min(high, border < 0 ? border + extent : border))
    }
    if step > 0 {
      let first = clamped(start, 0, extent)
      let last = max(first, clamped(end, 0, extent))
      return try x.slice(axis: axis, from: first, to: last, step: step)
    }
    let first = clamped(start, -1, extent - 1)
    let last = clamped(end, -1, extent - 1)
    let count = max(0, (first - last - step - 1) / -step)
    if count == 0 { return try x.narrow(axis: axis, start: 0, length: 0) }
    return try x.slice(axis: axis, from: first + (count - 1) * step, to: first + 1, step: -step)
      .flip([axis])
  }
}
