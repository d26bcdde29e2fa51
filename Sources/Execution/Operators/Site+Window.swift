// Where a kernel slides at one run, and the padding the engine's own arguments cannot express.

import Network
import Torch

extension Site {
  /// The padding by spatial axis where it is the same on both sides and known before the network
  /// runs; `nil` where it must be worked out. `[0]` stands for none on any axis.
  func symmetricPadding() -> [Int]? {
    switch node.string("auto_pad", default: "NOTSET") {
    case "NOTSET", "":
      guard let pads = node.ints("pads") else { return [0] }
      let rank = pads.count / 2
      guard pads.count == 2 * rank, pads[..<rank] == pads[rank...] else { return nil }
      return Array(pads[..<rank])
    case "VALID": return [0]
    default: return nil
    }
  }

  /// Where the node's kernel slides over the spatial axes of `tensor`.
  func window(over tensor: Tensor, kernel: [Int], _ x: Inputs) throws(TorchError) -> Window {
    let view = NodeView(node: node, opset: opset, inputs: [])
    do throws(NetworkError) {
      return try Window(view, input: Array(tensor.shape.dropFirst(2)), kernel: kernel)
    } catch {
      throw failure(x, "\(error)")
    }
  }
}

extension Window {
  /// What must follow the last element of each spatial axis so that the windows end exactly there;
  /// negative where elements are left over.
  func reach(beyond input: [Int]) -> [Int] {
    input.indices.map { axis in
      (output[axis] - 1) * strides[axis] + dilations[axis] * (kernel[axis] - 1) + 1
        - input[axis] - padBegin[axis]
    }
  }

  /// Paddings before and after the spatial axes in the engine's order: the last axis first.
  static func padding(_ begin: [Int], _ end: [Int]) -> [Int] {
    zip(begin, end).reversed().flatMap { [$0, $1] }
  }
}
