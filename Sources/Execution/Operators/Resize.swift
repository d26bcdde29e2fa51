// Interpolation to another size, one axis after the other.

import Network
import Torch

/// `Resize` and `Upsample`: nearest, linear or cubic interpolation along any axes.
///
/// All three are separable, so each axis that changes is interpolated by itself as a weighted sum
/// of one, two or four gathered neighbours; that holds for gradients of any order too.
enum Resize: Computation {
  static let names = ["Resize", "Upsample"]

  static func prepare(_ site: Site) throws(ExecutionError) -> Step {
    let rule = try Interpolation(site)
    let isOld = site.node.op == "Upsample" || site.opset < 11
    let stated: [Double]? =
      if case .floats(let list) = site.node.attributes["scales"] { list.map(Double.init) } else {
        nil
      }
    let axes = site.node.ints("axes")
    let policy = site.node.string("keep_aspect_ratio_policy", default: "stretch")
    return { x, _ throws(TorchError) in
      var y = try x[0]
      let shape = y.shape
      let axes = try site.axes(axes ?? Array(shape.indices), rank: y.rank, x)
      let extents = axes.map { Double(shape[$0]) }
      // An axis of more elements than this is no picture, and would take more memory than it is worth.
      let largest = 1 << 26
      func size(_ extent: Double, _ rule: FloatingPointRoundingRule) throws(TorchError) -> Int {
        guard let size = Int(exactly: extent.rounded(rule)), (0...largest).contains(size) else {
          throw site.failure(x, "an axis cannot get \(extent) elements")
        }
        return size
      }
      var scales: [Double]
      var sizes: [Int]
      var factors = stated
      if factors == nil { factors = try reals(x, isOld ? 1 : 2) }
      if let given = factors {
        guard given.count == axes.count, given.allSatisfy({ $0 > 0 && $0 < 0x1p31 }) else {
          throw site.failure(x, "the scales \(given) do not fit \(axes.count) axes")
        }
        scales = given
        sizes = []
        for (scale, extent) in zip(given, extents) { sizes.append(try size(scale * extent, .down)) }
      } else {
        guard let given = try isOld ? nil : x.integers(3), given.count == axes.count else {
          throw site.failure(x, "neither scales nor sizes for \(axes.count) axes are given")
        }
        sizes = given
        scales = zip(given, extents).map { Double($0) / $1 }
        if policy != "stretch" {
          let common = (policy == "not_larger" ? scales.min() : scales.max()) ?? 1
          scales = scales.map { _ in common }
          sizes = []
          for extent in extents {
            sizes.append(try size(common * extent, .toNearestOrAwayFromZero))
          }
        }
      }
      let region = rule.crops ? try reals(x, 1) : nil
      guard region.map({ $0.count == 2 * axes.count }) ?? true else {
        throw site.failure(x, "the region to crop does not have 2 numbers for \(axes.count) axes")
      }
      for (index, axis) in axes.enumerated() {
        let place = Interpolation.Axis(
          extent: shape[axis], size: sizes[index], scale: scales[index],
          start: region?[index] ?? 0, end: region?[index + axes.count] ?? 1)
        guard place.size != place.extent || place.scale != 1 || rule.crops else { continue }
        guard place.extent > 0, (0...largest).contains(place.size) else {
          throw site.failure(x, "axis \(axis) cannot get \(place.size) elements")
        }
        y = try rule.apply(y, axis: axis, place)
      }
      return [y]
    }
  }

  /// The numbers of the input `index`; `nil` where it is left out or empty.
  private static func reals(_ x: Inputs, _ index: Int) throws(TorchError) -> [Double]? {
    guard let values = try x.optional(index)?.values(as: Double.self), !values.isEmpty else {
      return nil
    }
    return values
  }
}

/// Which old elements make a new one, and with what weights.
private struct Interpolation {
  /// One axis that is resized.
  struct Axis {
    let extent: Int
    let size: Int
    let scale: Double
    let start: Double
    let end: Double
  }

  private let mode: String
  private let coordinates: String
  private let rounding: String
  private let cubic: Double
  private let excludesOutside: Bool
  private let outside: Double
  private let isAntialiased: Bool

  /// Whether a region of interest is cut out.
  var crops: Bool { coordinates == "tf_crop_and_resize" }

  init(_ site: Site) throws(ExecutionError) {
    let isOld = site.node.op == "Upsample" || site.opset < 11
    mode = site.node.string("mode", default: "nearest")
    coordinates =
      isOld
      ? "asymmetric"
      : site.node.string("coordinate_transformation_mode", default: "half_pixel")
    rounding =
      isOld ? "floor" : site.node.string("nearest_mode", default: "round_prefer_floor")
    cubic = site.real("cubic_coeff_a", default: -0.75)
    excludesOutside = site.node.int("exclude_outside", default: 0) == 1
    outside = site.real("extrapolation_value", default: 0)
    guard ["nearest", "linear", "cubic"].contains(mode) else {
      throw site.invalid("the mode '\(mode)' is not known")
    }
    isAntialiased = mode != "nearest" && site.node.int("antialias", default: 0) != 0
    guard
      [
        "align_corners", "asymmetric", "half_pixel", "half_pixel_symmetric",
        "pytorch_half_pixel", "tf_crop_and_resize", "tf_half_pixel_for_nn",
      ].contains(coordinates)
    else { throw site.invalid("coordinate_transformation_mode '\(coordinates)' is not known") }
  }

