// What can go wrong when a network is run, each case with the operands a reader needs.

import Network
import Torch

/// What can go wrong when a network is prepared or run.
public enum ExecutionError: Error, Sendable {
  /// Operators that Bonsai cannot compute.
  case unsupported(nodes: [String])
  /// A node's attributes or constants are outside what its operator allows.
  case invalidNode(node: String, reason: String)
  /// An input was not given.
  case missingInput(name: String, given: [String])
  /// An input does not have the shape the network states.
  case inputShape(name: String, expected: String, found: [Int])
  /// A value was asked for that the network does not have.
  case noSuchValue(name: String)
  /// A tensor has an element type the engine does not compute with.
  case elementType(value: String, type: ElementType)
  /// The engine refused an operation of a node.
  case node(label: String, error: TorchError)
  /// The engine refused an operation outside the nodes.
  case engine(TorchError)
  /// The network itself is at fault.
  case network(NetworkError)
}

extension ExecutionError: CustomStringConvertible {
  /// One sentence: what, where, what was expected, what to do.
  public var description: String {
    switch self {
    case .unsupported(let nodes):
      "the network cannot be run: no computation is known for "
        + nodes.prefix(5).joined(separator: ", ")
        + (nodes.count > 5 ? " and \(nodes.count - 5) more nodes" : "")
    case .invalidNode(let node, let reason):
      "node \(node): \(reason)"
    case .missingInput(let name, let given):
      "the input '\(name)' is missing; given: "
        + (given.isEmpty ? "nothing" : given.sorted().joined(separator: ", "))
    case .inputShape(let name, let expected, let found):
      "the input '\(name)' has shape \(found); the network expects \(expected)"
    case .noSuchValue(let name):
      "the network has no value '\(name)'"
    case .elementType(let value, let type):
      "'\(value)' has element type \(type), which cannot be computed with"
    case .node(let label, let error):
      "node \(label): \(error)"
    case .engine(let error):
      "\(error)"
    case .network(let error):
      "\(error)"
    }
  }
}

/// Runs `body`, turning the engine's errors into this room's.
@inline(__always)
func engine<R>(_ body: () throws(TorchError) -> R) throws(ExecutionError) -> R {
  do throws(TorchError) { return try body() } catch { throw .engine(error) }
}
