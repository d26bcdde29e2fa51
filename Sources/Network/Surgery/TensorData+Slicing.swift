// Gathering and zeroing slices of a tensor along an axis, bit for bit.

extension TensorData {
  /// The tensor that has only the given indices along `axis`, in the given order.
  ///
  /// - Throws: ``NetworkError/impossibleCut(reason:)`` where an index or the axis does not exist.
  public func gathering(_ indices: [Int], axis: Int) throws(NetworkError) -> TensorData {
    try gathering([axis: indices])
  }

  /// The tensor that has only the given indices along each of the axes that are keys, in the given
  /// order.
  ///
  /// - Throws: ``NetworkError/impossibleCut(reason:)`` where an index or an axis does not exist.
  func gathering(_ selections: [Int: [Int]]) throws(NetworkError) -> TensorData {
    var shape = shape
    for (axis, indices) in selections {
      try check(indices, axis)
      shape[axis] = indices.count
    }
    guard let last = selections.keys.max() else { return self }
    if type == .string {
      var picked: [[UInt8]] = []
      forEachRun(selections, last) { picked += strings[$0] }
      return try TensorData(strings: picked, shape: shape)
    }
    if type.bitWidth < 8 {
      let elements = unpacked()
      var picked: [UInt8] = []
      forEachRun(selections, last) { picked += elements[$0] }
      return try TensorData(type: type, shape: shape, bytes: Bytes(packed(picked)))
    }
    let width = type.bitWidth / 8
    let gathered = bytes.withUnsafeBytes { source in
      [UInt8](unsafeUninitializedCapacity: width * shape.reduce(1, *)) { buffer, count in
        let target = UnsafeMutableRawBufferPointer(buffer)
        forEachRun(selections, last) { run in
          let bytes = run.lowerBound * width..<run.upperBound * width
          UnsafeMutableRawBufferPointer(rebasing: target[count..<count + bytes.count])
            .copyMemory(from: UnsafeRawBufferPointer(rebasing: source[bytes]))
          count += bytes.count
        }
      }
    }
    return try TensorData(type: type, shape: shape, bytes: Bytes(gathered))
  }

  /// Calls `body` with the elements that selections take, as runs in the order of the result; `last`
  /// is the last axis that is selected from.
  private func forEachRun(
    _ selections: [Int: [Int]], _ last: Int, _ body: (Range<Int>) -> Void
  ) {
    // The positions of the axes before the last one that is selected from, counted in its rows.
    var rows = [0]
    for axis in 0..<last {
      let (extent, picked) = (shape[axis], selections[axis])
      rows = rows.flatMap { row in
        (picked ?? Array(0..<extent)).map { row * extent + $0 }
      }
    }
    let inner = shape[(last + 1)...].reduce(1, *)
    // Neighbours that stay together are one run.
    var neighbours: [Range<Int>] = []
    for index in selections[last] ?? [] {
      if let run = neighbours.last, run.upperBound == index {
        neighbours[neighbours.count - 1] = run.lowerBound..<index + 1
      } else {
        neighbours.append(index..<index + 1)
      }
    }
    for row in rows {
      let first = row * shape[last]
      for run in neighbours {
        body((first + run.lowerBound) * inner..<(first + run.upperBound) * inner)
      }
    }
  }

  /// The tensor that has only some indices along `axis`, others in each block of its rows: of the
  /// indices along axis 0. Equally many are kept in each block, and every row is in one.
  ///
  /// - Throws: ``NetworkError/impossibleCut(reason:)`` where that is not so.
  func gathering(
    _ blocks: [(rows: Range<Int>, kept: [Int])], axis: Int
  ) throws(NetworkError) -> TensorData {
    let blocks = blocks.sorted { $0.rows.lowerBound < $1.rows.lowerBound }
    var (next, joined) = (0, [UInt8]())
    var shape = shape
    for (rows, kept) in blocks {
      guard rows.lowerBound == next, kept.count == blocks[0].kept.count, axis > 0,
        type.bitWidth >= 8
      else {
        throw .impossibleCut(
          reason: "blocks of rows of a tensor of type \(type) and shape \(shape) would keep "
            + "\(blocks.map(\.kept.count)) indices of axis \(axis)")
      }
      next = rows.upperBound
      let part = try gathering(Array(rows), axis: 0).gathering(kept, axis: axis)
      joined += part.bytes.array
      shape[axis] = kept.count
    }
    return try TensorData(type: type, shape: shape, bytes: Bytes(joined))
  }

  /// The tensor with the given indices along `axis`, where given only in some indices of axis 0, taken
  /// from `other`, a tensor of as many elements of the same type; all bits cleared where that is `nil`.
  ///
  /// - Throws: ``NetworkError/impossibleCut(reason:)`` where an index or the axis does not exist.
  public func replacing(
    _ indices: [Int], axis: Int, rows: Range<Int>? = nil, with other: TensorData? = nil
  ) throws(NetworkError) -> TensorData {
    try check(indices, axis)
    guard other.map({ $0.type == type && $0.count == count }) ?? true, type != .string else {
      throw .impossibleCut(reason: "a tensor of type \(type) cannot be masked")
    }
    let isPacked = type.bitWidth < 8
    let inner = shape[(axis + 1)...].reduce(1, *) * (isPacked ? 1 : type.bitWidth / 8)
    var changed = isPacked ? unpacked() : bytes.array
    let source = other.map { isPacked ? $0.unpacked() : $0.bytes.array }
    let outer = shape[..<axis].reduce(1, *)
    let perRow = outer / max(shape.first ?? 1, 1)
    let range = rows.map { $0.lowerBound * perRow..<$0.upperBound * perRow } ?? 0..<outer
    guard range.upperBound <= outer else {
      throw .impossibleCut(reason: "a tensor of shape \(shape) does not have the rows \(range)")
    }
    for o in range {
      for i in indices {
        let from = (o * shape[axis] + i) * inner
        for byte in from..<from + inner { changed[byte] = source?[byte] ?? 0 }
      }
    }
    return try TensorData(
      type: type, shape: shape, bytes: Bytes(isPacked ? packed(changed) : changed))
  }

  /// The same elements along one axis.
  func flattened() throws(NetworkError) -> TensorData {
    try TensorData(type: type, shape: [count], bytes: bytes)
  }

  private func check(_ indices: [Int], _ axis: Int) throws(NetworkError) {
    guard shape.indices.contains(axis) else {
      throw .impossibleCut(reason: "a tensor of shape \(shape) has no axis \(axis)")
    }
    if let wrong = indices.first(where: { !(0..<shape[axis]).contains($0) }) {
      throw .impossibleCut(
        reason: "axis \(axis) of a tensor of shape \(shape) has no index \(wrong)")
    }
  }

  /// Elements smaller than a byte, one to a byte; ONNX packs the first into the lowest bits.
  func unpacked() -> [UInt8] {
    let (width, mask) = (type.bitWidth, UInt8(1 << type.bitWidth - 1))
    let perByte = 8 / width
    return bytes.withUnsafeBytes { bytes in
      (0..<count).map { bytes[$0 / perByte] >> UInt8($0 % perByte * width) & mask }
    }
  }

  /// The opposite of ``unpacked()``.
  private func packed(_ elements: [UInt8]) -> [UInt8] {
    let perByte = 8 / type.bitWidth
    var bytes = [UInt8](repeating: 0, count: type.byteCount(of: elements.count))
    for (index, element) in elements.enumerated() {
      bytes[index / perByte] |= element << UInt8(index % perByte * type.bitWidth)
    }
    return bytes
  }
}
