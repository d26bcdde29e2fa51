// Distance to the other filters: those near the geometric median leave.
//
// Y. He, P. Liu, Z. Wang, Z. Hu, Y. Yang, "Filter Pruning via Geometric Median for Deep Convolutional
// Neural Networks Acceleration", CVPR 2019: g(o) = sum over the filters j of the layer of
// ||W_o - W_j||_2; the smallest is the filter nearest to the geometric median, which the others can
// stand for. Here the sum is divided by the number of other filters, which ranks a layer in the same
// way. The paper's mix lets a part of the filters leave by their norms first, and compares the others among
// themselves (`norm: 0.1` of 0.4 that leave); its ablations measure distances as sums of differences or as
// 1 - cos. A unit of several layers is one long filter; units are compared with those that are made by the
// same layers, so that lengths agree. A filter without any other to compare it with gets its norm.

import Network
import Torch

/// `g(o) = mean_j ||W_o - W_j||_2` over the other filters of the layer.
public struct GeometricMedian: Criterion {
  public static let name = "fpgm"
  public static let summary = "mean distance to the other filters of the layer (He et al. 2019)"

  /// How far two filters are apart.
  public enum Distance: String, Sendable, CaseIterable {
    /// The Euclidean distance.
    case l2
    /// The sum of absolute differences.
    case l1
    /// One less the cosine of the angle between them.
    case cosine
  }

  /// How far two filters are apart.
  public private(set) var distance = Distance.l2
  /// The part of the filters that leave before all others, those of least norm.
  public private(set) var norm = 0.0

  /// Euclidean distances alone.
  public init() {}

  public mutating func configure(_ settings: PartSettings) throws(PruningError) {
    distance = try settings.choice("distance", default: distance)
    norm = try settings.double("norm", default: norm, in: 0...1)
  }

  public func elementScores(of name: String, in subject: Subject) throws(PruningError) -> [Float] {
    throw .scoresUnits(criterion: Self.name)
  }

  public func unitScores(of group: Group, in subject: Subject) throws(PruningError) -> [Double] {
    let (weights, ends) = try subject.makers(of: group) { (name) throws(PruningError) in
      try subject.elements(of: name)
    }
    let makers = group.producers.filter { $0.role == .parameter }
    var layers: [[Int]: [Int]] = [:]
    for unit in 0..<group.size {
      layers[makers.indices.filter { makers[$0].units.contains(unit) }, default: []].append(unit)
    }
    var scores = [Double](repeating: 0, count: group.size)
    for units in layers.values {
      let rows = units.flatMap { weights[($0 == 0 ? 0 : ends[$0 - 1])..<ends[$0]] }
      let found = try engine { () throws(TorchError) in
        try self.scores(Tensor(rows, shape: [units.count, rows.count / units.count]))
      }
      for (unit, score) in zip(units, found) { scores[unit] = score }
    }
    return scores
  }

  /// The scores of the rows: below 0 for those that leave by their norm, in the order of the norms.
  private func scores(_ rows: Tensor) throws(TorchError) -> [Double] {
    let x = try rows.to(type: .float64)
    let norms = try x.square().sum([1]).sqrt().values(as: Double.self)
    let first = norms.indices.sorted { (norms[$0], $0) < (norms[$1], $1) }
      .prefix(Int(norm * Double(norms.count) + 1e-9))
    var scores = norms
    for unit in first { scores[unit] = norms[unit] - (norms.max() ?? 0) - 1 }
    let others = norms.indices.filter { !first.contains($0) }
    guard others.count > 1 else { return scores }
    let chosen = try x.indexSelect(
      axis: 0, Tensor(others.map(Int64.init), shape: [others.count], device: x.device))
    for (unit, score) in zip(others, try distances(chosen)) { scores[unit] = score }
    return scores
  }

  /// The mean distance of each row to the others.
  private func distances(_ x: Tensor) throws(TorchError) -> [Double] {
    let count = x.shape[0]
    let sums: Tensor
    switch distance {
    case .l2:
      let squares = try x.square().sum([1], keepAxes: true)
      // |a - b|^2 = |a|^2 + |b|^2 - 2 ab, which rounding may take below 0 where a = b.
      sums = try (squares + squares.transpose() - x.mm(x.transpose()) * 2.0)
        .clamp(min: 0).sqrt().sum([1])
    case .l1:
      let rows = try (0..<count).map { (row) throws(TorchError) in
        try (x - x.select(axis: 0, row)).abs().sum([1])
      }
      sums = try Tensor.stack(rows).sum([0])
    case .cosine:
      let unit = try x / x.square().sum([1], keepAxes: true).sqrt().clamp(min: 1e-12)
      sums = try (unit.mm(unit.transpose()) * -1.0 + 1.0).sum([1])
    }
    return try (sums / Double(count - 1)).values(as: Double.self)
  }
}
