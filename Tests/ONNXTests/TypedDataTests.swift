// Tensors whose elements stand in typed fields are packed as raw data is.

import Foundation
import Network
import OrderedCollections
import Testing

@testable import ONNX

@Suite struct TypedDataTests {
  /// Reads a tensor through a model that holds it.
  func read(_ type: ElementType, _ dims: [Int64], _ fill: (inout Onnx_TensorProto) -> Void) throws
    -> TensorData
  {
    var tensor = Onnx_TensorProto()
    tensor.name = "t"
    tensor.dims = dims
    tensor.dataType = type.rawValue
    fill(&tensor)
    var model = Onnx_ModelProto()
    model.graph.initializer = [tensor]
    let folder = try TemporaryFolder()
    return try #require(
      ONNXModel(path: folder.put(model)).network.initializers["t"]
    ).tensor
  }

  @Test func floats() throws {
    let values: [Float] = [1.5, -.infinity, .leastNonzeroMagnitude]
    #expect(try read(.float32, [3]) { $0.floatData = values } == TensorData(vector: values))
    let complex = try read(.complex64, [1]) { $0.floatData = [1, 2] }
    #expect(complex.bytes == Bytes([0, 0, 0x80, 0x3F, 0, 0, 0, 0x40]))
    let doubles = try read(.float64, [2]) { $0.doubleData = [0.1, -2] }
    #expect(doubles == TensorData(vector: [0.1, -2] as [Double]))
  }

  @Test func integers() throws {
    let expected = TensorData(vector: [-1, 300, .min] as [Int32])
    #expect(try read(.int32, [3]) { $0.int32Data = [-1, 300, .min] } == expected)
    #expect(try read(.int64, [1]) { $0.int64Data = [.min] } == TensorData(vector: [Int64.min]))
    #expect(try read(.uint64, [1]) { $0.uint64Data = [.max] } == TensorData(vector: [UInt64.max]))
    #expect(try read(.uint32, [1]) { $0.uint64Data = [7] } == TensorData(vector: [7] as [UInt32]))
    #expect(
      try read(.int8, [2]) { $0.int32Data = [-1, 2] } == TensorData(vector: [-1, 2] as [Int8]))
    #expect(
      try read(.uint16, [1]) { $0.int32Data = [65535] } == TensorData(vector: [UInt16.max]))
    #expect(try read(.bool, [2]) { $0.int32Data = [1, 0] } == TensorData(vector: [true, false]))
  }

  @Test func smallTypesStandInIntegers() throws {
    let half = try read(.float16, [2]) { $0.int32Data = [0x3C00, 0xC000] }
    #expect(half.reals == [1, -2])
    #expect(try read(.bfloat16, [1]) { $0.int32Data = [0x3F80] }.reals == [1])
    #expect(
      try read(.float8E5M2, [2]) { $0.int32Data = [0x3C, 0xFF] }.bytes == Bytes([0x3C, 0xFF]))
    // Two four-bit elements to a number, the first in the low half.
    #expect(try read(.int4, [3]) { $0.int32Data = [0x21, 0x03] }.bytes == Bytes([0x21, 0x03]))
  }

  @Test func strings() throws {
    let strings = try read(.string, [2]) { $0.stringData = [Data("a".utf8), Data([0xFF])] }
    #expect(strings.strings == [[0x61], [0xFF]])
  }

  @Test func scalarsAndEmptyTensors() throws {
    #expect(try read(.float32, []) { $0.floatData = [2] } == TensorData(scalar: Float(2)))
    #expect(try read(.float32, [0, 4]) { _ in }.count == 0)
  }

  @Test(arguments: [
    ([3], 2, "type float32 and shape [3] need 12 bytes, the file holds 8"),
    ([-1], 1, "the shape [-1] is impossible: extents must not be negative or overflow"),
    ([1 << 40, 1 << 40], 1, "extents must not be negative or overflow"),
    ([1 << 60], 1, "has 1152921504606846976 elements, more than any file holds"),
    ([1 << 40], 1, "need 4398046511104 bytes, the file holds 4"),
    ([], 0, "type float32 and shape [] need 4 bytes, the file holds 0"),
  ])
  func sizesThatDoNotFit(dims: [Int64], count: Int, message: String) throws {
    let error = try #require(throws: ONNXError.self) {
      try read(.float32, dims) { $0.floatData = [Float](repeating: 1, count: count) }
    }
    #expect("\(error)".contains("tensor 't': ") && "\(error)".contains(message), "\(error)")
  }

  @Test func typesAndStorageThatAreUnknown() throws {
    var error = try #require(throws: ONNXError.self) {
      try read(.float32, [1]) { $0.dataType = 99 }
    }
    #expect("\(error)".contains("tensor 't': its element type 99 is not one of ONNX"), "\(error)")
    error = try #require(throws: ONNXError.self) {
      try read(.float32, [1]) { $0.segment = .init() }
    }
    #expect("\(error)".contains("stored in segments"), "\(error)")
    error = try #require(throws: ONNXError.self) {
      try read(.string, [2]) { $0.stringData = [Data()] }
    }
    #expect("\(error)".contains("needs 2 strings, found 1"), "\(error)")
  }
}
