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
    #expect((json["dense"] as? [Any])?.isEmpty == true)
    let seconds = try #require(json["seconds"] as? [String: Double])
    #expect(seconds.keys.sorted() == ["cut", "plan", "read", "write"])
    #expect(seconds.values.allSatisfy { $0 > 0 })
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

  // MARK: budgets

  @Test func whatWasAskedAndReachedIsSaidWithTheReason() throws {
    let (json, model) = try prune("--target", "params=0.6", "--round-to", "4", "--floor", "25%")
    let budget = try #require(json["budget"] as? [String: Any])
    let before = Double(try Networks.small().parameterCount)
    #expect(budget["quantity"] as? String == "params" && budget["unit"] as? String == "parameters")
    #expect(budget["before"] as? Double == before && budget["asked"] as? Double == 0.6 * before)
    let reached = Double(model.network.parameterCount)
    #expect(budget["reached"] as? Double == reached && reached <= 0.6 * before)
    let difference = try #require(budget["difference"] as? Double)
    #expect(abs(difference - (0.6 * before - reached) / (0.6 * before)) < 1e-12)
    #expect(json["floor"] as? String == "0.25" && json["roundTo"] as? Int == 4)
    // So few units that a step of 4 is more than 1 %.
    let reason = try #require(budget["reason"] as? [String: Any])
    #expect(reason["kind"] as? String == "next-step" && difference > 0.01)
    #expect(try #require(reason["cost"] as? Double) > 0.6 * before)
    let run = try Program.run(
      ["prune", "small.onnx", "--dry-run", "--target", "params=0.6", "--round-to", "4"], in: folder)
    #expect(run.output.contains("% below\n  the nearest feasible step: "), "\(run.output)")
    #expect(run.output.contains("(rounding to 4)"))
  }

  /// A target in bytes is met by the file, with all that is in it beside tensors.
  @Test(arguments: ["bytes=0.6", "bytes=3kB"]) func bytesAreThoseOfTheFile(target: String) throws {
    let json = try prune("--target", target).json
    let budget = try #require(json["budget"] as? [String: Any])
    let size = try FileBytes.size(of: folder("out.onnx"))
    #expect(budget["reached"] as? Double == Double(size))
    let asked = try #require(budget["asked"] as? Double)
    #expect(Double(size) <= asked)
    if target == "bytes=0.6" {
      #expect(asked == 0.6 * Double(try FileBytes.size(of: folder("small.onnx"))))
    } else {
      #expect(asked == 3000)
    }
    #expect(Double(size) >= 0.99 * asked || budget["reason"] is [String: Any])
    // A dry run says the same.
    let dry = try Program.run(
      ["prune", "small.onnx", "--dry-run", "--target", target, "--json", "-"], in: folder)
    let foretold = try #require(try dry.object()["budget"] as? [String: Any])
    #expect(foretold["reached"] as? Double == Double(size))
  }

  @Test func impossibleBudgetsSayWhatHoldsThem() throws {
    let run = try Program.run(
      [
        "prune", "small.onnx", "--dry-run", "--target", "params=0.01", "--floor", "4",
        "--exclude", "conv1",
      ], in: folder)
    #expect(run.status == 65)
    for word in ["the least possible is", "the floor of 4", "('conv1') excluded", "without it"] {
      #expect(run.errors.contains(word), "\(run.errors)")
    }
  }

  @Test(.enabled(if: hasRuntime, whyNoRuntime)) func aLatencyIsMeasuredBeforeAndAfter() throws {
    let run = try Program.run(
      [
        "prune", "resnet-20", "-o", "fast.onnx", "--target", "latency=0.7", "--no-verify",
        "--json", "-",
      ], in: folder)
    // On a machine where nothing helps, the least that was measured is said.
    guard run.status == 0 else {
      #expect(run.status == 65 && run.errors.contains("the least possible is"), "\(run.errors)")
      return
    }
    let json = try run.object()
    let budget = try #require(json["budget"] as? [String: Any])
    let measured = try #require(budget["measured"] as? [String: Double])
    let value = try #require(measured["value"])
    #expect(json["achieved"] as? Double == value)
    let kind = (budget["reason"] as? [String: Any])?["kind"] as? String
    #expect(value <= 0.7 || kind == "exceeded")
    #expect(value >= 0.693 || kind != nil)
    let latency = try #require(json["latency"] as? [String: Any])
    let ratio = try #require(latency["ratio"] as? [String: Double])
    #expect(try #require(ratio["lower"]) <= #require(ratio["value"]))
    #expect(latency["batch"] as? Int == 1 && latency["threads"] as? Int == 1)
    #expect(run.errors.contains("latency is measured in ONNX Runtime"))
    let provenance = try #require(Provenance(ONNXModel(path: folder("fast.onnx")).network))
    #expect(try #require(provenance.recipe).contains("--batch 1 --threads 1"))
  }

  @Test(.enabled(if: hasRuntime, whyNoRuntime)) func theRoundingIsMeasuredAndRecorded() throws {
    // Whatever the step is, up to 32, a network of 64 channels can be cut a little.
    let run = try Program.run(
      [
        "prune", "resnet-20", "-o", "out.onnx", "--round-to", "auto", "--target", "macs=0.9",
        "--no-verify", "--json", "-",
      ], in: folder)
    #expect(run.status == 0, "\(run.errors)")
    let (json, model) = (try run.object(), try ONNXModel(path: folder("out.onnx")))
    let units = try #require(json["roundTo"] as? Int)
    #expect([1, 2, 4, 8, 16, 32].contains(units))
    let rounding = try #require(json["rounding"] as? [String: Any])
    let step = try #require(rounding["step"] as? [String: Any])
    #expect(step["units"] as? Int == units && (step["layers"] as? [Any])?.isEmpty == false)
    for group in try #require(json["groups"] as? [[String: Any]]) {
      let (kept, size) = (group["kept"] as? Int ?? 0, group["size"] as? Int ?? 0)
      #expect(kept == size || kept.isMultiple(of: units))
    }
    let recipe = try #require(Provenance(model.network)?.recipe)
    #expect(recipe.contains("--round-to \(units) ") && recipe.contains("# --round-to auto found"))
  }

  @Test(.enabled(if: hasRuntime, whyNoRuntime)) func theWrittenFileIsCheckedInONNXRuntime() throws {
    let verification = try #require(try prune().json["verification"] as? [String: Any])
    #expect((verification["runtime"] as? String ?? "").hasPrefix("ONNX Runtime"))
    #expect(try #require(verification["relative"] as? Double) < 1e-5)
  }

  /// ONNX Runtime may fold the padding into the pooling, which then pads with nothing instead of zeros:
  /// a fault of its optimizer, and none of the file.
  @Test(.enabled(if: hasRuntime, whyNoRuntime)) func whereTheRuntimeDiffersFromItself() throws {
    var b = NetworkBuilder("padded", input: ["batch", 2, 8, 8], seed: 3)
    var x = try b.conv("conv1", b.input, 8, kernel: 3, padding: 1)
    let below = b.tensor(
      "below", try TensorData([Float](repeating: -9, count: 8), shape: [1, 8, 1, 1]),
      role: .constant)
    x = try b.add("Add", name: "down", [x, below])
    x = try b.add("Pad", name: "pad", [x, b.integers("pads", [0, 0, 1, 1, 0, 0, 1, 1])])
    x = try b.maxPool(x, 2)
    x = try b.conv("conv2", x, 6, kernel: 3)
    try folder.put(b.finish(b.linear("fc", b.flatten(b.globalAveragePool(x)), 3)), as: "small.onnx")
    let (json, _) = try prune()
    let verification = try #require(json["verification"] as? [String: Any])
    #expect(try #require(verification["relative"] as? Double) < 1e-5)
    if let own = verification["optimizer"] as? Double { #expect(own > 1e-4) }
  }

  /// What the runtime cannot load before pruning it need not load after: that is said, and is no fault.
  @Test(.enabled(if: hasRuntime, whyNoRuntime)) func whereTheRuntimeLoadsNeitherFile() throws {
    var network = try Networks.small()
    network.opsets[""] = 99
    try folder.put(network, as: "small.onnx")
    let run = try Program.run(
      ["prune", "small.onnx", "-o", "out.onnx", "--json", "-"], in: folder)
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.errors.contains("does not load the file before pruning either"), "\(run.errors)")
    #expect(folder.names.contains("out.onnx"))
  }
}
