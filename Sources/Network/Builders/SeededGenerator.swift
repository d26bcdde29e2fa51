// Random numbers that a seed and a name decide: for first weights, made-up inputs, random choices.

import Foundation

/// A stream of random numbers that a seed and a name decide: SplitMix64 (Steele, Lea and Flood,
/// 2014), started from the seed mixed with the name's FNV-1a hash.
///
/// Each parameter draws from the stream of its own name. So its first value does not depend on which
/// layers stand before it, and two networks with a layer in common begin that layer equally.
public struct SeededGenerator: RandomNumberGenerator, Sendable {
  private var state: UInt64
  private var spare: Double?

  /// The stream of `name` under `seed`.
  public init(seed: UInt64, name: String = "") {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    state = seed
    // One step apart from the bare seed, so that neighbouring seeds do not share streams.
    state = next() ^ hash
  }

  /// The plain sequence from `state` on.
  public init(state: UInt64) { self.state = state }

  /// 64 random bits.
  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// A number in 0 ..< 1, of 53 random bits.
  public mutating func uniform() -> Double {
    Double(next() >> 11) * 0x1p-53
  }

  /// A number from the normal distribution of mean 0 and variance 1 (Box and Muller, 1958).
  public mutating func normal() -> Double {
    if let spare {
      self.spare = nil
      return spare
    }
    // 1 - u lies in (0, 1], where the logarithm is finite.
    let radius = (-2 * log(1 - uniform())).squareRoot()
    let angle = 2 * Double.pi * uniform()
    spare = radius * sin(angle)
    return radius * cos(angle)
  }
}
