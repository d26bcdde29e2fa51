// Criterion: how much a unit matters.

import Network
import Torch

/// How much a unit matters: the higher the score, the longer it stays.
///
/// A criterion is one small type in one file of `Pruning/Criteria`, listed in ``Criteria``. It scores
/// single weights; a unit of several weights gets the ``combine(_:)`` of theirs, unless the criterion
/// scores units in its own way (``unitScores(of:in:)``).
///
/// A criterion that looks at data says so in ``needs``, adds up what it sees of each batch in
/// ``observe(_:_:)`` and reads the sums back with ``mean(_:in:)``: one pass over the batches serves all
/// groups and weights, and no batch is kept. One that needs more than sums over batches (a second
/// derivative, a network of its own) has ``evidence(from:)`` instead, which is asked once per scoring.
///
/// Settings are stored properties that start at the paper's defaults and that ``configure(_:)`` reads.
public protocol Criterion: Sendable {
  /// The criterion's name in recipes and on the command line.
  static var name: String { get }

  /// What it measures, in one line with its source, for the catalogue.
  static var summary: String { get }

  /// The criterion with its usual settings.
  init()

  /// Reads the settings that someone wrote; there are none by default.
  mutating func configure(_ settings: PartSettings) throws(PruningError)

  /// What it looks at beside the weights; nothing by default.
  static var needs: Evidence { get }

  /// Earlier states of the network it compares with, by name; none by default.
  var marks: [String] { get }

  /// Adds up what one batch says of the units or weights.
  func observe(_ batch: Observation, _ sums: inout Sums) throws(TorchError)

  /// What the scores are worked out from, by key, found out once per scoring, never once per weight;
  /// by default the means of what `observe(_:_:)` adds up.
  func evidence(from survey: Survey) throws(PruningError) -> [String: [Double]]

  /// A score for each element of the weight `name`, in row-major order.
  func elementScores(of name: String, in subject: Subject) throws(PruningError) -> [Float]

  /// The score of a unit from the scores of its weights.
  func combine(_ scores: ArraySlice<Float>) -> Double

  /// A score for each unit of `group`.
  func unitScores(of group: Group, in subject: Subject) throws(PruningError) -> [Double]

  /// The scores of one group as they are ranked against those of others.
  func comparable(_ scores: [Double]) -> [Double]

  /// The same where what a unit costs counts as well; ``comparable(_:)`` by default.
  func comparable(
    _ scores: [Double], of group: Group, in subject: Subject
  ) throws(PruningError) -> [Double]
}

extension Criterion {
  public static var needs: Evidence { [] }

  public mutating func configure(_ settings: PartSettings) throws(PruningError) {}
  public var marks: [String] { [] }

  public func observe(_ batch: Observation, _ sums: inout Sums) throws(TorchError) {}

  public func evidence(from survey: Survey) throws(PruningError) -> [String: [Double]] {
    try survey.observed(by: self)
  }

  /// The default divides by the group's mean: layers of different size and scale are not comparable
  /// as they are, a filter of 500 weights having a larger norm than one of 25.
  public func comparable(_ scores: [Double]) -> [Double] {
    let mean = scores.reduce(0, +) / Double(max(scores.count, 1))
    return mean > 0 ? scores.map { $0 / mean } : scores
  }

  public func comparable(
    _ scores: [Double], of group: Group, in subject: Subject
  ) throws(PruningError) -> [Double] {
    comparable(scores)
  }

  /// What ``evidence(from:)`` found under `key`.
  ///
  /// - Throws: ``PruningError/needsData(criterion:)`` where nothing was observed.
  public func mean(_ key: String, in subject: Subject) throws(PruningError) -> [Double] {
    guard let means = subject.means[key] else { throw .needsData(criterion: Self.name) }
    return means
  }

  public func combine(_ scores: ArraySlice<Float>) -> Double {
    scores.reduce(0) { $0 + Double($1) }
  }

  /// The default: a unit's weights are those that make it, in all the layers of its group (filter
  /// `u` of each convolution, row `u` of each linear layer), without biases and normalisation.
  public func unitScores(
    of group: Group, in subject: Subject
  ) throws(PruningError) -> [Double] {
    let (weights, ends) = try subject.makers(of: group) { (name) throws(PruningError) in
      try elementScores(of: name, in: subject)
    }
    return (0..<group.size).map { unit in
      combine(weights[(unit == 0 ? 0 : ends[unit - 1])..<ends[unit]])
    }
  }
}

