// The registry of computations: every operator that can be run, by domain and name.

import Network

/// The registry of computations.
public enum Computations {
  /// Every operator that can be run.
  static let all: [any Computation.Type] = [
    ActivationComputation.self
  ]

  private static let byName: [String: [String: any Computation.Type]] = {
    var table: [String: [String: any Computation.Type]] = [:]
    for computation in all {
      for name in computation.names { table[computation.domain, default: [:]][name] = computation }
    }
    return table
  }()

  /// What computes a node; `nil` where nothing does.
  public static func of(_ node: Node) -> (any Computation.Type)? {
    byName[node.domain == "ai.onnx" ? "" : node.domain]?[node.op]
  }

  /// The names of ONNX's own operators that can be run, sorted.
  public static var names: [String] { byName[""].map { $0.keys.sorted() } ?? [] }
}
