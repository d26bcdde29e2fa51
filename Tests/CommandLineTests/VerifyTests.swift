// `bonsai verify`: what counts as the same, the status, and where models differ.

import Network
import Testing

@testable import CommandLine

@Suite struct VerifyTests {
  @Test func aModelIsTheSameAsItself() throws {
    let folder = try TestFolder()
    try folder.put(try Networks.small(), as: "a.onnx")
    let run = try Program.run(["verify", "a.onnx", "a.onnx", "--json"], in: folder)
    #expect(run.status == 0, "\(run.errors)")
    let found = try run.object()
    #expect(found["same"] as? Bool == true)
    let outputs = try #require(found["outputs"] as? [[String: Any]])
    #expect(!outputs.isEmpty)
    for output in outputs {
      #expect(output["maxAbsDiff"] as? Double == 0)
      #expect((output["at"] as? [Int])?.count == 2)
    }
  }

  @Test func aChangedBiasIsFoundWhereItIs() throws {
    let folder = try TestFolder()
    var network = try folder.put(try Networks.small(classes: 4), as: "a.onnx")
    var bias: [Float] = try #require(network.initializers["fc.bias"]).tensor.values()
    bias[2] += 0.25
    network.initializers["fc.bias"]?.tensor = TensorData(vector: bias)
    try folder.put(network, as: "b.onnx")
    let run = try Program.run(["verify", "a.onnx", "b.onnx", "--json"], in: folder)
    #expect(run.status == 1)
    let outputs = try #require(try run.object()["outputs"] as? [[String: Any]])
    for output in outputs {
      #expect(abs(try #require(output["maxAbsDiff"] as? Double) - 0.25) < 1e-6)
      #expect((output["at"] as? [Int])?.last == 2)
    }
    let tolerant = try Program.run(
      ["verify", "a.onnx", "b.onnx", "--tolerance", "1000"], in: folder)
    #expect(tolerant.status == 0)
  }

  @Test func otherNamesAreBadInput() throws {
    let folder = try TestFolder()
    try folder.put(try Networks.small(), as: "a.onnx")
    var other = try Networks.small()
    let name = other.outputs[0].name
    other.nodes.append(Node("Relu", name: "r", inputs: [name], outputs: ["other"]))
    other.outputs = [ValueInfo("other", .float32, ["batch", 3])]
    try folder.put(other, as: "b.onnx")
    let run = try Program.run(["verify", "a.onnx", "b.onnx"], in: folder)
    #expect(run.status == 65)
    #expect(run.errors.contains("other"))
  }

  @Test func otherShapesAreDifferent() throws {
    let folder = try TestFolder()
    try folder.put(try Networks.small(classes: 3), as: "a.onnx")
    try folder.put(try Networks.small(classes: 4), as: "b.onnx")
    let run = try Program.run(["verify", "a.onnx", "b.onnx"], in: folder)
    #expect(run.status == 1)
    #expect(run.output.contains("shapes"))
  }

  @Test func differencesAgreeWithTheirDefinition() throws {
    let a = try TensorData([1, -4, 2, 0] as [Float], shape: [2, 2])
    let b = try TensorData([1, -4, 1, 0] as [Float], shape: [2, 2])
    let found = OutputDifference("y", a, b)
    #expect(found.maxAbsDiff == 1)
    #expect(found.relative == 0.25)
    #expect(found.at == [1, 0])
    #expect(found.values == [2, 1])
    #expect(found.holds(within: 0.25))
    #expect(!found.holds(within: 0.2))
  }

  @Test func notANumberIsTheSameOnlyAsItself() throws {
    let a = try TensorData([.nan, 1] as [Float], shape: [2])
    let b = try TensorData([2, 1] as [Float], shape: [2])
    #expect(OutputDifference("y", a, a).maxAbsDiff == 0)
    #expect(OutputDifference("y", a, b).maxAbsDiff == .infinity)
    #expect(!OutputDifference("y", b, a).holds(within: 1e9))
    let none = try TensorData([] as [Float], shape: [0])
    #expect(OutputDifference("y", none, none).holds(within: 0))
  }
}
