// `bonsai prune`: the contract of its JSON, budgets, exclusions, provenance, exactness.

import Data
import Foundation
import Network
import ONNX
import Testing

@Suite struct PruneTests {
  let folder: TestFolder

  init() throws {
    folder = try TestFolder()
    try folder.put(try Networks.small(), as: "small.onnx")
  }

  /// Prunes `small.onnx` and gives the JSON and the file read back.
  func prune(_ arguments: String...) throws -> (json: [String: Any], model: ONNXModel) {
    let run = try Program.run(
      ["prune", "small.onnx", "-o", "out.onnx", "--json", "-"] + arguments, in: folder)
    #expect(run.status == 0, "\(run.errors)")
    return (try run.object(), try ONNXModel(path: folder("out.onnx")))
  }

  @Test func theJSONHoldsWhatScriptsRelyOn() throws {
    let (json, model) = try prune("--target", "macs=0.5")
    let before = try Networks.small().cost().total
    let after = try model.network.cost().total
    for (key, a, b) in [
      ("params", before.parameters, after.parameters), ("macs", before.macs, after.macs),
      (
        "bytes", try FileBytes.size(of: folder("small.onnx")),
        try FileBytes.size(of: folder("out.onnx"))
      ),
    ] {
      let change = try #require(json[key] as? [String: Int])
      #expect(change == ["before": a, "after": b], "\(key)")
    }
    #expect(json["target"] as? String == "macs=0.5")
    let achieved = try #require(json["achieved"] as? Double)
    #expect(abs(achieved - Double(after.macs) / Double(before.macs)) < 1e-12)
    #expect(achieved <= 0.5)
    let groups = try #require(json["groups"] as? [[String: Any]])
    #expect(groups.map { $0["name"] as? String } == ["conv1", "conv2"])
    #expect(groups.map { $0["size"] as? Int } == [8, 12])
    let shape = try #require(model.network.initializers["conv2.weight"]).tensor.shape
    #expect(groups.map { $0["kept"] as? Int } == [shape[1], shape[0]])
    #expect((json["barriers"] as? [Any])?.isEmpty == true)
    let equivalence = try #require(json["equivalence"] as? [String: Any])
    #expect(try #require(equivalence["maxAbsDiff"] as? Double) < 1e-12)
  }

  @Test func theDryRunForetellsTheResultAndWritesNothing() throws {
    let dry = try Program.run(["prune", "small.onnx", "--dry-run", "--json", "-"], in: folder)
    #expect(folder.names == ["small.onnx"])
    let wet = try prune().json
    let plan = try dry.object()
    for key in ["params", "macs", "weightBytes"] {
      #expect(plan[key] as? [String: Int] == wet[key] as? [String: Int])
    }
    let foretold = try #require((plan["bytes"] as? [String: Int])?["after"])
    let written = try #require((wet["bytes"] as? [String: Int])?["after"])
    // The provenance adds a few hundred bytes.
    #expect(abs(foretold - written) < 1000)
  }

  @Test func provenanceSaysWhereTheModelCameFrom() throws {
    let (_, model) = try prune("--seed", "7", "--criterion", "random")
    let provenance = try #require(Provenance(model.network))
    #expect(provenance.seed == 7)
    #expect(provenance.parent == (try FileBytes.sha256(of: folder("small.onnx"))))
    #expect(
      provenance.recipe
        == "bonsai prune small.onnx --granularity filter --criterion random --target macs=0.5 "
        + "--allocation global --round-to 1 --seed 7")
    let found = try Program.run(["inspect", "out.onnx", "--json"], in: folder).object()
    #expect((found["provenance"] as? [String: Any])?["parent"] as? String == provenance.parent)
  }

  @Test func theSameCommandGivesTheSameBytes() throws {
    _ = try prune("--criterion", "random", "--seed", "3")
    let first = try Data(contentsOf: URL(fileURLWithPath: folder("out.onnx")))
    _ = try prune("--criterion", "random", "--seed", "3")
    #expect(try Data(contentsOf: URL(fileURLWithPath: folder("out.onnx"))) == first)
    _ = try prune("--criterion", "random", "--seed", "4")
    #expect(try Data(contentsOf: URL(fileURLWithPath: folder("out.onnx"))) != first)
  }

  @Test func countsAreRoundedAndExclusionsHold() throws {
    let rounded = try prune("--round-to", "4", "--target", "macs=0.6").model.network
    let shape = try #require(rounded.initializers["conv2.weight"]).tensor.shape
    #expect(shape[0] % 4 == 0 && shape[1] % 4 == 0)
    let excluded = try prune("--exclude", "conv1", "--target", "macs=0.7").model.network
    let weight = try #require(excluded.initializers["conv2.weight"]).tensor.shape
    #expect(weight[1] == 8)
    #expect(weight[0] < 12)
  }

  @Test(arguments: [17, 21]) func theOperatorSetIsWhatWasAskedFor(_ opset: Int) throws {
    #expect(try prune("--opset", "\(opset)").model.network.opset == opset)
  }

  @Test func singleWeightsAreSetToZeroAndTheRestStays() throws {
    let (json, model) = try prune("--granularity", "element", "--target", "sparsity=0.75")
    let dense = try Networks.small()
    var (zeros, total) = (0, 0)
    for (name, initializer) in dense.initializers {
      let old = try #require(initializer.tensor.reals)
      let new = try #require(model.network.initializers[name]?.tensor.reals)
      let isWeight = initializer.role == .parameter && initializer.tensor.shape.count >= 2
      if isWeight { (zeros, total) = (zeros + new.count { $0 == 0 }, total + new.count) }
      #expect(zip(old, new).allSatisfy { $0 == $1 || (isWeight && $1 == 0) })
    }
    #expect(json["sparsity"] as? Double == Double(zeros) / Double(total))
    #expect(abs(Double(zeros) / Double(total) - 0.75) < 0.01)
    let params = try #require(json["params"] as? [String: Int])
    #expect(params["before"] == params["after"])
  }

  @Test func theTableShowsThePlanAndTheOutcome() throws {
    let run = try Program.run(["prune", "small.onnx", "-o", "out.onnx"], in: folder)
    for word in ["group", "kept", "conv2", "parameters", "MACs", "asked macs=0.5, reached 0."] {
      #expect(run.output.contains(word), "\(word)")
    }
    #expect(run.output.contains("masked and cut network differ by"))
  }

  @Test func leavingOutTheChecksIsSaid() throws {
    let run = try Program.run(
      ["prune", "small.onnx", "-o", "out.onnx", "--no-verify"], in: folder)
    #expect(run.status == 0)
    #expect(run.errors.contains("not checked (--no-verify)"))
  }

  @Test(.enabled(if: hasRuntime, whyNoRuntime)) func theWrittenFileIsCheckedInONNXRuntime() throws {
    let verification = try #require(try prune().json["verification"] as? [String: Any])
    #expect((verification["runtime"] as? String ?? "").hasPrefix("ONNX Runtime"))
    #expect(try #require(verification["relative"] as? Double) < 1e-5)
  }
}
