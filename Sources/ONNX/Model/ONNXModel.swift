// A model as an ONNX file holds it: the network, and what the file says beside it.

import Network
import SwiftProtobuf

/// A model as an ONNX file holds it: the network, and what the file says beside it.
///
/// What Bonsai does not interpret (functions, documentation, quantization annotations, fields that
/// later versions of ONNX may add) is kept and written back, tied to nodes and values by name; it
/// goes when the node or value goes.
///
/// ```swift
/// var model = try ONNXModel(path: "resnet50.onnx")
/// model.network = try cut(model.network)
/// try model.write(to: "resnet50-half.onnx", opset: 17)
/// ```
public struct ONNXModel: Sendable, Hashable {
  /// The network; its `metadata` is the file's `metadata_props`.
  public var network: Network
  /// What the file says of the model beside the network; the graph and the metadata are left empty.
  var rest: Onnx_ModelProto
  /// What the file says of the graph beside the network.
  var graph: GraphRest

  /// A model that says nothing beside the network.
  public init(_ network: Network) {
    self.network = network
    rest = Onnx_ModelProto()
    graph = GraphRest()
  }

  init(network: Network, rest: Onnx_ModelProto, graph: GraphRest) {
    self.network = network
    self.rest = rest
    self.graph = graph
  }

  /// The IR version of the file that was read; 0 for a model that was built.
  public var irVersion: Int { Int(rest.irVersion) }

  /// The tool that made the file, and its version.
  public var producer: (name: String, version: String) {
    get { (rest.producerName, rest.producerVersion) }
    set {
      rest.producerName = newValue.name
      rest.producerVersion = newValue.version
    }
  }

  /// The domain of the model, such as `org.example`.
  public var domain: String {
    get { rest.domain }
    set { rest.domain = newValue }
  }

  /// The version of the model itself.
  public var modelVersion: Int {
    get { Int(rest.modelVersion) }
    set { rest.modelVersion = Int64(newValue) }
  }

  /// What the file says of the model for human readers.
  public var documentation: String {
    get { rest.docString }
    set { rest.docString = newValue }
  }

  /// The names of the functions the model carries, as `domain.name`.
  public var functions: [String] {
    rest.functions.map { $0.domain.isEmpty ? $0.name : "\($0.domain).\($0.name)" }
  }
}
