// The types that come out of the graphs in a node's attributes, as far as they can be told.

import OrderedCollections

extension Network {
  /// The types of the outputs of an `If`, `Loop` or `Scan`; `nil` for each that cannot be told.
  ///
  /// Of an `If` whose condition is known the branch that is taken tells; else an output has a type
  /// where both branches agree. The values that a `Loop` or a `Scan` hands on keep the types they come
  /// in with, where their graph gives the same back; what a `Loop` collects has an unknown length
  /// unless the number of its rounds is known.
  func branchTypes(
    _ node: Node, _ types: [String: TensorType], _ constants: [String: TensorData]
  ) -> [TensorType?]? {
    guard node.domain.isEmpty || node.domain == "ai.onnx" else { return nil }
    func graph(_ key: String) -> Network? {
      if case .graph(let graph)? = node.attributes[key] { graph } else { nil }
    }
    func known(_ index: Int) -> TensorData? {
      node.input(index).flatMap { constants[$0] ?? initializers[$0]?.tensor }
    }
    switch node.op {
    case "If":
      guard let first = graph("then_branch"), let second = graph("else_branch") else { return nil }
      if let condition = known(0)?.integers?.first {
        return (condition != 0 ? first : second).innerTypes([], types, constants)
      }
      let (a, b) = (
        first.innerTypes([], types, constants), second.innerTypes([], types, constants)
      )
      guard let a, let b, a.count == b.count else { return nil }
      return zip(a, b).map { $0 == $1 ? $0 : nil }
    case "Loop":
      guard let body = graph("body") else { return nil }
      let carried = node.inputs.dropFirst(2).map { types[$0] }
      let given = [TensorType(.int64, []), TensorType(.bool, [])] + carried
      guard let found = body.innerTypes(given, types, constants),
        found.count > carried.count
      else { return nil }
      let values = zip(carried, found[1...]).map { $0 == $1 ? $0 : nil }
      let rounds = node.input(1) == nil ? known(0)?.integers?.first : nil
      return values
        + found[(1 + carried.count)...].map { type in
          guard let type, let rounds, rounds >= 0 else { return nil }
          return TensorType(type.element, [rounds] + type.shape)
        }
    case "Scan": return scanTypes(node, graph("body"), types, constants)
    default: return nil
    }
  }

  /// Why `told` does not say what comes out of an `If`, `Loop` or `Scan`.
  func branchGap(
    _ node: Node, _ told: [TensorType?], _ types: [String: TensorType],
    _ constants: [String: TensorData]
  ) -> String {
    func found(_ key: String) -> [TensorType?] {
      guard case .graph(let graph)? = node.attributes[key] else { return [] }
      return graph.innerTypes([], types, constants) ?? []
    }
    switch node.op {
    case "If":
      for (name, (first, second)) in zip(
        node.outputs, zip(found("then_branch"), found("else_branch")))
      where first != second {
        guard let first, let second else { break }
        return "'\(name)' is \(first.element) \(first.shape) in one branch and "
          + "\(second.element) \(second.shape) in the other"
      }
      return "the types of what its branches give cannot be told"
    case "Loop" where told.count >= node.outputs.count:
      let carried = max(0, node.inputs.count - 2)
      return told.prefix(carried).contains { $0 == nil }
        ? "what it carries from round to round changes its type, or the type cannot be told"
        : "how many rounds it takes is not known before it runs"
    default: return "the types of what its body gives cannot be told"
    }
  }

  private func scanTypes(
    _ node: Node, _ body: Network?, _ types: [String: TensorType],
    _ constants: [String: TensorData]
  ) -> [TensorType?]? {
    let scanned = node.int("num_scan_inputs", default: 0)
    let states = node.inputs.count - scanned
    guard opset > 8, let body, scanned > 0, states >= 0 else { return nil }
    let axes = node.ints("scan_input_axes") ?? Array(repeating: 0, count: scanned)
    guard axes.count == scanned else { return nil }
    var given = node.inputs.prefix(states).map { types[$0] }
    var rounds: Int?
    for (name, axis) in zip(node.inputs.dropFirst(states), axes) {
      guard let type = types[name] else { return nil }
      let front = axis < 0 ? axis + type.shape.count : axis
      guard type.shape.indices.contains(front) else { return nil }
      rounds = type.shape[front]
      var slice = type.shape
      slice.remove(at: front)
      given.append(TensorType(type.element, slice))
    }
    guard let found = body.innerTypes(given, types, constants), found.count >= states, let rounds
    else { return nil }
    let outputAxes =
      node.ints("scan_output_axes") ?? Array(repeating: 0, count: found.count - states)
    guard outputAxes.count == found.count - states else { return nil }
    return zip(given, found.prefix(states)).map { $0 == $1 ? $0 : nil }
      + zip(found.dropFirst(states), outputAxes).map { type, axis in
        guard let type else { return nil }
        let front = axis < 0 ? axis + type.shape.count + 1 : axis
        guard (0...type.shape.count).contains(front) else { return nil }
        var shape = type.shape
        shape.insert(rounds, at: front)
        return TensorType(type.element, shape)
      }
  }

  /// The types of the outputs of a graph in an attribute, for the given types of its inputs and of
  /// the values around it; `nil` where they contradict each other.
  private func innerTypes(
    _ given: [TensorType?], _ around: [String: TensorType], _ constants: [String: TensorData]
  ) -> [TensorType?]? {
    var graph = self
    var shapes: [String: [Int]] = [:]
    for (index, input) in inputs.enumerated() {
      guard index < given.count, let type = given[index] else { continue }
      graph.inputs[index] = ValueInfo(input.name, type.element, nil)
      shapes[input.name] = type.shape
    }
    for name in captures {
      if let value = constants[name], value.count <= Folding.limit {
        graph.initializers[name] = Initializer(value, role: .constant)
      } else if let type = around[name] {
        graph.inputs.append(ValueInfo(name, type.element, nil))
        shapes[name] = type.shape
      }
    }
    guard let found = try? graph.infer(shapes: shapes) else { return nil }
    return outputs.map { found.types[$0.name] }
  }
}
