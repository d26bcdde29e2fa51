// Criterion: how much a unit matters.

import Network

/// How much a unit matters: the higher the score, the longer it stays.
///
/// A criterion is one small type in one file of `Pruning/Criteria`, listed in ``Criteria``. It scores
/// single weights; a unit of several weights gets the ``combine(_:)`` of theirs, unless the criterion
/// scores units in its own way (``unitScores(of:in:)``).
public protocol Criterion: Sendable {
  /// The criterion's name in recipes and on the command line.
  static var name: String { get }

  /// What it measures, in one line with its source, for the catalogue.
  static var summary: String { get }

  /// A score for each element of the weight `name`, in row-major order.
  func elementScores(of name: String, in subject: Subject) throws(PruningError) -> [Float]

  /// The score of a unit from the scores of its weights.
  func combine(_ scores: ArraySlice<Float>) -> Double

  /// A score for each unit of `group`.
  func unitScores(of group: Group, in subject: Subject) throws(PruningError) -> [Double]
}

extension Criterion {
  public func combine(_ scores: ArraySlice<Float>) -> Double {
    scores.reduce(0) { $0 + Double($1) }
  }

  /// The default: a unit's weights are those that make it, in all the layers of its group (filter
  /// `u` of each convolution, row `u` of each linear layer), without biases and normalisation.
  public func unitScores(
    of group: Group, in subject: Subject
  ) throws(PruningError) -> [Double] {
    // All units have equally many weights; each gets a run of one flat buffer.
    let makers = group.producers.filter { $0.role == .parameter }
    var perUnit = 0
    for member in makers {
      let shape = try subject.weight(member.value).shape
      perUnit += member.width * shape.reduce(1, *) / max(shape[member.axis], 1)
    }
    var collected = [Float](repeating: 0, count: perUnit * group.size)
    var filled = 0
    for member in makers {
      let shape = try subject.weight(member.value).shape
      let scores = try elementScores(of: member.value, in: subject)
      let inner = shape[(member.axis + 1)...].reduce(1, *)
      let outer = shape[..<member.axis].reduce(1, *)
      let row = shape[member.axis] * inner
      for unit in 0..<group.size {
        var position = unit * perUnit + filled
        for index in member.indices(of: unit) {
          for o in 0..<outer {
            let start = o * row + index * inner
            for offset in start..<start + inner {
              collected[position] = scores[offset]
              position += 1
            }
          }
        }
      }
      filled += member.width * outer * inner
    }
    return (0..<group.size).map { combine(collected[$0 * perUnit..<($0 + 1) * perUnit]) }
  }
}

/// What a criterion looks at.
public struct Subject: Sendable {
  /// The network whose units are scored.
  public let network: Network
  /// Where random criteria start.
  public let seed: UInt64

  /// Scores the units of `network`.
  public init(_ network: Network, seed: UInt64 = 0) {
    self.network = network
    self.seed = seed
  }

  /// The weight `name`.
  ///
  /// - Throws: ``PruningError/network(_:)`` where there is none.
  public func weight(_ name: String) throws(PruningError) -> TensorData {
    guard let initializer = network.initializers[name] else {
      throw .network(
        .noSuch(kind: "weight", name: name, known: Array(network.initializers.keys)))
    }
    return initializer.tensor
  }

  /// The elements of the weight `name`, in row-major order.
  ///
  /// - Throws: ``PruningError/elementType(weight:type:)`` where they are no real numbers.
  public func elements(of name: String) throws(PruningError) -> [Float] {
    let tensor = try weight(name)
    if tensor.type == .float32, let floats = try? tensor.values(as: Float.self) { return floats }
    guard let reals = tensor.reals else {
      throw .elementType(weight: name, type: tensor.type)
    }
    return reals.map(Float.init)
  }
}

/// The registry of criteria.
public enum Criteria {
  /// Every criterion.
  public static let all: [any Criterion.Type] = [L1.self, L2.self, Random.self]

  /// The criterion called `name`.
  ///
  /// - Throws: ``PruningError/noSuch(part:name:known:)``.
  public static func named(_ name: String) throws(PruningError) -> any Criterion {
    switch name {
    case L1.name: L1()
    case L2.name: L2()
    case Random.name: Random()
    default: throw .noSuch(part: "criterion", name: name, known: all.map { $0.name })
    }
  }
}