extension Subject {
  /// What makes each unit of `group`, a run for each unit in one flat list: `elements` of the weights
  /// that make it, in all the layers of the group. Units of different blocks may have runs of
  /// different lengths.
  func makers(
    of group: Group, _ elements: (String) throws(PruningError) -> [Float]
  ) throws(PruningError) -> (elements: [Float], ends: [Int]) {
    let makers = try group.producers.filter { $0.role == .parameter }.map {
      (member) throws(PruningError) in try MemberLayout(of: member, weight(member.value).shape)
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
      let scores = try elements(maker.member.value)
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
    return (collected, ends)
  }
}

/// What a criterion looks at.
public struct Subject: Sendable {
  /// The network whose units are scored.
  public let network: Network
  /// Where random criteria start.
  public let seed: UInt64
  /// What a criterion found out before it scores.
  let means: [String: [Double]]
  /// Earlier states of the network, by name, such as `start`.
  public var marks: [String: Network] = [:]

  /// Scores the units of `network` by its weights alone.
  public init(_ network: Network, seed: UInt64 = 0) {
    self.network = network
    self.seed = seed
    means = [:]
  }

  /// Scores the units of `groups` in `network` by what `criterion` needs to see.
  ///
  /// - Parameter masks: the single weights that have left already; zero in `network`.
  /// - Throws: ``PruningError/needsData(criterion:)`` where it needs data and there is none,
  ///   ``PruningError/needsLabels(criterion:data:)``, and the errors of running the network.
  public init(
    _ network: Network, seed: UInt64 = 0, groups: [Group], for criterion: any Criterion,
    after masks: ElementMasks = ElementMasks(), on calibration: Calibration?
  ) throws(PruningError) {
    let survey = Survey(
      network, groups: groups, masks: masks, seed: seed, for: type(of: criterion).name,
      on: calibration)
    self.network = network
    self.seed = seed
    means = try criterion.evidence(from: survey)
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

  /// The elements that the weight `name` had at a mark, in row-major order.
  ///
  /// - Throws: ``PruningError/noSuch(part:name:known:)`` where there is no such mark, and
  ///   ``PruningError/network(_:)`` where the weight was not there, or had another form.
  public func elements(of name: String, at mark: String) throws(PruningError) -> [Float] {
    guard let past = marks[mark] else {
      throw .noSuch(part: "mark", name: mark, known: marks.keys.sorted())
    }
    let shape = try Subject(past).weight(name).shape
    guard shape == (try weight(name).shape) else {
      throw .network(
        .impossibleCut(reason: "'\(name)' had the shape \(shape) at the mark '\(mark)'"))
    }
    return try Subject(past).elements(of: name)
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
  /// Every criterion: the built-in ones and those of ``with(_:_:)``.
  public static var all: [any Criterion.Type] { builtIn + added }

  private static let builtIn: [any Criterion.Type] = [
    L1.self, L2.self, GeometricMedian.self, LAMP.self, Activation.self, APoZ.self, Taylor.self,
    TaylorWeight.self, SNIP.self, GraSP.self, SynFlow.self, OBD.self, OBS.self, LayerwiseOBS.self,
    GroupFisher.self, Deviations.self, Random.self, BatchNormScale.self, EitherEnd.self,
    LargeFinalSameSign.self, SmallFinal.self, LargeInit.self, SmallInit.self,
    LargeInitLargeFinal.self, SmallInitSmallFinal.self, MagnitudeIncrease.self, Movement.self,
  ]

  /// Criteria of a program that uses the library, within ``with(_:_:)``.
  @TaskLocal static var added: [any Criterion.Type] = []

  /// Does `body` with criteria of one's own among those that recipes can name; the built-in ones come
  /// first where names are the same.
  public static func with<Result>(
    _ types: [any Criterion.Type], _ body: () throws -> Result
  ) rethrows -> Result {
    try $added.withValue(added + types, operation: body)
  }

  /// The criterion called `name`, with its usual settings where none are given.
  ///
  /// - Throws: ``PruningError/noSuch(part:name:known:)``, ``PruningError/setting(key:found:expected:)``.
  public static func named(
    _ name: String, _ settings: PartSettings = PartSettings()
  ) throws(PruningError) -> any Criterion {
    guard let found = all.first(where: { $0.name == name }) else {
      throw .noSuch(part: "criterion", name: name, known: all.map { $0.name })
    }
    var criterion = found.init()
    try criterion.configure(settings)
    return criterion
  }
}
