// Sums over the weights of each unit, straight from where the network keeps them.

import Network

/// A function of one weight that units' scores are sums of.
enum WeightPower {
  /// `|w|`
  case absolute
  /// `w^2`
  case square
}

extension Group {
  /// The sum of `power` over the weights that make each unit, or of another part, in double precision.
  ///
  /// Nothing is copied where the weights are float32: they are read once, where they lie, and let go
  /// again, so that a large file does not stay in memory. Other types are converted first.
  ///
  /// - Parameter makers: for each unit the one weight that counts; all where it is `nil`.
  /// - Throws: ``PruningError/elementType(weight:type:)`` where the weights are no real numbers.
  func sums(
    of power: WeightPower, over part: Relations.Part = .producer, by makers: [String]? = nil,
    in subject: Subject
  ) throws(PruningError) -> [Double] {
    var sums = [Double](repeating: 0, count: size)
    for member in members where member.part == part && member.role == .parameter {
      let tensor = try subject.weight(member.value)
      let rows = WeightRows(tensor.shape, member)
      func add(_ bytes: UnsafeRawBufferPointer) {
        rows.forEachRun { unit, start, count in
          if let makers, makers[unit] != member.value { return }
          let from = MemoryLayout<Float>.stride * start
          sums[unit] += Self.sum(bytes, from: from, count: count, power)
        }
      }
      if tensor.type == .float32 {
        tensor.bytes.withUnsafeBytes(add)
        tensor.bytes.release()
      } else {
        try subject.elements(of: member.value).withUnsafeBytes(add)
      }
    }
    return sums
  }

  private static func sum(
    _ bytes: UnsafeRawBufferPointer, from start: Int, count: Int, _ power: WeightPower
  ) -> Double {
    let width = 8
    var position = start
    let end = start + count * MemoryLayout<Float>.stride
    let step = width * MemoryLayout<Float>.stride
    var total = 0.0
    if count >= width {
      var partial = SIMD8<Double>(repeating: 0)
      while end - position >= step {
        let weights = SIMD8<Double>(
          bytes.loadUnaligned(fromByteOffset: position, as: SIMD8<Float>.self))
        switch power {
        case .absolute: partial += weights.replacing(with: -weights, where: weights .< 0)
        case .square: partial += weights * weights
        }
        position += step
      }
      total = partial.sum()
    }
    while position < end {
      let weight = Double(bytes.loadUnaligned(fromByteOffset: position, as: Float.self))
      total += power == .absolute ? abs(weight) : weight * weight
      position += MemoryLayout<Float>.stride
    }
    return total
  }
}

/// Where the weights of each unit of a member lie in row-major order.
private struct WeightRows {
  let member: Group.Member
  /// The rows before the member's axis in which it lies.
  let outer: Range<Int>
  /// The elements after the axis, and from one row to the next.
  let inner: Int
  let row: Int

  init(_ shape: [Int], _ member: Group.Member) {
    self.member = member
    inner = shape[(member.axis + 1)...].reduce(1, *)
    row = shape[member.axis] * inner
    let all = shape[..<member.axis].reduce(1, *)
    let perRow = all / max(shape.first ?? 1, 1)
    outer = member.block.map { $0.lowerBound * perRow..<$0.upperBound * perRow } ?? 0..<all
  }

  /// Calls `body` with each unit and each run of elements it has, in the order of memory.
  func forEachRun(_ body: (_ unit: Int, _ start: Int, _ count: Int) -> Void) {
    for o in outer {
      for unit in member.units {
        let indices = member.indices(of: unit)
        body(unit, o * row + indices.lowerBound * inner, indices.count * inner)
      }
    }
  }
}
