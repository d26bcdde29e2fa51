// `bonsai run` against ONNX Runtime on networks of every kind, and its ways with types.

import Data
import Foundation
import Network
import ONNX
import Runtimes
import Testing

@Suite struct RunTests {
  /// Runs the model `name` in `folder` through the program on `inputs`.
  func run(
    _ name: String, _ inputs: [String: TensorData], in folder: TestFolder, _ more: String...
  ) throws -> [String: NDArray] {
    try folder.put(inputs, as: "in.npz")
    let run = try Program.run(
      ["run", name, "--inputs", "in.npz", "--outputs", "out.npz"] + more, in: folder)
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.output == "")
    return try NPZ.read(folder("out.npz"))
  }

  @Test(
    .enabled(if: hasRuntime, whyNoRuntime),
    arguments: [
      "lenet-300-100", "lenet-5", "conv-2", "resnet-20", "resnet-20-b", "se-resnet-20",
      "mobilenet-v1-cifar", "lstm",
    ])
  func agreesWithONNXRuntime(_ name: String) throws {
    let folder = try TestFolder()
    let file = "\(name).onnx"
    try folder.put(try Architectures.named(name).network(seed: 5), as: file)
    let session = try ONNXRuntimeSession(
      try ONNXRuntime.shared.get(), modelPath: folder(file), threads: 1, optimization: .none)
    let inputs = try SyntheticInputs(batch: 3, seed: 9).make(session.inputs, model: file)
    let theirs = try session.run(inputs)
    let ours = try run(file, inputs, in: folder)
    #expect(ours.keys.sorted() == theirs.keys.sorted())
    for (output, tensor) in theirs {
      let expected = try #require(tensor.reals)
      let array = try #require(ours[output])
      #expect(array.shape == tensor.shape)
      #expect(array.elementType == .float32)
      let scale = expected.map(abs).max() ?? 0
      let worst = zip(expected, array.doubles()).map { abs($0 - $1) }.max() ?? .infinity
      #expect(scale > 0)
      #expect(worst <= 1e-5 * scale, "\(name): \(worst) of \(scale)")
    }
  }

  @Test func typesOfOutputsArePreserved() throws {
    let folder = try TestFolder()
    var network = Network(name: "types", inputs: [ValueInfo("x", .float32, ["n", 3])])
    network.nodes = [
      Node("Relu", name: "r", inputs: ["x"], outputs: ["positive"]),
      Node(
        "ArgMax", name: "a", inputs: ["x"], outputs: ["best"],
        attributes: ["axis": .int(1), "keepdims": .int(0)]),
    ]
    network.outputs = [
      ValueInfo("positive", .float32, ["n", 3]), ValueInfo("best", .int64, ["n"]),
    ]
    try folder.put(network, as: "types.onnx")
    let x = try TensorData([-1, 2, 0.5, 7, -3, 1] as [Float], shape: [2, 3])
    let outputs = try run("types.onnx", ["x": x], in: folder)
    #expect(outputs["positive"] == (try NDArray([0, 2, 0.5, 7, 0, 1] as [Float], shape: [2, 3])))
    #expect(outputs["best"] == (try NDArray([1, 0] as [Int64], shape: [2])))
  }

  @Test func float64IsComputedInFloat64() throws {
    let folder = try TestFolder()
    let network = try folder.put(try Networks.small(), as: "small.onnx")
    let inputs = try SyntheticInputs(batch: 2).make(network.inputs, model: "small")
    let single = try #require(try run("small.onnx", inputs, in: folder).values.first)
    let double = try #require(
      try run("small.onnx", inputs, in: folder, "--type", "float64").values.first)
    #expect(single.elementType == .float32)
    #expect(double.elementType == .float64)
    let gap = zip(single.doubles(), double.doubles()).map { abs($0 - $1) }.max() ?? 1
    #expect(gap < 1e-5)
    #expect(gap > 0, "double precision should differ in its last digits")
  }
}
