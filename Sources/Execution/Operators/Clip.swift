// Elements limited to an interval.

import Network
import Torch

/// Each element limited to `[min, max]`, which are attributes or, from operator set 11, inputs.
enum Clip: Computation {
  static let names = ["Clip"]

  static func prepare(_ site: Site) throws(ExecutionError) -> Step {
    let (low, high) = (bound(site, "min", 1), bound(site, "max", 2))
    let isKnown = (1...2).allSatisfy { site.node.input($0) == nil || site.constant($0) != nil }
    if isKnown {
      guard low != nil || high != nil else { return { x, _ throws(TorchError) in [try x[0]] } }
      return { x, _ throws(TorchError) in [try x[0].clamp(min: low, max: high)] }
    }
    return { x, _ throws(TorchError) in
      [try x[0].clamp(min: x.optional(1), max: x.optional(2))]
    }
  }

  private static func bound(_ site: Site, _ key: String, _ index: Int) -> Scalar? {
    if case .float(let value) = site.node.attributes[key] { return .double(Double(value)) }
    if let real = site.constant(index)?.reals?.first { return .double(real) }
    return site.integers(index)?.first.map { .int(Int64($0)) }
  }
}
