// The walk over an encoded model: literal bytes in, literal pieces and faults out.

import Network
import Testing

@testable import ONNX

@Suite struct WireTests {
  /// The fields of a message as number and payload.
  func fields(_ bytes: [UInt8]) throws -> [[Int]] {
    try bytes.withUnsafeBytes { buffer in
      var reader = WireReader(buffer, 0..<buffer.count)
      var fields: [[Int]] = []
      while let field = try reader.next() {
        fields.append([field.number] + buffer[field.payload].map(Int.init))
      }
      return fields
    }
  }

  /// What is wrong with a message.
  func fault(_ bytes: [UInt8]) throws -> WireFault {
    try #require(throws: WireFault.self) { try fields(bytes) }
  }

  @Test func fieldsOfAllWireTypes() throws {
    // 1: varint 300; 2: two bytes; 3: 32 bits; 4: 64 bits; 5: a group that holds field 1.
    let bytes: [UInt8] =
      [0x08, 0xAC, 0x02, 0x12, 0x02, 0x61, 0x62, 0x1D, 1, 2, 3, 4]
      + [0x21, 1, 2, 3, 4, 5, 6, 7, 8, 0x2B, 0x08, 0x01, 0x2C]
    #expect(
      try fields(bytes) == [
        [1, 0xAC, 2], [2, 0x61, 0x62], [3, 1, 2, 3, 4], [4, 1, 2, 3, 4, 5, 6, 7, 8],
        [5, 8, 1, 0x2C],
      ])
  }

  @Test(arguments: [
    ([0x00], 0, "0 is not the number of a field"),
    ([0x08], 1, "a number is cut off"),
    ([0x08, 0x80], 1, "a number is cut off"),
    ([0x08] + [UInt8](repeating: 0xFF, count: 11), 1, "a number has more than 10 bytes"),
    ([0x0A, 0x05, 0x61], 1, "field 1 claims 5 bytes where only 1 are left"),
    ([0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01], 1, "field 1 claims"),
    ([0x0D, 1, 2], 1, "field 1 needs 4 bytes where only 2 are left"),
    ([0x0F], 0, "field 1 has the unknown wire type 7"),
    ([0x0C], 0, "field 1 has the unknown wire type 4"),
    ([0x0B, 0x08, 0x01], 3, "group 1 is never closed"),
    ([0x0B, 0x14], 1, "group 1 is closed by 2"),
    ([UInt8](repeating: 0x0B, count: 200), 101, "groups are nested deeper than 100"),
  ])
  func faults(bytes: [UInt8], offset: Int, problem: String) throws {
    let fault = try fault(bytes)
    #expect(fault.offset == offset)
    #expect(fault.problem.contains(problem), "\(fault.problem)")
  }

  /// An encoded message in a field.
  func field(_ number: Int, _ content: [UInt8]) -> [UInt8] {
    WireReader.varint(number << 3 | 2) + WireReader.varint(content.count) + content
  }

  @Test func weightsAreSwappedAndLengthsMended() throws {
    func model(_ raw: [UInt8]) -> [UInt8] {
      let tensor = field(8, [0x74]) + field(9, raw) + [0x10, 0x02]
      let node = field(5, field(1, [0x76]) + field(5, tensor))
      return [0x08, 0x08] + field(7, field(5, tensor) + field(1, node) + field(2, [0x67]))
    }
    let long = [UInt8](repeating: 7, count: 300)
    let source = model(long)
    var seen: [Range<Int>] = []
    let rope = try source.withUnsafeBytes { buffer in
      try Splice(source: buffer) { range throws(WireFault) in
        seen.append(range)
        return Bytes([1, 2])
      }.model()
    }
    let spliced = rope.pieces.flatMap { piece in
      switch piece {
      case .source(let range): Array(source[range])
      case .bytes(let bytes): bytes.array
      }
    }
    #expect(seen.map { Array(source[$0]) } == [long, long])
    #expect(spliced == model([1, 2]))
    #expect(rope.count == spliced.count)
  }

  @Test func tensorsInFunctionsAndSparseTensorsStayAsTheyAre() throws {
    let tensor = field(9, [1, 2, 3])
    let source =
      field(25, field(7, field(5, field(5, tensor)))) + field(20, field(1, field(5, tensor)))
      + field(7, field(15, field(1, tensor)))
    let rope = try source.withUnsafeBytes { buffer in
      try Splice(source: buffer) { _ throws(WireFault) in Bytes([]) }.model()
    }
    #expect(rope.count == source.count)
    guard case .source(0..<source.count)? = rope.pieces.first else {
      Issue.record("the model was taken apart: \(rope.pieces)")
      return
    }
  }

  @Test func windowsAreSixteenBytes() throws {
    let window = Window(start: 0x0102_0304_0506, count: 77)
    #expect(window.encoded == [6, 5, 4, 3, 2, 1, 0, 0, 77, 0, 0, 0, 0, 0, 0, 0])
    let read = try #require(Window(window.encoded))
    #expect((read.start, read.count) == (window.start, window.count))
    #expect(Window([1, 2, 3]) == nil)
  }
}
