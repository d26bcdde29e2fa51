// Gates that depend on the input, written to a file and run in ONNX Runtime, example by example.

import Data
import Execution
import Foundation
import Network
import ONNX
import Pruning
import Runtimes
import Testing

@testable import Methods

private let runtime = try? ONNXRuntime.shared.get()

@Suite("Exported gates", .enabled(if: runtime != nil, "ONNX Runtime is not here"))
struct GateExportTests {
  /// Two gated convolutions whose saliencies differ from example to example; gates and what they gate are
  /// outputs.
  private func network(_ density: Double) throws -> Network {
    var b = NetworkBuilder("gated", input: ["batch", 2, 9, 9], seed: 5)
    var x = try b.relu(b.batchNorm("norm1", b.conv("conv1", b.input, 12, kernel: 3)))
    x = try b.relu(b.conv("conv2", x, 10, kernel: 3))
    var network = try FeatureBoosting(density: density).inserted(
      into: try b.finish(b.linear("fc", b.flatten(b.globalAveragePool(x)), 4)), layers: ["*"],
      seed: 8)
    let gated = network.nodes.flatMap(\.outputs).filter { $0.hasSuffix("/gated") }
    for name in gated + ["conv1/gate/kept", "conv2/gate/kept"] {
      network.outputs.append(ValueInfo(name, .float32, nil))
    }
    return network
  }

  /// Seven images of which some channels are strong, others weak, one altogether zero.
  private func images() throws -> TensorData {
    var random = RandomState(seed: 12)
    var values: [Float] = []
    for image in 0..<7 {
      for channel in 0..<2 {
        let size = image == 6 ? 0 : Float((image * 2 + channel) % 5) * 0.8 + 0.2
        for _ in 0..<81 { values.append(Float(random.uniform() * 2 - 1) * size) }
      }
    }
    return try TensorData(values, shape: [7, 2, 9, 9])
  }

  @Test(arguments: [(0.25, 3, 3), (0.5, 6, 5), (1, 12, 10)] as [(Double, Int, Int)])
  func gatesDecideTheSameInTheFile(density: Double, first: Int, second: Int) throws {
    let network = try network(density)
    let tiny = try TinyRun()
    try ONNXModel(network).write(to: tiny("gated.onnx"))
    let session = try #require(runtime).load(tiny("gated.onnx"), threads: 1)
    let inputs = [try #require(session.inputs.first).name: try images()]
    let theirs = try session.run(inputs)
    let ours = try LibtorchSession(network, modelPath: "memory").run(inputs)
    #expect(theirs.count == 5 && Set(theirs.keys) == Set(ours.keys))
    for (name, tensor) in ours {
      let (a, b) = (
        try tensor.values(as: Float.self), try #require(theirs[name]).values(as: Float.self)
      )
      #expect(a.count == b.count)
      for (one, other) in zip(a, b) { #expect(abs(one - other) <= 1e-5 * max(1, abs(one))) }
    }
    for (gate, channels, count) in [("conv1", 12, first), ("conv2", 10, second)] {
      let kept = try #require(theirs["\(gate)/gate/kept"]).values(as: Float.self)
      let winners = (0..<7).map { image in
        Set((0..<channels).filter { kept[image * channels + $0] != 0 })
      }
      #expect(winners.allSatisfy { $0.count <= count && !$0.isEmpty })
      #expect(winners.contains { $0.count == count })
      // Where not all pass, who does depends on the image.
      if count < channels { #expect(Set(winners).count > 1, "\(gate)") }
      let name = try #require(
        theirs.keys.first { $0.hasSuffix("/gated") && theirs[$0]?.shape[1] == channels })
      let values = try #require(theirs[name]).values(as: Float.self)
      let places = values.count / 7 / channels
      for image in 0..<7 {
        for channel in 0..<channels where !winners[image].contains(channel) {
          let start = (image * channels + channel) * places
          #expect(values[start..<start + places].allSatisfy { $0 == 0 })
        }
      }
    }
  }

  /// The stage says what is computed when channels that are zero are skipped.
  @Test func theStageCountsWhatAnExampleCosts() throws {
    var b = NetworkBuilder("small", input: ["batch", 1, 4, 4], seed: 5)
    let x = try b.relu(b.conv("conv", b.input, 8, kernel: 3))
    let small = try b.finish(b.linear("fc", b.flatten(x), 3))
    let tiny = try TinyRun()
    try ONNXModel(small).write(to: tiny("small.onnx"))
    var run = try tiny.run(
      "id: gates\nstages: [{gate: {feature-boosting: {density: 0.5}, layers: [conv]}}]",
      model: "small.onnx", data: nil)
    let measures = try #require(try run.perform().tasks.first?.measures)
    #expect(measures["MACs of all channels"] == Double(8 * 9 * 4 + 32 * 3))
    #expect(measures["MACs with skipped channels"] == Double(4 * 9 * 4 + 32 * 3 + 16 + 8))
  }
}
