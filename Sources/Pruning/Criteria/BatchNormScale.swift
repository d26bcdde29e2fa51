// The scale of batch normalisation: a channel matters as much as its gamma.
//
// Z. Liu et al., "Learning Efficient Convolutional Networks through Network Slimming", ICCV 2017: scores
// are |gamma|, ranked over the whole network by one threshold (allocation global). Channels that several
// normalisations carry, in a residual stream or before a block that begins with its normalisation, leave
// together and score the mean of their |gamma|, unless a sampler selects them in front of each block, as in
// the paper (``Samplers``).

import Network

/// `s = |gamma|`: the mean over the normalisations that carry the channel.
public struct BatchNormScale: Criterion {
  public static let name = "bn-scale"
  public static let summary = "scale of batch normalisation (Liu et al. 2017)"

  /// The criterion; it has no settings.
  public init() {}

  public func elementScores(of name: String, in subject: Subject) throws(PruningError) -> [Float] {
    throw .scoresUnits(criterion: Self.name)
  }

  public func unitScores(of group: Group, in subject: Subject) throws(PruningError) -> [Double] {
    let scales = Set(subject.network.batchNormScales)
    var sums = [Double](repeating: 0, count: group.size)
    var counts = [Double](repeating: 0, count: group.size)
    for member in group.members where member.role == .parameter && scales.contains(member.value) {
      let gammas = try subject.elements(of: member.value)
      for unit in member.units {
        for index in member.indices(of: unit) {
          sums[unit] += Double(gammas[index].magnitude)
          counts[unit] += 1
        }
      }
    }
    guard !counts.contains(0) else {
      throw .combination(
        "the criterion \(Self.name) reads scales of batch normalisation, and units of '\(group.name)' "
          + "have none: exclude '\(group.name)', or use another criterion")
    }
    return zip(sums, counts).map { $0 / $1 }
  }

  /// As they are: one threshold holds for all layers.
  public func comparable(_ scores: [Double]) -> [Double] { scores }
}
