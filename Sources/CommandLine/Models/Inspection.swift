// What `bonsai inspect` finds out about a model, as its JSON holds it.

import Network
import ONNX

/// What is in a model, what it costs, and what can be pruned.
struct Inspection: Encodable {
  /// An input or output.
  struct Value: Encodable {
    let name: String
    let type: String?
    /// The extents: numbers, or names of those that are open.
    let shape: [Side]?

    init(_ info: ValueInfo) {
      name = info.name
      type = info.type.map { "\($0)" }
      shape = info.shape?.map(Side.init)
    }

    var text: String {
      let extents = shape.map { "[\($0.map(\.extent.description).joined(separator: ", "))]" }
      return "\(name): \(type ?? "?") \(extents ?? "of unknown shape")"
    }
  }

  /// An extent, in JSON a number or a text.
  struct Side: Encodable {
    let extent: Extent

    init(_ extent: Extent) { self.extent = extent }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      if case .fixed(let n) = extent {
        try container.encode(n)
      } else {
        try container.encode(extent.description)
      }
    }
  }

  /// A node.
  struct Layer: Encodable {
    let name: String
    let op: String
    /// The shape of its first output; `null` where it is not known.
    let shape: [Int]?
    let params: Int
    let macs: Int
    /// Bytes of the tensors it carries.
    let bytes: Int
    let bytesMoved: Int
  }

  /// Units that can only leave together.
  struct GroupView: Encodable {
    /// A regular selection of indices along an axis of a value.
    struct Place: Encodable {
      let value: String
      let axis: Int
      let start: Int
      let stride: Int
      let width: Int
      let part: String
      let role: String?
    }

    let name: String
    let size: Int
    /// Into how many blocks the units fall, of which equally many stay.
    let blocks: Int
    let places: [Place]
    let mixing: [String]
    /// Why it must stay; empty for a group that can be pruned.
    let reasons: [String]

    init(_ group: Group) {
      name = group.name
      size = group.size
      blocks = group.blocks
      places = group.members.map { member in
        Place(
          value: member.value, axis: member.axis, start: member.start, stride: member.stride,
          width: member.width, part: "\(member.part)", role: member.role?.rawValue)
      }
      mixing = group.mixing
      reasons = group.frozen
    }
  }

  /// A node that cannot be looked into, or around which nothing can be pruned.
  struct Obstacle: Encodable {
    let node: String
    let reason: String
  }

  /// Where the model came from.
  struct Origin: Encodable {
    let version: String
    let recipe: String?
    let seed: UInt64?
    let parent: String?
  }

  let name: String
  let path: String?
  let producer: String?
  let opset: Int
  let inputs: [Value]
  let outputs: [Value]
  let layers: [Layer]
  let params: Int
  let macs: Int
  /// Bytes of all tensors.
  let bytes: Int
  /// Bytes on disk; `null` for a network built by name.
  let fileBytes: Int?
  let bytesMoved: Int
  let groups: [GroupView]
  let frozen: [GroupView]
  let barriers: [Obstacle]
  /// Nodes whose shapes could not be found out.
  let gaps: [Obstacle]
  let provenance: Origin?

  /// Looks at a model.
  init(_ source: ModelSource) throws {
    let network = source.network
    let inference = try network.infer()
    let cost = network.cost(inference)
    let coupling = network.coupling(inference)
    name = source.path ?? network.name
    path = source.path
    let producer = [source.model.producer.name, source.model.producer.version]
      .filter { !$0.isEmpty }
    self.producer = producer.isEmpty ? nil : producer.joined(separator: " ")
    opset = network.opset
    inputs = network.inputs.filter { network.initializers[$0.name] == nil }.map(Value.init)
    outputs = network.outputs.map(Value.init)
    layers = zip(inference.views, cost.nodes).map { view, cost in
      Layer(
        name: view.node.name.isEmpty ? view.node.outputs.first ?? "?" : view.node.name,
        op: view.node.op, shape: view.outputs.first.flatMap { $0?.shape },
        params: cost.parameters, macs: cost.macs, bytes: cost.weightBytes,
        bytesMoved: cost.bytesMoved)
    }
    params = cost.total.parameters
    macs = cost.total.macs
    bytes = cost.total.weightBytes
    fileBytes = try source.fileBytes()
    bytesMoved = cost.total.bytesMoved
    groups = coupling.groups.map(GroupView.init)
    frozen = coupling.frozen.map(GroupView.init)
    barriers = coupling.barriers.map { Obstacle(node: $0.node, reason: $0.reason) }
    gaps = inference.gaps.map {
      Obstacle(node: network.nodes[$0.node].label, reason: $0.reason)
    }
    provenance = Provenance(network).map {
      Origin(version: $0.version, recipe: $0.recipe, seed: $0.seed, parent: $0.parent)
    }
  }
}
