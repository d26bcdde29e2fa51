// Patterns: every kernel of a layer keeps as many places, in one of a few shapes.
//
// M. Yang, M. Faraj, A. Hussein, V. Gaudet, "Efficient Hardware Realization of Convolutional Neural Networks
// using Intra-Kernel Regular Pruning", 2018. Of each kernel W[o, c] the n places of highest score are its
// natural pattern. The library of a layer is found greedily: the natural pattern of most kernels, and then
// again and again the one that adds most to
//   V(S) = sum over kernels of max over p in S of sum over i in p of s_i |s_i|,
// squares, so that with a magnitude 1 - V / |W|^2 is the relative squared error; a greedy choice is within
// 1 - 1/e of the best library of its size. Each kernel keeps the pattern of the library that keeps most of it.

/// What a kernel's pattern does not keep, the pattern being one of a few for the whole layer.
public struct Pattern: SetGranularity {
  public static let name = "pattern"
  public static let summary =
    "what a kernel's pattern, one of a few of its layer, does not keep (Yang et al. 2018)"

  /// How many places of a kernel stay.
  public private(set) var keep = 4
  /// How many patterns a layer has at most.
  public private(set) var patterns = 8

  /// Four places, in eight patterns.
  public init() {}

  public mutating func configure(_ settings: PartSettings) throws(PruningError) {
    keep = try settings.int("keep", default: keep, in: 1...4096)
    patterns = try settings.int("patterns", default: patterns, in: 1...4096)
  }

  public func sets(of weight: ScoredWeight) -> ElementSets {
    var sets = ElementSets()
    let places = weight.places
    guard places > keep else { return sets }
    let starts = Array(stride(from: 0, to: weight.scores.count, by: places))
    let library = library(of: weight)
    for start in starts {
      let values = Self.values(of: weight, start..<start + places)
      let chosen = library[Self.best(of: library, for: values)]
      sets.append((0..<places).lazy.filter { !chosen.contains($0) }.map { start + $0 })
    }
    return sets
  }

  /// The patterns of a layer, each the places that stay, ascending.
  public func library(of weight: ScoredWeight) -> [[Int]] {
    let places = weight.places
    var counts: [[Int]: Int] = [:]
    var kernels: [[Double]] = []
    for start in stride(from: 0, to: weight.scores.count, by: places) {
      let values = Self.values(of: weight, start..<start + places)
      // A kernel that has left altogether has no pattern of its own.
      if weight.scores[start..<start + places].allSatisfy({ $0 == -.infinity }) { continue }
      kernels.append(values)
      let order = (0..<places).sorted { (values[$0], -$0) > (values[$1], -$1) }
      counts[order.prefix(keep).sorted(), default: 0] += 1
    }
    // The most frequent, should a large window have very many; of equally frequent ones the first in order.
    var natural = counts.sorted {
      $0.value != $1.value ? $0.value > $1.value : $0.key.lexicographicallyPrecedes($1.key)
    }.map(\.key)
    natural = Array(natural.prefix(Self.candidates))
    guard var next = natural.first else { return [Array(0..<keep)] }
    var library: [[Int]] = []
    var reached = [Double](repeating: -.infinity, count: kernels.count)
    while true {
      library.append(next)
      natural.removeAll { $0 == next }
      for (index, kernel) in kernels.enumerated() {
        reached[index] = max(reached[index], Self.kept(kernel, next))
      }
      guard library.count < patterns else { break }
      var most = 0.0
      var found: [Int]?
      for pattern in natural {
        var gain = 0.0
        for (index, kernel) in kernels.enumerated() {
          gain += max(0, Self.kept(kernel, pattern) - reached[index])
        }
        if gain > most { (most, found) = (gain, pattern) }
      }
      guard let found else { break }
      next = found
    }
    return library
  }

  /// The most natural patterns that are looked at; all there are of windows of 3 by 3.
  private static let candidates = 126

  /// The squares of a kernel's scores with their signs; 0 for what has left.
  private static func values(of weight: ScoredWeight, _ range: Range<Int>) -> [Double] {
    weight.scores[range].map { $0 == -.infinity ? 0 : Double($0) * abs(Double($0)) }
  }

  private static func kept(_ kernel: [Double], _ pattern: [Int]) -> Double {
    var sum = 0.0
    for place in pattern { sum += kernel[place] }
    return sum
  }

  /// The first of the patterns that keep most of a kernel.
  private static func best(of library: [[Int]], for kernel: [Double]) -> Int {
    var (best, most) = (0, -Double.infinity)
    for (index, pattern) in library.enumerated() {
      let value = kept(kernel, pattern)
      if value > most { (best, most) = (index, value) }
    }
    return best
  }
}
