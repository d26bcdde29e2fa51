// Swaps the bytes of tensors in an encoded model: for short windows to decode, for weights to write.

import Network

/// An encoded message in pieces: runs of the message it was made from, and bytes put in between.
struct Rope {
  enum Piece {
    case source(Range<Int>)
    case bytes(Bytes)
  }

  private(set) var pieces: [Piece] = []
  private(set) var count = 0

  mutating func append(_ range: Range<Int>) {
    guard !range.isEmpty else { return }
    count += range.count
    if case .source(let last)? = pieces.last, last.upperBound == range.lowerBound {
      pieces[pieces.count - 1] = .source(last.lowerBound..<range.upperBound)
    } else {
      pieces.append(.source(range))
    }
  }

  mutating func append(_ bytes: Bytes) {
    count += bytes.count
    pieces.append(.bytes(bytes))
  }

  mutating func append(_ rope: Rope) {
    count += rope.count
    pieces += rope.pieces
  }
}

/// Replaces the `raw_data` of every tensor in an encoded model and mends the lengths around it.
///
/// Reading replaces weights by *windows* (16 bytes that say where in the file they stand), so that
/// the decoder sees a short model and the weights stay in the file. Writing replaces the windows,
/// which then number the tensors, by the weights, and streams the pieces to the file.
struct Splice {
  let source: UnsafeRawBufferPointer
  /// What stands instead of the `raw_data` in the given range of the source.
  let replacement: (Range<Int>) throws(WireFault) -> Bytes

  /// The model in pieces, after every message in it has been checked to stay in its bounds.
  func model() throws(WireFault) -> Rope {
    try splice(0..<source.count, .model, moving: true, depth: 0)
  }

  private func splice(
    _ range: Range<Int>, _ message: WireMessage, moving: Bool, depth: Int
  ) throws(WireFault) -> Rope {
    guard depth < WireReader.deepest else {
      throw WireFault(
        offset: range.lowerBound,
        problem: "messages are nested deeper than \(WireReader.deepest)")
    }
    var rope = Rope()
    var reader = WireReader(source, range)
    while let field = try reader.next() {
      if moving, message == .tensor, field.number == WireMessage.rawData, field.isDelimited {
        let bytes = try replacement(field.payload)
        rope.append(field.tag)
        rope.append(Bytes(WireReader.varint(bytes.count)))
        rope.append(bytes)
      } else if field.isDelimited, let inner = message.message(in: field.number) {
        let moving = moving && inner.isSpliced
        let content = try splice(field.payload, inner, moving: moving, depth: depth + 1)
        if case .source(field.payload)? = content.pieces.first {
          rope.append(field.range)
        } else {
          rope.append(field.tag)
          rope.append(Bytes(WireReader.varint(content.count)))
          rope.append(content)
        }
      } else {
        rope.append(field.range)
      }
    }
    return rope
  }
}

/// A short stand-in for a tensor's bytes in an encoded model.
struct Window {
  /// Where the bytes begin in the file (reading), or the tensor's number (writing).
  let start: Int
  /// The number of bytes.
  let count: Int

  init(start: Int, count: Int) {
    self.start = start
    self.count = count
  }

  /// The window that 16 bytes hold; `nil` for any other number of bytes.
  init?(_ bytes: some Collection<UInt8>) {
    guard bytes.count == 16 else { return nil }
    func number(_ bytes: some Sequence<UInt8>) -> Int {
      Int(truncatingIfNeeded: bytes.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
    }
    start = number(bytes.prefix(8))
    count = number(bytes.dropFirst(8))
  }

  /// The window as 16 bytes.
  var encoded: [UInt8] {
    [start, count].flatMap { number in
      (0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
    }
  }
}
