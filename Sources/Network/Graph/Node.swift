// A node of the graph: one application of an operator to named values.

import OrderedCollections

/// One application of an operator to named values.
public struct Node: Sendable, Hashable {
  /// The node's name, unique in its network where it is not empty.
  public var name: String
  /// The operator's type, as ONNX names it: `Conv`, `Relu`, ...
  public var op: String
  /// The operator's domain; empty for ONNX's own operators.
  public var domain: String
  /// The names of the input values; empty for an optional input that is left out.
  public var inputs: [String]
  /// The names of the output values; empty for an optional output that is left out.
  public var outputs: [String]
  /// The attributes by name, in the file's order.
  public var attributes: OrderedDictionary<String, Attribute>
  /// What the file says of the node for human readers.
  public var documentation: String

  /// A node that applies `op` to `inputs`, giving `outputs`.
  public init(
    _ op: String, name: String, inputs: [String], outputs: [String],
    attributes: OrderedDictionary<String, Attribute> = [:], domain: String = "",
    documentation: String = ""
  ) {
    self.name = name
    self.op = op
    self.domain = domain
    self.inputs = inputs
    self.outputs = outputs
    self.attributes = attributes
    self.documentation = documentation
  }

  /// How messages name the node: its name, or its first output where it has none, and its operator.
  public var label: String {
    let own = name.isEmpty ? (outputs.first { !$0.isEmpty } ?? "?") : name
    return "\(own) (\(domain.isEmpty ? "" : domain + ".")\(op))"
  }

  /// The input at `index`, or `nil` where it is left out.
  public func input(_ index: Int) -> String? {
    inputs.indices.contains(index) && !inputs[index].isEmpty ? inputs[index] : nil
  }

  /// The integer attribute `key`, or `value` where it is absent or of another kind.
  public func int(_ key: String, default value: Int) -> Int {
    if case .int(let x) = attributes[key] { Int(x) } else { value }
  }

  /// The integer attribute `key`, or `nil` where it is absent or of another kind.
  public func int(_ key: String) -> Int? {
    if case .int(let x) = attributes[key] { Int(x) } else { nil }
  }

  /// The list of integers `key`, or `nil` where it is absent or of another kind.
  public func ints(_ key: String) -> [Int]? {
    if case .ints(let x) = attributes[key] { x.map(Int.init) } else { nil }
  }

  /// The number `key`, or `value` where it is absent or of another kind.
  public func float(_ key: String, default value: Float) -> Float {
    if case .float(let x) = attributes[key] { x } else { value }
  }

  /// Sets the attribute `key`.
  public mutating func set(_ key: String, _ value: Attribute) {
    attributes[key] = value
  }

  /// The text `key`, or `value` where it is absent or of another kind.
  public func string(_ key: String, default value: String) -> String {
    if case .string(let x) = attributes[key] { x } else { value }
  }
}
