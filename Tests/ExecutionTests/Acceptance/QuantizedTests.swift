// Quantized networks cut through their quantizers: masked against cut, here and in ONNX Runtime.

import Foundation
import Network
import ONNX
import Runtimes
import Testing
import Torch

@testable import Execution

@Suite struct QuantizedTests {
  /// What `scripts/quantized_fixtures.py` wrote, and the sizes of the groups that can be pruned.
  private static let fixtures: [String: [Int]] = [
    "qdq-per-channel": [8, 12, 10], "qdq-uint8": [8, 12, 10], "qoperator": [8, 12, 10],
    "dynamic": [8, 12, 10],
  ]

  private static func fixture(_ name: String) throws -> Network {
    let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appending(path: "../../Fixtures/Quantized/\(name).onnx").standardized.path
    return try ONNXModel(path: path).network
  }

  @Test(arguments: fixtures.keys.sorted())
  func quantizedByONNXRuntime(name: String) throws {
    let network = try Self.fixture(name)
    let coupling = try network.coupling()
    #expect(coupling.groups.map(\.size) == Self.fixtures[name])
    #expect(coupling.groups.flatMap(\.mixing) == [])
    var random = SeededGenerator(state: 3)
    for _ in 0..<3 { try Self.check(network, InvariantTests.choice(coupling, &random)) }
    // The scales of the filters that stay are theirs still.
    let group = try #require(coupling.groups.first)
    let cut = try network.cut(keeping: [Kept(group, units: [1, 6])])
    if let scale = cut.initializers["first.weight_scale"]?.tensor.reals, scale.count > 1 {
      let before = try #require(network.initializers["first.weight_scale"]?.tensor.reals)
      #expect(scale == [before[1], before[6]])
    }
    #expect(cut.initializers["first.weight_quantized"]?.tensor.shape == [2, 3, 3, 3])
  }

  @Test(.enabled(if: hasRuntime, whyNoRuntime), arguments: fixtures.keys.sorted())
  func sameInTheRuntime(name: String) throws {
    let network = try Self.fixture(name)
    let coupling = try network.coupling()
    var random = SeededGenerator(state: 3)
    for _ in 0..<3 {
      try Self.checkInTheRuntime(network, InvariantTests.choice(coupling, &random))
    }
  }

  /// Masked and cut give the same numbers in float64.
  private static func check(_ network: Network, _ kept: [Kept]) throws {
    let masked = try network.masked(keeping: kept)
    let cut = try network.cut(keeping: kept)
    #expect(cut.parameterCount < network.parameterCount)
    try cut.validate()
    let x = try Samples.input(of: network, batch: 2, seed: 13)
    let whole = try withoutGradients { try Model(masked, type: .float64)(x) }
    let small = try withoutGradients { try Model(cut, type: .float64)(x) }
    let scale = try whole.abs().max().scalar()
    #expect(scale > 1e-3)
    #expect(try (whole - small).abs().max().scalar() <= 1e-9 * scale)
  }

