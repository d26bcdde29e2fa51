// ErrorBound: how far the outputs can be from what they were, from the errors of single layers.

import Execution
import Network
import Torch

/// The bound of layer-wise Optimal Brain Surgeon on the error of the outputs (Dong et al. 2017).
enum ErrorBound {
  /// A layer with the error of its pre-activations and the norm of the map that it is now.
  struct Layer {
    let node: Node
    let error: Double
    let norm: Double

    /// - Parameter error: the squared error of all pre-activations, per example.
    init(_ layer: LinearLayer, _ weight: Tensor, error: Double) throws(PruningError) {
      node = layer.node
      self.error = error
      norm = try engine { () throws(TorchError) in
        let matrices = try weight.to(type: .float64).reshape(
          weight.rank > 2 ? [weight.shape[0], weight.shape[1], -1] : weight.shape + [1])
        var sum = 0.0
        for position in 0..<matrices.shape[2] {
          sum += try matrices.select(axis: 2, position).singularValues().max().scalar()
        }
        return sum
      }
    }
  }

  /// `1/sqrt(n) |Y^ - Y|_F` over the examples of `survey`, of its network and another.
  static func measured(_ survey: Survey, _ other: Network) throws(PruningError) -> Double {
    let (before, after) = (try survey.model(), try survey.model(of: other))
    let examples = try survey.examples()
    return try withoutGradients { () throws(PruningError) in
      var sum = 0.0
      for index in 0..<examples.batches {
        let batch = try survey.batch(index, for: before)
        let (y, z) = (
          try survey.output(of: before, on: batch), try survey.output(of: after, on: batch)
        )
        sum += try engine { () throws(TorchError) in
          try (y - z).to(type: .float64).square().sum().scalar()
        }
      }
      return (sum / Double(examples.count)).squareRoot()
    }
  }

  /// The bound; `nil` where the network is not a chain of layers with slopes of at most 1 between them.
  static func bound(of layers: [Layer], in network: Network) -> Double? {
    let known = Set(layers.map(\.node.outputs[0]))
    for (position, node) in network.nodes.enumerated() {
      guard known.contains(node.outputs[0]) || isContraction(node) else { return nil }
      let previous =
        position == 0 ? network.inputs.first?.name : network.nodes[position - 1].outputs[0]
      guard node.inputs.first == previous else { return nil }
    }
    var (bound, product) = (0.0, 1.0)
    for layer in layers.reversed() {
      bound += layer.error.squareRoot() * product
      product *= layer.norm
    }
    return bound
  }

  /// Whether a node brings two values no further apart.
  private static func isContraction(_ node: Node) -> Bool {
    switch node.op {
    case "Relu", "Sigmoid", "Tanh", "Identity", "Dropout", "Flatten", "Reshape": true
    case "MaxPool", "AveragePool":
      // Windows that do not overlap.
      node.ints("kernel_shape") == node.ints("strides")
    default: false
    }
  }
}
