// Tensors as files hold them: sizes, types, gathering and zeroing of every width.

import Testing

@testable import Network

@Suite struct TensorDataTests {
  @Test func bytesMustFitTheShape() throws {
    #expect(throws: NetworkError.self) {
      try TensorData(type: .float32, shape: [2, 3], bytes: Bytes([0, 0]))
    }
    #expect(throws: NetworkError.self) { try TensorData([1, 2, 3] as [Int64], shape: [-1, 3]) }
    #expect(throws: NetworkError.self) {
      try TensorData(type: .int8, shape: [Int.max, 4], bytes: Bytes([]))
    }
    #expect(
      try TensorData([1.5, 2.5] as [Float], shape: [2]).values(as: Float.self) == [1.5, 2.5])
    #expect(throws: NetworkError.self) {
      try TensorData(scalar: Float(1)).values(as: Double.self)
    }
  }

  @Test func widening() throws {
    #expect(TensorData(vector: [-3, 4] as [Int8]).integers == [-3, 4])
    #expect(TensorData(vector: [true, false]).integers == [1, 0])
    #expect(TensorData(vector: [0.5] as [Float]).integers == nil)
    let odd = try TensorData(type: .bool, shape: [3], bytes: Bytes([0, 2, 255]))
    #expect(try odd.values(as: Bool.self) == [false, true, true])
    #expect(TensorData(vector: [0.5] as [Float16]).reals == [0.5])
    let half = try TensorData(type: .bfloat16, shape: [1], bytes: Bytes([0xC0, 0x3F]))
    #expect(half.reals == [1.5])
  }

  @Test func gatheringAlongEachAxis() throws {
    let tensor = try TensorData((0..<24).map(Int32.init), shape: [2, 3, 4])
    #expect(try tensor.gathering([1], axis: 0).values(as: Int32.self) == (12..<24).map(Int32.init))
    #expect(
      try tensor.gathering([0, 2], axis: 1).values(as: Int32.self)
        == [0, 1, 2, 3, 8, 9, 10, 11, 12, 13, 14, 15, 20, 21, 22, 23])
    #expect(try tensor.gathering([3], axis: 2).values(as: Int32.self) == [3, 7, 11, 15, 19, 23])
    #expect(throws: NetworkError.self) { try tensor.gathering([4], axis: 2) }
    #expect(throws: NetworkError.self) { try tensor.gathering([0], axis: 3) }
  }

  @Test func gatheringAlongSeveralAxesAtOnce() throws {
    let tensor = try TensorData((0..<120).map(Int16.init), shape: [2, 3, 4, 5])
    let selections = [[0: [1], 2: [0, 1, 3]], [1: [2, 0]], [0: [0, 1], 3: [4]], [:], [2: []]]
    for selection in selections {
      var expected = tensor
      for (axis, indices) in selection { expected = try expected.gathering(indices, axis: axis) }
      #expect(try tensor.gathering(selection) == expected)
    }
    #expect(throws: NetworkError.self) { try tensor.gathering([1: [3]]) }
    #expect(throws: NetworkError.self) { try tensor.gathering([4: [0]]) }
  }

  @Test func gatheringQuarterBytes() throws {
    // Elements 0, 1, 2, 3 and 3, 2, 1, 0, the first in the lowest bits.
    let tensor = try TensorData(
      type: .uint2, shape: [2, 4], bytes: Bytes([0b1110_0100, 0b0001_1011]))
    #expect(try tensor.gathering([1, 3], axis: 1).bytes.array == [0b0010_1101])
    #expect(try tensor.gathering([1], axis: 0).bytes.array == [0b0001_1011])
  }

  @Test func gatheringHalfBytesAndStrings() throws {
    let nibbles = try TensorData(type: .uint4, shape: [5], bytes: Bytes([0x21, 0x43, 0x05]))
    #expect(try nibbles.gathering([0, 2, 4], axis: 0).bytes.array == [0x31, 0x05])
    let words = try TensorData(strings: [[65], [66], [67]], shape: [3])
    #expect(try words.gathering([2, 0], axis: 0).strings == [[67], [65]])
  }

  @Test func clearing() throws {
    let tensor = try TensorData([1, 2, 3, 4, 5, 6] as [Double], shape: [2, 3])
    #expect(try tensor.replacing([1], axis: 1).values(as: Double.self) == [1, 0, 3, 4, 0, 6])
    #expect(try tensor.replacing([0], axis: 0).values(as: Double.self) == [0, 0, 0, 4, 5, 6])
  }

  @Test func mappedFiles() throws {
    let error = #expect(throws: NetworkError.self) { try MappedFile(path: "no such file") }
    #expect(error.map { "\($0)" }?.contains("no such file") == true)
    #expect(throws: NetworkError.self) { try MappedFile(path: "/") }
  }
}
