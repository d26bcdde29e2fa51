// The solver's state: axes covered by runs of units, and the groups those runs belong to.

/// A partition of the indices of many axes into groups of units that leave together.
///
/// Every axis is covered by *runs*; run `r` of group `g` says that unit `u` of `g` owns the indices
/// `start + u * stride ..< start + u * stride + width` of the run's axis. Three moves refine the
/// partition (``split(_:at:)``, ``deinterleave(_:by:)``) or coarsen it (``coarsen(_:by:)``), and
/// ``unite(_:_:)`` joins two groups unit by unit. Nothing is ever kept per index, so the cost follows
/// the number of runs, not of channels.
///
/// Invariant: the runs of an axis own each of its indices exactly once.
struct UnitSpace {
  struct Run {
    let axis: Int
    var start: Int
    var stride: Int
    var width: Int
    var group: Int

    var isDense: Bool { stride == width }
  }

  struct Group {
    var size: Int
    var runs: [Int]
  }

  private(set) var runs: [Run] = []
  private(set) var groups: [Group] = []
  /// The runs of each axis, by ascending start.
  private(set) var cover: [[Int]] = []
  /// How often a slice was compared with a run: what solving costs.
  var steps = 0

  /// Adds an axis of `extent` indices, each a unit of one new group.
  mutating func addAxis(extent: Int) {
    runs.append(Run(axis: cover.count, start: 0, stride: 1, width: 1, group: groups.count))
    groups.append(Group(size: extent, runs: [runs.count - 1]))
    cover.append([runs.count - 1])
  }

  /// The run that owns `index` of `axis`.
  func run(owning index: Int, of axis: Int) -> Int? {
    let list = cover[axis]
    var (low, high) = (0, list.count)
    while low < high {
      let middle = (low + high) / 2
      if runs[list[middle]].start <= index { low = middle + 1 } else { high = middle }
    }
    // Interleaved runs overlap in extent: the owner may start before the nearest start.
    for position in stride(from: low - 1, through: 0, by: -1) {
      let run = runs[list[position]]
      let offset = index - run.start
      if offset % run.stride < run.width, offset / run.stride < groups[run.group].size {
        return list[position]
      }
    }
    return nil
  }

  /// Cuts group `g` in two: units before `k` stay, those from `k` on form a new group.
  mutating func split(_ g: Int, at k: Int) {
    let tail = groups.count
    groups.append(Group(size: groups[g].size - k, runs: []))
    groups[g].size = k
    for id in groups[g].runs {
      let run = runs[id]
      add(
        Run(
          axis: run.axis, start: run.start + k * run.stride, stride: run.stride, width: run.width,
          group: tail))
    }
  }

  /// Deals the units of group `g` to `factor` groups in turn; the size must be a multiple.
  mutating func deinterleave(_ g: Int, by factor: Int) {
    groups[g].size /= factor
    let own = groups[g].runs
    for residue in 1..<factor {
      let part = groups.count
      groups.append(Group(size: groups[g].size, runs: []))
      for id in own {
        let run = runs[id]
        add(
          Run(
            axis: run.axis, start: run.start + residue * run.stride, stride: run.stride * factor,
            width: run.width, group: part))
      }
    }
    for id in own { runs[id].stride *= factor }
  }

  /// Ties every `factor` successive units of group `g` into one; the size must be a multiple.
  mutating func coarsen(_ g: Int, by factor: Int) {
    groups[g].size /= factor
    for id in groups[g].runs {
      let run = runs[id]
      if run.isDense {
        runs[id].width *= factor
      } else {
        for part in 1..<factor {
          add(
            Run(
              axis: run.axis, start: run.start + part * run.stride, stride: run.stride * factor,
              width: run.width, group: g))
        }
      }
      runs[id].stride *= factor
    }
  }

  /// Joins two groups of one size: unit `u` of both leaves together from now on.
  mutating func unite(_ a: Int, _ b: Int) {
    let (large, small) = groups[a].runs.count >= groups[b].runs.count ? (a, b) : (b, a)
    for id in groups[small].runs { runs[id].group = large }
    groups[large].runs += groups[small].runs
    groups[small] = Group(size: 0, runs: [])
  }

  private mutating func add(_ run: Run) {
    let id = runs.count
    runs.append(run)
    groups[run.group].runs.append(id)
    let list = cover[run.axis]
    var (low, high) = (0, list.count)
    while low < high {
      let middle = (low + high) / 2
      if runs[list[middle]].start < run.start { low = middle + 1 } else { high = middle }
    }
    cover[run.axis].insert(id, at: low)
  }
}
