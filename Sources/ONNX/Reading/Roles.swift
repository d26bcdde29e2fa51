// Which initializers are trained, which are running statistics, and which are constants.

import Network
import OrderedCollections

extension Network {
  /// Gives every initializer the role that the nodes using it see in it; one that is used twice has
  /// the most demanding role, and one that only subgraphs use is judged by its type alone.
  mutating func assignRoles() {
    let demand: [Initializer.Role: Int] = [.constant: 0, .buffer: 1, .parameter: 2]
    var seen: [String: Initializer.Role] = [:]
    for node in nodes {
      for (index, name) in node.inputs.enumerated() {
        guard let tensor = initializers[name]?.tensor else { continue }
        let role = Operators.role(of: tensor, asInput: index, of: node)
        if let other = seen[name], demand[other, default: 0] >= demand[role, default: 0] {
          continue
        }
        seen[name] = role
      }
    }
    let nobody = Node("", name: "", inputs: [], outputs: [])
    for (name, initializer) in initializers {
      initializers[name]?.role =
        seen[name] ?? Operators.role(of: initializer.tensor, asInput: 0, of: nobody)
    }
  }
}
