// OBD, OBS, layer-wise OBS and group Fisher against double backward, closed forms and finite differences.

import Data
import Execution
import Network
import Testing
import Torch

@testable import Pruning

/// Networks in double precision for second derivatives.
private enum Small {
  /// x (3) -> a (5) -> an activation -> b (2).
  static func network(_ activation: String) throws -> Network {
    var network = try Examples.precise(Graphs.product(transposed: true))
    network.nodes[1] = Node(activation, name: "r", inputs: ["a"], outputs: ["r"])
    return network
  }

  static func dataset(_ count: Int = 12) throws -> ArrayDataset {
    try Examples.make(count, [3], targets: [2])
  }

  static func survey(
    _ network: Network, _ dataset: ArrayDataset, after masks: ElementMasks = ElementMasks()
  ) -> Survey {
    Survey(
      network, masks: masks, for: "test", on: Calibration(dataset, batchSize: dataset.count))
  }

  /// The whole Hessian of the mean loss by double backward, with the parameters in one vector.
  static func hessian(_ survey: Survey) throws -> (
    names: [String], rows: [[Double]], values: [Double]
  ) {
    let model = try survey.model(type: .float64)
    let batch = try survey.batch(0, for: model)
    let leaves = Array(model.parameters.values)
    let loss = try survey.loss(of: survey.output(of: model, on: batch), on: batch)
    let first = try gradients(of: loss, with: leaves, createGraph: true)
    var rows: [[Double]] = []
    for (leaf, gradient) in zip(leaves, first) {
      let flat = try gradient.reshape([-1])
      for index in 0..<leaf.count {
        let second = try gradients(
          of: [flat.select(axis: 0, index)], with: leaves, keepGraph: true, allowUnused: true)
        rows.append(
          try zip(leaves, second).flatMap { leaf, found in
            try found?.values(as: Double.self) ?? [Double](repeating: 0, count: leaf.count)
          })
      }
    }
    return (
      Array(model.parameters.keys), rows,
      try leaves.flatMap { try $0.detached().values(as: Double.self) }
    )
  }
}

@Suite struct OBDTests {
  private func check(_ network: Network, _ dataset: ArrayDataset, _ form: OBD.Form) throws {
    let survey = Small.survey(network, dataset)
    var criterion = OBD()
    criterion.curvature = form
    let found = try criterion.evidence(from: survey)
    let (names, rows, values) = try Small.hessian(survey)
    var offset = 0
    for name in names {
      let count = try #require(network.initializers[name]).tensor.count
      defer { offset += count }
      guard let scores = found[name] else { continue }
      for index in 0..<count {
        let place = offset + index
        let expected = rows[place][place] * values[place] * values[place] / 2
        #expect(abs(scores[index] - expected) < 1e-10, "\(name) \(index)")
      }
    }
    #expect(found.values.joined().contains { abs($0) > 1e-4 })
  }

  /// The sheet's property: a linear network with squared loss, and with the term of f'' any one hidden
  /// layer, have exactly this diagonal.
  @Test func diagonalIsThatOfTheHessianWhereItIsExact() throws {
    for form in OBD.Form.allCases {
      try check(Small.network("Identity"), Small.dataset(), form)
      try check(Small.network("Relu"), Small.dataset(), form)
    }
    try check(Small.network("Tanh"), Small.dataset(), .full)
    try check(Small.network("Sigmoid"), Small.dataset(), .full)
  }

  /// Shared weights of a convolution, its groups, borders, pooling and flattening.
  @Test func convolutionsAddUpOverTheirPositions() throws {
    var network = try Graphs.graph(
      input: ["batch", 2, 6, 6], parameters: [("a.weight", [4, 1, 3, 3])],
      [
        Node(
          "Conv", name: "a", inputs: ["x", "a.weight"], outputs: ["a"],
          attributes: ["group": .int(2), "pads": .ints([1, 1, 1, 1])]),
        Node(
          "AveragePool", name: "p", inputs: ["a"], outputs: ["p"],
          attributes: ["kernel_shape": .ints([2, 2]), "strides": .ints([2, 2])]),
        Node("Flatten", name: "f", inputs: ["p"], outputs: ["y"]),
      ])
    network = try Examples.precise(network)
    var pooled = network
    pooled.nodes[1].attributes = network.nodes[1].attributes
    pooled.nodes.remove(at: 1)
    pooled.nodes[1] = Node("Flatten", name: "f", inputs: ["a"], outputs: ["y"])
    try check(pooled, Examples.make(3, [2, 6, 6], targets: [144]), .gaussNewton)
    // Means of four: the products between the positions of a window are what the method drops.
    let found = try OBD().evidence(
      from: Small.survey(network, Examples.make(3, [2, 6, 6], targets: [36])))
    #expect(try #require(found["a.weight"]).allSatisfy { $0 >= 0 && $0.isFinite })
  }

