// How the elements of a weight lie around the axis along which its units are counted.

import Network

/// Where the elements of a member's units lie in a weight, in row-major order.
struct MemberLayout {
  let member: Group.Member
  /// The runs of rows before the axis in which the member lies.
  let outer: Range<Int>
  /// The elements after the axis.
  let inner: Int
  /// The elements from one run of rows to the next.
  let row: Int

  init(of member: Group.Member, _ shape: [Int]) {
    self.member = member
    inner = shape[(member.axis + 1)...].reduce(1, *)
    row = shape[member.axis] * inner
    let all = shape[..<member.axis].reduce(1, *)
    let perRow = all / max(shape.first ?? 1, 1)
    outer = member.block.map { $0.lowerBound * perRow..<$0.upperBound * perRow } ?? 0..<all
  }
}