  /// Masked and cut give the same numbers in ONNX Runtime, whose integer sums are exact.
  private static func checkInTheRuntime(_ network: Network, _ kept: [Kept]) throws {
    let runtime = try ONNXRuntime.shared.get()
    let theirs = try run(network.masked(keeping: kept), runtime)
    let other = try run(network.cut(keeping: kept), runtime)
    for (name, value) in theirs {
      let (a, b) = (try #require(value.reals), try #require(other[name]?.reals))
      #expect(a.count == b.count)
      let scale = a.map(abs).max() ?? 0
      #expect(scale > 1e-3)
      #expect(zip(a, b).allSatisfy { abs($0 - $1) <= 1e-5 * scale }, "\(network.name)")
    }
  }

  private static func run(
    _ network: Network, _ runtime: ONNXRuntime
  ) throws -> [String: TensorData] {
    let path = FileManager.default.temporaryDirectory
      .appending(path: "bonsai-quantized-\(UInt64.random(in: 0 ... .max)).onnx").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try ONNXModel(network).write(to: path)
    let session = try runtime.load(path, threads: 1)
    return try session.run(SyntheticInputs(batch: 2).make(session.inputs, model: path))
  }

  /// x [N, 8] through two layers whose weights are kept as integers of `type`.
  private static func layers(
    _ type: ElementType, axis: Int, block: Int = 0, zeros: Bool
  ) throws -> Network {
    var random = SeededGenerator(state: 9)
    var net = Network(
      name: "\(type)", inputs: [ValueInfo("x", .float32, ["batch", 8])],
      outputs: [ValueInfo("y", .float32, ["batch", 4])])
    net.opsets = ["": 21]
    for (name, shape) in [("a", [8, 12]), ("b", [12, 4])] {
      let bits = type.bitWidth
      let count = shape[0] * shape[1] * bits / 8
      let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
      net.initializers["\(name).weight"] = Initializer(
        try TensorData(type: type, shape: shape, bytes: Bytes(bytes)), role: .parameter)
      var scales = block > 0 ? shape : [shape[axis]]
      if block > 0 { scales[axis] /= block }
      let values = (0..<scales.reduce(1, *)).map { _ in Float.random(in: 0.01...0.1, using: &random)
      }
      net.initializers["\(name).scale"] = Initializer(
        try TensorData(values, shape: scales), role: .constant)
      var inputs = ["\(name).weight", "\(name).scale"]
      if zeros {
        let codes = (0..<values.count * bits / 8).map { _ in
          UInt8.random(in: 0...255, using: &random)
        }
        net.initializers["\(name).zero"] = Initializer(
          try TensorData(type: type, shape: scales, bytes: Bytes(codes)), role: .constant)
        inputs.append("\(name).zero")
      }
      net.nodes.append(
        Node(
          "DequantizeLinear", name: "\(name).dq", inputs: inputs, outputs: ["\(name).real"],
          attributes: block > 0
            ? ["axis": .int(Int64(axis)), "block_size": .int(Int64(block))]
            : ["axis": .int(Int64(axis))]))
    }
    net.nodes += [
      Node("MatMul", name: "a", inputs: ["x", "a.real"], outputs: ["h"]),
      Node("Relu", name: "r", inputs: ["h"], outputs: ["r"]),
      Node("MatMul", name: "b", inputs: ["r", "b.real"], outputs: ["y"]),
    ]
    return net
  }

  @Test(arguments: [ElementType.int8, .uint8, .int4, .uint4], [false, true])
  func oneScaleAUnit(type: ElementType, zeros: Bool) throws {
    let network = try Self.layers(type, axis: 1, zeros: zeros)
    let group = try network.coupling().group(named: "a")
    let makers = group.producers.filter { $0.role == .parameter }
    #expect((group.size, makers.map(\.value)) == (12, ["a.weight"]))
    let kept = try Kept(group, units: [0, 3, 4, 7, 10, 11])
    try Self.check(network, [kept])
    let cut = try network.cut(keeping: [kept])
    #expect(cut.initializers["a.scale"]?.tensor.shape == [6])
    #expect(cut.initializers["b.weight"]?.tensor.shape == [6, 4])
    // The second layer's scales belong to its outputs.
    #expect(cut.initializers["b.scale"] == network.initializers["b.scale"])
  }

  @Test(
    .enabled(if: hasRuntime, whyNoRuntime), arguments: [ElementType.int8, .uint8, .int4, .uint4],
    [false, true])
  func oneScaleAUnitInTheRuntime(type: ElementType, zeros: Bool) throws {
    let network = try Self.layers(type, axis: 1, zeros: zeros)
    let group = try network.coupling().group(named: "a")
    try Self.checkInTheRuntime(network, [Kept(group, units: [0, 3, 4, 7, 10, 11])])
  }

  @Test(arguments: [ElementType.int8, .uint4])
  func oneScaleABlock(type: ElementType) throws {
    // Blocks of 4 along the summed axis: what shares a scale leaves together.
    let network = try Self.layers(type, axis: 0, block: 4, zeros: true)
    let group = try network.coupling().group(named: "a")
    #expect(group.size == 3)
    #expect(group.producers.allSatisfy { $0.width == 4 })
    let kept = try Kept(group, units: [0, 2])
    try Self.check(network, [kept])
    let cut = try network.cut(keeping: [kept])
    #expect(cut.initializers["b.scale"]?.tensor.shape == [2, 4])
    #expect(cut.initializers["b.zero"]?.tensor.shape == [2, 4])
    #expect(cut.initializers["a.scale"]?.tensor.shape == [2, 8])
  }

  @Test(.enabled(if: hasRuntime, whyNoRuntime), arguments: [ElementType.int8, .uint4])
  func oneScaleABlockInTheRuntime(type: ElementType) throws {
    let network = try Self.layers(type, axis: 0, block: 4, zeros: true)
    let group = try network.coupling().group(named: "a")
    try Self.checkInTheRuntime(network, [Kept(group, units: [0, 2])])
  }

  @Test func unequalBlocksFreeze() throws {
    var network = try Self.layers(.int8, axis: 0, block: 4, zeros: false)
    network.nodes[1].set("block_size", .int(5))
    let group = try network.coupling().group(named: "a")
    #expect(
      group.frozen.contains {
        $0 == "b.dq (DequantizeLinear): it shares its scales by unequal blocks along this axis"
      })
  }

  @Test func integersStandForNumbers() throws {
    // Filter 0 has the larger integers, but the smaller scale, and a zero point.
    var network = try Self.layers(.uint8, axis: 1, zeros: true)
    network.initializers["b.weight"]?.tensor = try TensorData(
      (0..<48).map { UInt8($0 % 4 == 0 ? 200 : 20) }, shape: [12, 4])
    network.initializers["b.scale"]?.tensor = TensorData(vector: [Float(0.001), 1, 2, 3])
    network.initializers["b.zero"]?.tensor = TensorData(vector: [UInt8(100), 10, 20, 25])
    let numbers = try #require(network.dequantized("b.weight"))
    #expect(numbers.prefix(4) == [Float(100) * 0.001, 10, 0, -15])
    #expect(network.dequantized("a.scale") == nil)
  }
}
