// The random numbers of data loading: a small generator whose whole state can be saved.

/// The generator xoshiro256** (Blackman and Vigna, "Scrambled linear pseudorandom number generators",
/// 2021), seeded through SplitMix64 (Steele, Lea and Flood, 2014).
///
/// The sequence is part of the file format of a checkpoint: it is the same on every machine and in
/// every version. The state is four integers and is `Codable`. Keyed states
/// (`init(seed:keys:)`) make independent streams, so that an example's random crop depends on
/// (seed, epoch, index) alone and never on the thread or the order in which examples are prepared.
public struct RandomState: Sendable, Equatable, Codable {
  /// The 256 bits of state.
  public private(set) var words: [UInt64]

  /// A stream from a seed and any number of keys (epoch, index, ...).
  ///
  /// Each key is absorbed by one SplitMix64 step, so streams with different keys are unrelated.
  public init(seed: UInt64, keys: UInt64...) {
    var mixer = seed
    for key in keys { mixer = Self.splitMix(&mixer) ^ key }
    words = [
      Self.splitMix(&mixer), Self.splitMix(&mixer), Self.splitMix(&mixer), Self.splitMix(&mixer),
    ]
  }

  /// A saved state.
  ///
  /// - Throws: `DataError.invalidOption` unless there are four words, not all zero (from the
  ///   all-zero state the generator never leaves zero).
  public init(words: [UInt64]) throws(DataError) {
    guard words.count == 4, words.contains(where: { $0 != 0 }) else {
      throw .invalidOption(
        name: "random state", value: "\(words)", expected: "four words, not all of them zero")
    }
    self.words = words
  }

  /// Decodes a state and checks it as `init(words:)` does.
  public init(from decoder: any Decoder) throws {
    try self.init(words: [UInt64](from: decoder))
  }

  /// Encodes the four words.
  public func encode(to encoder: any Encoder) throws {
    try words.encode(to: encoder)
  }

  private static func splitMix(_ state: inout UInt64) -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var word = state
    word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
    return word ^ (word >> 31)
  }

  /// The next 64 random bits.
  public mutating func next() -> UInt64 {
    func rotated(_ word: UInt64, by count: UInt64) -> UInt64 {
      (word << count) | (word >> (64 - count))
    }
    let result = rotated(words[1] &* 5, by: 7) &* 9
    let shifted = words[1] << 17
    words[2] ^= words[0]
    words[3] ^= words[1]
    words[1] ^= words[2]
    words[0] ^= words[3]
    words[2] ^= shifted
    words[3] = rotated(words[3], by: 45)
    return result
  }

  /// A uniform number in `[0, 1)` with 53 random bits.
  public mutating func uniform() -> Double {
    Double(next() >> 11) * 0x1p-53
  }

  /// A uniform integer in a closed range, without modulo bias (Lemire, "Fast random integer
  /// generation in an interval", 2019).
  public mutating func uniform(in range: ClosedRange<Int>) -> Int {
    let span = UInt64(bitPattern: Int64(range.upperBound &- range.lowerBound)) &+ 1
    guard span != 0 else { return Int(truncatingIfNeeded: next()) }
    var product = next().multipliedFullWidth(by: span)
    if product.low < span {
      let threshold = (0 &- span) % span
      while product.low < threshold { product = next().multipliedFullWidth(by: span) }
    }
    return range.lowerBound &+ Int(truncatingIfNeeded: product.high)
  }

  /// True with the given probability.
  public mutating func bernoulli(_ probability: Double) -> Bool {
    uniform() < probability
  }

  /// Shuffles in place (Fisher and Yates): every order is equally likely.
  public mutating func shuffle<Element>(_ elements: inout [Element]) {
    guard elements.count > 1 else { return }
    for last in stride(from: elements.count - 1, to: 0, by: -1) {
      elements.swapAt(last, uniform(in: 0...last))
    }
  }

  /// The numbers `0 ..< count` in random order.
  public mutating func permutation(_ count: Int) -> [Int] {
    var order = Array(0..<max(count, 0))
    shuffle(&order)
    return order
  }
}
