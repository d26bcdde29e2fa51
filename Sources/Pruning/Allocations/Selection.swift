// Selection: the smallest of many scores without sorting them.

/// Finds scores by their rank, in a time that grows with their number only.
///
/// Floats are put in the order of whole numbers by their bits and counted in two rounds of 16 bits each.
enum Selection {
  /// The score of rank `rank` (from 0, ascending) among those of all lists together; `rank` is below
  /// their number.
  static func score(of rank: Int, among lists: [[Float]]) -> Float {
    let (high, before) = bucket(of: rank, among: lists) { Int($0 >> 16) }
    let (low, _) = bucket(of: rank - before, among: lists) {
      Int($0 >> 16) == high ? Int($0 & 0xFFFF) : nil
    }
    return float(UInt32(high) << 16 | UInt32(low))
  }

  /// In which of 65,536 buckets the number of a rank lies, and how many lie in those before it.
  private static func bucket(
    of rank: Int, among lists: [[Float]], _ place: (UInt32) -> Int?
  ) -> (bucket: Int, before: Int) {
    var counts = [Int](repeating: 0, count: 1 << 16)
    for list in lists {
      for score in list {
        if let bucket = place(key(score)) { counts[bucket] += 1 }
      }
    }
    var before = 0
    for (bucket, count) in counts.enumerated() {
      if before + count > rank { return (bucket, before) }
      before += count
    }
    return (counts.count - 1, before)
  }

  /// A whole number that grows with the score; zeros of both signs are one.
  private static func key(_ score: Float) -> UInt32 {
    let bits = (score + 0).bitPattern
    return bits >> 31 == 1 ? ~bits : bits | 1 << 31
  }

  private static func float(_ key: UInt32) -> Float {
    Float(bitPattern: key >> 31 == 1 ? key & ~(1 << 31) : ~key)
  }
}
