// Naming what the solver found: groups with their members, in the order of the network.

import OrderedCollections

extension CouplingSolver {
  /// The public form of what was solved.
  mutating func result() -> Coupling {
    var axesOfClass = [[Int]](repeating: [], count: space.cover.count)
    for axis in extents.indices {
      // A block that loses the same as the axis itself needs no mention of its own.
      if let block = blocks[axis], root(block.axis) == root(axis) { continue }
      if let number = classes[root(axis)] { axesOfClass[number].append(axis) }
    }
    var parties: OrderedDictionary<Int, [Int]> = [:]
    for (number, group) in space.groups.enumerated() where group.size > 0 {
      parties[balancedRoot(number), default: []].append(number)
    }
    // What can be pruned comes first to its name.
    var prunable: [(order: Int, Group)] = []
    var stuck: [(party: [Int], isMerged: Bool)] = []
    var names: [String: Int] = [:]
    for (party, isMerged) in merged(parties.values) {
      let party = inOrder(party, axesOfClass)
      if isFrozen(party, axesOfClass) {
        stuck.append((party, isMerged))
      } else if let built = build(party, isMerged: isMerged, axesOfClass, &names) {
        prunable.append(built)
      }
    }
    let frozen = stuck.compactMap { build($0.party, isMerged: $0.isMerged, axesOfClass, &names) }
    return Coupling(
      groups: prunable.sorted { $0.order < $1.order }.map(\.1),
      frozen: frozen.sorted { $0.order < $1.order }.map(\.group), barriers: barriers)
  }

  /// Whether there is a reason for one of the groups to stay.
  private func isFrozen(_ party: [Int], _ axesOfClass: [[Int]]) -> Bool {
    party.contains { number in
      frozenGroups[number] != nil
        || space.groups[number].runs.contains { id in
          axesOfClass[space.runs[id].axis].contains { frozen[$0] != nil }
        }
    }
  }

  /// Single units that lie in the same axes are one group: what irregular selections broke up.
  private func merged(
    _ parties: some Sequence<[Int]>
  ) -> [(party: [Int], isMerged: Bool)] {
    var result: [(party: [Int], isMerged: Bool)] = []
    var places: [[Int]: Int] = [:]
    for party in parties {
      let group = space.groups[party[0]]
      guard party.count == 1, group.size == 1, frozenGroups[party[0]] == nil else {
        result.append((party, false))
        continue
      }
      let axes = group.runs.map { [space.runs[$0].axis, space.runs[$0].width] }
        .sorted { ($0[0], $0[1]) < ($1[0], $1[1]) }.flatMap { $0 }
      if let place = places[axes] {
        result[place].party.append(party[0])
        result[place].isMerged = true
      } else {
        places[axes] = result.count
        result.append((party, false))
      }
    }
    return result
  }

  /// The groups of a party by their first place in the network, so that neighbours stay neighbours.
  private func inOrder(_ party: [Int], _ axesOfClass: [[Int]]) -> [Int] {
    if party.count == 1 { return party }
    let places: [(axis: Int, start: Int)] = party.map { number in
      var first = (axis: Int.max, start: 0)
      for id in space.groups[number].runs {
        let run = space.runs[id]
        let place = (axis: axesOfClass[run.axis].first ?? .max, start: run.start)
        if place < first { first = place }
      }
      return first
    }
    return party.indices.sorted { places[$0] < places[$1] }.map { party[$0] }
  }

  /// The public form of groups that lose equally many units; `nil` where no parameter makes them.
  private func build(
    _ party: [Int], isMerged: Bool, _ axesOfClass: [[Int]], _ names: inout [String: Int]
  ) -> (order: Int, group: Group)? {
    let size = space.groups[party[0]].size
    var members = MemberList()
    var reasons: [String] = []
    var mixes: [String] = []
    for (block, number) in party.enumerated() {
      reasons += frozenGroups[number] ?? []
      for id in space.groups[number].runs {
        let run = space.runs[id]
        for axis in axesOfClass[run.axis] {
          reasons += frozen[axis] ?? []
          mixes += mixing[axis] ?? []
          let value = values[owner[axis]]
          let member = Group.Member(
            value: value, axis: axisNumber(blocks[axis]?.axis ?? axis), block: blocks[axis]?.rows,
            units: block * size..<(block + 1) * size, start: run.start,
            stride: isMerged ? run.width : run.stride, width: run.width,
            role: network.initializers[value]?.role,
            part: parts[axis] ?? .carrier)
          members.add(member, axis: axis, joining: party.count > 1)
        }
      }
    }
    let makers = members.all.indices.filter {
      members.all[$0].part == .producer && members.all[$0].role != nil
    }
    guard let maker = makers.min(by: { members.axes[$0] < members.axes[$1] }) else { return nil }
    let axis = members.axes[maker]
    let covered = members.all.indices.reduce(0) {
      members.axes[$1] == axis ? $0 + members.all[$1].units.count * members.all[$1].width : $0
    }
    let built = Group(
      name: name(
        members.all[maker], extent: extents[axis], covered: isMerged ? covered : 0, &names),
      size: size * party.count, blocks: isMerged ? 1 : party.count, members: members.all,
      frozen: Array(OrderedSet(reasons)),
      mixing: Array(OrderedSet(mixes)))
    return (axis, built)
  }

  /// The layer that makes the units, and which of its outputs they are where they are not all.
  private func name(
    _ producer: Group.Member, extent: Int, covered: Int, _ names: inout [String: Int]
  ) -> String {
    var name = producer.value
    for suffix in [".weight", "_weight", ".kernel"] where name.hasSuffix(suffix) {
      name.removeLast(suffix.count)
    }
    if producer.units.count * producer.width != extent, covered != extent {
      let end = producer.indices(of: producer.units.upperBound - 1).upperBound
      name += "[\(producer.start)..<\(end)]"
    }
    let uses = names[name, default: 0]
    names[name] = uses + 1
    return uses > 0 ? "\(name)#\(uses + 1)" : name
  }
}

/// The members of a group being collected; those of successive blocks that continue each other are
/// one.
private struct MemberList {
  /// Where a member would have to go on to continue another.
  private struct End: Hashable {
    var axis: Int
    var stride: Int
    var width: Int
    var index: Int
    var unit: Int
  }

  private(set) var all: [Group.Member] = []
  private(set) var axes: [Int] = []
  private var ends: [End: Int] = [:]

  mutating func add(_ member: Group.Member, axis: Int, joining: Bool) {
    func end(_ unit: Int, _ index: Int) -> End {
      End(axis: axis, stride: member.stride, width: member.width, index: index, unit: unit)
    }
    guard joining else {
      all.append(member)
      axes.append(axis)
      return
    }
    let next = end(
      member.units.upperBound, member.start + member.units.count * member.stride)
    if let found = ends.removeValue(forKey: end(member.units.lowerBound, member.start)) {
      all[found].units = all[found].units.lowerBound..<member.units.upperBound
      ends[next] = found
    } else {
      ends[next] = all.count
      all.append(member)
      axes.append(axis)
    }
  }
}
