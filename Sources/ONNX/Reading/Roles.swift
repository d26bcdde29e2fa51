// Which initializers are trained, which are running statistics, and which are constants.

import Network
import OrderedCollections

extension Network {
  /// Gives every initializer the role that the operators using it say; where they say nothing,
  /// floating-point tensors of more than one element are parameters and all others constants.
  mutating func assignRoles() {
    var said: [String: Initializer.Role] = [:]
    for node in nodes {
      guard let op = Operators.of(node) else { continue }
      for (index, name) in node.inputs.enumerated() where initializers[name] != nil {
        guard let role = op.role(ofInput: index) else { continue }
        // A tensor used twice is what its most demanding user says.
        if let other = said[name], other == .parameter || role == .constant { continue }
        said[name] = role
      }
    }
    for (name, initializer) in initializers {
      let tensor = initializer.tensor
      let fallback: Initializer.Role =
        tensor.type.isFloatingPoint && tensor.count > 1 ? .parameter : .constant
      initializers[name]?.role = said[name] ?? fallback
    }
  }
}
