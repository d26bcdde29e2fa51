// Allocation: who pays how much of the budget.

/// Who pays how much: how many units each part of the network keeps.
///
/// An allocation is one small type in one file of `Pruning/Allocations`, listed in ``Allocations``.
/// It only counts; which units stay is decided by their scores.
public protocol Allocation: Sendable {
  /// The allocation's name in recipes and on the command line.
  static var name: String { get }

  /// What it does, in one line, for the catalogue.
  static var summary: String { get }

  /// How many units of each candidate stay when `fraction` of all units leaves.
  ///
  /// The counts never grow with `fraction`: at 0 everything stays.
  func counts(removing fraction: Double, from candidates: [Candidate]) -> [Int]

  /// ``counts(removing:from:)`` of the same candidates for many fractions; what does not depend on
  /// the fraction is worked out once.
  func curve(of candidates: [Candidate]) -> (_ fraction: Double) -> [Int]

  /// The names, or patterns of names, for which it states something; each is to fit a candidate.
  var patterns: [String] { get }

  /// The fraction of all units that can leave by it.
  func most(of candidates: [Candidate]) -> Double
}

extension Allocation {
  public var patterns: [String] { [] }

  public func most(of candidates: [Candidate]) -> Double { 1 }

  public func curve(of candidates: [Candidate]) -> (_ fraction: Double) -> [Int] {
    { counts(removing: $0, from: candidates) }
  }
}

extension Allocation {
  /// Refuses what is stated for names that nobody has.
  ///
  /// - Throws: ``PruningError/allocatesNothing(allocation:pattern:known:)``.
  func check(_ candidates: [Candidate]) throws(PruningError) {
    for pattern in patterns
    where !candidates.contains(where: { Exclusions.fits(pattern, parameter: $0.name) }) {
      throw .allocatesNothing(
        allocation: Self.name, pattern: pattern, known: candidates.map(\.name))
    }
  }

  /// Refuses a sparsity that leaves more than a hundredth fewer weights than the allocation can.
  ///
  /// - Throws: ``PruningError/combination(_:)``.
  func check(_ candidates: [Candidate], reaching sparsity: Double) throws(PruningError) {
    let most = most(of: candidates)
    guard 1 - most > (1 - sparsity) * (1 + BudgetOutcome.tolerance) else { return }
    throw .combination(
      "the sparsity \(sparsity) cannot be met: by what \(Self.name) states, a fraction of "
        + "\(BudgetOutcome.number(most)) of the weights leaves at the most; state less for the layers "
        + "to keep, or ask for less sparsity")
  }
}

/// Units that are ranked against each other: those of a group, or the elements of a weight.
public struct Candidate: Sendable {
  /// What the units belong to: a group's or a weight's name.
  public let name: String
  /// The units' scores.
  public let scores: [Float]
  /// Into how many blocks of one size the units fall, of which equally many stay.
  public let blocks: Int
  /// The extents of the weight whose elements the units are; empty for groups.
  public let shape: [Int]

  /// Units with the given scores, which must be finite.
  ///
  /// - Parameter removed: units that have left already; they rank below all others.
  /// - Throws: ``PruningError/notFinite(name:count:)``.
  public init(
    name: String, scores: [Float], blocks: Int = 1, shape: [Int] = [],
    removed: some Sequence<Int> = []
  ) throws(PruningError) {
    let wrong = scores.count { !$0.isFinite }
    guard wrong == 0 else { throw .notFinite(name: name, count: wrong) }
    self.name = name
    var scores = scores
    for unit in removed { scores[unit] = -.infinity }
    self.scores = scores
    self.blocks = max(1, blocks)
    self.shape = shape
  }

  /// The `count` units with the highest scores, equally many of each block, ascending by index; of
  /// equal scores the earlier units stay.
  public func best(_ count: Int) -> [Int] {
    if count >= scores.count { return Array(scores.indices) }
    let size = scores.count / blocks
    let wanted = max(0, count / blocks)
    if wanted == 0 { return [] }
    return (0..<blocks).flatMap { block -> [Int] in
      let range = block * size..<(block + 1) * size
      let least = Selection.score(of: size - wanted, among: [Array(scores[range])])
      var equal = wanted - range.count { scores[$0] > least }
      return range.filter { unit in
        if scores[unit] == least, equal > 0 {
          equal -= 1
          return true
        }
        return scores[unit] > least
      }
    }
  }
}

/// The registry of allocations.
public enum Allocations {
  /// Every allocation.
  public static let all: [any Allocation.Type] = [
    Global.self, Uniform.self, ErdosRenyi.self, ErdosRenyiKernel.self, IdealGas.self,
    PerLayer.self,
  ]

  /// The allocation called `name`.
  ///
  /// - Throws: ``PruningError/noSuch(part:name:known:)``.
  public static func named(_ name: String) throws(PruningError) -> any Allocation {
    switch name {
    case Global.name: Global()
    case Uniform.name: Uniform()
    case ErdosRenyi.name: ErdosRenyi()
    case ErdosRenyiKernel.name: ErdosRenyiKernel()
    case IdealGas.name: IdealGas()
    case PerLayer.name:
      throw .combination("per-layer needs the density of each layer, which a recipe states")
    default: throw .noSuch(part: "allocation", name: name, known: all.map { $0.name })
    }
  }
}