  /// Interpolates one axis.
  func apply(_ x: Tensor, axis: Int, _ place: Axis) throws(TorchError) -> Tensor {
    let taps = (0..<place.size).map { neighbours(of: coordinate($0, place), place) }
    var result: Tensor?
    for tap in 0..<(taps.first?.count ?? 1) {
      let positions = try Tensor(taps.map { $0[tap].position }, device: x.device)
      var part = try x.indexSelect(axis: axis, positions)
      if mode != "nearest" {
        let weights = try Tensor(taps.map { $0[tap].weight }, device: x.device).to(type: x.type)
        part = try part * weights.reshape([-1] + Array(repeating: 1, count: x.rank - axis - 1))
      }
      if let sum = result { result = try sum + part } else { result = part }
    }
    guard let result else { return x }
    guard crops else { return result }
    let isOutside = (0..<place.size).map {
      !(0...Double(place.extent - 1)).contains(coordinate($0, place))
    }
    let mask = try Tensor(isOutside, device: x.device)
      .reshape([-1] + Array(repeating: 1, count: x.rank - axis - 1))
    return try result.maskedFill(mask, .double(outside))
  }

  /// Where the new element `index` lies among the old ones.
  private func coordinate(_ index: Int, _ place: Axis) -> Double {
    let x = Double(index)
    let last = Double(place.extent - 1)
    switch coordinates {
    case "align_corners": return place.size == 1 ? 0 : x * last / Double(place.size - 1)
    case "asymmetric": return x / place.scale
    case "half_pixel_symmetric":
      let adjustment = Double(place.size) / (Double(place.extent) * place.scale)
      let offset = Double(place.extent) / 2 * (1 - adjustment)
      return offset + (x + 0.5) / place.scale - 0.5
    case "pytorch_half_pixel": return place.size > 1 ? (x + 0.5) / place.scale - 0.5 : 0
    case "tf_half_pixel_for_nn": return (x + 0.5) / place.scale
    case "tf_crop_and_resize":
      guard place.size > 1 else { return 0.5 * (place.start + place.end) * last }
      return place.start * last
        + x * (place.end - place.start) * last / Double(place.size - 1)
    default: return (x + 0.5) / place.scale - 0.5
    }
  }

  /// The old elements that make the one at `x`, those beyond a border held at the border.
  private func neighbours(of x: Double, _ place: Axis) -> [(position: Int, weight: Double)] {
    func held(_ position: Double) -> Int { Int(max(0, min(Double(place.extent - 1), position))) }
    let floor = x.rounded(.down)
    let fraction = x - floor
    if isAntialiased {
      // The kernel grows as the image shrinks, so that every old element has its say.
      let scale = min(place.scale, 1)
      let reach = ((mode == "linear" ? 1 : 2) / scale).rounded(.up)
      var taps: [(position: Int, weight: Double)] = []
      for offset in stride(from: 1 - reach, through: reach, by: 1) {
        let isOutside = !(0...Double(place.extent - 1)).contains(floor + offset)
        let t = abs(fraction - offset) * scale
        let weight = mode == "linear" ? max(0, 1 - t) : cubicWeight(t)
        taps.append((held(floor + offset), isOutside && excludesOutside ? 0 : weight))
      }
      let total = taps.reduce(0) { $0 + $1.weight }
      return taps.map { ($0.position, $0.weight / total) }
    }
    switch mode {
    case "nearest":
      let position =
        switch rounding {
        case "floor": floor
        case "ceil": x.rounded(.up)
        case "round_prefer_ceil": (x + 0.5).rounded(.down)
        default: (x - 0.5).rounded(.up)
        }
      return [(held(position), 1)]
    case "linear":
      return [(held(floor), 1 - fraction), (held(floor + 1), fraction)]
    default:
      var taps: [(position: Int, weight: Double)] = []
      for offset in -1...2 {
        let isOutside = !(0...Double(place.extent - 1)).contains(floor + Double(offset))
        let weight =
          isOutside && excludesOutside ? 0 : cubicWeight(abs(fraction - Double(offset)))
        taps.append((held(floor + Double(offset)), weight))
      }
      let total = excludesOutside ? taps.reduce(0) { $0 + $1.weight } : 1
      return taps.map { ($0.position, $0.weight / total) }
    }
  }

  /// Keys's cubic convolution kernel at the distance `t`.
  private func cubicWeight(_ t: Double) -> Double {
    let a = cubic
    if t <= 1 { return ((a + 2) * t - (a + 3)) * t * t + 1 }
    return t < 2 ? ((a * t - 5 * a) * t + 8 * a) * t - 4 * a : 0
  }
}
