// Rewinding to marks and reinitialising: which bits come back, which stay, and that kills change nothing.

import Data
import Execution
import Foundation
import Network
import ONNX
import Pruning
import Testing
import Training

@testable import Methods

@Suite struct RecoveryTests {
  /// Iterative magnitude pruning: three rounds of 20 %, 10 % of the last layer, each from the start.
  static func tickets(to mark: String, last: String = "") -> String {
    """
    id: tiny-tickets
    seed: 6
    stages:
      - train:
          epochs: 2
          batch: 16
          marks: {early: {step: 17}}
          optimizer: {adam: {rate: 0.01}}
      - prune:
          granularity: element
          criterion: l1
          allocation: {uniform: {rate: 0.2, rates: {fc3: 0.1}}}
          target: {sparsity: 0.488}
          schedule: {iterative: {steps: 3}}
          recover: {rewind: {to: \(mark)}, epochs: 2, batch: 16, optimizer: {adam: {rate: 0.01}}}
    \(last)
    """
  }

  private func network(_ tiny: TinyRun, _ file: String) throws -> Network {
    try ONNXModel(path: tiny(file)).network
  }

  /// The elements of a network's weights, as bits.
  private func bits(_ network: Network) throws -> [String: [UInt32]] {
    try network.initializers.filter { $0.value.role == .parameter }.mapValues {
      try $0.tensor.values(as: Float.self).map(\.bitPattern)
    }.reduce(into: [:]) { $0[$1.key] = $1.value }
  }

  /// The ticket's weights are the first ones where the mask is one, and the mask is the one that
  /// training, not the start, decided.
  @Test func ticketsHaveTheirInitialWeightsBitForBit() throws {
    let tiny = try TinyRun()
    var run = try tiny.run(Self.tickets(to: "start", last: "  - rewind: {to: start}"))
    let result = try run.perform()
    let (start, ticket) = (
      try bits(network(tiny, "model-in.onnx")), try bits(network(tiny, "run/model.onnx"))
    )
    let trained = try bits(network(tiny, "run/2-prune.onnx"))
    var moved = 0
    for (name, first) in start {
      let mask = run.masks.kept[name] ?? Array(repeating: true, count: first.count)
      let now = try #require(ticket[name])
      for (index, stays) in mask.enumerated() {
        #expect(now[index] == (stays ? first[index] : 0), "\(name)[\(index)]")
        if trained[name]?[index] != now[index] { moved += 1 }
      }
    }
    #expect(moved > 200)
    // Each layer keeps what three rounds of its own rate leave.
    let sizes = ["fc1.weight": (96, 0.2), "fc2.weight": (192, 0.2), "fc3.weight": (36, 0.1)]
    for (name, (size, rate)) in sizes {
      let kept = try #require(run.masks.kept[name]).count { $0 }
      #expect(kept == Int((pow(1 - rate, 3) * Double(size)).rounded()), "\(name)")
    }
    // The start alone would have chosen another mask.
    let pruner = Pruner(
      criterion: L1(), allocation: try Uniform(rate: 0.2, rates: [("fc3", 0.1)]),
      target: try Target(.sparsity, .fraction(0.488)))
    #expect(try pruner.masks(for: network(tiny, "model-in.onnx")) != run.masks)
    #expect(result.tasks.map(\.title).filter { $0 == "rewind" }.count == 4)
  }

  /// The mark of step 17 is what a training of 17 steps ends in.
  @Test func aMarkIsTheNetworkAfterSoManySteps() throws {
    let tiny = try TinyRun()
    var run = try tiny.run(Self.tickets(to: "early", last: "  - rewind: {to: early}"))
    _ = try run.perform()
    let short = """
      seed: 6
      stages: [{train: {steps: 17, batch: 16, optimizer: {adam: {rate: 0.01}}}}]
      """
    var other = try tiny.run(short, in: "short")
    _ = try other.perform()
    let (early, ticket) = (
      try bits(network(tiny, "short/model.onnx")), try bits(network(tiny, "run/model.onnx"))
    )
    for (name, first) in early {
      let mask = run.masks.kept[name] ?? Array(repeating: true, count: first.count)
      #expect(ticket[name] == zip(mask, first).map { $0 ? $1 : 0 }, "\(name)")
    }
    #expect(try bits(network(tiny, "model-in.onnx")) != early)
  }

