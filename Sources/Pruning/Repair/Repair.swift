// Repair: what a cut network gets back at once, without training.

import Network

/// What a cut network gets back at once, without training: its layers fitted to their old outputs, its
/// batch normalisations to what now reaches them.
///
/// Layers come first: each is fitted to the outputs that the normalisation after it was made for.
public struct Repair: Sendable {
  /// The examples that are looked at.
  public var calibration: Calibration
  /// Whether layers that lost inputs are fitted by least squares (`Network.reconstructed`).
  public var reconstructs: Bool
  /// Whether running statistics are computed again (`Network.reestimated(on:)`).
  public var reestimates: Bool
  /// Decides the samples.
  public var seed: UInt64

  /// A repair on `calibration`, of both kinds unless told otherwise.
  public init(
    on calibration: Calibration, reconstructs: Bool = true, reestimates: Bool = true,
    seed: UInt64 = 0
  ) {
    self.calibration = calibration
    self.reconstructs = reconstructs
    self.reestimates = reestimates
    self.seed = seed
  }

  /// A network on its way: what was done last.
  public struct Step: Sendable {
    /// `reconstructed` or `reestimated`.
    public let name: String
    /// The network after it.
    public let network: Network
  }

  /// What a repair came to.
  public struct Outcome: Sendable {
    /// The network after each step that changed it, in order.
    public var steps: [Step] = []
    /// What reconstruction did; `nil` where it was not asked for.
    public var reconstruction: Reconstruction?
    /// What re-estimation did; `nil` where it was not asked for.
    public var reestimation: Reestimation?

    /// Nothing done yet.
    public init() {}
  }

  /// Repairs `network`, which is `original` cut to `kept`.
  ///
  /// - Parameter kept: the cut; empty where single weights were set to zero, which only re-estimation
  ///   follows.
  /// - Throws: the errors of reading the data and of running the networks.
  public func callAsFunction(
    _ network: Network, of original: Network, keeping kept: [Kept]
  ) throws(PruningError) -> Outcome {
    var outcome = Outcome()
    var network = network
    if reconstructs {
      let found = try network.reconstructed(
        like: original, keeping: kept, on: calibration, seed: seed)
      outcome.reconstruction = found.report
      if !found.report.layers.isEmpty {
        network = found.network
        outcome.steps.append(Step(name: "reconstructed", network: network))
      }
    }
    if reestimates {
      let found = try network.reestimated(on: calibration)
      outcome.reestimation = found.report
      if !found.report.layers.isEmpty {
        network = found.network
        outcome.steps.append(Step(name: "reestimated", network: network))
      }
    }
    return outcome
  }
}
