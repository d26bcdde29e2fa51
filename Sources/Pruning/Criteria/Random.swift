// Random scores: the baseline that every criterion has to beat.

import Network

/// Random scores, uniform in [0, 1), the same for the same seed and name. Every name has a stream of its
/// own, so that the order of scoring does not matter.
public struct Random: Criterion {
  public static let name = "random"
  public static let summary = "uniform random scores: the baseline"

  /// The criterion; it has no settings.
  public init() {}

  public func elementScores(of name: String, in subject: Subject) throws(PruningError) -> [Float] {
    var generator = SeededGenerator(seed: subject.seed, name: name)
    return (0..<(try subject.weight(name).count)).map { _ in
      Float(generator.uniform())
    }
  }

  public func unitScores(of group: Group, in subject: Subject) throws(PruningError) -> [Double] {
    var generator = SeededGenerator(seed: subject.seed, name: group.name)
    return (0..<group.size).map { _ in generator.uniform() }
  }
}
