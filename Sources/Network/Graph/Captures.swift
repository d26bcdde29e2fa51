// Values that a subgraph takes from the graphs around it without naming them as inputs.

import OrderedCollections

extension Network {
  /// The values that nodes or outputs use and nothing here makes: what a subgraph of `If`, `Loop` or
  /// `Scan` takes from the graphs around it. Empty for a network that stands alone.
  public var captures: OrderedSet<String> {
    var made = Set(inputs.map(\.name)).union(initializers.keys)
    for node in nodes { made.formUnion(node.outputs) }
    var captures: OrderedSet<String> = []
    for node in nodes {
      captures.append(contentsOf: node.uses.lazy.filter { !$0.isEmpty && !made.contains($0) })
    }
    captures.append(contentsOf: outputs.lazy.map(\.name).filter { !made.contains($0) })
    return captures
  }
}

extension Node {
  /// Whether the node runs graphs that it carries: ONNX's own `If`, `Loop`, `Scan` or `SequenceMap`.
  var isControlFlow: Bool {
    (domain.isEmpty || domain == "ai.onnx")
      && ["If", "Loop", "Scan", "SequenceMap"].contains(op)
  }

  /// What messages call the graphs of a node of control flow.
  var graphsName: String { op == "If" ? "branches" : "body" }

  /// The subgraphs among the node's attributes.
  public var subgraphs: [Network] {
    attributes.values.flatMap { attribute -> [Network] in
      switch attribute {
      case .graph(let graph): return [graph]
      case .graphs(let graphs): return graphs
      default: return []
      }
    }
  }

  /// The values the node needs: its inputs, and those its subgraphs capture.
  public var uses: [String] {
    let subgraphs = subgraphs
    return subgraphs.isEmpty ? inputs : inputs + subgraphs.flatMap(\.captures)
  }
}
