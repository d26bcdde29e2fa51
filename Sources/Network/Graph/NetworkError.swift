// What can be wrong with a graph, each case with the operands a reader needs.

/// What can be wrong with a network or with what is asked of it.
public enum NetworkError: Error, Sendable, Hashable {
  /// A file could not be opened or mapped.
  case file(path: String, reason: String)
  /// A tensor's bytes do not fit its type and shape; `expected` is -1 where the shape is impossible.
  case tensorSize(type: ElementType, shape: [Int], expected: Int, found: Int)
  /// A tensor has another element type than was asked for.
  case tensorType(expected: ElementType, found: ElementType)
  /// A node uses a value that nothing before it makes.
  case undefinedValue(node: String, value: String)
  /// A value is made twice.
  case duplicateValue(value: String, first: String, second: String)
  /// The nodes depend on each other in a circle.
  case cycle(nodes: [String])
  /// An operator's inputs or attributes do not fit each other.
  case invalidNode(node: String, reason: String)
  /// The shape of a value is needed and cannot be known.
  case unknownShape(value: String, reason: String)
  /// A request names something the network does not have.
  case noSuch(kind: String, name: String, known: [String])
  /// A cut that cannot be made.
  case impossibleCut(reason: String)
  /// A builder was asked for a network that does not exist.
  case impossibleArchitecture(name: String, reason: String)
}

extension NetworkError: CustomStringConvertible {
  /// One sentence: what, where, what was expected, what to do.
  public var description: String {
    switch self {
    case .file(let path, let reason):
      "cannot read \(path): \(reason)"
    case .tensorSize(let type, let shape, let expected, let found):
      expected < 0
        ? "a tensor declares the impossible shape \(shape)"
        : "a tensor of type \(type) and shape \(shape) needs \(expected) "
          + "\(type == .string ? "strings" : "bytes"), found \(found)"
    case .tensorType(let expected, let found):
      "a tensor of type \(expected) was expected, found \(found)"
    case .undefinedValue(let node, let value):
      "node \(node) uses the value '\(value)', which no input, initializer or earlier node makes"
    case .duplicateValue(let value, let first, let second):
      "the value '\(value)' is made twice: by \(first) and by \(second)"
    case .cycle(let nodes):
      "the graph has a cycle through \(nodes.prefix(5).joined(separator: ", "))"
        + (nodes.count > 5 ? " and \(nodes.count - 5) more nodes" : "")
    case .invalidNode(let node, let reason):
      "node \(node): \(reason)"
    case .unknownShape(let value, let reason):
      "the shape of '\(value)' cannot be known: \(reason)"
    case .noSuch(let kind, let name, let known):
      "there is no \(kind) '\(name)'"
        + (known.isEmpty
          ? ""
          : "; \(Spelling.suggestion(for: name, of: known))known: \(known.prefix(20).joined(separator: ", "))\(known.count > 20 ? ", ..." : "")")
    case .impossibleCut(let reason):
      "the cut is impossible: \(reason)"
    case .impossibleArchitecture(let name, let reason):
      "cannot build \(name): \(reason)"
    }
  }
}
