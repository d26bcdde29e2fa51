// The registry of operators: every operator whose structure Bonsai knows, by domain and name.

/// The registry of operators.
public enum Operators {
  /// Every operator whose structure is known.
  static let all: [any Operator.Type] = [
    Conv.self, Elementwise.self,
  ]

  private static let byName: [String: [String: any Operator.Type]] = {
    var table: [String: [String: any Operator.Type]] = [:]
    for op in all {
      for name in op.names { table[op.domain, default: [:]][name] = op }
    }
    return table
  }()

  /// The operator `name` of `domain`; `nil` where Bonsai does not know its structure.
  public static func named(_ name: String, domain: String = "") -> (any Operator.Type)? {
    byName[domain == "ai.onnx" ? "" : domain]?[name]
  }

  /// The operator a node applies; `nil` where Bonsai does not know its structure.
  public static func of(_ node: Node) -> (any Operator.Type)? {
    named(node.op, domain: node.domain)
  }
}
