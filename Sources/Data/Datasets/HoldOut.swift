// Keeping a part of the training examples aside for validation.

/// A held-out part of a data set: the same for the same seed, and with the same fraction of every class.
public struct HoldOut: Sendable, Equatable, Codable {
  /// The fraction of examples held out, strictly between 0 and 1.
  public let fraction: Double
  /// Decides which examples are held out.
  public let seed: UInt64

  /// A fraction to hold out.
  ///
  /// - Throws: `DataError.invalidOption` for a fraction outside (0, 1).
  public init(fraction: Double, seed: UInt64 = 0) throws(DataError) {
    guard fraction > 0, fraction < 1 else {
      throw .invalidOption(
        name: "held-out fraction", value: "\(fraction)", expected: "a number between 0 and 1")
    }
    self.fraction = fraction
    self.seed = seed
  }

  /// Divides a data set. Of each class (of all examples, where targets are numbers) the fraction,
  /// rounded to whole examples, is held out; both parts keep the order of the whole.
  ///
  /// - Throws: `DataError.empty` if one part would be.
  public func divide(
    _ dataset: any Dataset
  ) throws(DataError) -> (rest: Subset, heldOut: Subset) {
    var members: [Int: [Int]] = [:]
    for index in 0..<dataset.count {
      members[dataset.label(at: index) ?? 0, default: []] += [index]
    }
    var isHeldOut = [Bool](repeating: false, count: dataset.count)
    for (label, var indices) in members {
      var random = RandomState(seed: seed, keys: 0x484F_4C44, UInt64(label))
      random.shuffle(&indices)
      let count = Int((Double(indices.count) * fraction).rounded())
      for index in indices.prefix(count) { isHeldOut[index] = true }
    }
    return (
      try Subset(of: dataset, at: isHeldOut.indices.filter { !isHeldOut[$0] }),
      try Subset(of: dataset, at: isHeldOut.indices.filter { isHeldOut[$0] })
    )
  }
}