  /// Marks are cut with the network: the rows and columns that are left are the first ones.
  @Test func marksAreCutWithTheNetwork() throws {
    let tiny = try TinyRun()
    let source = """
      seed: 6
      stages:
        - train: {epochs: 1, batch: 16, optimizer: {adam: {rate: 0.01}}}
        - prune:
            target: {params: 0.5}
            schedule: {iterative: {steps: 2}}
            recover: {epochs: 1, batch: 16, optimizer: {adam: {rate: 0.01}}}
        - rewind
      """
    var run = try tiny.run(source)
    _ = try run.perform()
    let (start, ticket) = (
      try network(tiny, "model-in.onnx"), try network(tiny, "run/model.onnx")
    )
    func rows(_ network: Network, _ name: String) throws -> [[Float]] {
      let tensor = try #require(network.initializers[name]?.tensor)
      let (values, width) = (try tensor.values(as: Float.self), tensor.shape[1])
      return (0..<tensor.shape[0]).map { Array(values[$0 * width..<($0 + 1) * width]) }
    }
    // Which units stayed is read off the rows of the first layer, and must explain the second.
    let units = try rows(ticket, "fc1.weight").map { row in
      try #require(try rows(start, "fc1.weight").firstIndex(of: row))
    }
    #expect(units.count < 16)
    for row in try rows(ticket, "fc2.weight") {
      #expect(try rows(start, "fc2.weight").contains { first in units.map { first[$0] } == row })
    }
  }

  @Test func newWeightsAreThoseOfTheOtherSeedAndTheMaskStays() throws {
    let tiny = try TinyRun()
    let source = """
      network: lenet-300-100
      seed: 3
      stages:
        - prune: {granularity: element, criterion: l1, target: {sparsity: 0.7}}
        - reinitialise: {seed: 8}
      """
    var run = try tiny.run(source, model: nil, data: nil)
    _ = try run.perform()
    let drawn = try Architectures.named("lenet-300-100").network(seed: 8)
    let now = try network(tiny, "run/model.onnx")
    #expect(try bits(now) == bits(drawn.masked(by: run.masks)))
    #expect(abs(run.masks.sparsity - 0.7) < 1e-3)
    let chosen = try Architectures.named("lenet-300-100").network(seed: 3)
    let pruner = Pruner(criterion: L1(), target: try Target(.sparsity, .fraction(0.7)))
    #expect(try pruner.masks(for: chosen) == run.masks)
    // Without a seed the run's own decides, and it is another one.
    var other = try tiny.run(
      source.replacing("reinitialise: {seed: 8}", with: "reinitialise"), in: "other", model: nil,
      data: nil)
    _ = try other.perform()
    let weights = try bits(network(tiny, "other/model.onnx"))
    #expect(try weights != bits(chosen.masked(by: run.masks)) && weights != bits(now))
  }