  @Test func gaussNewtonIsNeverNegativeAndTheFullFormIsTheOther() throws {
    let survey = Small.survey(try Small.network("Tanh"), try Small.dataset())
    let plain = try OBD().evidence(from: survey)
    #expect(plain.values.joined().allSatisfy { $0 >= 0 })
    var full = OBD()
    try full.configure(PartSettings(["curvature": .text("full")]))
    #expect(try full.evidence(from: survey) != plain)
    let error = #expect(throws: PruningError.self) {
      try OBD().evidence(from: Small.survey(Small.network("Softmax"), Small.dataset()))
    }
    #expect("\(try #require(error))".contains("Softmax"))
  }
}

@Suite struct OBSTests {
  /// The Hessian of the network is positive definite enough with many examples.
  private func trial() throws -> (Survey, Network) {
    let network = try Small.network("Tanh")
    return (Small.survey(network, try Small.dataset(64)), network)
  }

  /// The Hessian that the recursion is of, put together directly.
  private func direct(_ survey: Survey, alpha: Double) throws -> Tensor {
    let model = try survey.model(type: .float64)
    let leaves = Array(model.parameters.values)
    let count = leaves.reduce(0) { $0 + $1.count }
    var sum = try Tensor.zeros([count, count], type: .float64)
    let examples = try survey.examples().by(1)
    for index in 0..<examples.batches {
      let batch = try examples.batch(index, for: model)
      let output = try survey.output(of: model, on: batch).reshape([-1])
      for place in 0..<2 {
        let found = try gradients(
          of: [output.select(axis: 0, place)], with: leaves, keepGraph: true, allowUnused: true)
        let x = try Tensor.cat(
          zip(leaves, found).map { try ($1 ?? $0.detached().zerosLike()).reshape([-1]) }, axis: 0)
        sum = try sum + x.outer(x)
      }
    }
    return try sum / Double(examples.batches) + Tensor.eye(count, type: .float64) * alpha
  }

  private func largest(_ tensor: Tensor) throws -> Double { try tensor.abs().max().scalar() }

  @Test func recursionIsTheInverseOfTheHessian() throws {
    let (survey, _) = try trial()
    let found = try InverseHessian(survey, alpha: 1e-2)
    let product = try found.inverse.mm(direct(survey, alpha: 1e-2))
    #expect(try largest(product - Tensor.eye(product.shape[0], type: .float64)) < 1e-8)
  }

  /// The sheet's property: after every removal the parameters are at the minimum of the quadratic model
  /// under the constraints, and what has left is exactly 0.
  @Test func everyRemovalReachesTheConstrainedMinimum() throws {
    let (survey, network) = try trial()
    let alpha = 1e-4
    let hessian = try direct(survey, alpha: alpha)
    var one = try InverseHessian(survey, alpha: alpha)
    let start = one.values
    let order = try { () throws -> [(Double, Int)] in
      var criterion = OBS()
      criterion.alpha = alpha
      let scores = try criterion.evidence(from: survey)
      return survey.weights.flatMap { name in
        zip(scores[name] ?? [], one.places(of: name) { _ in true }).map { ($0, $1) }
      }.sorted { $0.0 < $1.0 }
    }()
    #expect(order.count == 25 && order.first?.0 == 1 && order.last?.0 == 25)
    var gone: [Int] = []
    for (_, q) in order.dropLast() {
      // No other weight would raise the model less.
      let rise = try (one.values.square() / (one.inverse.diagonal() * 2.0)).values(as: Double.self)
      let others = order.map(\.1).filter { !gone.contains($0) }
      #expect(others.allSatisfy { rise[q] <= rise[$0] })
      try one.remove(q)
      gone.append(q)
      let values = try one.values.values(as: Double.self)
      #expect(gone.allSatisfy { values[$0] == 0 })
      // The gradient of the model vanishes wherever a parameter is free.
      let change = try (one.values - start).reshape([-1, 1])
      let slope = try hessian.mm(change).reshape([-1]).values(as: Double.self)
      let free = slope.indices.filter { !gone.contains($0) }
      let scale = slope.map { abs($0) }.max() ?? 0
      #expect(free.allSatisfy { abs(slope[$0]) < 1e-7 * max(scale, 1) })
      var whole = try InverseHessian(survey, alpha: alpha)
      try whole.remove(all: gone)
      #expect(try largest(whole.values - one.values) < 1e-7)
    }
    // As parts of the grammar: the criterion's choice, then the reconstruction.
    let pruner = Pruner(criterion: OBS(), target: try Target(.sparsity, .fraction(0.4)))
    let masks = try pruner.masks(
      for: network, on: Calibration(Small.dataset(64), batchSize: 64))
    let (after, measures) = try SurgeonUpdate().reconstructed(survey, keeping: masks)
    let zeros = try survey.weights.flatMap { name in
      zip(
        try #require(after.initializers[name]?.tensor.reals), try #require(masks.kept[name])
      ).filter { !$1 }.map(\.0)
    }
    #expect(zeros.count == 10 && zeros.allSatisfy { $0 == 0 })
    #expect(after.initializers["a.bias"] != network.initializers["a.bias"])
    #expect(try #require(measures["predicted rise of the loss"]) > 0)
    // Making good beats leaving the others as they are.
    func loss(_ network: Network) throws -> Double {
      let model = try survey.model(of: network)
      let batch = try survey.batch(0, for: model)
      let (old, new) = (
        try survey.output(of: survey.model(), on: batch), try survey.output(of: model, on: batch)
      )
      return try (old - new).square().mean().scalar()
    }
    #expect(try loss(after) < loss(network.masked(by: masks)))
  }

