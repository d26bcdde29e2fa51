// Reconstruction: the layers that lost inputs are fitted to the outputs they had.
//
// Y. He, X. Zhang, J. Sun, "Channel Pruning for Accelerating Very Deep Neural Networks", ICCV 2017, the
// second step (the first, which channels stay, is the criterion's work); J.-H. Luo, J. Wu, W. Lin,
// "ThiNet", ICCV 2017, section 3.2:
//
//   min over W of sum over samples of |Y - W X|^2
//
// Y is what the layer gives in the original network, X what reaches it in the pruned one, whose earlier
// layers are fitted already: layer by layer in the order of the graph, so that each also makes good for
// the errors before it. Samples are 10 random output positions of each example, as in the papers. A bias
// that the layer has is fitted with the weights; a layer without one stays without. Decided here: a
// layer is fitted only with at least two samples for each unknown, as fewer would fit the samples and
// nothing else; the last layer of a branch makes good what the shortcut it is added to has lost
// (`ShortcutTarget`).

import Data
import Execution
import Network
import Torch
import Training

/// What the reconstruction of a pruned network came to.
public struct Reconstruction: Sendable, Hashable, Codable {
  /// A layer that was fitted.
  public struct Layer: Sendable, Hashable, Codable {
    /// The layer.
    public var layer: String
    /// How many samples were taken.
    public var samples: Int
    /// How many weights each output has, with its bias.
    public var unknowns: Int
    /// The root of the squared error over that of the squared outputs, before the fit.
    public var before: Double
    /// The same after the fit.
    public var after: Double
  }

  /// The layers that were fitted, in order.
  public var layers: [Layer]
  /// Those that lost inputs and were left as they were.
  public var skipped: [SkippedLayer]
}

extension Network {
  /// The network, a cut of `original`, with the layers that lost inputs fitted to their old outputs.
  ///
  /// - Parameters:
  ///   - kept: the cut.
  ///   - positions: how many output positions of each example are samples.
  ///   - seed: decides which.
  ///   - weights: only the layers with these weights; all that lost inputs where it is `nil`.
  /// - Throws: the errors of reading the data and of running the networks.
  public func reconstructed(
    like original: Network, keeping kept: [Kept], on calibration: Calibration,
    positions: Int = 10, seed: UInt64 = 0, only weights: Set<String>? = nil
  ) throws(PruningError) -> (network: Network, report: Reconstruction) {
    let run = try ReconstructionRun(
      self, original, calibration.fitting(self), positions: positions, seed: seed)
    let lost = Set(
      kept.filter { !$0.removed.isEmpty }.flatMap { $0.group.consumers.map(\.value) })
    let consumed = weights.map(lost.intersection) ?? lost
    let types = try Pruning.network { () throws(NetworkError) in try original.infer().types }
    return try withoutGradients { () throws(PruningError) in
      for (position, node) in nodes.enumerated()
      where node.inputs.contains(where: consumed.contains) {
        try run.fit(position) { (made) throws(PruningError) in
          guard let shape = types[made]?.shape, !shape.isEmpty else { return nil }
          let axis = node.op == "Conv" ? 1 : shape.count - 1
          return try Pruning.network { () throws(NetworkError) in
            try kept.indices(of: made, axis: axis, extent: shape[axis])
          }
        }
      }
      return (try run.finish(), run.report)
    }
  }
}

/// The original and the pruned network on their way through the calibration batches, side by side.
///
/// Where the values in flight of all batches fit into memory they are kept from layer to layer, and every
/// node runs once; where they do not, batches start again from the last place where they did.
final class ReconstructionRun {
  /// The most bytes of values in flight that are kept.
  private static let memory = 1 << 30
  /// The most unknowns of a layer: normal equations of more take gigabytes.
  private static let largest = 8192

  private let network: Network
  private(set) var report = Reconstruction(layers: [], skipped: [])
  private let original: Model
  private let pruned: Model
  private let calibration: Calibration
  private let positions: Int
  private let seed: UInt64
  private var kept: [InFlight?]

  /// What is in flight of one batch.
  private struct InFlight {
    var original: PartialRun
    var pruned: PartialRun
    let examples: Int
  }

  init(
    _ network: Network, _ original: Network, _ calibration: Calibration, positions: Int,
    seed: UInt64
  ) throws(PruningError) {
    self.network = network
    self.calibration = calibration
    self.positions = positions
    self.seed = seed
    kept = Array(repeating: nil, count: calibration.batches)
    let device = calibration.device
    (self.original, pruned) = try execution { () throws(ExecutionError) in
      (try Model(original, device: device), try Model(network, device: device))
    }
  }

  /// Fits the layer at `position`, or reports why it is left as it is.
  ///
  /// - Parameter outputs: which of a value's old outputs are still there; `nil` where all are.
  func fit(
    _ position: Int, outputs: (String) throws(PruningError) -> [Int]?
  ) throws(PruningError) {
    let node = network.nodes[position]
    let outputs = try outputs(node.outputs.first ?? "")
    let layer: LinearLayer
    do throws(LinearLayer.Refusal) {
      layer = try LinearLayer(node, in: network, outputs: outputs)
    } catch {
      report.skipped.append(SkippedLayer(layer: node.label, reason: error.reason))
      return
    }
    if let reason = try fit(layer, position) {
      report.skipped.append(SkippedLayer(layer: node.label, reason: reason))
    }
  }

