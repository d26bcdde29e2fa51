// L0 regularisation: the distribution against Monte-Carlo, gradients against finite differences, and what
// gates that closed leave behind.

import Execution
import Foundation
import Network
import Testing
import Torch
import Training

@testable import Pruning

@Suite struct HardConcreteTests {
  private static let logits = [-4.0, -1.5, -0.3, 0, 0.8, 2.5]

  @Test(arguments: [2.0 / 3, 0.4])
  func theProbabilityOfBeingOpenIsThatOfSamples(temperature: Double) throws {
    let distribution = HardConcrete(temperature: temperature)
    let generator = try Generator(seed: 5)
    let count = 100_000
    let logAlpha = try Tensor(Self.logits, shape: [6])
    let u = try Tensor.rand([count, 6], generator, type: .float64)
    let open = try distribution.sample(logAlpha, u).notEqual(0).to(type: .float64).mean([0])
      .values(as: Double.self)
    let formula = try distribution.open(logAlpha).values(as: Double.self)
    for (index, logit) in Self.logits.enumerated() {
      let p = 1 / (1 + exp(-(logit - temperature * log(0.1 / 1.1))))
      #expect(abs(formula[index] - p) < 1e-12)
      // Five standard deviations of the mean.
      let deviation = (p * (1 - p) / Double(count)).squareRoot()
      #expect(abs(open[index] - p) < 5 * deviation, "log alpha \(logit)")
    }
  }

  @Test func gatesAreFoldedIntoTheUnitInterval() throws {
    let distribution = HardConcrete()
    let tested = try distribution.tested(Tensor(Self.logits, shape: [6])).values(as: Double.self)
    for (gate, logit) in zip(tested, Self.logits) {
      #expect(abs(gate - min(1, max(0, 1.2 / (1 + exp(-logit)) - 0.1))) < 1e-12)
    }
    #expect(tested[0] == 0 && tested[5] == 1)
    for u in [0.02, 0.3, 0.77, 0.99] {
      let noise = try Tensor([Double](repeating: u, count: 6), shape: [6])
      let gates = try distribution.sample(Tensor(Self.logits, shape: [6]), noise)
        .values(as: Double.self)
      for (gate, logit) in zip(gates, Self.logits) {
        let s = 1 / (1 + exp(-(log(u) - log(1 - u) + logit) * 1.5))
        #expect(abs(gate - min(1, max(0, s * 1.2 - 0.1))) < 1e-12)
      }
    }
  }

  @Test func gradientsAreThoseOfFiniteDifferences() throws {
    let distribution = HardConcrete()
    let u = try Tensor([0.45, 0.2, 0.9, 0.5, 0.35, 0.6], shape: [6])
    func value(_ logits: [Double], gradient: Bool) throws -> (Double, [Double]) {
      let logAlpha = try Tensor(logits, shape: [6]).requireGradient()
      let weights = try Tensor([1.0, -2, 3, 0.5, 1.5, -1], shape: [6])
      let loss =
        try (distribution.sample(logAlpha, u) * weights).square().sum()
        + distribution.open(logAlpha).sum() * 0.7
      let slopes = gradient ? try gradients(of: loss, with: [logAlpha])[0] : logAlpha
      return (try loss.scalar(), try slopes.detached().values(as: Double.self))
    }
    let (_, gradient) = try value(Self.logits, gradient: true)
    for index in 0..<6 {
      var (up, down) = (Self.logits, Self.logits)
      up[index] += 1e-6
      down[index] -= 1e-6
      let slope = try (value(up, gradient: false).0 - value(down, gradient: false).0) / 2e-6
      #expect(abs(gradient[index] - slope) < 1e-6, "gate \(index)")
    }
  }

  @Test func theTermCountsTheWeightsBehindEachGate() throws {
    let plugin = try L0Gates(
      [
        L0Gates.Rule("conv.weight", .outputs, strength: 0.01, dropRate: 0.2),
        L0Gates.Rule("fc2.weight", .inputs, strength: 0.02, dropRate: 0.7),
      ], decay: 0.1)
    let model = try Model(SmallTraining.network(), type: .float64)
    let trainer = try SmallTraining.trainer(model, plugins: [plugin])
    try plugin.beforeRun(trainer.context)
    var expected = 0.0
    for (name, rule, gates) in plugin.gates {
      let open = try gates.logAlpha.detached().values(as: Double.self).map {
        1 / (1 + exp(-($0 - 2.0 / 3 * log(0.1 / 1.1))))
      }
      let weight = try #require(model.parameters[name]).detached().values(as: Double.self)
      let gated = rule.side == .outputs ? 8 : 12
      for (index, value) in weight.enumerated() {
        let gate = rule.side == .outputs ? index / (weight.count / gated) : index % gated
        expected += open[gate] * (rule.strength + 0.05 * value * value)
      }
      // Gates begin open with the probability that the drop rate leaves.
      let middle = log((1 - rule.dropRate) / rule.dropRate)
      #expect(
        try gates.logAlpha.detached().values(as: Double.self).allSatisfy {
          abs($0 - middle) < 0.06
        })
    }
    #expect(plugin.gates.map(\.weight) == ["conv.weight", "fc2.weight"])
    #expect(abs(try plugin.term(of: model).scalar() - expected) < 1e-9 * expected)
  }

  @Test func closedGatesAreCutWithoutAnyDifference() throws {
    let plugin = try L0Gates([
      L0Gates.Rule("conv.weight", .outputs, strength: 2e-3),
      L0Gates.Rule("fc2.weight", .inputs, strength: 4e-3),
    ])
    let model = try Model(SmallTraining.network())
    try SmallTraining.trainer(
      model, plugins: [plugin], epochs: 60, optimizer: Adam(decoupledWeightDecay: 0)
    ).run()
    let found = try plugin.architecture()
    let (conv, inputs) = (found[0], found[1])
    #expect(conv.open < 8 && inputs.open < 12)
    let network = try model.snapshot()
    let group = try network.coupling().group(named: "fc1")
    let scores = try EitherEnd().unitScores(of: group, in: Subject(network))
    #expect(scores.count { $0 == 0 } == 12 - inputs.open)
    // The bias of a closed filter is closed with it.
    let bias = try Graphs.elements(network, "conv.bias")
    let filters = try Graphs.elements(network, "conv.weight")
    for unit in 0..<8 where filters[unit * 9..<(unit + 1) * 9].allSatisfy({ $0 == 0 }) {
      #expect(bias[unit] == 0)
    }
    if inputs.open > 0 {
      let plan = try Pruner(
        criterion: EitherEnd(), target: Target(parsing: "threshold=0"),
        exclusions: Exclusions(["conv"])
      ).plan(for: network)
      let cut = try network.cut(keeping: plan.kept)
      // What left was read by nobody: nothing changes.
      #expect(try Equivalence.check(network, cut).holds())
      #expect(plan.kept.first { $0.group.name == "fc1" }?.units.count == inputs.open)
    }
  }

  @Test func wrongSettingsAreRefused() throws {
    #expect(throws: TrainingError.self) {
      try L0Gates([L0Gates.Rule("*", .inputs, strength: 1, dropRate: 1)])
    }
    let model = try Model(SmallTraining.network())
    let plugin = try L0Gates([L0Gates.Rule("fc9.weight", .inputs, strength: 1)])
    #expect(throws: TrainingError.self) {
      try SmallTraining.trainer(model, plugins: [plugin]).run()
    }
  }
}
