// GAL: the proximal step, masks that reach zero without labels, and a discriminator that learns alone.

import Data
import Execution
import Network
import Testing
import Torch
import Training

@testable import Pruning

@Suite struct AdversarialPruningTests {
  @Test func aStepSoftThresholdsAndKeepsItsMomentum() throws {
    let mask = try SoftMask("m", count: 4, type: .float64, device: .cpu)
    try withoutGradients {
      _ = try mask.point.copyInPlace(Tensor([1.0, 0.05, -0.5, -0.02], shape: [4]))
    }
    mask.values = try Tensor([0.9, 0.1, -0.4, 0.0], shape: [4])
    let gradient = try Tensor([2.0, 0.1, 1.0, -0.3], shape: [4])
    try mask.step(gradient, rate: 0.1, strength: 0.6, momentum: 0.5)
    // y - 0.1 g is 0.8, 0.04, -0.6, 0.01; the threshold 0.06.
    let expected = [0.74, 0, -0.54, 0]
    let found = try mask.values.values(as: Double.self)
    for (a, b) in zip(found, expected) { #expect(abs(a - b) < 1e-12) }
    #expect(found[1] == 0 && found[3] == 0)
    let point = try mask.point.detached().values(as: Double.self)
    for (index, before) in [0.9, 0.1, -0.4, 0].enumerated() {
      #expect(abs(point[index] - (expected[index] + 0.5 * (expected[index] - before))) < 1e-12)
    }
  }

  @Test func stepsSolveALasso() throws {
    // min 1/2 sum h (m - t)^2 + lambda |m|_1 has m = S(t, lambda / h).
    let (h, t, lambda) = ([1.0, 2, 4], [0.5, 0.2, -1.5], 0.6)
    let mask = try SoftMask("m", count: 3, type: .float64, device: .cpu)
    var a = 1.0
    for _ in 0..<400 {
      let y = try mask.point.detached().values(as: Double.self)
      let gradient = try Tensor((0..<3).map { h[$0] * (y[$0] - t[$0]) }, shape: [3])
      let next = (1 + (1 + 4 * a * a).squareRoot()) / 2
      try mask.step(gradient, rate: 0.2, strength: lambda, momentum: (a - 1) / next)
      a = next
    }
    let found = try mask.values.values(as: Double.self)
    for index in 0..<3 {
      let size = max(0, abs(t[index]) - lambda / h[index])
      #expect(abs(found[index] - (t[index] < 0 ? -size : size)) < 1e-6)
    }
    #expect(found[0] == 0 && found[1] == 0)
  }

  @Test func theDiscriminatorImprovesAlone() throws {
    let generator = try Generator(seed: 3)
    let judge = try Discriminator(features: 10, type: .float32, device: .cpu, generator)
    let real = try Tensor.randn([64, 10], generator)
    let made = try Tensor.randn([64, 10], generator) * 0.7 + 0.6
    let first = try judge.learn(real: real, made: made, rate: 0.02, decay: 0)
    var last = first
    for _ in 0..<80 { last = try judge.learn(real: real, made: made, rate: 0.02, decay: 0) }
    #expect(last < 0.6 * first)
    let (a, b) = (try judge(real), try judge(made))
    #expect(try a.greater(0).to(type: .float32).mean().scalar() > 0.8)
    #expect(try b.less(0).to(type: .float32).mean().scalar() > 0.8)
  }

  @Test func masksReachZeroWithoutLabelsAndTheirUnitsAreCut() throws {
    let model = try Model(SmallTraining.network())
    try SmallTraining.trainer(model, plugins: [], epochs: 12).run()
    // The squared difference of outputs is steep, so that the rate is small.
    let plugin = AdversarialPruning(.channels, strength: 10)
    let whole = try Model(model.snapshot())
    try SmallTraining.trainer(
      whole, plugins: [plugin], epochs: 20, rate: 0.002, optimizer: SGD()
    ).run()
    let counts = try plugin.counts()
    #expect(counts.all == 20 && counts.left < 20 && counts.left > 0)
    let network = try whole.snapshot()
    let plan = try Pruner(criterion: EitherEnd(), target: Target(parsing: "threshold=0"))
      .plan(for: network)
    let cut = try network.cut(keeping: plan.kept)
    // One unit stays of a layer that has none left.
    let left = try plugin.masks.map { max(1, Int(try $0.values.countNonzero().scalar())) }
    #expect(plan.kept.reduce(0) { $0 + $1.units.count } == left.reduce(0, +))
    #expect(try Equivalence.check(network, cut).holds())

    // The same with other labels gives the same bytes: none is looked at.
    func trained(_ loss: any Loss) throws -> [String: [UInt8]] {
      let other = try Model(model.snapshot())
      let trainer = try Trainer(
        model: other, loss: loss, optimizer: SGD(), schedule: ConstantRate(0.002),
        loader: DataLoader(SmallTraining.pictures(), batchSize: 12, seed: 5), length: .epochs(2),
        seed: 7, plugins: [AdversarialPruning(.channels, strength: 0.8)])
      try trainer.run()
      return try SmallTraining.bytes(of: other)
    }
    #expect(
      try trained(CrossEntropy()) == trained(CrossEntropy(labelSmoothing: 0.5)))
  }
}
