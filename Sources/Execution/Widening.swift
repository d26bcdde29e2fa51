// Operators on types the engine only stores: computed in a wider type, and brought back.

import Network
import Torch

/// Lets an operator take unsigned integers above 8 bits and 8-bit floating-point numbers.
enum Widening {
  /// Operators that treat these types themselves.
  private static let own: Set<String> = [
    "BitCast", "Cast", "CastLike", "Constant", "DequantizeLinear", "If", "Identity", "Loop",
    "QuantizeLinear", "Scan", "Shape", "Size",
  ]
  /// Operators whose outputs count or point at elements, from the given output on.
  private static let counting = ["ArgMax": 0, "ArgMin": 0, "NonZero": 0, "TopK": 1, "Unique": 1]

  /// The step, preceded and followed by conversions where an input has such a type.
  static func wrap(_ step: @escaping Step, _ node: Node) -> Step {
    if own.contains(node.op) { return step }
    let firstCount = counting[node.op] ?? .max
    return { x, run throws(TorchError) in
      guard
        let narrow = x.tensors.lazy.compactMap({ $0?.type }).first(where: {
          $0.computing != nil
        }), let wide = narrow.computing
      else { return try step(x, run) }
      var widened: [Tensor?] = []
      for tensor in x.tensors {
        widened.append(
          try tensor.map { (tensor: Tensor) throws(TorchError) -> Tensor in
            guard let wide = tensor.type.computing else { return tensor }
            return try tensor.to(type: wide)
          })
      }
      var outputs = try step(Inputs(tensors: widened, label: x.label), run)
      for index in outputs.indices where index < firstCount && outputs[index].type == wide {
        outputs[index] = try outputs[index].to(type: narrow)
      }
      return outputs
    }
  }
}
