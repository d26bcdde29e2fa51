// Distance to the other filters: those near the geometric median leave.
//
// Y. He, P. Liu, Z. Wang, Z. Hu, Y. Yang, "Filter Pruning via Geometric Median for Deep Convolutional
// Neural Networks Acceleration", CVPR 2019: g(o) = sum over the filters j of the layer of
// ||W_o - W_j||_2; the smallest is the filter nearest to the geometric median, which the others can
// stand for. Here the sum is divided by the number of other filters, which ranks a layer in the same
// way. A unit of several layers is one long filter; units are compared with those that are made by the
// same layers, so that lengths agree. A filter without any other to compare it with gets its norm.

import Network
import Torch

/// `g(o) = mean_j ||W_o - W_j||_2` over the other filters of the layer.
public struct GeometricMedian: Criterion {
  public static let name = "fpgm"
  public static let summary = "mean distance to the other filters of the layer (He et al. 2019)"

  /// The criterion; it has no settings.
  public init() {}

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
        try Self.distances(Tensor(rows, shape: [units.count, rows.count / units.count]))
      }
      for (unit, score) in zip(units, found) { scores[unit] = score }
    }
    return scores
  }

  /// The mean distance of each row to the others.
  private static func distances(_ rows: Tensor) throws(TorchError) -> [Double] {
    let x = try rows.to(type: .float64)
    let squares = try x.square().sum([1], keepAxes: true)
    let others = x.shape[0] - 1
    guard others > 0 else { return try squares.sqrt().values(as: Double.self) }
    // |a - b|^2 = |a|^2 + |b|^2 - 2 ab, which rounding may take below 0 where a = b.
    let distances = try (squares + squares.transpose() - x.mm(x.transpose()) * 2.0)
      .clamp(min: 0).sqrt()
    return try (distances.sum([1]) / Double(others)).values(as: Double.self)
  }
}
