// Which axis of a layer's weight its outputs and its inputs lie along.

import Network

/// What a gate or a structure of a layer stands for.
public enum LayerSide: String, Sendable, Hashable, CaseIterable {
  /// Its outputs: filters, neurons.
  case outputs
  /// Its inputs: channels, neurons of the layer before, pixels.
  case inputs
}

extension Network {
  /// The axis of `weight` along which the outputs or inputs of its layer lie, and the layer's bias;
  /// `nil` where no convolution or matrix product reads it.
  func layerAxis(
    of weight: String, _ side: LayerSide
  ) -> (axis: Int, bias: String?)? {
    guard
      let node = nodes.first(where: {
        ["Conv", "Gemm", "MatMul"].contains($0.op) && $0.input(1) == weight
      })
    else { return nil }
    let outputsFirst = node.op == "Conv" || node.int("transB", default: 0) != 0
    let bias = node.input(2).flatMap { initializers[$0]?.role == .parameter ? $0 : nil }
    return (outputsFirst == (side == .outputs) ? 0 : 1, bias)
  }

  /// The batch normalisation that alone reads the output of `node`.
  func norm(behind node: Node) -> Node? {
    let readers = nodes.filter { $0.uses.contains(node.outputs[0]) }
    guard readers.count == 1, readers[0].op == "BatchNormalization",
      readers[0].inputs[1...2].allSatisfy({ initializers[$0]?.role == .parameter })
    else { return nil }
    return readers[0]
  }
}
