// Reallocation: in which layers connections come back.
//
// Where K connections have left in all, layer l gets back
//   own:        as many as have left it (SET, RigL);
//   survivors:  K R_l / sum R, R_l the connections that stayed (H. Mostafa, X. Wang, "Parameter Efficient
//               Training of Deep Convolutional Neural Networks by Dynamic Sparse Reparameterization", ICML
//               2019, algorithm 1);
//   gradients:  K g_l / sum g, g_l the mean size of what the regrowth sees of those that stayed: with
//               momentum regrowth the mean |M| (T. Dettmers, L. Zettlemoyer, "Sparse Networks from Scratch",
//               2019).
// A layer takes no more than it has places; what is left over goes to the others in the same proportion. The
// parts are rounded so that their sum is K: down, and then up where the most is missing.

/// In which layers connections come back, of those that left.
public enum Reallocation: String, Sendable, Hashable, CaseIterable {
  /// Each layer gets back what left it.
  case own
  /// In proportion to the connections that stayed (DSR, Mostafa and Wang 2019).
  case survivors
  /// In proportion to the mean size of the gradients of those that stayed (SNFS, Dettmers and Zettlemoyer
  /// 2019).
  case gradients

  /// How `total` connections are spread.
  ///
  /// - Parameters:
  ///   - shares: what the parts are in proportion to; where all are 0, evenly.
  ///   - places: the most that each can take.
  /// - Returns: whole numbers whose sum is `total`, or that of `places` where it is less.
  static func counts(of total: Int, shares: [Double], places: [Int]) -> [Int] {
    // A gradient that is no number says nothing about its layer.
    let shares = shares.map { $0.isFinite ? $0 : 0 }
    var counts = places.map { _ in 0 }
    var left = min(total, places.reduce(0, +))
    var open = places.indices.filter { places[$0] > 0 }
    while left > 0 {
      let sum = open.reduce(0) { $0 + shares[$1] }
      let quotas = places.indices.map { index in
        Double(left) * (sum > 0 ? shares[index] / sum : 1 / Double(open.count))
      }
      let full = open.filter { quotas[$0] >= Double(places[$0]) }
      guard full.isEmpty else {
        for index in full {
          counts[index] = places[index]
          left -= places[index]
        }
        open.removeAll(where: full.contains)
        continue
      }
      for index in open { counts[index] = Int(quotas[index]) }
      let missing = left - open.reduce(0) { $0 + counts[$1] }
      let byRemainder = open.sorted {
        let (a, b) = (quotas[$0] - Double(counts[$0]), quotas[$1] - Double(counts[$1]))
        return a == b ? $0 < $1 : a > b
      }
      for index in byRemainder.prefix(missing) { counts[index] += 1 }
      left = 0
    }
    return counts
  }
}
