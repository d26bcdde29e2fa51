// SNIP, GraSP and SynFlow against finite differences, path sums and the laws of their papers.

import Data
import Execution
import Network
import Testing
import Torch

@testable import Pruning

/// A network in double precision, its examples, and what criteria find out of them.
struct ScoringCase {
  var network: Network
  let dataset: ArrayDataset

  init() throws {
    network = try Examples.precise(Graphs.residual())
    dataset = try Examples.make(4, [3, 5, 5], targets: [2, 5, 5])
  }

  var calibration: Calibration { Calibration(dataset, batchSize: 4) }

  func evidence(
    _ criterion: any Criterion, on calibration: Calibration? = nil,
    after masks: ElementMasks = ElementMasks()
  ) throws -> (found: [String: [Double]], passes: Int) {
    let survey = Survey(
      network, masks: masks, for: type(of: criterion).name, on: calibration ?? self.calibration)
    return (try criterion.evidence(from: survey), survey.backwardPasses)
  }

  /// The mean squared error over all examples, of outputs over a temperature.
  func loss(_ network: Network, temperature: Double = 1) throws -> (Tensor, Model) {
    let batch = try dataset.batch(Array(0..<dataset.count))
    guard case .values(let x, let shape) = batch.inputs,
      case .values(let y, let other) = batch.targets
    else { throw DataError.empty(path: "") }
    let model = try Model(network)
    let output = try model(Tensor(x, shape: shape).to(type: .float64)) / temperature
    let difference = try output - Tensor(y, shape: other).to(type: .float64)
    return (try difference.square().mean(), model)
  }

  /// `g^T g` over the weights, with those that `masks` removes left out.
  func flow(
    _ network: Network, temperature: Double, without masks: ElementMasks = ElementMasks()
  ) throws -> Double {
    let (loss, model) = try loss(network, temperature: temperature)
    let names = model.parameters.keys.filter { model.parameters[$0]?.rank ?? 0 > 1 }
    let found = try gradients(of: loss, with: names.compactMap { model.parameters[$0] })
    var flow = 0.0
    for (name, gradient) in zip(names, found) {
      for (index, element) in try gradient.values(as: Double.self).enumerated()
      where masks.kept[name]?[index] ?? true {
        flow += element * element
      }
    }
    return flow
  }

  /// The network with element `index` of a weight multiplied.
  func scaled(_ name: String, _ index: Int, by factor: Double) throws -> Network {
    try Examples.changing(network, name) { elements, _ in elements[index] *= factor }
  }
}

@Suite struct SNIPTests {
  /// The sheet's property: the score is |dL/dc| at gates of 1, over the sum of all.
  @Test func sensitivityIsTheDerivativeByTheGateOfAConnection() throws {
    let trial = try ScoringCase()
    let (found, passes) = try trial.evidence(SNIP())
    #expect(passes == 1)
    #expect(Set(found.keys) == ["a.weight", "b.weight", "c.weight", "d.weight"])
    #expect(abs(found.values.joined().reduce(0, +) - 1) < 1e-12)
    var derivatives: [String: [Double]] = [:]
    for (name, scores) in found {
      derivatives[name] = try scores.indices.map { index in
        let sides = try [1 + 1e-5, 1 - 1e-5].map { factor in
          try withoutGradients {
            try trial.loss(trial.scaled(name, index, by: factor)).0.scalar()
          }
        }
        return abs(sides[0] - sides[1]) / 2e-5
      }
    }
    let total = derivatives.values.joined().reduce(0, +)
    for (name, scores) in found {
      let expected = try #require(derivatives[name])
      #expect(zip(scores, expected).allSatisfy { abs($0 - $1 / total) < 1e-9 }, "\(name)")
    }
  }

  /// Over several batches derivatives are added before the absolute value is taken.
  @Test func batchesAreAveragedBeforeTheAbsoluteValue() throws {
    let trial = try ScoringCase()
    let whole = try trial.evidence(SNIP())
    let parts = try trial.evidence(SNIP(), on: Calibration(trial.dataset, batchSize: 1))
    #expect(parts.passes == 4)
    for (name, scores) in whole.found {
      let other = try #require(parts.found[name])
      #expect(zip(scores, other).allSatisfy { abs($0 - $1) < 1e-12 }, "\(name)")
    }
  }
}

@Suite struct GraSPTests {
  /// The sheet's property: half the derivative of `g^T g` as the weight shrinks, with its sign.
  @Test(arguments: [false, true])
  func scoreIsTheFirstOrderChangeOfTheGradientFlow(masked: Bool) throws {
    var trial = try ScoringCase()
    var masks = ElementMasks()
    if masked {
      masks.kept["a.weight"] = (0..<162).map { $0 % 3 != 0 }
      trial.network = try trial.network.masked(by: masks)
    }
    var criterion = GraSP()
    try criterion.configure(PartSettings(["temperature": .text("2")]))
    let (found, passes) = try trial.evidence(criterion, after: masks)
    #expect(passes == 2)
    var most = 0.0
    for (name, scores) in found {
      for (index, score) in scores.enumerated() where masks.kept[name]?[index] ?? true {
        let sides = try [1 + 1e-5, 1 - 1e-5].map { factor in
          try trial.flow(
            trial.scaled(name, index, by: factor), temperature: 2, without: masks)
        }
        // The flow falls by the score when the weight goes: what stays has the highest scores.
        #expect(abs(score - (sides[0] - sides[1]) / 4e-5) < 1e-8, "\(name) \(index)")
        most = max(most, abs(score))
      }
    }
    #expect(most > 1e-3)
  }

