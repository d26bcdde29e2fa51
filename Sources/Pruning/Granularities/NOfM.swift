// N of M: of every M successive inputs of an output at most N stay.
//
// A. Mishra et al., "Accelerating Sparse Deep Neural Networks", 2021: with 2 of 4 the sparse matrix units of
// accelerators skip the other half. Inputs are counted along the axis of a layer's inputs (channels at each
// place of a convolution's window); the last inputs, where fewer than M are left, keep at most N too.

/// The `of - keep` weights of least score among `of` successive inputs.
public struct NOfM: SetGranularity {
  public static let name = "n-of-m"
  public static let summary =
    "the weights beyond n among m successive inputs of an output (2:4, Mishra et al. 2021)"

  /// How many weights stay.
  public private(set) var keep = 2
  /// Of how many.
  public private(set) var of = 4

  /// Two of four.
  public init() {}

  public mutating func configure(_ settings: PartSettings) throws(PruningError) {
    of = try settings.int("of", default: of, in: 2...4096)
    keep = try settings.int("keep", default: min(keep, of - 1), in: 1...of - 1)
  }

  public func sets(of weight: ScoredWeight) -> ElementSets {
    var sets = ElementSets()
    let inputs = weight.shape[weight.inputAxis]
    let step = weight.stride(of: weight.inputAxis)
    guard inputs > 0, step > 0 else { return sets }
    for line in 0..<weight.scores.count / (inputs * step) {
      for place in 0..<step {
        let first = line * inputs * step + place
        for start in stride(from: 0, to: inputs, by: of) {
          let group = (start..<min(inputs, start + of)).map { first + $0 * step }
          sets.append(weight.ranked(group).dropFirst(keep).sorted())
        }
      }
    }
    return sets
  }
}
