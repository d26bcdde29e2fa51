// Dead parts of concatenations: a branch that gives nothing but zeros leaves, and the others are joined without it.
//
// A branch whose mask is zero (S. Lin et al., "Towards Optimal Structured CNN Pruning via Generative Adversarial
// Learning", CVPR 2019, of GoogLeNet's branches) brings zeros to what reads the concatenation. It is a group of
// which no unit stays: who reads the concatenation loses those channels, and the concatenation an input.

extension Kept {
  /// Keeps no unit of `group`, which is possible only where concatenations have others beside them;
  /// ``Network/cut(keeping:)`` refuses it anywhere else.
  ///
  /// - Throws: ``NetworkError/impossibleCut(reason:)`` where the group is frozen.
  public static func nothing(of group: Group) throws(NetworkError) -> Kept {
    if let reason = group.frozen.first {
      throw .impossibleCut(reason: "'\(group.name)' must stay whole: \(reason)")
    }
    return Kept(empty: group)
  }
}

extension Network {
  /// The groups of which nothing but zeros comes, whatever the input is, and which only concatenations
  /// read that have other inputs.
  ///
  /// What follows a concatenation, such as a normalisation with a shift, may make something of zeros:
  /// compare what is left with the network before it takes its place.
  ///
  /// - Throws: ``NetworkError`` where shapes contradict each other.
  public func deadParts() throws(NetworkError) -> [Kept] {
    let zero = zeroValues
    let joined = Set(nodes.filter { $0.op == "Concat" && $0.domain.isEmpty }.flatMap(\.inputs))
    guard !joined.isDisjoint(with: zero) else { return [] }
    let types = try infer().types
    return try coupling().groups.compactMap { group in
      // Where the group is all of a value it comes before a concatenation; behind one it is a part.
      let whole = group.members.filter { member in
        guard member.role == nil, let shape = types[member.value]?.shape else { return false }
        return member.units == 0..<group.size && group.size * member.width == shape[member.axis]
      }
      guard whole.allSatisfy({ zero.contains($0.value) }),
        whole.contains(where: { joined.contains($0.value) })
      else { return nil }
      return try? Kept.nothing(of: group)
    }
  }

  /// Drops the inputs of concatenations of which nothing stays, by the indices that stay of each value.
  mutating func dropEmptyParts(_ survivors: [ValueAxis: [Int]]) {
    let empty = Set(survivors.filter { $0.value.isEmpty && $0.key.block == nil }.map(\.key.value))
    guard !empty.isEmpty else { return }
    for index in nodes.indices where nodes[index].op == "Concat" {
      let left = nodes[index].inputs.filter { !empty.contains($0) }
      if !left.isEmpty { nodes[index].inputs = left }
    }
  }
}
