// Gathering and zeroing slices of a tensor along an axis, bit for bit.

extension TensorData {
  /// The tensor that has only the given indices along `axis`, in the given order.
  ///
  /// - Throws: ``NetworkError/impossibleCut(reason:)`` where an index or the axis does not exist.
  public func gathering(_ indices: [Int], axis: Int) throws(NetworkError) -> TensorData {
    try check(indices, axis)
    var shape = shape
    shape[axis] = indices.count
    let outer = self.shape[..<axis].reduce(1, *)
    let inner = self.shape[(axis + 1)...].reduce(1, *)
    let extent = self.shape[axis]
    if type == .string {
      let picked = Self.pick(indices, of: strings, outer: outer, extent: extent, inner: inner)
      return try TensorData(strings: picked, shape: shape)
    }
    if type.bitWidth < 8 {
      let picked = Self.pick(
        indices, of: unpacked(), outer: outer, extent: extent, inner: inner)
      return try TensorData(type: type, shape: shape, bytes: Bytes(packed(picked)))
    }
    let block = inner * type.bitWidth / 8
    let gathered = bytes.withUnsafeBytes { source in
      [UInt8](unsafeUninitializedCapacity: outer * indices.count * block) { buffer, count in
        let target = UnsafeMutableRawBufferPointer(buffer)
        for o in 0..<outer {
          for i in indices {
            let from = (o * extent + i) * block
            let part = UnsafeMutableRawBufferPointer(rebasing: target[count..<count + block])
            part.copyMemory(from: UnsafeRawBufferPointer(rebasing: source[from..<from + block]))
            count += block
          }
        }
      }
    }
    return try TensorData(type: type, shape: shape, bytes: Bytes(gathered))
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

  /// Blocks of `inner` elements at the given indices of an axis with `outer` blocks of rows before it.
  private static func pick<T>(
    _ indices: [Int], of elements: [T], outer: Int, extent: Int, inner: Int
  ) -> [T] {
    var picked: [T] = []
    picked.reserveCapacity(outer * indices.count * inner)
    for o in 0..<outer {
      for i in indices {
        let from = (o * extent + i) * inner
        picked += elements[from..<from + inner]
      }
    }
    return picked
  }

  /// Elements of fewer than eight bits, one to a byte; ONNX packs the first into the lowest bits.
  func unpacked() -> [UInt8] {
    let (packed, bits) = (bytes.array, type.bitWidth)
    let perByte = 8 / bits
    let mask = UInt8((1 << bits) - 1)
    return (0..<count).map { packed[$0 / perByte] >> (($0 % perByte) * bits) & mask }
  }

  private func packed(_ elements: [UInt8]) -> [UInt8] {
    let perByte = 8 / type.bitWidth
    var packed = [UInt8](repeating: 0, count: (elements.count + perByte - 1) / perByte)
    for (index, element) in elements.enumerated() {
      packed[index / perByte] |= element << ((index % perByte) * type.bitWidth)
    }
    return packed
  }
}
