// Channel pruning: the LASSO's optimality conditions, redundant channels, and what a shortcut lost.

import Data
import Execution
import Network
import Testing
import Torch

@testable import Pruning

@Suite struct LassoTests {
  /// R rows of c columns of which the last two repeat others in part, and what they should explain.
  private func problem(seed: UInt64, rows: Int = 60, columns: Int = 9) -> (
    z: [[Double]], y: [Double], lasso: Lasso
  ) {
    let numbers = Graphs.numbers(rows * (columns + 1), seed: seed).map(Double.init)
    var z = (0..<columns).map { Array(numbers[$0 * rows..<($0 + 1) * rows]) }
    let last = columns - 1
    for row in 0..<rows { z[last][row] = 0.9 * z[0][row] + 0.1 * z[last][row] }
    let noise = Array(numbers[columns * rows..<(columns + 1) * rows])
    var y = [Double](repeating: 0, count: rows)
    for row in 0..<rows {
      y[row] = 2 * z[0][row] - z[2][row]
      y[row] += 0.5 * z[4][row] + 0.3 * noise[row]
    }
    func dot(_ a: [Double], _ b: [Double]) -> Double {
      zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } / Double(rows)
    }
    var gram: [Double] = []
    for a in z { for b in z { gram.append(dot(a, b)) } }
    return (z, y, Lasso(gram: gram, products: z.map { dot($0, y) }))
  }

  @Test(arguments: [1, 2, 3] as [UInt64], [0.5, 0.1, 0.01])
  func solutionsSatisfyTheirOptimalityConditions(seed: UInt64, part: Double) {
    let (z, y, lasso) = problem(seed: seed)
    let lambda = part * lasso.largest
    let beta = lasso.solve(lambda, from: [Double](repeating: 0, count: z.count))
    let residual = y.indices.map { row in
      y[row] - z.indices.reduce(0) { $0 + z[$1][row] * beta[$1] }
    }
    for j in z.indices {
      let slope = zip(z[j], residual).reduce(0) { $0 + $1.0 * $1.1 } / Double(y.count)
      if beta[j] != 0 {
        #expect(abs(slope - (beta[j] > 0 ? lambda : -lambda)) < 1e-4 * lambda)
      } else {
        #expect(abs(slope) <= lambda * (1 + 1e-4))
      }
    }
    #expect(beta.contains { $0 != 0 })
  }

  @Test func allLeaveAtTheLargestLambda() {
    let (z, _, lasso) = problem(seed: 4)
    let zeros = [Double](repeating: 0, count: z.count)
    #expect(lasso.solve(1.0001 * lasso.largest, from: zeros) == zeros)
    #expect(lasso.solve(0.99 * lasso.largest, from: zeros) != zeros)
  }

  @Test func supportsHaveTheWantedSizeAndDeadVariablesLeaveFirst() {
    let (z, _, lasso) = problem(seed: 5)
    for wanted in 1...z.count { #expect(lasso.support(wanted).count == wanted) }
    #expect(Set(lasso.support(3)) == [0, 2, 4])
    // Two variables that are the same, and one that is nothing.
    let tied = Lasso(gram: [1, 1, 0, 1, 1, 0, 0, 0, 0], products: [1, 1, 0])
    #expect(tied.support(1) == [0])
    #expect(tied.support(2) == [0, 1])
  }

  private func examples(_ shape: [Int]) throws -> Calibration {
    Calibration(try Examples.make(64, shape, targets: nil), batchSize: 16, batches: 4)
  }

  private func plan(_ network: Network, _ counts: [String: Int]) throws -> Plan {
    let plan = try Pruner(target: Target(parsing: "units=1")).plan(for: network)
    return plan.keeping(
      try plan.kept.map { try Kept($0.group, units: 0..<(counts[$0.group.name] ?? $0.group.size)) })
  }

  @Test func aRedundantChannelIsRebuiltByTheOthers() throws {
    // Channel 3 of a is a combination of 1 and 2, so that one of them can leave without any loss.
    var network = try Graphs.graph(
      input: ["batch", 3, 9, 8],
      parameters: [
        ("a.weight", [6, 3, 1, 1]), ("a.bias", [6]), ("b.weight", [4, 6, 3, 3]), ("b.bias", [4]),
      ],
      [
        Node("Conv", name: "a", inputs: ["x", "a.weight", "a.bias"], outputs: ["a"]),
        Node("Conv", name: "b", inputs: ["a", "b.weight", "b.bias"], outputs: ["y"]),
      ])
    network = try Examples.precise(network)
    for (name, width) in [("a.weight", 3), ("a.bias", 1)] {
      network = try Examples.changing(network, name) { values, _ in
        for k in 0..<width {
          values[3 * width + k] = 0.5 * values[width + k] - 2 * values[2 * width + k]
        }
      }
    }
    let calibration = try examples([3, 9, 8])
    let found = try LassoSelection(on: calibration, positions: 20)(
      plan(network, ["a": 5]), of: network)
    let layer = try #require(found.report.layers.first)
    #expect(layer.after < 1e-5)
    let kept = try #require(found.plan.kept.first)
    #expect(kept.units.count == 5)
    #expect(!kept.removed.contains { [0, 4, 5].contains($0) })
    #expect(try Equivalence.check(network, found.network).maxAbsDiff < 1e-4)
  }

  /// One channel is redundant, in four ways and whatever the weights behind it are: as few as the others are
  /// rebuild everything, and only one of those that depend on each other leaves.
  @Test(arguments: ["combination", "twin", "scaled twin", "silent"], 0..<6)
  func whateverTheWeightsARedundantChannelLeaves(kind: String, seed: Int) throws {
    let isLinear = kind == "combination"
    var b = NetworkBuilder("r", input: ["batch", 3, 9, 8], seed: UInt64(seed) + 40)
    let a = try b.conv("a", b.input, 7, kernel: 3)
    let x = try isLinear ? a : b.relu(a)
    var network = try Examples.precise(b.finish(b.conv("b", x, 5, kernel: 3)))
    for (name, width) in [("a.weight", 27), ("a.bias", 1)] {
      network = try Examples.changing(network, name) { values, _ in
        for k in 0..<width {
          let (first, second) = (values[width + k], values[5 * width + k])
          values[3 * width + k] =
            switch kind {
            case "combination": 0.5 * first - 2 * second
            case "twin": first
            case "scaled twin": 3 * first
            default: 0
            }
        }
      }
    }
    let found = try LassoSelection(on: examples([3, 9, 8]), positions: 20)(
      plan(network, ["a": 6]), of: network)
    #expect(try #require(found.report.layers.first).after < 1e-5)
    let kept = try #require(found.plan.kept.first)
    #expect(kept.units.count == 6)
    let dependent = ["combination": [1, 3, 5], "silent": [3]][kind] ?? [1, 3]
    #expect(kept.removed.allSatisfy { dependent.contains($0) }, "\(kept.removed)")
    #expect(try Equivalence.check(network, found.network).maxAbsDiff < 1e-3)
  }

  /// Three of eight depend on others; they leave before any that does not, and no more than are asked for.
  @Test func redundantChannelsLeaveOneByOne() throws {
    let numbers = Graphs.numbers(400 * 13, seed: 8).map(Double.init)
    var x = (0..<400).map { row in Array(numbers[row * 13..<row * 13 + 8]) }
    for row in x.indices {
      x[row][2] = x[row][0]
      x[row][5] = x[row][0] - x[row][1]
      x[row][6] = 0
    }
    let w = Array(numbers[5000..<5016])
    var equations = try NormalEquations(inputs: 8, outputs: 2, device: .cpu)
    let inputs = try Tensor(x.flatMap { $0 }, shape: [400, 8])
    let weights = try Tensor(w, shape: [8, 2])
    try equations.add(inputs, inputs.mm(weights))
    let reader = LassoReader(equations, weights, inputs: (0..<8).map { [$0] })
    for most in 0...5 {
      var redundancy = try #require(try Redundancy([reader], units: 8))
      let gone = try redundancy.first(most)
      #expect(gone.count == min(most, 3) && Set(gone).count == gone.count)
      if most > 0 { #expect(gone[0] == 6) }
      // Two of the four that depend on each other span the rest.
      #expect(gone.allSatisfy { [0, 1, 2, 5, 6].contains($0) })
    }
    // Too few samples to tell.
    var few = try NormalEquations(inputs: 8, outputs: 2, device: .cpu)
    let some = try inputs.narrow(axis: 0, start: 0, length: 15)
    try few.add(some, some.mm(weights))
    let unknown = try Redundancy(
      [LassoReader(few, weights, inputs: (0..<8).map { [$0] })], units: 8)
    #expect(unknown == nil)
  }

  @Test func theGramMatrixIsThatOfTheChannelsContributions() throws {
    // Worked out here from the contributions of each channel to a linear layer.
    let network = try Examples.precise(Graphs.product(transposed: true))
    let group = try network.coupling().group(named: "a")
    let calibration = try examples([3])
    let selection = LassoSelection(on: calibration, positions: 10)
    let lasso = try #require(try selection.lasso(for: group, in: network, network, []))
    let model = try Model(network)
    let w = try #require(network.initializers["b.weight"]?.tensor.reals)
    var gram = [Double](repeating: 0, count: 25)
    var products = [Double](repeating: 0, count: 5)
    for index in 0..<calibration.batches {
      let batch = try calibration.batch(index, for: model)
      let r = try #require(
        try model.run(batch.named(for: model), observing: ["r"])["r"]
      ).detached().values(as: Double.self)
      for row in 0..<16 {
        for output in 0..<2 {
          let z = (0..<5).map { r[row * 5 + $0] * w[output * 5 + $0] }
          let y = z.reduce(0, +)
          for i in 0..<5 {
            products[i] += z[i] * y / 128
            for j in 0..<5 { gram[i * 5 + j] += z[i] * z[j] / 128 }
          }
        }
      }
    }
    for (a, b) in zip(lasso.gram, gram) { #expect(abs(a - b) < 1e-9) }
    for (a, b) in zip(lasso.products, products) { #expect(abs(a - b) < 1e-9) }
  }

  @Test func theBranchMakesGoodWhatTheShortcutLost() throws {
    // x -> p (4) -> s, a shortcut; p -> b (5) -> relu -> c (6); y = s + c. Channels of p leave, which
    // changes s; c reads b, whose channels say all that p's do.
    var network = try Graphs.graph(
      input: ["batch", 3, 4, 4],
      parameters: [
        ("p.weight", [8, 3, 1, 1]), ("s.weight", [6, 8, 1, 1]), ("b.weight", [7, 3, 1, 1]),
        ("c.weight", [6, 7, 1, 1]),
      ],
      [
        Node("Conv", name: "p", inputs: ["x", "p.weight"], outputs: ["p"]),
        Node("Conv", name: "s", inputs: ["p", "s.weight"], outputs: ["s"]),
        Node("Conv", name: "b", inputs: ["x", "b.weight"], outputs: ["b"]),
        Node("Conv", name: "c", inputs: ["b", "c.weight"], outputs: ["c"]),
        Node("Add", name: "y", inputs: ["s", "c"], outputs: ["y"]),
      ])
    network = try Examples.precise(network)
    // The shortcut of the pruned network is another one: s without what it was.
    let group = try network.coupling().group(named: "p")
    let other = try network.coupling().group(named: "b")
    let kept = try [Kept(group, units: [0]), Kept(other, units: 0..<6)]
    let cut = try network.cut(keeping: kept)
    let found = try cut.reconstructed(
      like: network, keeping: kept, on: examples([3, 4, 4]), positions: 16, only: ["c.weight"])
    #expect(found.report.layers.map(\.layer).count == 1)
    // Three inputs pass through b whole, so that c can give what s lacks.
    #expect(try Equivalence.check(network, found.network).maxAbsDiff < 1e-4)
    #expect(try Equivalence.check(network, cut).maxAbsDiff > 0.1)
  }

  /// Padded shortcuts put the channels of one stage among those of the next: what the LASSO has left of the
  /// first moves the others.
  @Test func unitsAmongOthersAreFoundAfterTheOthersHaveLeft() throws {
    let network = try Network.resNetCIFAR(depth: 8, classes: 4, input: [3, 8, 8], seed: 3)
    let precise = try Examples.precise(network)
    let calibration = try Calibration(
      Examples.make(8, [3, 8, 8], targets: [4]), batchSize: 4, batches: 2)
    let pruner = Pruner(
      criterion: L1(), allocation: Uniform(), target: try Target(.units, .fraction(0.4)))
    let plan = try pruner.plan(for: precise, on: calibration)
    #expect(plan.kept.contains { $0.group.members.contains { $0.start > 0 } })
    let found = try LassoSelection(on: calibration, positions: 4)(plan, of: precise)
    #expect(zip(found.plan.kept, plan.kept).allSatisfy { $0.units.count == $1.units.count })
    // The network that was fitted on the way has the form of the one cut at once.
    let cut = try precise.cut(keeping: found.plan.kept)
    for (name, initializer) in cut.initializers {
      #expect(found.network.initializers[name]?.tensor.shape == initializer.tensor.shape, "\(name)")
    }
  }
}
