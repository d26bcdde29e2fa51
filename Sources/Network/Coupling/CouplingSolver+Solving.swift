// Solving the collected relations: ties of parts of axes, equal counts, and what is frozen.

extension CouplingSolver {
  // MARK: ties

  /// Solves the ties, whole axes first, which are one axis of the space.
  mutating func solve() {
    joinBlocks()
    for axis in extents.indices where root(axis) == axis {
      classes[axis] = space.cover.count
      space.addAxis(extent: extents[axis])
    }
    for (made, source) in derivations.reversed() where parts[source] == nil {
      if let part = parts[made] { parts[source] = part }
    }
    // Ties of single units, and those that do not fit regular runs, come last: they break up what the
    // others still find whole.
    let ordered = partial.filter { $0.0.count > 1 } + partial.filter { $0.0.count <= 1 }
    let irregular = ordered.filter { !space.tie(inSpace($0.0), inSpace($0.1)) }
    for (a, b, node) in irregular where !tieSingly(inSpace(a), inSpace(b)) {
      let reason = "\(node) ties ranges of indices whose boundaries do not align"
      frozen[a.axis, default: []].append(reason)
      frozen[b.axis, default: []].append(reason)
    }
    // Divide here already, so that nothing that is found later is divided any more.
    for (slice, _) in frozenSlices where !isWhole(slice) { _ = space.owners(of: inSpace(slice)) }
  }

  /// Ties slices unit by unit; `false` where that does not work either, or would be too many.
  private mutating func tieSingly(_ a: UnitSlice, _ b: UnitSlice) -> Bool {
    guard a.count == b.count, a.count <= Self.mostSingles else { return false }
    for unit in 0..<a.count
    where !space.tie(a.taking(from: unit, count: 1), b.taking(from: unit, count: 1)) {
      return false
    }
    return true
  }

  /// So many units at most are told apart one by one.
  static let mostSingles = 4096

  /// Blocks of rows of an axis that also takes part as a whole lose the same indices everywhere, as do
  /// blocks that are not all there, or that overlap.
  private mutating func joinBlocks() {
    var rows: [Int: (count: Int, axes: [Int])] = [:]
    for (axis, block) in blocks {
      rows[block.axis, default: (0, [])].count += block.rows.count
      rows[block.axis]?.axes.append(axis)
    }
    for (real, found) in rows {
      guard plain[real] || found.count != extents[real - axisNumber(real)] else { continue }
      for axis in found.axes {
        unite(axis, real)
        if let part = parts[axis] { parts[real] = part }
      }
    }
  }

  /// Which axis of its value the axis is.
  func axisNumber(_ axis: Int) -> Int {
    axis - (base[values[owner[axis]]] ?? 0)
  }

  mutating func inSpace(_ slice: UnitSlice) -> UnitSlice {
    var slice = slice
    slice.axis = classes[root(slice.axis)] ?? 0
    return slice
  }

  // MARK: equal counts

  /// Lets slices lose different units where their groups correspond one to one, and otherwise ties the
  /// slices unit by unit, which also leaves them equal.
  mutating func balance() {
    let open = balances.map { balance in balance.slices.map { inSpace($0) } }
    // A tie made here can divide groups that corresponded before: look again, at last at all of them.
    for attempt in 0..<3 {
      // Divide first, so that what is found does not change any more.
      for slices in open { for slice in slices { _ = space.owners(of: slice) } }
      let failing = open.indices.filter { correspondence(open[$0]) == nil }
      if failing.isEmpty { break }
      for index in attempt == 2 ? Array(open.indices) : failing {
        for slice in open[index].dropFirst() where !space.tie(open[index][0], slice) {
          let reason = "\(balances[index].node) needs equally many of ranges that do not align"
          for slice in balances[index].slices { frozen[slice.axis, default: []].append(reason) }
        }
      }
    }
    for slices in open { for slice in slices { _ = space.owners(of: slice) } }
    balanced = Array(space.groups.indices)
    for slices in open {
      for position in correspondence(slices) ?? [] {
        for owner in position.dropFirst() { joinBalanced(position[0].group, owner.group) }
      }
    }
  }

  /// For each position, the groups at that position of the slices; `nil` where they differ in size.
  private mutating func correspondence(_ slices: [UnitSlice]) -> [[UnitSpace.Owner]]? {
    var positions: [[UnitSpace.Owner]] = []
    for (number, slice) in slices.enumerated() {
      guard let owners = space.owners(of: slice) else { return nil }
      if number == 0 {
        positions = owners.map { [$0] }
        continue
      }
      guard owners.count == positions.count else { return nil }
      for (position, owner) in owners.enumerated() {
        let first = positions[position][0]
        guard owner.width == first.width,
          space.groups[owner.group].size == space.groups[first.group].size
        else { return nil }
        positions[position].append(owner)
      }
    }
    return positions
  }

  private mutating func joinBalanced(_ a: Int, _ b: Int) {
    let (x, y) = (balancedRoot(a), balancedRoot(b))
    balanced[max(x, y)] = min(x, y)
  }

  mutating func balancedRoot(_ group: Int) -> Int {
    var group = group
    while balanced[group] != group {
      balanced[group] = balanced[balanced[group]]
      group = balanced[group]
    }
    return group
  }

  // MARK: freezing

  /// Freezes the groups of frozen slices.
  mutating func freeze() {
    for (slice, reason) in frozenSlices {
      if isWhole(slice) {
        frozen[slice.axis, default: []].append(reason)
      } else if let owners = space.owners(of: inSpace(slice)) {
        for owner in owners { frozenGroups[owner.group, default: []].append(reason) }
      } else {
        frozen[slice.axis, default: []].append(reason)
      }
    }
  }
}
