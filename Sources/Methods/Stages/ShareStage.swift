// The stage `share`: the weights of each layer take few values, found by k-means.

import Compression
import Network
import Training

/// The stage `share` (Han et al., Deep Compression, 2016).
///
/// ```yaml
/// - share:
///     bits: conv=8,fc=5     # 2^bits values a layer; single weights by name: fc3.weight=6
///     start: linear         # or forgy, density
/// ```
/// Zeros stay zero. A stage `train` with the part `codebook` then trains the values.
struct ShareStage: Stage {
  static let name = "share"
  static let summary = "k-means makes the weights of a layer share few values"

  let bits: SharingBits
  let start: KMeans.Start
  let parts: [String: String]

  init(_ settings: RecipeReader) throws(RecipeError) {
    let text = try settings.string("bits", default: "conv=8,fc=5")
    do throws(CompressionError) { bits = try SharingBits(parsing: text) } catch {
      throw .combination(at: settings.place(of: "bits"), reason: "\(error)")
    }
    start = try settings.choice("start", default: .linear)
    parts = ["codec": "shared weights"]
  }

  var keepsForm: Bool { true }

  func rehearse(_ rehearsal: Rehearsal) throws { try rehearsal.network.check(bits) }

  var tasks: [any RunTask] { [ShareTask(stage: self)] }
}

/// Shares the weights.
struct ShareTask: RunTask {
  let stage: ShareStage

  var title: String { "share" }

  func perform(in run: inout Run) throws -> Evaluation? {
    _ = try run.beginPruning()
    let (network, layers) = try run.network.sharing(
      stage.bits, start: stage.start, seed: run.taskSeed)
    guard !layers.isEmpty else {
      throw CompressionError.weights(name: network.name, reason: "no layer has weights")
    }
    run.network = network
    for layer in layers {
      run.findings.measures["\(layer.name): values"] = Double(layer.centroids)
      run.findings.measures["\(layer.name): mean squared change"] = layer.meanSquaredChange
    }
    guard let data = run.data else { return nil }
    let measured = try run.evaluation(of: network, on: data)
    run.findings.evaluation = measured
    return measured
  }
}
