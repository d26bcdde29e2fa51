// What a file says of a graph, its nodes and its values that a network has no place for.

import Network
import OrderedCollections
import SwiftProtobuf

/// What a file says of a graph that ``Network`` has no place for.
struct GraphRest: Sendable, Hashable {
  /// The graph's own fields; what the network holds is left empty.
  var proto = Onnx_GraphProto()
  /// The version of the operator set that the file asked for; 0 for a network that was built.
  var opset = 0
  /// What the file states of the inputs, in order; initializers that are inputs too are among them.
  var inputs: OrderedDictionary<String, Onnx_ValueInfoProto> = [:]
  /// What the file states of the outputs.
  var outputs: [String: Onnx_ValueInfoProto] = [:]
  /// What the file states of values inside.
  var annotations: [String: Onnx_ValueInfoProto] = [:]
  /// What the file states of initializers beside their value.
  var tensors: [String: Onnx_TensorProto] = [:]
  /// What the file states of nodes, by ``Node/key``.
  var nodes: [String: NodeRest] = [:]
  /// The outputs of `Constant` nodes that stand for sparse initializers.
  var sparse: Set<String> = []
  /// The `Constant` nodes whose tensors the network carries as initializers, by those initializers.
  var constants: OrderedDictionary<String, LiftedConstant> = [:]
  /// The calls of functions in whose place the network has the functions' nodes.
  var calls: [FunctionCall] = []
}

/// A `Constant` node whose tensor the network carries as an initializer; it is a node again in the
/// file that is written.
struct LiftedConstant: Sendable, Hashable {
  /// The node without its tensor.
  var node: Node
  /// The ``Node/key`` of the next node in the file that is not lifted; `nil` for the last ones.
  var next: String?
}

/// What a file says of a node that ``Node`` has no place for.
struct NodeRest: Sendable, Hashable {
  /// The node's own fields; what the node holds is left empty.
  var proto = Onnx_NodeProto()
  /// The name in the file where another node has it too and the network's differs.
  var name: String?
  /// What is stated of attributes beside their value.
  var attributes: [String: AttributeRest] = [:]

  /// Whether there is nothing to keep.
  var isEmpty: Bool { self == NodeRest() }
}

/// What a file says of an attribute that ``Attribute`` has no place for.
struct AttributeRest: Sendable, Hashable {
  /// The attribute's own fields without name, type and value.
  var proto = Onnx_AttributeProto()
  /// What is stated of the tensors in it.
  var tensors: [Onnx_TensorProto] = []
  /// What is stated of the graphs in it.
  var graphs: [GraphRest] = []

  /// Whether there is nothing to keep.
  var isEmpty: Bool {
    graphs.isEmpty && proto == Onnx_AttributeProto()
      && tensors.allSatisfy { $0 == Onnx_TensorProto() }
  }
}

extension Node {
  /// What a node is known by when the network changes around it: its first output, else its name.
  var key: String {
    outputs.first { !$0.isEmpty } ?? "\u{0}\(name)"
  }
}
