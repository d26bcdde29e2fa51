// Blocks: rectangles of a weight's matrix.
//
// S. Narang, E. Undersander, G. Diamos, "Block-Sparse Recurrent Neural Networks", 2017, rank blocks by their
// largest magnitude; TensorFlow's pruning API by the average or the largest. The matrix of a convolution is
// that of its matrix product: a row for each filter. Blocks at the far edges are what is left there.

/// A block of `rows` by `columns` of the weight's matrix.
public struct Block: SetGranularity {
  public static let name = "block"
  public static let summary = "a block of rows and columns of a weight's matrix, set to zero"

  /// How a block's score comes from those of its weights.
  public enum Pooling: String, Sendable, CaseIterable {
    /// Their mean.
    case average
    /// The largest.
    case max
  }

  /// The rows of a block.
  public private(set) var rows = 4
  /// The columns of a block.
  public private(set) var columns = 4
  /// How a block's score comes from those of its weights.
  public private(set) var pooling = Pooling.average

  /// Blocks of 4 by 4, by their mean.
  public init() {}

  public mutating func configure(_ settings: PartSettings) throws(PruningError) {
    rows = try settings.int("rows", default: rows, in: 1...65_536)
    columns = try settings.int("columns", default: columns, in: 1...65_536)
    pooling = try settings.choice("pooling", default: pooling)
  }

  public func sets(of weight: ScoredWeight) -> ElementSets {
    var sets = ElementSets()
    let (height, width) = (weight.shape[0], weight.stride(of: 0))
    for top in stride(from: 0, to: height, by: rows) {
      for left in stride(from: 0, to: width, by: columns) {
        sets.append(
          (top..<min(height, top + rows)).lazy.flatMap { row in
            row * width + left..<row * width + min(width, left + columns)
          })
      }
    }
    return sets
  }

  public func score(_ scores: ArraySlice<Float>, by criterion: any Criterion) -> Double {
    switch pooling {
    case .average: scores.reduce(0) { $0 + Double($1) } / Double(Swift.max(1, scores.count))
    case .max: Double(scores.max() ?? 0)
    }
  }
}
