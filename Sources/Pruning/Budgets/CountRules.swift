// Count rules: which numbers of units a group may keep, by floor, rounding and blocks.

import Network

/// Which numbers of units a group may keep: multiples of its ``step(of:)`` that are not under the
/// floor, and all of them.
struct CountRules {
  let roundTo: Int
  let floor: Floor

  /// The least number of units by which a group shrinks: a multiple of the rounding and of its blocks.
  func step(of group: Group) -> Int {
    var (a, b) = (roundTo, group.blocks)
    while b != 0 { (a, b) = (b, a % b) }
    return roundTo / a * group.blocks
  }

  /// The fewest units the group may keep.
  func least(of group: Group) -> Int { count(0, of: group) }

  /// The smallest number the group may keep that is at least `wanted`.
  func count(_ wanted: Int, of group: Group) -> Int {
    let step = step(of: group)
    let count = max(wanted, floor.units(of: group.size))
    return min(group.size, (count + step - 1) / step * step)
  }

  /// The next number above `count` that the group may keep; all it has, where there is none.
  func next(above count: Int, of group: Group) -> Int {
    min(group.size, count + step(of: group))
  }
}
