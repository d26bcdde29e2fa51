// Where the units of groups are used up: the places at which they are observed and gated.

import Network

/// The places at which the units of groups are used up.
///
/// A unit lives in many values: what a convolution makes, the same after normalisation, after the
/// activation, after addition to a shortcut. It matters where a layer reads it for the last time: at
/// the input of a node that has a weight for it (the next convolution), or that lets it end (a product
/// of queries and keys). There what precedes, biases and normalisation included, has its effect, and
/// setting the unit to zero at all of its ends is what a cut does.
struct UnitEnds {
  /// An axis of one input of one node.
  struct Place: Hashable {
    let node: Int
    let input: Int
    let axis: Int
  }

  /// A place with the units that are used up there.
  struct End {
    let place: Place
    /// The value there, and the extent of its axis.
    let value: String
    let extent: Int
    let rank: Int
    /// The groups (by position) whose units lie along the axis, and where.
    var members: [(group: Int, member: Group.Member)]
  }

  /// The places, in the order of the nodes.
  let ends: [End]

  init(_ groups: [Group], in network: Network, _ inference: Inference) {
    var carried: [String: [(group: Int, member: Group.Member)]] = [:]
    var users: [String: Set<Int>] = [:]
    for (index, group) in groups.enumerated() {
      for member in group.members {
        if member.role == nil {
          carried[member.value, default: []].append((index, member))
        } else if member.part == .consumer {
          users[member.value, default: []].insert(index)
        }
      }
    }
    var ends: [End] = []
    var known: [Place: Int] = [:]
    for (position, node) in network.nodes.enumerated() where !["Shape", "Size"].contains(node.op) {
      let used = node.inputs.reduce(into: Set<Int>()) { $0.formUnion(users[$1] ?? []) }
      let passed = Set(node.outputs.flatMap { carried[$0] ?? [] }.map(\.group))
      for (input, value) in node.inputs.enumerated() {
        guard let type = inference.types[value], type.element.isFloatingPoint else { continue }
        for (group, member) in carried[value] ?? []
        where used.contains(group) || !passed.contains(group) {
          let place = Place(node: position, input: input, axis: member.axis)
          if let end = known[place] {
            ends[end].members.append((group, member))
          } else {
            known[place] = ends.count
            ends.append(
              End(
                place: place, value: value, extent: type.shape[member.axis],
                rank: type.shape.count, members: [(group, member)]))
          }
        }
      }
    }
    self.ends = ends
  }

  /// Whether the first axis of every place is the batch, so that a gate can be an example's own.
  ///
  /// It is where it follows the batch of the inputs: 2 where that is 2, 3 where it is 3; where the
  /// network states the batch, there is only that one to look at.
  func followBatch(of network: Network) -> Bool {
    let free = network.inputs.filter { network.initializers[$0.name] == nil }
    var names = Set<String>()
    for input in free {
      if case .symbol(let name)? = input.shape?.first { names.insert(name) }
    }
    func follow(_ size: Int, _ binding: [String: Int]) -> Bool {
      guard let types = try? network.infer(binding: binding).types else { return false }
      return ends.allSatisfy { $0.place.axis > 0 && types[$0.value]?.shape.first == size }
    }
    if case .fixed(let size)? = free.first?.shape?.first { return size > 1 && follow(size, [:]) }
    return !names.isEmpty
      && [2, 3].allSatisfy { size in
        follow(size, Dictionary(uniqueKeysWithValues: names.map { ($0, size) }))
      }
  }
}
