// The entropy of symbols: how many bits each of them takes at the least.

import Foundation

/// The entropy of symbols that occur as often as `counts` says: `-sum p log2 p`, in bits a symbol.
///
/// C. E. Shannon, "A Mathematical Theory of Communication", 1948. No code of single symbols takes
/// fewer bits in the mean.
public func entropy(of counts: [Int]) -> Double {
  let total = Double(counts.reduce(0, +))
  return counts.reduce(0) { sum, count in
    guard count > 0 else { return sum }
    let p = Double(count) / total
    return sum - p * log2(p)
  }
}