  @Test func largeNetworksAreRefusedWithAnAlternative() throws {
    let survey = Survey(
      try Graphs.named("lenet-5"), for: "obs",
      on: Calibration(try Examples.make(2, [1, 28, 28], targets: [10])))
    let error = #expect(throws: PruningError.self) { try OBS().evidence(from: survey) }
    #expect("\(try #require(error))".contains("use l-obs"))
  }
}

@Suite struct LayerwiseOBSTests {
  /// Inputs of a layer with a 1 for its bias, and the layer's rows `[4, 5]` of weights and bias.
  private func trial() throws -> (Survey, x: Tensor, rows: Tensor) {
    let network = try Small.network("Relu")
    let dataset = try Small.dataset(40)
    let survey = Small.survey(network, dataset)
    let model = try survey.model()
    let batch = try survey.batch(0, for: model)
    let inputs = try #require(batch.inputs.first)
    let x = try Tensor.cat([inputs, Tensor.ones([40, 1], type: .float64)], axis: 1)
    let weight = try #require(model.parameters["a.weight"]).detached()
    let bias = try #require(model.parameters["a.bias"]).detached()
    return (survey, x, try Tensor.cat([weight.transpose(), bias.reshape([1, -1])], axis: 0))
  }

  private func rows(_ network: Network) throws -> Tensor {
    let weight = try #require(network.initializers["a.weight"]?.tensor.reals)
    let bias = try #require(network.initializers["a.bias"]?.tensor.reals)
    return try Tensor.cat(
      [Tensor(weight, shape: [5, 3]).transpose(), Tensor(bias, shape: [1, 5])], axis: 0)
  }

  private func keeping(_ removed: [Int]) -> ElementMasks {
    ElementMasks(kept: [
      "a.weight": (0..<15).map { !removed.contains($0) },
      "b.weight": [Bool](repeating: true, count: 10),
    ])
  }

  /// Least squares of the old pre-activations on the inputs that a row keeps, with the ridge.
  private func leastSquares(
    _ x: Tensor, _ row: Tensor, keeping kept: [Int]
  ) throws -> [Double] {
    let psi = try x.transpose().mm(x) / 40.0 + Tensor.eye(4, type: .float64) * LayerMoment.ridge
    let index = try Tensor(kept.map(Int64.init))
    let block = try psi.indexSelect(axis: 0, index).indexSelect(axis: 1, index)
    let right = try psi.mm(row.reshape([-1, 1])).indexSelect(axis: 0, index)
    let solved = try block.inverse().mm(right).reshape([-1]).values(as: Double.self)
    var result = [Double](repeating: 0, count: 4)
    for (place, value) in zip(kept, solved) { result[place] = value }
    return result
  }

