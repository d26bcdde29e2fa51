// The target of the last layer of a residual block: it makes good what the shortcut has lost.
//
// Y. He, X. Zhang, J. Sun, "Channel Pruning for Accelerating Very Deep Neural Networks", ICCV 2017, section
// 3.3: the block gives Y1 + Y2, the shortcut and the branch. Where the shortcut of the pruned network gives
// Y1', the branch is fitted to Y2 + Y1 - Y1'. A batch normalisation between the layer and the sum, which
// multiplies by s = gamma / sqrt(variance + epsilon), makes that Y2 + (Y1 - Y1') / s for the layer.

import Execution
import Network
import Torch

/// Where the output of a layer is added to a shortcut, at once or behind batch normalisation.
struct ShortcutTarget {
  /// The value it is added to.
  let shortcut: String
  /// The normalisation between, if there is one.
  private let norm: Node?

  /// `nil` where nothing is added to the output of `node`, or others use it too.
  init?(behind node: Node, in network: Network) {
    func reader(of value: String) -> Node? {
      let readers = network.nodes.filter { $0.uses.contains(value) }
      return readers.count == 1 && !network.outputs.contains { $0.name == value }
        ? readers[0] : nil
    }
    guard var value = node.outputs.first, var next = reader(of: value) else { return nil }
    if next.op == "BatchNormalization", next.inputs.first == value {
      norm = next
      value = next.outputs[0]
      guard let behind = reader(of: value) else { return nil }
      next = behind
    } else {
      norm = nil
    }
    guard next.op == "Add", next.inputs.count == 2,
      let other = next.inputs.first(where: { $0 != value }), network.initializers[other] == nil
    else { return nil }
    shortcut = other
  }

  /// The target of the layer where `y` is what it gave.
  func corrected(
    _ y: Tensor, shortcut then: Tensor, now: Tensor, in model: Model
  ) throws(TorchError) -> Tensor {
    guard then.shape == y.shape, now.shape == y.shape else { return y }
    var difference = try then - now
    if let norm, norm.inputs.count >= 5, let gamma = model.parameters[norm.inputs[1]],
      let variance = model.buffers[norm.inputs[4]]
    {
      let epsilon = Double(norm.float("epsilon", default: 1e-5))
      let scale = try gamma.detached() * (variance + epsilon).rsqrt()
      // A channel whose scale is 0 reaches nothing.
      let inverse = try scale.reciprocal().maskedFill(scale.equal(0), 0)
      difference =
        try difference
        * inverse.reshape(Shape([1, -1] + [Int](repeating: 1, count: y.rank - 2)))
    }
    return try y + difference
  }
}
