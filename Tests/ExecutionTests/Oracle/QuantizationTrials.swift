// Quantizers and products of integers against ONNX Runtime.

import Network
import OrderedCollections
import Runtimes
import Testing

@Suite struct QuantizationTrials {
  private static func bytes(_ t: inout Trials, _ shape: [Int]) throws -> Operand {
    let count = shape.reduce(1, *)
    return .value(
      try TensorData((0..<count).map { _ in UInt8(t.number(0...255)) }, shape: shape))
  }

  private static func zero(_ value: UInt8) -> Operand { .constant(TensorData(scalar: value)) }
  private static func scale(_ value: Float) -> Operand { .constant(TensorData(scalar: value)) }

  static func quantizers() throws -> Trials {
    var t = Trials(opset: 21, seed: 51)
    try t.add("QuantizeLinear", [t.floats([3, 4], -9...9), scale(0.05), zero(100)])
    try t.add(
      "QuantizeLinear",
      [
        t.floats([2, 3, 4]), .constant(TensorData(vector: [Float(0.1), 0.2, 0.3])),
        .constant(TensorData(vector: [Int8(0), 5, -7])),
      ], ["axis": .int(1)])
    try t.add(
      "QuantizeLinear",
      [
        t.floats([2, 6]),
        .constant(TensorData([0.01, 0.02, 0.03, 0.04, 0.05, 0.06] as [Float], shape: [2, 3])),
        .constant(TensorData([Int8](repeating: 1, count: 6), shape: [2, 3])),
      ], ["axis": .int(1), "block_size": .int(2)])
    try t.add("DequantizeLinear", [bytes(&t, [3, 4]), scale(0.05), zero(100)])
    try t.add(
      "DequantizeLinear",
      [
        bytes(&t, [2, 3, 4]), .constant(TensorData(vector: [Float(0.1), 0.2, 0.3])),
        .constant(TensorData(vector: [UInt8(0), 5, 7])),
      ], ["axis": .int(-2)])
    for range: ClosedRange<Float> in [-2...2, 0.5...3, -3...(-1)] {
      try t.add("DynamicQuantizeLinear", [t.floats([4, 5], range)], outputs: 3)
    }
    return t
  }

  static func products() throws -> Trials {
    var t = Trials(opset: 17, seed: 52)
    try t.add("MatMulInteger", [bytes(&t, [3, 4]), bytes(&t, [4, 2]), zero(7), zero(130)])
    try t.add("MatMulInteger", [bytes(&t, [2, 3, 4]), bytes(&t, [4, 2])])
    try t.add(
      "QLinearMatMul",
      [
        bytes(&t, [3, 4]), scale(0.02), zero(120), bytes(&t, [4, 5]), scale(0.03), zero(130),
        scale(0.2), zero(128),
      ])
    try t.add(
      "ConvInteger", [bytes(&t, [1, 2, 5, 5]), bytes(&t, [4, 2, 3, 3]), zero(9)],
      ["pads": .ints([1, 1, 1, 1])])
    let weights = try TensorData(
      (0..<36).map { _ in Int8(t.number(-128...127)) }, shape: [4, 1, 3, 3])
    try t.add(
      "QLinearConv",
      [
        bytes(&t, [1, 2, 5, 5]), scale(0.02), zero(120), .constant(weights),
        .constant(TensorData(vector: [Float(0.01), 0.02, 0.03, 0.04])),
        .constant(TensorData(vector: [Int8(0), 0, 0, 0])), scale(0.1), zero(128),
        .constant(TensorData(vector: [Int32(100), -200, 0, 999])),
      ], ["group": .int(2), "strides": .ints([2, 2])])
    return t
  }

  @Test(.enabled(if: hasRuntime, whyNoRuntime)) func integersAgree() throws {
    try Self.quantizers().compare()
    try Self.products().compare()
  }

  @Test func smallElementsComeBack() throws {
    let packed: [(ElementType, [UInt8])] = [
      (.int4, [0x80, 0xF7, 0x21]), (.uint4, [0x80, 0xF7, 0x21]), (.int2, [0b11_10_01_00, 0x0B]),
      (.uint2, [0b11_10_01_00, 0x0B]), (.float4E2M1, [0x10, 0x32, 0x54, 0x76, 0x98, 0xFE]),
    ]
    for (type, bytes) in packed {
      let count = bytes.count * 8 / type.bitWidth
      let data = try TensorData(type: type, shape: [count], bytes: Bytes(bytes))
      let tensor = try data.tensor(named: "x")
      #expect(tensor.shape == [count])
      #expect(try TensorData(tensor, as: type) == data)
    }
    let nibbles = try TensorData(type: .int4, shape: [3], bytes: Bytes([0x87, 0x0F]))
    #expect(try nibbles.tensor(named: "x").values(as: Int64.self) == [7, -8, -1])
    let floats = try TensorData(type: .float4E2M1, shape: [4], bytes: Bytes([0x71, 0xAF]))
    #expect(try floats.tensor(named: "x").values(as: Float.self) == [0.5, 6, -6, -1])
  }

  @Test func castsToNarrowTypes() throws {
    let x = try floats([0.26, -5.4, 1000, .nan, -0.74, 0.0001], [6])
    func cast(_ to: ElementType, saturate: Int64 = 1) throws -> [Float] {
      try evaluate(
        "Cast", [x], attributes: ["to": .int(Int64(to.rawValue)), "saturate": .int(saturate)],
        opset: 23
      )[0].values(as: Float.self)
    }
    #expect(try cast(.float4E2M1) == [0.5, -6, 6, 0, -0.5, 0])
    let eight = try cast(.float8E4M3FN)
    #expect(eight[0] == 0.25 && eight[1] == -5.5 && eight[2] == 448 && eight[3].isNaN)
    #expect(try cast(.float8E4M3FN, saturate: 0)[2].isNaN)
    #expect(try cast(.float8E5M2)[2] == 1024)
    #expect(try cast(.float8E8M0)[..<3] == [0.5, 8, 1024])
    #expect(try cast(.uint16)[2] == 1000)
  }

  @Test func wideUnsignedIntegersCompute() throws {
    let a = try TensorData([UInt32.max, 5, 70000], shape: [3])
    let b = try TensorData([1, 2, 3] as [UInt32], shape: [3])
    let sum = try evaluate("Sub", [a, b])[0]
    #expect(sum.type == .uint32)
    #expect(try TensorData(sum).integers == [Int(UInt32.max) - 1, 3, 69997])
    let short = try TensorData([UInt16.max, 3], shape: [2])
    #expect(try TensorData(evaluate("Max", [short, short])[0]).integers == [65535, 3])
    let order = try evaluate("ArgMax", [short], attributes: ["axis": .int(0)])[0]
    #expect(order.type == .int64)
  }
}
