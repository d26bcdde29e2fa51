// Kernels: what one filter reads of one channel.

/// A kernel `W[o, c]` of a convolution.
public struct Kernel: SetGranularity {
  public static let name = "kernel"
  public static let summary = "a kernel: what a filter reads of one channel, set to zero"

  /// The granularity; it has no settings.
  public init() {}

  public func sets(of weight: ScoredWeight) -> ElementSets {
    var sets = ElementSets()
    guard weight.isConvolution else { return sets }
    let places = weight.places
    for start in stride(from: 0, to: weight.scores.count, by: places) {
      sets.append(start..<start + places)
    }
    return sets
  }
}
