// Whether a graph is a graph: every value made once and before it is used.

import HeapModule
import OrderedCollections

extension Network {
  /// Checks that every value is made exactly once and before it is used, and that outputs exist.
  ///
  /// - Throws: ``NetworkError/undefinedValue(node:value:)``,
  ///   ``NetworkError/duplicateValue(value:first:second:)``.
  public func validate() throws(NetworkError) {
    var makers: [String: String] = [:]
    for input in inputs where makers.updateValue("the inputs", forKey: input.name) != nil {
      throw .duplicateValue(value: input.name, first: "the inputs", second: "the inputs")
    }
    // Older files list initializers among the inputs too; they are the inputs' defaults.
    for name in initializers.keys { makers[name] = "the initializers" }
    for node in nodes {
      for name in node.uses where !name.isEmpty && makers[name] == nil {
        throw .undefinedValue(node: node.label, value: name)
      }
      for name in node.outputs where !name.isEmpty {
        if let first = makers.updateValue(node.label, forKey: name) {
          throw .duplicateValue(value: name, first: first, second: node.label)
        }
      }
    }
    for output in outputs where makers[output.name] == nil {
      throw .undefinedValue(node: "(the network's outputs)", value: output.name)
    }
  }

  /// The same network with its nodes in an order in which every value is made before it is used.
  ///
  /// Nodes keep their order where they can (Kahn's algorithm, first come first served).
  ///
  /// - Throws: ``NetworkError/cycle(nodes:)`` where there is no such order.
  public func sorted() throws(NetworkError) -> Network {
    var makers: [String: Int] = [:]
    for (index, node) in nodes.enumerated() {
      for name in node.outputs where !name.isEmpty { makers[name] = index }
    }
    var users = [[Int]](repeating: [], count: nodes.count)
    var missing = [Int](repeating: 0, count: nodes.count)
    for (index, node) in nodes.enumerated() {
      for maker in Set(node.uses.compactMap { makers[$0] }) {
        users[maker].append(index)
        missing[index] += 1
      }
    }
    // The smallest ready index first keeps an order that is already right.
    var ready = Heap(nodes.indices.filter { missing[$0] == 0 })
    var order: [Int] = []
    while let next = ready.popMin() {
      order.append(next)
      for user in users[next] {
        missing[user] -= 1
        if missing[user] == 0 { ready.insert(user) }
      }
    }
    guard order.count == nodes.count else {
      throw .cycle(nodes: nodes.indices.filter { missing[$0] > 0 }.map { nodes[$0].label })
    }
    var result = self
    result.nodes = order.map { nodes[$0] }
    return result
  }
}
