// k-means clustering of numbers: which values a layer's weights share.
//
// S. P. Lloyd, "Least Squares Quantization in PCM", 1982; S. Han et al., "Deep Compression", ICLR 2016,
// section 3: argmin over clusters of sum_i sum_{w in c_i} |w - c_i|^2, with three ways to begin:
//   linear   k centroids at even distances from the smallest to the largest weight,
//   forgy    k of the weights, drawn at random,
//   density  k weights at even distances of the cumulative distribution.
// Large weights are few and matter most; only linear centroids begin near them, and the paper finds
// them to keep accuracy best.
//
// Numbers lie on a line, so a cluster is a run of the sorted numbers, and prefix sums give its mean: a
// round costs O(k log n).

import Network

/// k-means clustering of numbers.
public struct KMeans: Sendable {
  /// Where centroids begin.
  public enum Start: String, Sendable, Hashable, CaseIterable {
    /// At even distances between the smallest and the largest number.
    case linear
    /// At numbers drawn at random.
    case forgy
    /// At even distances of the cumulative distribution.
    case density
  }

  /// The centroids that have members, ascending.
  public private(set) var centroids: [Double]
  /// The sum of squared distances of all numbers to their nearest centroids: at the beginning, then
  /// after each round.
  public private(set) var objectives: [Double]

  /// Clusters `numbers`, which are finite.
  ///
  /// - Parameters:
  ///   - count: at most how many centroids; fewer where there are fewer different numbers.
  ///   - seed: where random choices begin.
  ///   - rounds: how many at most; it ends as soon as no centroid moves.
  public init(
    _ numbers: [Double], count: Int, start: Start = .linear, seed: UInt64 = 0, rounds: Int = 300
  ) {
    let sorted = numbers.sorted()
    guard let least = sorted.first, let most = sorted.last, count > 0 else {
      (centroids, objectives) = ([], [])
      return
    }
    let sums = PrefixSums(sorted)
    var centroids: [Double]
    switch start {
    case .linear:
      let step = count > 1 ? (most - least) / Double(count - 1) : 0
      centroids = (0..<count).map { least + Double($0) * step }
    case .density:
      centroids = (0..<count).map { index in
        let place = (Double(index) + 0.5) / Double(count) * Double(sorted.count)
        return sorted[min(Int(place), sorted.count - 1)]
      }
    case .forgy:
      var generator = SeededGenerator(seed: seed)
      var pool = sorted
      centroids = (0..<min(count, pool.count)).map { index in
        pool.swapAt(index, Int.random(in: index..<pool.count, using: &generator))
        return pool[index]
      }.sorted()
    }
    var ends = sums.ends(of: centroids)
    objectives = [sums.objective(centroids, ends)]
    for _ in 0..<rounds {
      let moved = sums.means(centroids, ends)
      let movedEnds = sums.ends(of: moved)
      let isStill = moved == centroids
      (centroids, ends) = (moved, movedEnds)
      if isStill { break }
      objectives.append(sums.objective(centroids, ends))
    }
    var begin = 0
    self.centroids = zip(centroids, ends).compactMap { centroid, end in
      defer { begin = max(begin, end) }
      return end > begin ? centroid : nil
    }
  }

  /// The number of the centroid nearest to `number`; of two equally near ones the smaller.
  public func nearest(to number: Double) -> Int {
    var (low, high) = (0, centroids.count - 1)
    while low < high {
      let middle = (low + high) / 2
      if number > (centroids[middle] + centroids[middle + 1]) / 2 {
        low = middle + 1
      } else {
        high = middle
      }
    }
    return low
  }
}

/// Sorted numbers, with the sums over their beginnings.
private struct PrefixSums {
  let sorted: [Double]
  let sums: [Double]
  let squares: [Double]

  init(_ sorted: [Double]) {
    self.sorted = sorted
    var (sums, squares) = ([0.0], [0.0])
    sums.reserveCapacity(sorted.count + 1)
    squares.reserveCapacity(sorted.count + 1)
    for number in sorted {
      sums.append((sums.last ?? 0) + number)
      squares.append((squares.last ?? 0) + number * number)
    }
    (self.sums, self.squares) = (sums, squares)
  }

  /// Where the run of each centroid's members ends, for ascending centroids.
  func ends(of centroids: [Double]) -> [Int] {
    centroids.indices.map { index in
      guard index + 1 < centroids.count else { return sorted.count }
      let border = (centroids[index] + centroids[index + 1]) / 2
      var (low, high) = (0, sorted.count)
      while low < high {
        let middle = (low + high) / 2
        if sorted[middle] <= border { low = middle + 1 } else { high = middle }
      }
      return low
    }
  }

  /// The means of the members; a centroid without members stays.
  func means(_ centroids: [Double], _ ends: [Int]) -> [Double] {
    centroids.indices.map { index in
      let (begin, end) = (index == 0 ? 0 : ends[index - 1], ends[index])
      return end > begin ? (sums[end] - sums[begin]) / Double(end - begin) : centroids[index]
    }
  }

  /// The sum of squared distances to the centroids.
  func objective(_ centroids: [Double], _ ends: [Int]) -> Double {
    centroids.indices.reduce(0) { total, index in
      let (begin, end) = (index == 0 ? 0 : ends[index - 1], ends[index])
      let (sum, square) = (sums[end] - sums[begin], squares[end] - squares[begin])
      let c = centroids[index]
      return total + max(0, square - 2 * c * sum + Double(end - begin) * c * c)
    }
  }
}
