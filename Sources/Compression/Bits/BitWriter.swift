// Writes numbers of any width into bytes, the highest bit first.

/// Writes numbers of any width into bytes, the highest bit first.
public struct BitWriter: Sendable {
  private var pending: UInt64 = 0
  private var filled = 0
  private var done: [UInt8] = []

  /// An empty run of bits.
  public init() {}

  /// How many bits have been written.
  public var count: Int { done.count * 8 + filled }

  /// Appends the lowest `width` bits of `value`, which has no others; `width` is 0 to 56.
  public mutating func put(_ value: UInt64, _ width: Int) {
    pending = pending << UInt64(width) | value
    filled += width
    while filled >= 8 {
      filled -= 8
      done.append(UInt8(truncatingIfNeeded: pending >> UInt64(filled)))
    }
  }

  /// The bytes; the last one is filled up with zeros.
  public var bytes: [UInt8] {
    filled == 0 ? done : done + [UInt8(truncatingIfNeeded: pending << UInt64(8 - filled))]
  }
}
