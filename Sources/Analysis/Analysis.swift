// Analysis: what is learned of a network, in numbers.

import Data
import Network
import Pruning
import Torch

/// What is learned of one network, or of several together, in numbers.
///
/// An analysis is one small type in one file of `Sources/Analysis`, listed in ``Analyses``. It changes
/// nothing. Settings are stored properties that start at the paper's values and that
/// ``configure(_:)`` reads.
public protocol Analysis: Sendable {
  /// The analysis's name in recipes and on the command line.
  static var name: String { get }

  /// What it measures, in one line with its source, for the catalogue.
  static var summary: String { get }

  /// How many networks it looks at together.
  static var networks: ClosedRange<Int> { get }

  /// The analysis with its usual settings.
  init()

  /// Reads the settings that someone wrote; there are none by default.
  mutating func configure(_ settings: PartSettings) throws(PruningError)

  /// Looks at the networks.
  func look(at subject: AnalysisSubject) throws(AnalysisError) -> AnalysisReport
}

extension Analysis {
  public static var networks: ClosedRange<Int> { 1...1 }
  public mutating func configure(_ settings: PartSettings) throws(PruningError) {}
}

/// What an analysis looks at.
public struct AnalysisSubject {
  /// The networks.
  public let networks: [Network]
  /// Labelled examples to measure errors on; `nil` where there are none.
  public let examples: (any Dataset)?
  /// Examples that running statistics may be computed from; `nil` where there are none.
  public let training: (any Dataset)?
  /// Where networks compute.
  public let device: Device
  /// Where random choices start.
  public let seed: UInt64

  /// Networks to look at together.
  public init(
    _ networks: [Network], examples: (any Dataset)? = nil, training: (any Dataset)? = nil,
    device: Device = .cpu, seed: UInt64 = 0
  ) {
    self.networks = networks
    self.examples = examples
    self.training = training
    self.device = device
    self.seed = seed
  }

  /// The networks, checked to be as many as `analysis` looks at.
  func networks(for analysis: any Analysis.Type) throws(AnalysisError) -> [Network] {
    guard analysis.networks.contains(networks.count) else {
      throw .networkCount(
        analysis: analysis.name, found: networks.count, expected: analysis.networks)
    }
    return networks
  }

  /// The labelled examples.
  func examples(for analysis: any Analysis.Type) throws(AnalysisError) -> any Dataset {
    guard let examples else { throw .needsData(analysis: analysis.name) }
    return examples
  }
}

/// What an analysis found out.
public struct AnalysisReport: Sendable, Codable, Equatable {
  /// A number by its name.
  public struct Measure: Sendable, Codable, Equatable {
    public let name: String
    public let value: Double
  }

  /// A number that changes along another one.
  public struct Curve: Sendable, Codable, Equatable {
    public let name: String
    /// What the first number of a point is.
    public let along: String
    public let points: [[Double]]
  }

  /// The numbers, the most telling first.
  public var measures: [Measure]
  /// The curves, where there are any.
  public var curves: [Curve]
  /// What a reader of the numbers should know: what was left out, what was assumed.
  public var notes: [String]

  init(_ measures: KeyValuePairs<String, Double>, curves: [Curve] = [], notes: [String] = []) {
    self.measures = measures.map { Measure(name: $0.key, value: $0.value) }
    self.curves = curves
    self.notes = notes
  }

  /// The number called `name`.
  public subscript(_ name: String) -> Double? {
    measures.first { $0.name == name }?.value
  }
}

/// The registry of analyses.
public enum Analyses {
  /// Every analysis.
  public static let all: [any Analysis.Type] = [
    EffectiveSparsity.self, ModeConnectivity.self, SynapticFlow.self,
  ]

  /// The analysis called `name`.
  ///
  /// - Throws: ``AnalysisError/noSuch(name:known:)``, ``AnalysisError/pruning(_:)`` for a setting that
  ///   makes no sense.
  public static func named(
    _ name: String, _ settings: PartSettings = PartSettings()
  ) throws(AnalysisError) -> any Analysis {
    guard let found = all.first(where: { $0.name == name }) else {
      throw .noSuch(name: name, known: all.map { $0.name })
    }
    var analysis = found.init()
    try pruning { () throws(PruningError) in try analysis.configure(settings) }
    return analysis
  }
}