  @Test func accumulationsAddUpToTheWholeGradient() throws {
    let trial = try ScoringCase()
    let whole = try trial.evidence(GraSP())
    let parts = try trial.evidence(GraSP(), on: Calibration(trial.dataset, batchSize: 2))
    #expect(parts.passes == 6)
    for (name, scores) in whole.found {
      let other = try #require(parts.found[name])
      let scale = scores.map { abs($0) }.max() ?? 0
      #expect(zip(scores, other).allSatisfy { abs($0 - $1) < 1e-9 * scale }, "\(name)")
    }
  }
}

@Suite struct SynFlowTests {
  private func perceptron(_ hidden: [Int], seed: UInt64 = 5) throws -> Network {
    try Network.perceptron("p", hidden: hidden, classes: 4, input: [1, 2, 3], seed: seed)
  }

  private func scores(_ network: Network) throws -> [String: [Double]] {
    let survey = Survey(network, for: SynFlow.name, on: nil)
    let found = try SynFlow().evidence(from: survey)
    #expect(survey.backwardPasses == 1)
    return found
  }

  /// The sheet's property: what flows into a hidden unit flows out of it, and every layer carries the
  /// same.
  @Test func flowIsConservedAtEveryHiddenUnit() throws {
    let found = try scores(perceptron([7, 5]))
    let sizes = [(7, 6), (5, 7), (4, 5)]
    let layers = try (1...3).map { try #require(found["fc\($0).weight"]) }
    for (layer, (units, inputs)) in sizes.dropLast().enumerated() {
      let next = sizes[layer + 1]
      for unit in 0..<units {
        let incoming = layers[layer][unit * inputs..<(unit + 1) * inputs].reduce(0, +)
        let outgoing = (0..<next.0).reduce(0.0) { $0 + layers[layer + 1][$1 * next.1 + unit] }
        #expect(incoming > 0 && abs(incoming - outgoing) < 1e-12 * incoming)
      }
    }
    let totals = layers.map { $0.reduce(0, +) }
    #expect(abs(totals[0] - totals[2]) < 1e-12 * totals[0])
    // Through convolutions, pooling and flattening as well.
    let network = try scores(Graphs.named("lenet-5"))
    let sums = network.values.map { $0.reduce(0, +) }
    let first = try #require(sums.first)
    #expect(sums.count == 4 && sums.allSatisfy { abs($0 - first) < 1e-9 * first })
  }

  /// The flow through a weight is the sum over the paths through it.
  @Test func scoreIsTheSumOverPaths() throws {
    let network = try perceptron([3])
    let found = try scores(network)
    let first = try Graphs.elements(network, "fc1.weight").map { abs(Double($0)) }
    let second = try Graphs.elements(network, "fc2.weight").map { abs(Double($0)) }
    var expected = [Double](repeating: 0, count: first.count)
    for unit in 0..<3 {
      for input in 0..<6 {
        for output in 0..<4 {
          expected[unit * 6 + input] += first[unit * 6 + input] * second[output * 3 + unit]
        }
      }
    }
    let scores = try #require(found["fc1.weight"])
    let most = try #require(found.values.joined().max())
    #expect(most == 1)
    let scale = scores.reduce(0, +) / expected.reduce(0, +)
    #expect(zip(scores, expected).allSatisfy { abs($0 - $1 * scale) < 1e-12 })
  }

  /// In a hundred rounds no layer empties, down to a few weights in all; at once one does.
  @Test func roundsKeepEveryLayerAlive() throws {
    let network = try perceptron([40, 3, 40])
    let total = 6 * 40 + 40 * 3 + 3 * 40 + 40 * 4
    func layers(_ schedule: any PruningSchedule) throws -> [Int] {
      let pruner = Pruner(
        criterion: SynFlow(), target: try Target(.sparsity, .fraction(1 - 6 / Double(total))))
      let masks = try pruner.masks(for: network, along: schedule)
      #expect(masks.kept.values.joined().count { $0 } == 6)
      return masks.kept.values.map { mask in mask.count { $0 } }
    }
    #expect(try layers(Iterative(steps: 100)).allSatisfy { $0 >= 1 })
    #expect(try layers(OneShot()).contains(0))
  }

  /// The flow of sixty layers is beyond what single precision holds.
  @Test func deepNetworksStayInRange() throws {
    let found = try scores(perceptron([Int](repeating: 300, count: 30)))
    #expect(found.values.joined().allSatisfy { $0.isFinite })
    #expect(try #require(found["fc1.weight"]).reduce(0, +) > 0)
  }
}