  /// The sheet's property: the rest of the row is least squares on the other inputs, the entry is exactly
  /// 0, and the error rises by theta^2 / [Psi^-1]_qq.
  @Test(arguments: LayerwiseUpdate.Update.allCases)
  func oneRemovalIsLeastSquaresOnTheOtherInputs(update: LayerwiseUpdate.Update) throws {
    let (survey, x, before) = try trial()
    var reconstruction = LayerwiseUpdate()
    reconstruction.update = update
    let scores = try #require(try LayerwiseOBS().evidence(from: survey)["a.weight"])
    for removed in [0, 7, 11] {
      let (network, _) = try reconstruction.reconstructed(survey, keeping: keeping([removed]))
      let after = try rows(network)
      let (output, input) = (removed / 3, removed % 3)
      let row = try after.select(axis: 1, output).values(as: Double.self)
      let expected = try leastSquares(
        x, before.select(axis: 1, output), keeping: (0..<4).filter { $0 != input })
      #expect(row[input] == 0)
      #expect(zip(row, expected).allSatisfy { abs($0 - $1) < 1e-10 })
      let change = try x.mm(after - before)
      let error = try change.square().sum().scalar() / 40
      // The score is half of the rise; the ridge has a part in it of its own size.
      #expect(abs(error - 2 * scores[removed]) < 1e-5)
      for other in 0..<5 where other != output {
        let kept = try (after - before).select(axis: 1, other).abs().max().scalar()
        #expect(kept == 0)
      }
    }
  }

  @Test func exactModeIsRestrictedLeastSquaresAfterAnyNumberOfRemovals() throws {
    let (survey, x, before) = try trial()
    var reconstruction = LayerwiseUpdate()
    try reconstruction.configure(PartSettings(["update": .text("exact")]))
    let removed = [0, 1, 4, 8, 9, 10, 11, 14]
    let (network, _) = try reconstruction.reconstructed(survey, keeping: keeping(removed))
    let after = try rows(network)
    func error(_ rows: Tensor) throws -> Double {
      try x.mm(rows - before).square().sum().scalar() / 40
    }
    for output in 0..<5 {
      let row = try after.select(axis: 1, output).values(as: Double.self)
      let expected = try leastSquares(
        x, before.select(axis: 1, output),
        keeping: (0..<4).filter { $0 == 3 || !removed.contains(output * 3 + $0) })
      #expect(zip(row, expected).allSatisfy { abs($0 - $1) < 1e-9 })
    }
    // The paper's sequential update is no better, and better than none.
    let (plain, _) = try LayerwiseUpdate().reconstructed(survey, keeping: keeping(removed))
    #expect(try error(after) <= error(rows(plain)) + 1e-12)
    let none = try rows(survey.network.masked(by: keeping(removed)))
    #expect(try error(rows(plain)) < error(none))
  }

  /// Entries ranked anew after every removal: at each turn the one leaves whose absence, made good by least
  /// squares on the rest, raises the row's error least; all candidates are tried.
  @Test func exactRankingIsGreedyLeastSquares() throws {
    let (survey, x, before) = try trial()
    var criterion = LayerwiseOBS()
    try criterion.configure(PartSettings(["ranking": .text("exact")]))
    let scores = try #require(try criterion.evidence(from: survey)["a.weight"])
    let psi = try x.transpose().mm(x) / 40.0 + Tensor.eye(4, type: .float64) * LayerMoment.ridge
    var changes = 0
    for output in 0..<5 {
      let row = try before.select(axis: 1, output)
      func error(keeping kept: [Int]) throws -> Double {
        let solved = try Tensor(leastSquares(x, row, keeping: kept), shape: [4])
        let change = try (solved - row).reshape([-1, 1])
        return try (change * psi.mm(change)).sum().scalar() / 2
      }
      var kept = [0, 1, 2, 3]
      var (last, highest) = (0.0, 0.0)
      var order: [Int] = []
      while kept.count > 1 {
        let trials = try kept.dropLast().map { entry in
          (entry, try error(keeping: kept.filter { $0 != entry }))
        }
        let best = try #require(trials.min { $0.1 < $1.1 })
        highest = max(highest, best.1 - last)
        let score = scores[output * 3 + best.0]
        #expect(abs(score - highest) < 1e-6 * highest, "\(score) \(highest)")
        last = best.1
        order.append(best.0)
        kept.removeAll { $0 == best.0 }
      }
      #expect((0..<3).sorted { scores[output * 3 + $0] < scores[output * 3 + $1] } == order)
      let once = try #require(try LayerwiseOBS().evidence(from: survey)["a.weight"])
      if (0..<3).contains(where: { once[output * 3 + $0] < 0.99 * scores[output * 3 + $0] }) {
        changes += 1
      }
    }
    // What leaves later is worth more than it was at first.
    #expect(changes > 0)
  }

