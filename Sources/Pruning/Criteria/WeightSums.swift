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
    // Channels that a sampler picks are made by no weight: those of the layer that reads them count.
    let isMade = members.contains { $0.part == .producer && $0.role == .parameter }
    let part = part == .producer && !isMade ? .consumer : part
    for member in members where member.part == part && member.role == .parameter {
      let tensor = try subject.weight(member.value)
      let rows = MemberLayout(of: member, tensor.shape)
      let found: [Double]
      if tensor.type == .float32 {
        found = tensor.bytes.withUnsafeBytes { rows.sums(of: power, $0) }
        tensor.bytes.release()
      } else {
        found = try subject.elements(of: member.value).withUnsafeBytes { rows.sums(of: power, $0) }
      }
      for (unit, sum) in zip(member.units, found)
      where makers.map({ $0[unit] == member.value }) ?? true {
        sums[unit] += sum
      }
    }
    return sums
  }
}

extension MemberLayout {
  /// The sum over each unit's weights among `weights`, float32, in the order of memory.
  fileprivate func sums(of power: WeightPower, _ weights: UnsafeRawBufferPointer) -> [Double] {
    var sums = [Double](repeating: 0, count: member.units.count)
    // One borrow of the array for the whole loop; a check per weight would cost more than the weight.
    sums.withUnsafeMutableBufferPointer { sums in
      for o in outer {
        let first = o * row + member.start * inner
        if member.width * inner == 1, member.stride == 1 {
          Self.add(power, weights, from: first, to: sums)
          continue
        }
        for index in sums.indices {
          sums[index] += Self.sum(
            weights, from: first + index * member.stride * inner, count: member.width * inner, power
          )
        }
      }
    }
    return sums
  }

  /// Adds successive weights to successive sums: a row of a matrix whose columns are the units.
  private static func add(
    _ power: WeightPower, _ weights: UnsafeRawBufferPointer, from start: Int,
    to sums: UnsafeMutableBufferPointer<Double>
  ) {
    for index in sums.indices {
      let weight = Double(
        weights.loadUnaligned(
          fromByteOffset: (start + index) * MemoryLayout<Float>.stride, as: Float.self))
      sums[index] += power == .absolute ? abs(weight) : weight * weight
    }
  }

  private static func sum(
    _ weights: UnsafeRawBufferPointer, from start: Int, count: Int, _ power: WeightPower
  ) -> Double {
    let width = 8
    var position = start * MemoryLayout<Float>.stride
    let end = position + count * MemoryLayout<Float>.stride
    let step = width * MemoryLayout<Float>.stride
    var total = 0.0
    if count >= width {
      var partial = SIMD8<Double>(repeating: 0)
      while end - position >= step {
        let weights = SIMD8<Double>(
          weights.loadUnaligned(fromByteOffset: position, as: SIMD8<Float>.self))
        switch power {
        case .absolute: partial += weights.replacing(with: -weights, where: weights .< 0)
        case .square: partial += weights * weights
        }
        position += step
      }
      total = partial.sum()
    }
    while position < end {
      let weight = Double(weights.loadUnaligned(fromByteOffset: position, as: Float.self))
      total += power == .absolute ? abs(weight) : weight * weight
      position += MemoryLayout<Float>.stride
    }
    return total
  }
}
