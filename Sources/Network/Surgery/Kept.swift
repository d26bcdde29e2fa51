// What stays of a group: the decision that masks and cuts carry out.

/// The units of one group that stay.
public struct Kept: Sendable, Hashable {
  /// The group.
  public let group: Group
  /// The units that stay, ascending.
  public let units: [Int]

  /// Keeps `units` of `group`.
  ///
  /// - Throws: ``NetworkError/impossibleCut(reason:)`` where the group is frozen, where nothing would
  ///   stay, where a unit does not exist, or where the group's blocks would keep unequal counts.
  public init(_ group: Group, units: some Sequence<Int>) throws(NetworkError) {
    var units = Array(units)
    if !zip(units, units.dropFirst()).allSatisfy({ $0 < $1 }) { units = Set(units).sorted() }
    if let reason = group.frozen.first, units.count < group.size {
      throw .impossibleCut(reason: "'\(group.name)' must stay whole: \(reason)")
    }
    guard let first = units.first, let last = units.last else {
      throw .impossibleCut(reason: "nothing would stay of '\(group.name)'; keep at least one unit")
    }
    guard first >= 0, last < group.size else {
      throw .impossibleCut(
        reason: "'\(group.name)' has units 0..<\(group.size); asked to keep \(first)...\(last)")
    }
    if group.blocks > 1 {
      let size = group.size / group.blocks
      var counts = [Int](repeating: 0, count: group.blocks)
      for unit in units { counts[unit / size] += 1 }
      guard Set(counts).count == 1 else {
        throw .impossibleCut(
          reason: "'\(group.name)' falls into \(group.blocks) blocks of \(size) units, of which "
            + "equally many must stay; asked to keep \(counts)")
      }
    }
    self.group = group
    self.units = units
  }

  /// Keeps nothing.
  init(empty group: Group) {
    self.group = group
    units = []
  }

  /// The units that leave, ascending.
  public var removed: [Int] {
    var keep = [Bool](repeating: false, count: group.size)
    for unit in units { keep[unit] = true }
    return (0..<group.size).filter { !keep[$0] }
  }
}

extension Sequence<Kept> {
  /// The indices that stay along an axis of a value, ascending; `nil` where all of the `extent` do.
  ///
  /// - Throws: ``NetworkError/impossibleCut(reason:)`` where a unit lies beyond the extent.
  public func indices(
    of value: String, axis: Int, extent: Int
  ) throws(NetworkError) -> [Int]? {
    let masks = try keptIndices { name, other in name == value && other == axis ? extent : 0 }
    return masks[ValueAxis(value: value, axis: axis)].map { mask in
      mask.indices.filter { mask[$0] }
    }
  }

  /// For each value and axis touched, which of its `extent` indices stay.
  func keptIndices(
    extent: (String, Int) throws(NetworkError) -> Int
  ) throws(NetworkError) -> [ValueAxis: [Bool]] {
    var masks: [ValueAxis: [Bool]] = [:]
    for kept in self {
      let removed = kept.removed
      if removed.isEmpty { continue }
      for member in kept.group.members {
        let key = ValueAxis(value: member.value, axis: member.axis, block: member.block)
        var mask: [Bool]
        if let known = masks[key] {
          mask = known
        } else {
          mask = Array(repeating: true, count: try extent(member.value, member.axis))
        }
        if mask.isEmpty { continue }
        for unit in removed {
          for index in member.indices(of: unit) {
            guard mask.indices.contains(index) else {
              throw .impossibleCut(
                reason: "'\(member.value)' has \(mask.count) indices on axis \(member.axis), but "
                  + "'\(kept.group.name)' ties index \(index); solve the groups of this network")
            }
            mask[index] = false
          }
        }
        masks[key] = mask
      }
    }
    return masks
  }
}

/// An axis of a value, or of those of its rows that `block` names.
struct ValueAxis: Hashable, Sendable {
  var value: String
  var axis: Int
  var block: Range<Int>?
}
