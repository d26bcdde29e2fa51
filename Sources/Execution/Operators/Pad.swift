// Tensors made larger at their borders.

import Network
import Torch

/// Elements added before and after axes: a constant, mirrored, the border's, or the other side's.
enum Pad: Computation {
  static let names = ["Pad"]

  static func prepare(_ site: Site) throws(ExecutionError) -> Step {
    let stated = site.integers(site.opset < 2 ? "paddings" : "pads", orInput: 1)
    let axes = site.integers("axes", orInput: 3)
    let mode = site.node.string("mode", default: "constant")
    guard ["constant", "edge", "reflect", "wrap"].contains(mode) else {
      throw site.invalid("the mode '\(mode)' is not known")
    }
    let known: Scalar? =
      if case .float(let value) = site.node.attributes["value"] {
        .double(Double(value))
      } else if let real = site.constant(2)?.reals?.first {
        .double(real)
      } else {
        site.integers(2)?.first.map { .int(Int64($0)) }
      }
    return { x, _ throws(TorchError) in
      var y = try x[0]
      guard let pads = try stated(x) else { throw site.failure(x, "no pads are given") }
      let axes = try site.axes(axes(x) ?? Array(0..<y.rank), rank: y.rank, x)
      guard pads.count == 2 * axes.count, pads.allSatisfy({ $0.magnitude < 1 << 40 }) else {
        throw site.failure(x, "the pads \(pads) do not fit the axes \(axes)")
      }
      var begin = Array(repeating: 0, count: y.rank)
      var end = begin
      for (index, axis) in axes.enumerated() {
        begin[axis] = pads[index]
        end[axis] = pads[index + axes.count]
      }
      if mode == "constant" {
        let padding = Window.padding(begin, end)
        guard known == nil, let value = x.optional(2) else {
          return [try y.pad(padding, value: known ?? 0)]
        }
        let isInside = try y.onesLike(type: .bool).pad(padding, value: false)
        return [try y.pad(padding).where(isInside, else: value)]
      }
      for axis in 0..<y.rank where begin[axis] != 0 || end[axis] != 0 {
        let extent = y.shape[axis]
        guard extent > 0, mode != "reflect" || extent > 1 || (begin[axis] <= 0 && end[axis] <= 0)
        else { throw site.failure(x, "axis \(axis) of extent \(extent) has nothing to repeat") }
        let positions = (-begin[axis]..<max(-begin[axis], extent + end[axis])).map {
          source($0, extent, mode)
        }
        y = try y.indexSelect(axis: axis, Tensor(positions, device: y.device))
      }
      return [y]
    }
  }

  /// Which of `extent` elements stands at `position`, which may lie outside.
  private static func source(_ position: Int, _ extent: Int, _ mode: String) -> Int {
    switch mode {
    case "edge": return max(0, min(extent - 1, position))
    case "wrap": return ((position % extent) + extent) % extent
    default:
      if extent == 1 { return 0 }
      let period = 2 * (extent - 1)
      let place = ((position % period) + period) % period
      return min(place, period - place)
    }
  }
}
