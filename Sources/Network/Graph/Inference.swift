// Shape inference: the concrete type of every value, from the inputs' types and the operators.

import OrderedCollections

/// What is known of every value of a network for one choice of input extents.
public struct Inference: Sendable {
  /// Each node with the types of its inputs and outputs, in the network's order.
  public let views: [NodeView]
  /// The type of every value that has a known one, by name.
  public let types: [String: TensorType]
  /// Nodes whose outputs could not be inferred, with the reason.
  public let gaps: [Gap]
  /// The values that the network computes from constants and shapes, by name.
  let folded: [String: TensorData]

  /// A node whose outputs could not be inferred.
  public struct Gap: Sendable, Hashable {
    /// The node's position in the network.
    public let node: Int
    /// Why its outputs are not known.
    public let reason: String
  }
}

extension Network {
  /// Infers the type of every value.
  ///
  /// - Parameters:
  ///   - binding: numbers for named extents of the inputs. Those left out, and unknown ones, are 1;
  ///     where the network cannot work on that, or an image would be one pixel, see `OpenExtents`.
  ///   - shapes: shapes of inputs and initializers, by name, that replace the stated ones.
  /// - Throws: ``NetworkError`` where an input's stated shape and the operators contradict each other.
  ///   An operator that is unknown, or whose shape depends on data, is a gap, not an error.
  public func infer(
    binding: [String: Int] = [:], shapes: [String: [Int]] = [:]
  ) throws(NetworkError) -> Inference {
    try OpenExtents.choose(self, binding, shapes) { (binding, shapes) throws(NetworkError) in
      try inferred(binding, shapes)
    }
  }

  /// Infers the type of every value, with 1 for every extent that is not given.
  private func inferred(
    _ binding: [String: Int], _ shapes: [String: [Int]]
  ) throws(NetworkError) -> Inference {
    var types: [String: TensorType] = [:]
    types.reserveCapacity(nodes.count * 2 + initializers.count)
    for (name, initializer) in initializers {
      types[name] = TensorType(
        initializer.tensor.type, shapes[name] ?? initializer.tensor.shape)
    }
    for input in inputs where types[input.name] == nil {
      guard let element = input.type else { continue }
      let shape: [Int]
      if let given = shapes[input.name] {
        try check(given, against: input)
        shape = given
      } else if let stated = input.shape {
        shape = stated.map { $0.bound(by: binding) }
      } else {
        continue
      }
      guard NodeView.isReasonable(shape) else {
        throw .unknownShape(value: input.name, reason: "no tensor has the shape \(shape)")
      }
      types[input.name] = TensorType(element, shape)
    }
    var folded: [String: TensorData] = [:]
    var views: [NodeView] = []
    views.reserveCapacity(nodes.count)
    var gaps: [Inference.Gap] = []
    for (index, node) in nodes.enumerated() {
      var view = NodeView(
        node: node, opset: opsets[node.domain] ?? opset,
        inputs: node.inputs.map { $0.isEmpty ? nil : types[$0] },
        outputs: [],
        constants: node.inputs.map { $0.isEmpty ? nil : folded[$0] ?? initializers[$0]?.tensor })
      var found = try outputs(of: view)
      if found.gap != nil, node.isControlFlow {
        let told = branchTypes(node, types, folded) ?? []
        let isWhole = !told.isEmpty && !told.contains { $0 == nil }
        found = (told, isWhole ? nil : branchGap(node, told, types, folded))
      }
      if let reason = found.gap { gaps.append(Inference.Gap(node: index, reason: reason)) }
      view.outputs = node.outputs.indices.map { position in
        let inferred = position < found.types.count ? found.types[position] : nil
        return inferred ?? annotated(node.outputs[position], binding)
      }
      for (name, type) in zip(node.outputs, view.outputs) where !name.isEmpty {
        types[name] = type
      }
      if let values = Operators.of(node)?.fold(view) {
        for (name, value) in zip(node.outputs, values) { folded[name] = value }
      }
      views.append(view)
    }
    return Inference(views: views, types: types, gaps: gaps, folded: folded)
  }

  /// The operator's word on its outputs; where it has none, why.
  private func outputs(
    of view: NodeView
  ) throws(NetworkError) -> (types: [TensorType?], gap: String?) {
    guard let op = Operators.of(view.node) else {
      return ([], "the operator \(view.node.op) is not known")
    }
    do throws(NetworkError) {
      let types = try op.infer(view)
      for case let type? in types where type.shape.elementCount == nil {
        throw view.invalid("its output would have the impossible shape \(type.shape)")
      }
      return (types, nil)
    } catch .unknownShape(let value, let reason) {
      return ([], "the shape of '\(value)' is not known: \(reason)")
    }
  }

  /// The type the file states for a value inside the network.
  private func annotated(_ name: String, _ binding: [String: Int]) -> TensorType? {
    guard let info = annotations[name] ?? outputs.first(where: { $0.name == name }),
      let type = info.type, let shape = info.shape, !shape.contains(.unknown)
    else { return nil }
    let bound = shape.map { $0.bound(by: binding) }
    return NodeView.isReasonable(bound) ? TensorType(type, bound) : nil
  }

  private func check(_ shape: [Int], against input: ValueInfo) throws(NetworkError) {
    guard let stated = input.shape else { return }
    let fits =
      stated.count == shape.count
      && zip(stated, shape).allSatisfy { extent, given in
        if case .fixed(let n) = extent { n == given } else { given >= 0 }
      }
    guard fits else {
      throw .unknownShape(
        value: input.name,
        reason: "it was given the shape \(shape), but the network states "
          + "[\(stated.map(\.description).joined(separator: ", "))]")
    }
  }
}

extension Extent {
  /// The extent as a number: its own, the one `binding` gives its name, or 1.
  func bound(by binding: [String: Int]) -> Int {
    switch self {
    case .fixed(let n): n
    case .symbol(let name): binding[name] ?? 1
    case .unknown: 1
    }
  }
}
