// Stripes: what one filter reads at one place of its window.
//
// F. Meng, H. Cheng, K. Li, H. Luo, X. Guo, G. Lu, X. Sun, "Pruning Filter in Filter", NeurIPS 2020. A
// convolution that has lost stripes is run stripe by stripe (`Network.stripeWise()`), so that its file is
// smaller and less is computed.

/// A stripe `W[o, :, y, x]` of a convolution.
public struct Stripe: SetGranularity {
  public static let name = "stripe"
  public static let summary =
    "a stripe: what a filter reads at one place of its window, set to zero (Meng et al. 2020)"

  /// The granularity; it has no settings.
  public init() {}

  public func sets(of weight: ScoredWeight) -> ElementSets {
    var sets = ElementSets()
    guard weight.isConvolution else { return sets }
    let (places, filter) = (weight.places, weight.stride(of: 0))
    for output in 0..<weight.shape[0] {
      for place in 0..<places {
        sets.append(
          stride(from: output * filter + place, to: (output + 1) * filter, by: places))
      }
    }
    return sets
  }
}