  @Test func aModelThatIsGivenCannotBeDrawnAnew() throws {
    let tiny = try TinyRun()
    let error = #expect(throws: RecipeError.self) {
      _ = try tiny.run("network: lenet-5\nstages: [reinitialise]", data: nil)
    }
    #expect("\(try #require(error))".contains("leave --model out"))
  }

  /// One layer of a model that is given gets new first weights, the others keep theirs bit for bit.
  @Test func singleLayersAreDrawnAnew() throws {
    let tiny = try TinyRun()
    let given = try Architectures.named("lenet-300-100").network(seed: 3)
    try ONNXModel(given).write(to: tiny("given.onnx"))
    let source = "network: lenet-300-100\nstages: [{reinitialise: {seed: 8, layers: [fc3]}}]"
    var run = try tiny.run(source, model: "given.onnx", data: nil)
    _ = try run.perform()
    let (now, old) = try (bits(network(tiny, "run/model.onnx")), bits(given))
    let drawn = try bits(Architectures.named("lenet-300-100").network(seed: 8))
    for (name, values) in now {
      #expect(values == (name.hasPrefix("fc3.") ? drawn[name] : old[name]), "\(name)")
    }
    let error = #expect(throws: RecipeError.self) {
      _ = try tiny.run(
        source.replacing("fc3", with: "fc9"), in: "other", model: "given.onnx", data: nil)
    }
    #expect("\(try #require(error))".contains("there is no layer 'fc9'"))
  }

  /// The rates of a training that begins inside its schedule are the last ones of the whole.
  @Test func theRateIsRewoundToItsPlaceInTheSchedule() throws {
    let tiny = try TinyRun()
    func rates(_ folder: String, _ rest: String) throws -> [Double] {
      let source = """
        seed: 2
        stages:
          - train:
              epochs: 3
              batch: 2
              warm-up: 0.5
              schedule: {multi-step: {milestones: [1, 2], factor: 0.5}}
              optimizer: {sgd: {rate: 0.01}}
              evaluate: false
              \(rest)
        """
      var run = try tiny.run(source, in: folder)
      _ = try run.perform()
      return try tiny.metrics(in: folder).filter { $0.kind == "step" }.map(\.rate)
    }
    // 240 steps an epoch, a line every 50.
    let whole = try rates("whole", "")
    let last = try rates("last", "from: {step: 100}")
    #expect(whole.count == 14 && last.count == 12)
    #expect(Array(whole.dropFirst(2)) == last)
    #expect(try rates("epoch", "from: {epoch: 2}") == whole.suffix(4))
    #expect(Set(last).count == 3)
  }

  @Test func marksOutliveAKill() throws {
    let tiny = try TinyRun()
    let source = Self.tickets(to: "early", last: "  - rewind: {to: early}\n  - rewind: {to: start}")
    let photographer = try Photographer(of: tiny("run"), into: tiny("album"), everySteps: 29)
    var run = try tiny.run(source, observer: photographer)
    run.checkpointSeconds = 0
    let result = try run.perform()
    let files = ["1-train.onnx", "2-prune.onnx", "3-rewind.onnx", "model.onnx", "metrics.jsonl"]
    for picture in photographer.pictures {
      let name = String(picture.dropFirst(tiny.path.count + 1))
      var resumed = try tiny.run(source, in: name, resume: true)
      #expect(try TinyRun.timeless(resumed.perform()) == TinyRun.timeless(result), "\(name)")
      for file in files {
        #expect(
          try tiny.bytes("\(name)/\(file)") == tiny.bytes("run/\(file)"), "\(name): \(file)")
      }
      #expect(tiny.names(in: "\(name)/checkpoint") == ["run.json"], "\(name)")
    }
    // The marks lie beside the state from the first task on.
    #expect(tiny.names(in: "album/0-began-0/checkpoint").contains { $0.hasPrefix("mark") } == false)
  }

  @Test(arguments: [
    ("- rewind: {to: late}", ["r.yaml:8", "sets the mark 'late'", "early"]),
    ("- rewind: {from: start}", ["'from' is not known", "to"]),
    ("- rewind: {to: a/b}", ["'a/b'", "start"]),
    (
      "- prune: {target: {sparsity: 0.5}, granularity: element, recover: {rewind: {to: x}}}",
      ["sets the mark 'x'"]
    ),
    (
      "- train: {epochs: 1, optimizer: {sgd: {rate: 1}}, marks: {start: {step: 1}}}",
      ["'start'", "other than start"]
    ),
    (
      "- train: {epochs: 1, optimizer: {sgd: {rate: 1}}, marks: {a: {step: 1, epoch: 1}}}",
      ["one of step and epoch"]
    ),
    ("- train: {epochs: 1, optimizer: {sgd: {rate: 1}}, from: {}}", ["one of step and epoch"]),
    (
      "- prune: {target: {params: 0.5}, allocation: {uniform: {rates: {fc1: 1}}}}",
      ["allocation.uniform", "[0, 1)"]
    ),
    ("- prune: {target: {params: 0.5}, allocation: {global: {rate: 1}}}", ["'rate' is not known"]),
    ("- prune: {target: {params: 0.5}, recover: {rewind: {}, epoch: 1}}", ["known: epochs"]),
    ("- reinitialise: {seed: x}", ["seed", "'x'"]),
  ])
  func wrongSettingsAreNamed(stage: String, expected: [String]) {
    let source = """
      network: lenet-5
      stages:
        - train:
            epochs: 1
            optimizer: {sgd: {rate: 0.1}}
            marks:
              early: {epoch: 1}
        \(stage)
      """
    do throws(RecipeError) {
      _ = try Recipe(parsing: source, file: "r.yaml")
      Issue.record("no error for \(stage)")
    } catch {
      for text in expected { #expect("\(error)".contains(text), "\(error)") }
    }
  }

  @Test func momentsAfterTheEndAreNamed() throws {
    let tiny = try TinyRun()
    for (index, setting) in ["marks: {late: {step: 61}}", "from: {epoch: 2}"].enumerated() {
      let error = #expect(throws: RecipeError.self) {
        try tiny.run(
          "stages: [{train: {epochs: 2, batch: 16, optimizer: {sgd: {rate: 0.1}}, \(setting)}}]",
          in: "\(index)")
      }
      #expect("\(try #require(error))".contains("60 steps"), "\(setting)")
    }
  }

  /// A mark of another form is refused with both shapes.
  @Test func aMarkOfAnotherFormIsRefused() throws {
    let tiny = try TinyRun()
    var run = try tiny.run("stages: [rewind]", data: nil)
    var past = try TinyRun.network()
    past.initializers["fc1.weight"]?.tensor = try TensorData(
      [Float](repeating: 0, count: 6), shape: [1, 6])
    run.setMark(.start, past)
    let error = #expect(throws: RecipeError.self) { try run.goBack(to: .start) }
    let text = "\(try #require(error))"
    #expect(text.contains("'fc1.weight'") && text.contains("[16, 6]") && text.contains("[1, 6]"))
  }
}
