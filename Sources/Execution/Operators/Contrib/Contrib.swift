// What the operators of ONNX Runtime's own domain share: their domain, and ONNX's operators in them.

import Network
import OrderedCollections
import Torch

/// What the operators of ONNX Runtime's own domain share.
enum Contrib {
  /// The domain, which exporters and ONNX Runtime's optimiser write.
  static let domain = "com.microsoft"
}

extension Site {
  /// The site of an operator of ONNX's own that is part of this node's work.
  func inner(
    _ op: String, _ attributes: OrderedDictionary<String, Attribute> = [:], outputs: Int = 1,
    keeping: Bool = false
  ) -> Site {
    var node = node
    node.op = op
    node.domain = ""
    node.attributes = keeping ? node.attributes.merging(attributes) { $1 } : attributes
    node.inputs = []
    node.outputs = (0..<outputs).map { "\($0)" }
    return Site(
      node: node, opset: 17, constants: [], elements: [], device: device, type: type)
  }

  /// The activation called `name`, whose parameters are `alpha`, `beta` and so on; `nil` for none.
  func activation(_ name: String, _ parameters: [Float]) throws(ExecutionError) -> Step? {
    if name.isEmpty { return nil }
    let keys: [String] =
      switch name {
      case "Clip": ["min", "max"]
      case "Relu", "Sigmoid", "Tanh": []
      case "HardSigmoid", "LeakyRelu", "Elu": ["alpha", "beta"]
      default: throw invalid("the activation '\(name)' is not known")
      }
    var attributes: OrderedDictionary<String, Attribute> = [:]
    for (key, value) in zip(keys, parameters) { attributes[key] = .float(value) }
    let site = inner(name, attributes)
    return name == "Clip" ? try Clip.prepare(site) : try Elementwise.prepare(site)
  }
}

extension Inputs {
  /// The inputs of a part of the node's work.
  func inner(_ tensors: [Tensor?]) -> Inputs { Inputs(tensors: tensors, label: label) }
}
