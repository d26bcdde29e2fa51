// What every data set can do: count its examples and gather some of them into a batch.

/// A set of examples in host memory.
public protocol Dataset: Sendable {
  /// The name shown to people.
  var name: String { get }
  /// The number of examples; never 0.
  var count: Int { get }
  /// The shape of one example's inputs, `[C, H, W]` for pictures; empty for texts, whose lengths vary.
  var exampleShape: [Int] { get }
  /// The name of each class in label order; empty where targets are numbers.
  var classNames: [String] { get }

  /// The class of an example, or nil where targets are numbers.
  func label(at index: Int) -> Int?

  /// Gathers examples in the order given.
  ///
  /// - Parameters:
  ///   - indices: positions in `0 ..< count`; may repeat.
  ///   - augmentation: random changes to pictures, or nil for the examples as they are.
  /// - Throws: `DataError.indexOutOfRange`, or `invalidOption` if the examples cannot be augmented.
  func batch(_ indices: [Int], augmentation: EpochAugmentation?) throws(DataError) -> Batch
}

extension Dataset {
  /// Gathers examples as they are, without augmentation.
  public func batch(_ indices: [Int]) throws(DataError) -> Batch {
    try batch(indices, augmentation: nil)
  }

  /// Throws `indexOutOfRange` for the first index outside the data set.
  func check(_ indices: [Int]) throws(DataError) {
    if let wrong = indices.first(where: { $0 < 0 || $0 >= count }) {
      throw .indexOutOfRange(index: wrong, count: count)
    }
  }
}

/// A part of a data set: an index table over it.
public struct Subset: Dataset {
  /// The set that holds the examples.
  public let base: any Dataset
  /// Positions in `base`.
  public let indices: [Int]
  /// The name of the whole set.
  public var name: String { base.name }
  /// The number of examples in the part.
  public var count: Int { indices.count }
  /// The shape of one example's inputs.
  public var exampleShape: [Int] { base.exampleShape }
  /// The name of each class in label order.
  public var classNames: [String] { base.classNames }

  /// The examples of `base` at `indices`.
  ///
  /// - Throws: `DataError.empty` without indices, `indexOutOfRange`.
  public init(of base: any Dataset, at indices: [Int]) throws(DataError) {
    guard !indices.isEmpty else { throw .empty(path: "a part of \(base.name)") }
    try base.check(indices)
    self.base = base
    self.indices = indices
  }

  /// The class of an example, or nil where targets are numbers.
  public func label(at index: Int) -> Int? { base.label(at: indices[index]) }

  /// Gathers examples; random changes follow the position in the whole set.
  public func batch(
    _ positions: [Int], augmentation: EpochAugmentation?
  ) throws(DataError) -> Batch {
    try check(positions)
    var batch = try base.batch(positions.map { indices[$0] }, augmentation: augmentation)
    batch.indices = positions
    return batch
  }
}
