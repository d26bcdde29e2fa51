// Redundancy: channels that the others make good without any loss.
//
// What channel pruning (He et al. 2017) wants is the least of |Y - sum_i beta_i X_i W_i^T|^2 over beta and W.
// The LASSO sees each channel with the weights as they are, so that a channel that is the sum of others, or
// the twin of one, may stay where another leaves that nothing replaces. With A = sum x x^T over the inputs of a
// layer, P = A^-1, S the inputs of channel u and W the layer's best weights, leaving u out and fitting the rest
// by least squares raises the squared error by
//   E(u) = tr(W_S^T [P_SS]^-1 W_S),        afterwards P <- P_RR - P_RS [P_SS]^-1 P_SR
// and W_R <- W_R - P_RS [P_SS]^-1 W_S for the inputs R that stay: the surgeon's step of Hassibi and Stork for
// several weights at once. Channels whose E is nothing beside |Y|^2 leave first, the least first; they are those
// without which the joint problem is solved as well as before. Channels that are always zero go before them. What
// costs something beside all others costs no less beside fewer of them, so that only those are looked at again.

import Network
import Torch

/// Which channels cost nothing, by the normal equations of the layers that read them.
struct Redundancy {
  /// E over |Y|^2 up to which a channel costs nothing. The ridge of the normal equations alone makes it 1e-10 or
  /// so.
  static let tolerance = 1e-8

  /// A layer that reads the channels.
  private struct Reader {
    var inverse: Tensor
    var weights: Tensor
    /// The places in `inverse` of each channel's inputs.
    var inputs: [[Int]]
    let total: Double
  }

  private var readers: [Reader] = []
  /// The channels that are always zero, and the others.
  private var silent: [Int]
  private var heard: [Int] = []

  /// Looks at the layers of `readers`; `nil` where one has too few samples to tell.
  init?(_ readers: [LassoReader], units: Int) throws(TorchError) {
    silent = Array(0..<units)
    for reader in readers {
      let (a, _) = reader.equations.sums
      guard reader.equations.samples >= 2 * a.shape[0] else { return nil }
      let mean = try a.diagonal().mean().scalar()
      let total = try reader.equations.total()
      guard mean > 0, total > 0 else { return nil }
      let ridge = try Tensor.eye(a.shape[0], type: .float64, device: a.device)
      let inverse = try (a + ridge * (mean * NormalEquations.ridge)).cholesky().choleskyInverse()
      self.readers.append(
        Reader(
          inverse: inverse, weights: try reader.equations.solve(from: reader.weights),
          inputs: reader.inputs, total: total))
      let powers = try a.diagonal().values(as: Double.self)
      silent.removeAll { unit in reader.inputs[unit].contains { powers[$0] > 0 } }
    }
    guard !self.readers.isEmpty else { return nil }
    let quiet = Set(silent)
    heard = (0..<units).filter { !quiet.contains($0) }
  }

  /// The channels that cost nothing, at most `most` of them, in the order in which they leave.
  mutating func first(_ most: Int) throws(TorchError) -> [Int] {
    var gone = Array(silent.prefix(most))
    var candidates = heard
    while gone.count < most {
      var costs: [(unit: Int, cost: Double)] = []
      for unit in candidates {
        var cost = 0.0
        for reader in readers { cost += try self.cost(of: unit, in: reader) }
        if cost <= Self.tolerance { costs.append((unit, cost)) }
      }
      guard let least = costs.min(by: { $0.cost < $1.cost }) else { break }
      for index in readers.indices { try remove(least.unit, from: &readers[index]) }
      candidates = costs.map(\.unit).filter { $0 != least.unit }
      gone.append(least.unit)
    }
    return gone
  }

  /// E of a channel, over |Y|^2.
  private func cost(of unit: Int, in reader: Reader) throws(TorchError) -> Double {
    let inputs = reader.inputs[unit]
    guard !inputs.isEmpty else { return 0 }
    let s = try Tensor(inputs.map(Int64.init)).to(device: reader.inverse.device)
    let block = try reader.inverse.indexSelect(axis: 0, s).indexSelect(axis: 1, s)
    let weights = try reader.weights.indexSelect(axis: 0, s)
    return try (weights * block.solve(weights)).sum().scalar() / reader.total
  }

  /// Takes a channel out of a reader, whose other weights make good for it.
  private func remove(_ unit: Int, from reader: inout Reader) throws(TorchError) {
    let inputs = reader.inputs[unit]
    guard !inputs.isEmpty else { return }
    let leaving = Set(inputs)
    let rest = (0..<reader.weights.shape[0]).filter { !leaving.contains($0) }
    let device = reader.inverse.device
    let s = try Tensor(inputs.map(Int64.init)).to(device: device)
    let r = try Tensor(rest.map(Int64.init)).to(device: device)
    let rows = try reader.inverse.indexSelect(axis: 0, s)
    let (ss, sr) = (try rows.indexSelect(axis: 1, s), try rows.indexSelect(axis: 1, r))
    let rs = try sr.transpose()
    reader.weights =
      try reader.weights.indexSelect(axis: 0, r)
      - rs.mm(ss.solve(reader.weights.indexSelect(axis: 0, s)))
    reader.inverse =
      try reader.inverse.indexSelect(axis: 0, r).indexSelect(axis: 1, r)
      - rs.mm(ss.solve(sr))
    let places = Dictionary(uniqueKeysWithValues: rest.enumerated().map { ($1, $0) })
    reader.inputs = reader.inputs.map { $0.compactMap { places[$0] } }
  }
}
