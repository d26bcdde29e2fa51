// Random scores: the baseline that every criterion has to beat.

import Data
import Network

/// Random scores, uniform in [0, 1), the same for the same seed and name.
public struct Random: Criterion {
  public static let name = "random"
  public static let summary = "uniform random scores: the baseline"

  /// The criterion; it has no settings.
  public init() {}

  public func elementScores(of name: String, in subject: Subject) throws(PruningError) -> [Float] {
    var generator = Self.generator(subject.seed, name)
    return (0..<(try subject.weight(name).count)).map { _ in
      Float(generator.uniform())
    }
  }

  public func unitScores(of group: Group, in subject: Subject) throws(PruningError) -> [Double] {
    var generator = Self.generator(subject.seed, group.name)
    return (0..<group.size).map { _ in generator.uniform() }
  }

  /// A generator of its own for every name, so that the order of scoring does not matter.
  private static func generator(_ seed: UInt64, _ name: String) -> RandomState {
    // FNV-1a over the name: unlike `Hasher`, the same in every process.
    let hash = name.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) {
      ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3
    }
    return RandomState(seed: seed ^ hash)
  }
}
