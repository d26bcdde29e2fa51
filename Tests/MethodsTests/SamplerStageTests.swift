// Samplers in a recipe: the layers behind shared inputs lose some of them, and marks follow.

import Foundation
import Network
import ONNX
import Pruning
import Testing

@testable import Methods

@Suite struct SamplerStageTests {
  private func network() throws -> Network {
    var b = NetworkBuilder("blocks", input: ["batch", 3, 6, 6], seed: 5)
    var x = try b.relu(b.conv("stem", b.input, 8, kernel: 3, padding: 1))
    for block in 1...2 {
      let y = try b.relu(b.conv("block\(block).conv1", x, 6, kernel: 3, padding: 1))
      let z = try b.conv("block\(block).conv2", y, 8, kernel: 3, padding: 1)
      x = try b.relu(b.add("Add", name: "block\(block).sum", [x, z]))
    }
    return try b.finish(b.linear("head", b.flatten(b.globalAveragePool(x)), 4))
  }

  private func run(_ text: String, in tiny: borrowing TinyRun) throws -> Run {
    try ONNXModel(network()).write(to: tiny("blocks.onnx"))
    return try Run(
      Recipe(parsing: text, file: "r.yaml"), in: tiny("run"), model: tiny("blocks.onnx"))
  }

  @Test func inputsOfTheBlocksLeaveAndTheirMarksFollow() throws {
    let tiny = try TinyRun()
    var run = try run(
      """
      id: samplers
      stages:
        - prune:
            criterion: l1
            allocation: uniform
            target: {units: 0.5}
            samplers: ["block*.conv1"]
        - rewind: {to: start}
      """, in: tiny)
    _ = try run.perform()
    let small = try ONNXModel(path: tiny("run/model.onnx")).network
    for block in 1...2 {
      #expect(small.initializers["block\(block).conv1.weight"]?.tensor.shape == [3, 4, 3, 3])
      #expect(small.initializers["block\(block).conv2.weight"]?.tensor.shape == [8, 3, 3, 3])
    }
    #expect(small.initializers["stem.weight"]?.tensor.shape == [8, 3, 3, 3])
    #expect(small.nodes.count { $0.op == "Gather" } == 2)
  }

  /// A runtime that measures a candidate knows nothing of marks.
  @Test func openSamplersAreNotWritten() throws {
    let tiny = try TinyRun()
    let run = try run("id: none\nstages: [{export: {name: same}}]\n", in: tiny)
    let open = try Samplers(["block1.conv1"]).opened(in: network())
    #expect(open.nodes.contains { $0.attributes["bonsai.sampler"] != nil })
    #expect(run.model(of: open).network.nodes.allSatisfy { $0.attributes["bonsai.sampler"] == nil })
  }

  /// What the second pass picks lies within what the first has left, in one sampler a layer.
  @Test func twoPassesPickTwice() throws {
    let tiny = try TinyRun()
    let pass = """
        - prune:
            criterion: l1
            allocation: uniform
            target: {units: 0.5}
            samplers: [block1.conv1]
            exclude: [stem, "block*.conv?"]
      """
    var run = try run("id: twice\nstages:\n\(pass)\n\(pass)\n", in: tiny)
    _ = try run.perform()
    let small = try ONNXModel(path: tiny("run/model.onnx")).network
    #expect(small.initializers["block1.conv1.weight"]?.tensor.shape == [6, 2, 3, 3])
    #expect(small.nodes.count { $0.op == "Gather" } == 1)
  }

  @Test(arguments: [
    ("samplers: [nowhere]", "there is no layer 'nowhere'"),
    ("samplers: [block1.conv2]", "nothing else reads what it reads"),
    ("granularity: element\n      samplers: [block1.conv1]", "samplers pick channels"),
  ])
  func whatCannotBeIsSaidBeforeAnythingIsDone(settings: String, words: String) throws {
    let tiny = try TinyRun()
    let target = settings.contains("element") ? "sparsity" : "macs"
    let text = """
      id: wrong
      stages:
        - prune:
            criterion: l1
            target: {\(target): 0.5}
            \(settings)
      """
    let error = #expect(throws: (any Error).self) { try run(text, in: tiny) }
    #expect("\(try #require(error))".contains(words), "\(String(describing: error))")
    #expect(!FileManager.default.fileExists(atPath: tiny("run")))
  }
}
