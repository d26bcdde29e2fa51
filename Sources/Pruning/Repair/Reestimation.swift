// Re-estimation of batch normalisation: running statistics of the network as it is now.
//
// A cut changes what reaches each batch normalisation, so its running mean and variance are those of
// another network. They are computed again from calibration batches in training mode, as the exact
// mean over batches of the batch mean and of the batch variance with Bessel's correction: what PyTorch
// gathers with momentum=None. No weight changes, and no label is needed. Dropout stays off: in
// evaluation it is off as well, and its noise would widen the variances. See J. Yu, T. Huang,
// "Universally Slimmable Networks and Improved Training Techniques", ICCV 2019, section 3.2 (post-
// statistics), and B. Li et al., "EagleEye", ECCV 2020, for what this is worth after pruning.

import Execution
import Network
import Torch

/// What re-estimating the running statistics came to.
public struct Reestimation: Sendable, Hashable, Codable {
  /// The batch normalisations with new statistics.
  public var layers: [String]
  /// Those left as they were, with the reason.
  public var skipped: [SkippedLayer]
}

/// A layer that was left as it was.
public struct SkippedLayer: Sendable, Hashable, Codable {
  /// The layer.
  public var layer: String
  /// Why.
  public var reason: String
}

extension Network {
  /// The network with the running statistics of its batch normalisations computed again.
  ///
  /// - Throws: the errors of reading the data and of running the network.
  public func reestimated(
    on calibration: Calibration
  ) throws(PruningError) -> (network: Network, report: Reestimation) {
    let calibration = calibration.fitting(self)
    var report = Reestimation(layers: [], skipped: [])
    var statistics: [String] = []
    for (node, reason) in normalizations(calibration.batchSize) {
      if let reason {
        report.skipped.append(SkippedLayer(layer: node.label, reason: reason))
      } else {
        report.layers.append(node.label)
        statistics += [node.inputs[3], node.inputs[4]]
      }
    }
    guard !statistics.isEmpty else { return (self, report) }
    let means = try batchMeans(of: statistics, on: calibration)
    var result = self
    for (name, tensor) in means {
      guard let element = initializers[name]?.tensor.type, let type = ScalarType(element) else {
        continue
      }
      let stored = try engine { () throws(TorchError) in try tensor.to(type: type) }
      result.initializers[name]?.tensor = try execution { () throws(ExecutionError) in
        try TensorData(stored)
      }
    }
    return (result, report)
  }

  /// The batch normalisations, with the reason where one cannot be re-estimated.
  private func normalizations(_ batchSize: Int) -> [(node: Node, reason: String?)] {
    let types = (try? infer())?.types ?? [:]
    let found = nodes.filter { $0.op == "BatchNormalization" && $0.domain.isEmpty }
    return found.map { node in
      let running = [node.input(3), node.input(4)].compactMap(\.self)
      guard running.count == 2, running.allSatisfy({ initializers[$0]?.role == .buffer }) else {
        return (node, "its statistics are not tensors of the network")
      }
      if node.int("training_mode", default: 0) != 0 {
        return (node, "it uses the statistics of each batch (training_mode = 1)")
      }
      if found.count(where: { $0.inputs.contains(running[0]) || $0.inputs.contains(running[1]) })
        > 1
      {
        return (node, "several nodes share its statistics")
      }
      // A variance needs two values.
      let positions = types[node.inputs[0]]?.shape.dropFirst(2).reduce(1, *) ?? 1
      if batchSize * positions < 2 {
        return (node, "a batch of one example has no variance: look at more of them at a time")
      }
      return (node, nil)
    }
  }

  /// The mean over the batches of what each batch leaves in the running statistics called `names`.
  private func batchMeans(
    of names: [String], on calibration: Calibration
  ) throws(PruningError) -> [String: Tensor] {
    var network = self
    network.nodes = nodes.map { node in
      var node = node
      switch node.op {
      // ONNX's momentum weighs what was there before: at 0 the batch's statistics take its place.
      case "BatchNormalization": node.set("momentum", .float(0))
      case "Dropout" where node.outputs.dropFirst().allSatisfy(\.isEmpty):
        node = Node("Identity", name: node.name, inputs: [node.inputs[0]], outputs: node.outputs)
      default: break
      }
      return node
    }
    let model = try execution { () throws(ExecutionError) in
      try Model(network, device: calibration.device)
    }
    let generator = try engine { () throws(TorchError) in try Generator(seed: 0) }
    var sums: [String: Tensor] = [:]
    try withoutGradients { () throws(PruningError) in
      for index in 0..<calibration.batches {
        let inputs = try calibration.batch(index, for: model).named(for: model)
        try execution { () throws(ExecutionError) in
          _ = try model.run(inputs, mode: .training(generator))
        }
        try engine { () throws(TorchError) in
          for name in names {
            guard let value = try model.buffers[name]?.to(type: .float64) else { continue }
            if let sum = sums[name] {
              try sum.addInPlace(value)
            } else {
              sums[name] = try value + 0.0
            }
          }
        }
      }
    }
    return try engine { () throws(TorchError) in
      var means: [String: Tensor] = [:]
      for (name, sum) in sums { means[name] = try sum / Double(calibration.batches) }
      return means
    }
  }
}
