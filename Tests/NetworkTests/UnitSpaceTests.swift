// The solver against a brute-force union of single indices.

import Testing

@testable import Network

@Suite struct UnitSpaceTests {
  /// The partition of all indices that a space stands for: a label for each axis and index.
  private func labels(_ space: UnitSpace, extents: [Int]) -> [[Int]] {
    var labels = extents.map { [Int](repeating: -1, count: $0) }
    var next = 0
    for group in space.groups where group.size > 0 {
      for unit in 0..<group.size {
        for id in group.runs {
          let run = space.runs[id]
          for index in 0..<run.width {
            labels[run.axis][run.start + unit * run.stride + index] = next
          }
        }
        next += 1
      }
    }
    return labels
  }

  /// Checks that two labellings make the same partition.
  private func samePartition(_ a: [[Int]], _ b: [[Int]]) -> Bool {
    var forth: [Int: Int] = [:]
    var back: [Int: Int] = [:]
    for (x, y) in zip(a.joined(), b.joined()) {
      if forth[x, default: y] != y || back[y, default: x] != x { return false }
      forth[x] = y
      back[y] = x
    }
    return true
  }

  /// The partition by brute force, one index at a time.
  private struct Brute {
    var parent: [Int]
    let offsets: [Int]
    let extents: [Int]

    init(_ extents: [Int]) {
      self.extents = extents
      var sum = 0
      offsets = extents.map { extent in
        defer { sum += extent }
        return sum
      }
      parent = Array(0..<extents.reduce(0, +))
    }

    func root(_ x: Int) -> Int { parent[x] == x ? x : root(parent[x]) }

    mutating func tie(_ a: UnitSlice, _ b: UnitSlice) {
      for u in 0..<a.count {
        var indices: [Int] = []
        for slice in [a, b] {
          for w in 0..<slice.width {
            indices.append(offsets[slice.axis] + slice.start + u * slice.stride + w)
          }
        }
        for index in indices.dropFirst() { parent[root(index)] = root(indices[0]) }
      }
    }

    var labels: [[Int]] {
      extents.indices.map { a in (0..<extents[a]).map { root(offsets[a] + $0) } }
    }
  }

  private func slice(
    _ axis: Int, _ start: Int, stride: Int = 1, width: Int = 1, count: Int
  ) -> UnitSlice {
    UnitSlice(axis: axis, start: start, stride: stride, width: width, count: count)
  }

  @Test(
    "Ties solved by runs equal ties solved index by index",
    arguments: [
      // concatenation of two parts
      ([4, 6, 10], [(0, 0, 1, 1, 4, 2, 0, 1, 1), (1, 0, 1, 1, 6, 2, 4, 1, 1)]),
      // flatten with 9 positions, then the flat axis tied to a part of a longer one
      ([5, 45, 60], [(0, 0, 1, 1, 5, 1, 0, 9, 9), (1, 0, 1, 1, 45, 2, 10, 1, 1)]),
      // channel shuffle of 12 channels in 3 groups
      (
        [12, 12],
        [(0, 0, 1, 1, 4, 1, 0, 3, 1), (0, 4, 1, 1, 4, 1, 1, 3, 1), (0, 8, 1, 1, 4, 1, 2, 3, 1)]
      ),
      // every second index, then a window over the result
      ([9, 4, 2], [(0, 0, 2, 1, 4, 1, 0, 1, 1), (1, 1, 1, 1, 2, 2, 0, 1, 1)]),
      // an axis tied to itself, group by group
      ([12], [(0, 4, 1, 1, 4, 0, 0, 1, 1), (0, 8, 1, 1, 4, 0, 0, 1, 1)]),
      // heads of four, seen from both sides
      ([16, 4, 32], [(1, 0, 1, 1, 4, 0, 0, 4, 4), (0, 0, 1, 1, 16, 2, 0, 2, 2)]),
      // split into three, the middle one padded into a longer axis
      ([12, 4, 10], [(0, 4, 1, 1, 4, 1, 0, 1, 1), (1, 0, 1, 1, 4, 2, 3, 1, 1)]),
    ])
  func ties(
    extents: [Int], list: [(Int, Int, Int, Int, Int, Int, Int, Int, Int)]
  ) {
    var space = UnitSpace()
    for extent in extents { space.addAxis(extent: extent) }
    var brute = Brute(extents)
    for (axis, start, stride, width, count, other, from, step, span) in list {
      let a = slice(axis, start, stride: stride, width: width, count: count)
      let b = slice(other, from, stride: step, width: span, count: count)
      let joined = space.tie(a, b)
      #expect(joined)
      brute.tie(a, b)
    }
    #expect(samePartition(labels(space, extents: extents), brute.labels))
  }

  @Test("Random ties: what is solved is exactly the brute-force partition", arguments: 0..<2000)
  func randomTies(seed: UInt64) {
    var random = SeededGenerator(state: seed &+ 1)
    let extents = (0..<Int.random(in: 2...4, using: &random)).map { _ in
      Int.random(in: 1...24, using: &random)
    }
    var space = UnitSpace()
    for extent in extents { space.addAxis(extent: extent) }
    var brute = Brute(extents)
    for _ in 0..<6 {
      let width = Int.random(in: 1...2, using: &random)
      func pick(_ count: Int?) -> UnitSlice {
        let axis = Int.random(in: extents.indices, using: &random)
        let stride = width * Int.random(in: 1...2, using: &random)
        let most = max(0, (extents[axis] - width) / stride + 1)
        let count = count ?? Int.random(in: 0...most, using: &random)
        let room = extents[axis] - (count - 1) * stride - width
        let start = count == 0 || room < 0 ? 0 : Int.random(in: 0...room, using: &random)
        return slice(axis, start, stride: stride, width: width, count: count)
      }
      let a = pick(nil)
      let b = pick(a.count)
      guard b.count == 0 || b.start + (b.count - 1) * b.stride + b.width <= extents[b.axis] else {
        continue
      }
      // What does not align is refused; the partition stays one, only coarser than before.
      guard space.tie(a, b) else { return }
      brute.tie(a, b)
      #expect(samePartition(labels(space, extents: extents), brute.labels))
    }
  }

  @Test func misalignedTieIsRefused() {
    var space = UnitSpace()
    space.addAxis(extent: 12)
    space.addAxis(extent: 6)
    space.addAxis(extent: 4)
    let aligned = space.tie(slice(1, 0, count: 6), slice(0, 0, stride: 2, width: 2, count: 6))
    #expect(aligned)
    let crossing = space.tie(slice(2, 0, count: 4), slice(0, 0, stride: 3, width: 3, count: 4))
    #expect(!crossing)
    let uneven = space.tie(slice(2, 0, count: 4), slice(0, 0, count: 3))
    #expect(!uneven)
  }

  @Test func costFollowsPiecesNotChannels() {
    var space = UnitSpace()
    space.addAxis(extent: 1_000_000)
    space.addAxis(extent: 1_000_000)
    let halves = space.tie(slice(0, 0, count: 500_000), slice(1, 500_000, count: 500_000))
    #expect(halves)
    #expect(space.runs.count <= 4)
  }
}
