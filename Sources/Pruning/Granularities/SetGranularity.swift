// A granularity between the single weight and the filter: which weights of a tensor leave together.

import Network

/// Which weights of a tensor leave together.
///
/// A granularity is one small type in one file of `Pruning/Granularities`, listed in
/// ``SetGranularities``. It divides a weight into sets; a set leaves as a whole, by the score that its
/// weights have together, and what is left is a mask. Sets may depend on the scores: of four weights
/// the two of least score, of a kernel what its pattern does not keep.
public protocol SetGranularity: Sendable {
  /// The granularity's name in recipes and on the command line.
  static var name: String { get }

  /// What leaves together, in one line, for the catalogue.
  static var summary: String { get }

  /// The granularity with its usual settings.
  init()

  /// Reads the settings that someone wrote; there are none by default.
  mutating func configure(_ settings: PartSettings) throws(PruningError)

  /// The sets of `weight`, which have no element in common; none where weights of its form have none.
  func sets(of weight: ScoredWeight) -> ElementSets

  /// The score of a set from those of its elements that are still there; what `criterion` makes of
  /// several weights by default.
  func score(_ scores: ArraySlice<Float>, by criterion: any Criterion) -> Double
}

extension SetGranularity {
  public mutating func configure(_ settings: PartSettings) throws(PruningError) {}

  public func score(_ scores: ArraySlice<Float>, by criterion: any Criterion) -> Double {
    criterion.combine(scores)
  }
}

/// A weight whose elements have scores.
public struct ScoredWeight: Sendable {
  /// The weight's name.
  public let name: String
  /// Its extents; two or more.
  public let shape: [Int]
  /// The axis along which the inputs of its layer lie.
  public let inputAxis: Int
  /// Whether it is a convolution's: `[outputs, inputs, places of the window ...]`.
  public let isConvolution: Bool
  /// The scores in row-major order; `-infinity` for elements that have left already.
  public let scores: [Float]

  /// The elements from one index of `axis` to the next.
  public func stride(of axis: Int) -> Int { shape[(axis + 1)...].reduce(1, *) }

  /// The places of a convolution's window.
  public var places: Int { isConvolution ? shape[2...].reduce(1, *) : 1 }

  /// `elements` with those of higher scores in front; of equal scores, the earlier.
  public func ranked(_ elements: [Int]) -> [Int] {
    elements.sorted { (scores[$0], -$0) > (scores[$1], -$1) }
  }
}

/// Sets of elements of one weight.
public struct ElementSets: Sendable {
  private var elements: [Int] = []
  private var ends: [Int] = []

  /// No sets.
  public init() {}

  /// How many sets there are.
  public var count: Int { ends.count }

  /// The elements of the set at `index`, in row-major order of the weight.
  public subscript(index: Int) -> ArraySlice<Int> {
    elements[(index == 0 ? 0 : ends[index - 1])..<ends[index]]
  }

  /// Adds a set; an empty one is none.
  public mutating func append(_ set: some Sequence<Int>) {
    elements += set
    if elements.count > ends.last ?? 0 { ends.append(elements.count) }
  }
}

/// The registry of granularities of sets.
public enum SetGranularities {
  /// Every granularity of sets: the built-in ones and those of ``with(_:_:)``.
  public static var all: [any SetGranularity.Type] {
    [Kernel.self, Stripe.self, Block.self, NOfM.self, Pattern.self] + added
  }

  /// Granularities of a program that uses the library, within ``with(_:_:)``.
  @TaskLocal static var added: [any SetGranularity.Type] = []

  /// Does `body` with granularities of one's own among those that recipes can name.
  public static func with<Result>(
    _ types: [any SetGranularity.Type], _ body: () throws -> Result
  ) rethrows -> Result {
    try $added.withValue(added + types, operation: body)
  }
}
