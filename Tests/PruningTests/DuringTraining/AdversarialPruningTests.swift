// GAL: the proximal step, masks that reach zero without labels, and a discriminator that learns alone.

import Data
import Execution
import Foundation
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

  /// Each regulariser's derivative, by finite differences of one of the discriminator's weights.
  @Test(arguments: DiscriminatorRegularizer.allCases)
  func regularizersAreThoseOfThePaper(regularizer: DiscriminatorRegularizer) throws {
    let generator = try Generator(seed: 9)
    let judge = try Discriminator(features: 4, type: .float64, device: .cpu, generator)
    let made = try Tensor.randn([16, 4], generator, type: .float64)
    let found = try judge.penalty(regularizer, made: made, decay: 0.25).scalar()
    let all = try judge.parameters.values.flatMap { try $0.detached().values(as: Double.self) }
    switch regularizer {
    case .adversarial:
      // -E[log D(f_g)]
      let logits = try judge(made).detached().values(as: Double.self)
      let expected = logits.reduce(0) { $0 - log(1 / (1 + exp(-$1))) } / 16
      #expect(abs(found - expected) < 1e-12)
    case .l1: #expect(abs(found - 0.25 * all.reduce(0) { $0 + abs($1) }) < 1e-9)
    case .l2: #expect(abs(found - 0.25 * all.reduce(0) { $0 + $1 * $1 }) < 1e-9)
    }
  }

  /// The adversarial regulariser holds the discriminator back: it is less sure of what it sees.
  @Test func theAdversarialRegularizerKeepsTheDiscriminatorUnsure() throws {
    func certainty(_ regularizer: DiscriminatorRegularizer) throws -> Double {
      let generator = try Generator(seed: 3)
      let judge = try Discriminator(features: 10, type: .float32, device: .cpu, generator)
      let real = try Tensor.randn([64, 10], generator)
      let made = try Tensor.randn([64, 10], generator) * 0.7 + 0.6
      for _ in 0..<150 {
        _ = try judge.learn(
          real: real, made: made, rate: 0.02, regularizer: regularizer, decay: 0)
      }
      return try -(judge(made).mean().scalar())
    }
    #expect(try certainty(.adversarial) < 0.5 * certainty(.l2))
  }

  /// Under noise the plain momentum carries a mask far away; beginning anew it stays near.
  @Test func momentumBeginsAnewWhereItLeadsAstray() throws {
    func farthest(restarting: Bool) throws -> Double {
      let mask = try SoftMask("m", count: 2, type: .float64, device: .cpu)
      var random = RandomState(seed: 4)
      var (a, most) = (1.0, 0.0)
      for _ in 0..<3000 {
        let y = try mask.point.detached().values(as: Double.self)
        // A noisy gradient of 1/2 (m - 1)^2 and 2 (m - 1)^2.
        let gradient = try Tensor(
          [1.0, 4].enumerated().map { $1 * (y[$0] - 1) + 6 * random.uniform() - 3 }, shape: [2])
        let next = (1 + (1 + 4 * a * a).squareRoot()) / 2
        let astray = try mask.step(
          gradient, rate: 0.05, strength: 0, momentum: (a - 1) / next)
        a = restarting && astray > 0 ? 1 : next
        most = max(most, try (mask.values - 1).abs().max().scalar())
      }
      return most
    }
    let (plain, restarted) = (try farthest(restarting: false), try farthest(restarting: true))
    #expect(restarted < 0.5 * plain, "\(restarted) against \(plain)")
  }

  // MARK: blocks and branches

  /// Two residual blocks as ResNet-20 has them.
  private func blocks() throws -> Network {
    var b = NetworkBuilder("blocks", input: ["batch", 1, 6, 6], seed: 9)
    var x = try b.relu(
      b.batchNorm("stem.norm", b.conv("stem", b.input, 6, kernel: 3, padding: 1, bias: false)))
    for index in 1...2 {
      var y = try b.conv("block\(index).conv1", x, 6, kernel: 3, padding: 1, bias: false)
      y = try b.relu(b.batchNorm("block\(index).norm1", y))
      y = try b.conv("block\(index).conv2", y, 6, kernel: 3, padding: 1, bias: false)
      y = try b.batchNorm("block\(index).norm2", y)
      x = try b.relu(b.sum("block\(index).sum", y, x))
    }
    return try b.finish(b.linear("fc", b.flatten(b.globalAveragePool(x)), 10))
  }

  @Test func aBlockWhoseMaskIsZeroBecomesItsShortcut() throws {
    let plugin = AdversarialPruning(.blocks, strength: 0)
    let model = try Model(blocks())
    let onlooker = Onlooker()
    onlooker.before = { _ in
      let mask = plugin.masks[1]
      #expect(plugin.masks.count == 2)
      try withoutGradients { _ = try mask.point.copyInPlace(Tensor([0 as Float], shape: [1])) }
      mask.values = try Tensor([0 as Float], shape: [1])
    }
    // At a rate of nothing the mask that was set to zero stays there.
    try SmallTraining.trainer(
      model, plugins: [plugin, onlooker], epochs: 1, rate: 0, optimizer: SGD()
    ).run()
    let masked = try model.snapshot()
    let dead = try masked.deadBranches()
    #expect(dead.count == 1)
    let cut = masked.removing(dead)
    #expect(try Equivalence.check(masked, cut).maxAbsDiff == 0)
    #expect(!cut.initializers.keys.contains { $0.hasPrefix("block2") })
    #expect(cut.initializers.keys.contains { $0.hasPrefix("block1") })
    #expect(cut.nodes.count { $0.op == "Conv" } == 3 && cut.nodes.count { $0.op == "Add" } == 1)
    #expect(
      try cut.cost().total.macs == blocks().cost().total.macs - 2 * 6 * 6 * 9 * 36)
  }

  @Test func allChannelsOfABranchHaveOneMask() throws {
    var b = NetworkBuilder("inception", input: ["batch", 1, 6, 6], seed: 9)
    let stem = try b.relu(b.conv("stem", b.input, 4, kernel: 3, padding: 1))
    let wide = try b.relu(b.conv("wide", stem, 3, kernel: 3, padding: 1))
    let narrow = try b.relu(b.batchNorm("norm", b.conv("narrow", stem, 5, kernel: 1, bias: false)))
    let x = try b.concat("join", [wide, narrow])
    let network = try b.finish(b.linear("fc", b.flatten(b.globalAveragePool(x)), 10))
    let plugin = AdversarialPruning(.branches, strength: 0)
    let model = try Model(network)
    let onlooker = Onlooker()
    onlooker.before = { _ in
      #expect(plugin.masks.map(\.name) == ["wide", "narrow"])
      for mask in plugin.masks where mask.name == "narrow" {
        try withoutGradients { _ = try mask.point.copyInPlace(Tensor([0 as Float], shape: [1])) }
        mask.values = try Tensor([0 as Float], shape: [1])
      }
    }
    try SmallTraining.trainer(
      model, plugins: [plugin, onlooker], epochs: 1, rate: 0, optimizer: SGD()
    ).run()
    let masked = try model.snapshot()
    let plan = try Pruner(criterion: EitherEnd(), target: Target(parsing: "threshold=0"))
      .plan(for: masked)
    let left = Dictionary(uniqueKeysWithValues: plan.kept.map { ($0.group.name, $0.units.count) })
    #expect(left == ["stem": 4, "wide": 3, "narrow": 1], "one unit stays of what has none left")
    #expect(try Equivalence.check(masked, masked.cut(keeping: plan.kept)).holds())

    // As a branch that gives nothing it leaves whole, and the join has one input.
    let dead = try masked.deadParts()
    #expect(dead.map(\.group.name) == ["narrow"])
    let cut = try masked.cut(keeping: dead)
    #expect(try Equivalence.check(masked, cut).maxAbsDiff == 0)
    #expect(!cut.initializers.keys.contains { $0.hasPrefix("narrow") || $0.hasPrefix("norm") })
    #expect(cut.initializers["fc.weight"]?.tensor.shape == [10, 3])
    #expect(cut.nodes.first { $0.op == "Concat" }?.inputs.count == 1)
  }

  @Test func nothingStaysOnlyOfWhatAConcatenationCanDoWithout() throws {
    let network = try blocks()
    let coupling = try network.coupling()
    #expect(try network.deadParts().isEmpty)
    for group in coupling.groups {
      #expect(throws: NetworkError.self) {
        try network.cut(keeping: [Kept.nothing(of: group)])
      }
    }
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
