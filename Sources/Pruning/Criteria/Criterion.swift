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
    // Each unit gets a run of one flat buffer; blocks may have weights of different sizes.
    let makers = try group.producers.filter { $0.role == .parameter }.map {
      (member) throws(PruningError) in try Layout(of: member, subject.weight(member.value).shape)
    }
    var ends = [Int](repeating: 0, count: group.size)
    for maker in makers {
      for unit in maker.member.units {
        ends[unit] += maker.member.width * maker.outer.count * maker.inner
      }
    }
    for unit in ends.indices.dropFirst() { ends[unit] += ends[unit - 1] }
    var collected = [Float](repeating: 0, count: ends.last ?? 0)
    var filled = [0] + ends.dropLast()
    for maker in makers {
      let scores = try elementScores(of: maker.member.value, in: subject)
      for unit in maker.member.units {
        var position = filled[unit]
        for index in maker.member.indices(of: unit) {
          for o in maker.outer {
            let start = o * maker.row + index * maker.inner
            for offset in start..<start + maker.inner {
              collected[position] = scores[offset]
              position += 1
            }
          }
        }
        filled[unit] = position
      }
    }
    return (0..<group.size).map { unit in
      combine(collected[(unit == 0 ? 0 : ends[unit - 1])..<ends[unit]])
    }
  }
}

/// How the elements of a weight lie around the axis of a member.
private struct Layout {
  let member: Group.Member
  /// The runs of rows before the axis in which the member lies.
  let outer: Range<Int>
  /// The elements after the axis.
  let inner: Int
  /// The elements from one run of rows to the next.
  let row: Int

  init(of member: Group.Member, _ shape: [Int]) {
    self.member = member
    inner = shape[(member.axis + 1)...].reduce(1, *)
    row = shape[member.axis] * inner
    let all = shape[..<member.axis].reduce(1, *)
    let perRow = all / max(shape.first ?? 1, 1)
    outer = member.block.map { $0.lowerBound * perRow..<$0.upperBound * perRow } ?? 0..<all
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

  /// The elements of the weight `name`, in row-major order; of a quantized weight the numbers that its
  /// integers stand for.
  ///
  /// - Throws: ``PruningError/elementType(weight:type:)`` where they are no real numbers.
  public func elements(of name: String) throws(PruningError) -> [Float] {
    let tensor = try weight(name)
    if tensor.type == .float32, let floats = try? tensor.values(as: Float.self) { return floats }
    if let numbers = network.dequantized(name) { return numbers }
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