  /// Fits a layer and gives `nil`, or the reason why it is left as it is.
  private func fit(_ layer: LinearLayer, _ position: Int) throws(PruningError) -> String? {
    guard let weight = pruned.parameters[layer.weight] else { return "its weight is not trained" }
    let bias = layer.bias.flatMap { pruned.parameters[$0] }
    let start = try engine { () throws(TorchError) in try layer.weights(weight, bias) }
    let unknowns = start[0].shape[0]
    if unknowns > Self.largest {
      return "it has \(unknowns) unknowns for each output; at most \(Self.largest) are solved for"
    }
    var equations = try engine { () throws(TorchError) in
      try start.map { (part) throws(TorchError) in
        try NormalEquations(
          inputs: unknowns, outputs: part.shape[1], device: calibration.device)
      }
    }
    let samples = try addSamples(of: layer, at: position, to: &equations, atLeast: 2 * unknowns)
    if samples < 2 * unknowns {
      return "\(samples) samples are too few for \(unknowns) unknowns of each output: at least "
        + "\(2 * unknowns) are wanted, from more --batches"
    }
    return try engine { () throws(TorchError) in
      var (solved, before, after, total) = ([Tensor](), 0.0, 0.0, 0.0)
      for (part, equations) in zip(start, equations) {
        guard let found = try? equations.solve(from: part) else {
          return "its samples are not finite, or have no least squares solution"
        }
        solved.append(found)
        before += try equations.residual(of: part)
        after += try equations.residual(of: found)
        total += try equations.total()
      }
      let parts = try layer.parts(of: solved, shape: weight.shape)
      try weight.copyInPlace(parts.weight)
      if let value = parts.bias { try bias?.copyInPlace(value) }
      let scale = total > 0 ? total : 1
      report.layers.append(
        Reconstruction.Layer(
          layer: layer.node.label, samples: samples, unknowns: unknowns,
          before: (before / scale).squareRoot(), after: (after / scale).squareRoot()))
      return nil
    }
  }

  /// The equations of a layer of one group at `position`, and the weights that it has; `nil` where its
  /// weight is no parameter, or too large.
  func equations(
    of layer: LinearLayer, at position: Int
  ) throws(PruningError) -> (equations: NormalEquations, weights: Tensor)? {
    guard let weight = pruned.parameters[layer.weight] else { return nil }
    let bias = layer.bias.flatMap { pruned.parameters[$0] }
    let start = try engine { () throws(TorchError) in try layer.weights(weight, bias)[0] }
    if start.shape[0] > Self.largest { return nil }
    var equations = try engine { () throws(TorchError) in
      [
        try NormalEquations(
          inputs: start.shape[0], outputs: start.shape[1], device: calibration.device)
      ]
    }
    _ = try addSamples(of: layer, at: position, to: &equations, atLeast: 0)
    return (equations[0], start)
  }

  /// Adds the samples of every batch to the equations of each group and gives their number; stops at
  /// the first batch where all of them will be fewer than `least`.
  private func addSamples(
    of layer: LinearLayer, at position: Int, to equations: inout [NormalEquations],
    atLeast least: Int
  ) throws(PruningError) -> Int {
    var keeps: Bool?
    for index in 0..<calibration.batches {
      var flight: InFlight
      if let known = kept[index] { flight = known } else { flight = try begin(index) }
      try execution { () throws(ExecutionError) in
        try original.advance(&flight.original, to: position + 1)
        try pruned.advance(&flight.pruned, to: position)
      }
      let bytes = original.bytes(of: flight.original) + pruned.bytes(of: flight.pruned)
      if keeps ?? (bytes * calibration.batches <= Self.memory) {
        kept[index] = flight
        keeps = true
      } else {
        keeps = false
      }
      guard let x = pruned.value(layer.node.inputs[0], of: flight.pruned),
        var y = original.value(layer.node.outputs[0], of: flight.original)
      else { return 0 }
      if layer.outputs == nil, let target = ShortcutTarget(behind: layer.node, in: network),
        let then = original.value(target.shortcut, of: flight.original),
        let now = pruned.value(target.shortcut, of: flight.pruned)
      {
        y = try engine { () throws(TorchError) in
          try target.corrected(y, shortcut: then, now: now, in: original)
        }
      }
      var random = RandomState(seed: seed, keys: UInt64(position), UInt64(index))
      let samples = try layer.samples(
        x, y, examples: flight.examples, positions: positions, &random)
      let expected = samples[0].x.shape[0] * calibration.batches
      if expected < least { return expected }
      for (group, part) in samples.enumerated() {
        try engine { () throws(TorchError) in try equations[group].add(part.x, part.y) }
      }
    }
    return equations[0].samples
  }

  private func begin(_ index: Int) throws(PruningError) -> InFlight {
    let batch = try calibration.batch(index, for: original)
    return try execution { () throws(ExecutionError) in
      InFlight(
        original: try original.begin(batch.named(for: original)),
        pruned: try pruned.begin(batch.named(for: pruned)), examples: batch.count)
    }
  }

  /// The network with the weights that were fitted.
  func finish() throws(PruningError) -> Network {
    var result = network
    for (name, tensor) in pruned.parameters where network.initializers[name] != nil {
      result.initializers[name]?.tensor = try execution { () throws(ExecutionError) in
        try TensorData(tensor)
      }
    }
    return result
  }
}
