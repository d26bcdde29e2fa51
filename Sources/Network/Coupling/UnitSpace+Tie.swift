// Solving one tie: refine both sides until they are whole runs, then join their groups.

/// A regular selection of the indices of one axis; see ``AxisSlice``.
struct UnitSlice {
  var axis: Int
  var start: Int
  var stride: Int
  var width: Int
  var count: Int

  var isDense: Bool { stride == width || count == 1 }

  /// Units `from`, `from + step`, ... of this slice, `count` of them.
  func taking(from first: Int, step: Int = 1, count: Int) -> UnitSlice {
    UnitSlice(
      axis: axis, start: start + first * stride, stride: stride * step, width: width, count: count)
  }

  /// The slice whose units are `factor` successive units of this one, which must be dense.
  func coarsened(by factor: Int) -> UnitSlice {
    UnitSlice(
      axis: axis, start: start, stride: width * factor, width: width * factor,
      count: count / factor)
  }
}

extension UnitSpace {
  /// A group that owns a part of a slice.
  struct Owner: Hashable {
    var group: Int
    /// How many of the slice's indices a unit of the group holds there.
    var width: Int
  }

  /// How a slice stands to the runs that own its indices.
  private enum Alignment {
    /// The slice is exactly this run.
    case settled(run: Int)
    /// A group was refined or coarsened; look again.
    case changed
    /// Only the slice's first `n` units may be looked at together.
    case divide(at: Int)
    /// The slice's units alternate between `n` runs.
    case residues(Int)
    /// `n` successive units of the slice are one unit of the run.
    case coarser(Int)
    /// The two do not fit together in any regular way.
    case irregular
  }

  /// Ties unit `u` of `a` to unit `u` of `b`. Returns `false` where their boundaries do not align;
  /// the partition is then still valid, and what could not be tied must be frozen by the caller.
  mutating func tie(_ a: UnitSlice, _ b: UnitSlice) -> Bool {
    guard a.count == b.count else { return false }
    var tasks = [(a, b)]
    while let (a, b) = tasks.popLast() {
      if a.count == 0 { continue }
      let first = align(a)
      guard case .settled(let runA) = first else {
        guard push(first, a, b, flipped: false, &tasks) else { return false }
        continue
      }
      let second = align(b)
      guard case .settled(let runB) = second else {
        guard push(second, b, a, flipped: true, &tasks) else { return false }
        continue
      }
      let (x, y) = (runs[runA].group, runs[runB].group)
      if x != y { unite(x, y) }
    }
    return true
  }

  /// The groups that own the units of `slice`, refined so that they own nothing else of its axis,
  /// in the order of the slice, each with how many of the slice's indices one of its units holds;
  /// `nil` where that is not possible.
  mutating func owners(of slice: UnitSlice) -> [Owner]? {
    var found: [Owner] = []
    var tasks = [(slice, slice)]
    while let (a, _) = tasks.popLast() {
      if a.count == 0 { continue }
      let alignment = align(a)
      if case .settled(let run) = alignment {
        found.append(Owner(group: runs[run].group, width: a.width))
      } else if !push(alignment, a, a, flipped: false, &tasks) {
        return nil
      }
    }
    return found
  }

  /// Turns an unsettled alignment of `a` into smaller or other tasks.
  private func push(
    _ alignment: Alignment, _ a: UnitSlice, _ b: UnitSlice, flipped: Bool,
    _ tasks: inout [(UnitSlice, UnitSlice)]
  ) -> Bool {
    func add(_ x: UnitSlice, _ y: UnitSlice) { tasks.append(flipped ? (y, x) : (x, y)) }
    switch alignment {
    case .settled: break
    case .changed: add(a, b)
    case .divide(let n):
      add(a.taking(from: n, count: a.count - n), b.taking(from: n, count: b.count - n))
      add(a.taking(from: 0, count: n), b.taking(from: 0, count: n))
    case .residues(let n):
      for r in (0..<min(n, a.count)).reversed() {
        let count = (a.count - r + n - 1) / n
        add(a.taking(from: r, step: n, count: count), b.taking(from: r, step: n, count: count))
      }
    case .coarser(let n):
      guard a.isDense, b.isDense else { return false }
      add(a.coarsened(by: n), b.coarsened(by: n))
    case .irregular: return false
    }
    return true
  }

  /// Compares a slice with the run that owns its first index, refining that run's group where the
  /// slice ends inside it.
  private mutating func align(_ slice: UnitSlice) -> Alignment {
    steps += 1
    guard let id = run(owning: slice.start, of: slice.axis) else { return .irregular }
    let run = runs[id]
    let offset = slice.start - run.start
    let (first, inner) = (offset / run.stride, offset % run.stride)
    guard inner == 0 else { return .irregular }
    let available = groups[run.group].size - first
    if slice.width > run.width {
      return gather(slice, run: run, first: first, available: available)
    }
    if slice.width < run.width {
      // Several units of the slice lie within one unit of the run.
      guard slice.isDense, run.width % slice.width == 0 else { return .irregular }
      let factor = run.width / slice.width
      let reach = run.isDense ? available * factor : factor
      let whole = min(slice.count, reach) / factor * factor
      if whole == 0 { return .irregular }
      return whole < slice.count ? .divide(at: whole) : .coarser(factor)
    }
    var count = 1
    if slice.count > 1, available > 1 {
      if slice.stride == run.stride {
        count = min(slice.count, available)
      } else if run.stride % slice.stride == 0 {
        return .residues(run.stride / slice.stride)
      } else if slice.stride % run.stride == 0 {
        return deal(run: run, first: first, available: available, by: slice.stride / run.stride)
      } else {
        return .irregular
      }
    }
    if count < slice.count { return .divide(at: count) }
    if first > 0 {
      split(run.group, at: first)
      return .changed
    }
    if available > count {
      split(run.group, at: count)
      return .changed
    }
    return .settled(run: id)
  }

  /// A slice wider than the run's units: successive units of the run become one.
  private mutating func gather(
    _ slice: UnitSlice, run: Run, first: Int, available: Int
  ) -> Alignment {
    guard run.isDense || groups[run.group].size == 1, slice.width % run.width == 0 else {
      return .irregular
    }
    // With gaps between the slice's units, only what one unit owns becomes one.
    if slice.count > 1, !slice.isDense { return .divide(at: 1) }
    if first > 0 {
      split(run.group, at: first)
      return .changed
    }
    let factor = slice.width / run.width
    let whole = min(available / factor, slice.count) * factor
    if whole == 0 { return .irregular }
    if whole < available { split(run.group, at: whole) } else { coarsen(run.group, by: factor) }
    return .changed
  }

  /// A slice that takes every `factor`-th unit of the run: the run's units are dealt apart.
  private mutating func deal(
    run: Run, first: Int, available: Int, by factor: Int
  ) -> Alignment {
    if first > 0 {
      split(run.group, at: first)
      return .changed
    }
    let whole = available / factor * factor
    if whole == 0 { return .divide(at: 1) }
    if whole < available {
      split(run.group, at: whole)
    } else {
      deinterleave(run.group, by: factor)
    }
    return .changed
  }
}