  /// The sheet's property: the bound holds at every ratio.
  @Test(arguments: [0.1, 0.5, 0.9])
  func boundHoldsAtEveryRatio(sparsity: Double) throws {
    for name in ["lenet-300-100", "lenet-5"] {
      let network = try Graphs.named(name)
      let examples = Calibration(
        try Examples.make(24, [1, 28, 28], targets: nil), batchSize: 12)
      let pruner = Pruner(
        criterion: LayerwiseOBS(), allocation: Uniform(),
        target: try Target(.sparsity, .fraction(sparsity)))
      let masks = try pruner.masks(for: network, on: examples)
      let survey = Survey(network, for: "l-obs", on: examples)
      // Every position of the convolutions, so that their errors are no estimates.
      var reconstruction = LayerwiseUpdate()
      reconstruction.positions = 1000
      let (after, measures) = try reconstruction.reconstructed(survey, keeping: masks)
      let error = try #require(measures["output error"])
      let bound = try #require(measures["error bound"])
      #expect(error > 0 && error <= bound, "\(name)")
      #expect(try error <= ErrorBound.measured(survey, network.masked(by: masks)), "\(name)")
      for (name, mask) in masks.kept {
        let elements = try Graphs.elements(after, name)
        #expect(zip(elements, mask).allSatisfy { $1 || $0 == 0 })
      }
    }
    #expect(ErrorBound.bound(of: [], in: try Graphs.residual()) == nil)
  }
}

@Suite struct GroupFisherTests {
  private func scores(_ normalization: GroupFisher.Normalization) throws -> [String: [Double]] {
    let trial = try ScoringCase()
    var criterion = GroupFisher()
    criterion.normalization = normalization
    let groups = try trial.network.coupling().groups
    let subject = try Subject(
      trial.network, groups: groups, for: criterion,
      on: Calibration(trial.dataset, batchSize: 2))
    return try Dictionary(
      uniqueKeysWithValues: groups.map {
        (
          $0.name,
          try criterion.comparable(criterion.unitScores(of: $0, in: subject), of: $0, in: subject)
        )
      })
  }

  /// The sheet's property: the sum over examples of the squared derivative of each example's own loss by
  /// the mask that all readers of a channel share.
  @Test func scoreIsTheSquaredDerivativeByTheSharedMaskForEachExample() throws {
    let trial = try ScoringCase()
    let found = try scores(.none)
    for (group, readers) in [("a", ["b.weight", "d.weight"]), ("b", ["c.weight"])] {
      let scores = try #require(found[group])
      for unit in scores.indices {
        var sum = 0.0
        for example in 0..<trial.dataset.count {
          let sides = try [1 + 1e-5, 1 - 1e-5].map { factor in
            var changed = trial.network
            for reader in readers {
              changed = try Examples.changing(changed, reader) { elements, shape in
                for row in 0..<shape[0] { elements[row * shape[1] + unit] *= factor }
              }
            }
            let single = Survey(
              changed, for: "test", on: Calibration(trial.dataset, batchSize: 1))
            let model = try single.model()
            let batch = try (0..<4).map { try single.batch($0, for: model) }
              .first { $0.indices == [example] }
            let here = try #require(batch)
            return try withoutGradients {
              try single.loss(of: single.output(of: model, on: here), on: here).scalar()
            }
          }
          let derivative = (sides[0] - sides[1]) / 2e-5
          sum += derivative * derivative
        }
        // Sums over batches of two are divided by the number of batches.
        #expect(abs(scores[unit] - sum / 2) < 1e-7 * max(sum, 1), "\(group) \(unit)")
      }
    }
  }

  /// a: 25 positions from a and 25 from c; b: 25.
  @Test func scoresAreDividedByWhatAChannelSaves() throws {
    let plain = try scores(.none)
    let memory = try scores(.memory)
    let macs = try scores(.macs)
    for (group, activations, products) in [
      ("a", 50.0, 25.0 * (27 + 4 + 4 + 2)), ("b", 25, 25.0 * (6 + 6)),
    ] {
      for (unit, score) in try #require(plain[group]).enumerated() {
        let byMemory = try #require(memory[group])[unit]
        let byMacs = try #require(macs[group])[unit]
        #expect(abs(byMemory * activations / 1e6 - score) < 1e-9 * score)
        #expect(abs(byMacs * products / 1e9 - score) < 1e-9 * score)
      }
    }
  }
}
