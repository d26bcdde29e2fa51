// LayerInputs: what the layers of a network read, summed up as the Hessian of each layer's own error.
//
// X. Dong, S. Chen, S. J. Pan, "Learning to Prune Deep Neural Networks via Layer-wise Optimal Brain
// Surgeon", NIPS 2017. The error of a layer's pre-activations, E = 1/n sum |z^ - z|^2, is quadratic in its
// weights; every output has the same Hessian, the second moment of the inputs
//
//   Psi = 1/n sum y y^T,
//
// with y the inputs of the *unpruned* network (patches for a convolution), and a 1 where the layer has a
// bias. The inverse is that of Psi + 1e-6 I, from which the paper's recursion starts.

import Data
import Execution
import Network
import Torch
import Training

/// A layer with the second moment of what it reads.
struct LayerMoment {
  /// What the recursion of the inverse starts from.
  static let ridge = 1e-6

  let layer: LinearLayer
  /// For each group of a convolution the second moment `[inputs, inputs]`, in double precision.
  let moments: [Tensor]
  /// How many output positions an example has.
  let positions: Int

  /// The inverses, with the ridge.
  func inverses() throws(TorchError) -> [Tensor] {
    try moments.map { (moment) throws(TorchError) in
      let ridge = try Tensor.eye(moment.shape[0], type: .float64, device: moment.device)
      return try (moment + ridge * Self.ridge).cholesky().choleskyInverse()
    }
  }

  /// The layers of `survey` whose weights are candidates, in the order of the graph, with what they read
  /// over all examples.
  ///
  /// - Parameters:
  ///   - positions: how many output positions of each example are looked at.
  /// - Throws: the errors of reading the data and of running the network.
  static func all(
    of survey: Survey, _ model: Model, positions: Int
  ) throws(PruningError) -> [LayerMoment] {
    var layers: [LinearLayer] = []
    for node in survey.network.nodes {
      guard let layer = try? LinearLayer(node, in: survey.network, outputs: nil) else { continue }
      layers.append(layer)
    }
    let wanted = Set(layers.flatMap { [$0.node.inputs[0], $0.node.outputs[0]] })
    let given = Set(model.freeInputs.map(\.name))
    var sums: [String: (moments: [Tensor], rows: Int, positions: Int)] = [:]
    for index in 0..<(try survey.examples().batches) {
      let batch = try survey.batch(index, for: model)
      let inputs = batch.named(for: model)
      let values = try withoutGradients { () throws(PruningError) in
        try execution { () throws(ExecutionError) in
          try model.run(inputs, observing: wanted.subtracting(given))
        }
      }
      for (place, layer) in layers.enumerated() {
        guard let x = values[layer.node.inputs[0]] ?? inputs[layer.node.inputs[0]],
          let y = values[layer.node.outputs[0]]
        else { continue }
        var random = RandomState(seed: survey.seed, keys: UInt64(place), UInt64(index))
        let samples = try layer.samples(
          x, y, examples: batch.count, positions: positions, &random)
        let outputs = layer.node.op == "Conv" ? y.shape[1] : y.shape.last ?? 1
        try engine { () throws(TorchError) in
          let known = sums[layer.weight]
          let moments = try samples.enumerated().map {
            (group, sample) throws(TorchError) -> Tensor in
            let rows = try sample.x.to(type: .float64)
            let part = try rows.transpose().mm(rows)
            guard let known else { return part }
            return try known.moments[group] + part
          }
          sums[layer.weight] = (
            moments, (known?.rows ?? 0) + samples[0].x.shape[0],
            y.count / max(outputs * batch.count, 1)
          )
        }
      }
    }
    return try engine { () throws(TorchError) in
      var found: [LayerMoment] = []
      for layer in layers {
        guard let sum = sums[layer.weight] else { continue }
        let moments = try sum.moments.map { (moment) throws(TorchError) -> Tensor in
          try moment / Double(sum.rows)
        }
        found.append(LayerMoment(layer: layer, moments: moments, positions: sum.positions))
      }
      return found
    }
  }
}
