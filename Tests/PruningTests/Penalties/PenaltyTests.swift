// Penalties: terms against finite differences and hand-made gradients, proximal steps against closed forms.

import Execution
import Network
import OrderedCollections
import Testing
import Torch
import Training

@testable import Pruning

@Suite struct PenaltyTests {
  /// A model in double precision.
  private func model() throws -> Model { try Model(SmallTraining.network(), type: .float64) }

  private func set(_ values: [Double], _ name: String, in model: Model) throws {
    let tensor = try #require(model.parameters[name])
    try withoutGradients {
      _ = try tensor.copyInPlace(Tensor(values, shape: tensor.shape))
    }
  }

  private func values(_ name: String, in model: Model) throws -> [Double] {
    try #require(model.parameters[name]).detached().values(as: Double.self)
  }

  // MARK: network slimming

  @Test func theSubgradientOfScalesIsTheirSign() throws {
    let model = try model()
    let scales: [Double] = [0.5, -0.25, 0, 1e-12, -3, 2, 0, -1e-12]
    try set(scales, "norm.weight", in: model)
    let term = try #require(try ScaleL1(strength: 0.125).term(of: model, observed: [:]))
    #expect(try term.scalar() == 0.125 * scales.reduce(0) { $0 + abs($1) })
    let found = try gradients(
      of: [term], with: Array(model.parameters.values), allowUnused: true)
    for (name, gradient) in zip(model.parameters.keys, found) {
      guard name == "norm.weight" else {
        #expect(gradient == nil, "\(name)")
        continue
      }
      #expect(
        try gradient?.values(as: Double.self)
          == scales.map { $0 == 0 ? 0 : $0 > 0 ? 0.125 : -0.125 })
    }
  }

  @Test func aStepWithThePenaltyDiffersByItsSubgradient() throws {
    func trained(_ plugins: [any Plugin]) throws -> [Float] {
      let model = try Model(SmallTraining.network())
      let trainer = try SmallTraining.trainer(model, plugins: plugins, optimizer: SGD())
      try trainer.run(until: 1)
      return try SmallTraining.values(model.parameters["norm.weight"])
    }
    let (plain, charged) = (try trained([]), try trained([Penalizing([ScaleL1(strength: 0.1)])]))
    // Every scale begins at 1, the rate is 0.05.
    for (a, b) in zip(plain, charged) { #expect(abs(a - b - 0.005) < 1e-6) }
  }

  @Test func aNetworkWithoutScalesIsRefused() throws {
    let model = try Model(Network.perceptron("plain", hidden: [4], classes: 10, input: [1, 6, 6]))
    let trainer = try SmallTraining.trainer(model, plugins: [Penalizing([ScaleL1()])])
    #expect(throws: TrainingError.self) { try trainer.run() }
  }

  // MARK: group lasso

  /// The value written down from the definition, over plain arrays.
  private func lasso(
    _ w: [Double], _ shape: [Int], _ structure: GroupLasso.Structure
  ) -> Double {
    let inner = shape[2...].reduce(1, *)
    var groups: [[Int]: [Double]] = [:]
    for (index, value) in w.enumerated() {
      let (o, i, place) = (index / inner / shape[1], index / inner % shape[1], index % inner)
      let key =
        switch structure {
        case .elements: [index]
        case .filters: [o]
        case .channels: [i]
        case .shapes: [i, place]
        case .depth: [0]
        }
      groups[key, default: []].append(value)
    }
    return groups.values.reduce(0) { sum, group in
      sum + Double(group.count).squareRoot() * group.reduce(0) { $0 + $1 * $1 }.squareRoot()
    }
  }

  @Test(arguments: GroupLasso.Structure.allCases)
  func theTermAndItsGradientAreThoseOfTheDefinition(structure: GroupLasso.Structure) throws {
    for name in ["conv.weight", "fc1.weight"] {
      let model = try model()
      let shape = try #require(model.parameters[name]).shape
      var w = try values(name, in: model)
      // A group of zeros in every structure but the whole layer.
      let inner = shape[1...].reduce(1, *)
      for index in w.indices where index / inner == 1 { w[index] = 0 }
      if structure == .shapes || structure == .channels, shape[1] > 1 {
        for index in w.indices where index % inner / shape[2...].reduce(1, *) == 2 { w[index] = 0 }
      }
      try set(w, name, in: model)
      let penalty = GroupLasso([structure: 0.5], form: .gradient, weights: [name])
      let term = try #require(try penalty.term(of: model, observed: [:]))
      let expected = 0.5 * lasso(w, shape, structure)
      #expect(abs(try term.scalar() - expected) < 1e-12 * expected)
      let parameter = try #require(model.parameters[name])
      let gradient = try gradients(of: term, with: [parameter])[0].values(as: Double.self)
      for index in stride(from: 0, to: w.count, by: 7) {
        // Central differences; 0 at a group of zeros by symmetry.
        let h = 1e-6
        var (up, down) = (w, w)
        up[index] += h
        down[index] -= h
        let slope = (lasso(up, shape, structure) - lasso(down, shape, structure)) / (2 * h)
        #expect(abs(gradient[index] - 0.5 * slope) < 1e-6, "\(name) \(index)")
      }
    }
  }

  @Test func proximalStepsSolveTheProblemAndZeroGroupsStay() throws {
    // min 1/2 ||W - A||^2 + c sum_o ||W[o]|| has the solution A[o] max(0, 1 - c / ||A[o]||).
    let model = try model()
    let name = "conv.weight"
    let width = 9
    var a = try values(name, in: model)
    for index in a.indices { a[index] *= Double(index / width) * 0.3 }
    let strength = 0.15
    let charge = strength * 3
    let penalty = GroupLasso([.filters: strength], weights: [name])
    let parameter = try #require(model.parameters[name])
    let rate = 0.2
    var zeroSince: [Int: Int] = [:]
    for step in 0..<300 {
      try withoutGradients {
        let target = try Tensor(a, shape: parameter.shape)
        _ = try parameter.copyInPlace(parameter - (parameter - target) * rate)
        try penalty.shrink(model, rate: rate)
      }
      let w = try values(name, in: model)
      for row in 0..<8 {
        let isZero = w[row * width..<(row + 1) * width].allSatisfy { $0 == 0 }
        if isZero { zeroSince[row] = zeroSince[row] ?? step }
        #expect(isZero || zeroSince[row] == nil, "row \(row) came back at \(step)")
      }
    }
    let w = try values(name, in: model)
    var shrunk = 0
    for row in 0..<8 {
      let rows = row * width..<(row + 1) * width
      let norm = a[rows].reduce(0) { $0 + $1 * $1 }.squareRoot()
      let factor = norm == 0 ? 0 : max(0, 1 - charge / norm)
      if factor > 0 { shrunk += 1 }
      for index in rows { #expect(abs(w[index] - factor * a[index]) < 1e-9) }
      if factor == 0 { #expect(w[rows].allSatisfy { $0 == 0 }) }
    }
    #expect(shrunk > 0 && shrunk < 7)
  }

  @Test func elementsAndFiltersMakeTheSparseGroupLasso() throws {
    // prox of c sum |w| + d sum_o ||W[o]||: first S(w, c), then rows shrunk by d over their norm.
    let model = try model()
    let name = "conv.weight"
    let before = try values(name, in: model)
    let penalty = GroupLasso([.elements: 0.1, .filters: 0.05], weights: [name])
    try withoutGradients { try penalty.shrink(model, rate: 0.5) }
    let after = try values(name, in: model)
    let width = 9
    var zeros = 0
    for row in 0..<before.count / width {
      let soft = before[row * width..<(row + 1) * width].map { value in
        (value < 0 ? -1 : 1) * max(0, abs(value) - 0.05)
      }
      let norm = soft.reduce(0) { $0 + $1 * $1 }.squareRoot()
      let factor = norm == 0 ? 0 : max(0, 1 - 0.5 * 0.05 * 3 / norm)
      for (index, value) in soft.enumerated() {
        #expect(abs(after[row * width + index] - factor * value) < 1e-9)
        if value == 0 { zeros += 1 }
      }
    }
    #expect(zeros > 0 && zeros < before.count)
    let measures = try penalty.measures(of: model)
    #expect(measures["elements in all"] == Double(before.count))
    #expect((measures["elements zero"] ?? 0) >= Double(zeros))
  }

  /// Weights that are charged more, the first pattern that fits counting, and steps after each epoch.
  @Test func weightsAreChargedByTheirFactors() throws {
    func norms(_ penalty: GroupLasso) throws -> [Double] {
      let model = try model()
      try withoutGradients { try penalty.shrink(model, rate: 0.1) }
      return try ["conv.weight", "fc1.weight", "fc2.weight"].map {
        try #require(model.parameters[$0]).detached().norm().scalar()
      }
    }
    let mixed = try norms(
      GroupLasso([.filters: 0.1], factors: [("conv*", 2), ("fc2.weight", 0), ("*", 1)]))
    #expect(mixed[0] == (try norms(GroupLasso([.filters: 0.2])))[0])
    #expect(mixed[1] == (try norms(GroupLasso([.filters: 0.1])))[1])
    #expect(mixed[2] == (try norms(GroupLasso([:])))[2])
    // A step of no length leaves zeros as they are, too.
    let other = try model()
    try set(values("fc2.weight", in: other).map { _ in 0 }, "fc2.weight", in: other)
    try withoutGradients {
      try GroupLasso([.filters: 1], factors: [("fc2.weight", 0)]).shrink(other, rate: 0.1)
      try GroupLasso([.elements: 1], weights: ["fc2.weight"]).shrink(other, rate: 0)
    }
    #expect(try values("fc2.weight", in: other).allSatisfy { $0 == 0 })
  }

  @Test func aStepAfterEachEpochIsTakenThen() throws {
    let model = try Model(SmallTraining.network())
    let plugin = Penalizing([
      GroupLasso([.filters: 30], weights: ["fc1.weight"], every: .epoch)
    ])
    var empty: [Int] = []
    let onlooker = Onlooker()
    onlooker.before = { context in
      let weight = try SmallTraining.values(context.model.parameters["fc1.weight"])
      if weight.allSatisfy({ $0 == 0 }) { empty.append(context.step) }
    }
    try SmallTraining.trainer(model, plugins: [plugin, onlooker], epochs: 3).run()
    // A strength that leaves nothing: the weights are there until the first epoch is over.
    #expect(empty.first == 5)
  }

  @Test func onlyTheProximalFormMakesZeros() throws {
    func zeros(_ form: GroupLasso.Form) throws -> (filters: Double, norms: Double) {
      let model = try Model(SmallTraining.network())
      let plugin = Penalizing([
        GroupLasso([.filters: 0.3, .channels: 0.3], form: form, weights: ["fc1.weight"])
      ])
      try SmallTraining.trainer(model, plugins: [plugin], epochs: 20).run()
      let norm = try #require(model.parameters["fc1.weight"]).detached().norm().scalar()
      return (try #require(plugin.measures["channels zero"]), norm)
    }
    let (proximal, gradient) = (try zeros(.proximal), try zeros(.gradient))
    #expect(proximal.filters > 10)
    #expect(gradient.filters == 0)
    #expect(gradient.norms > 0)
  }

  @Test func aNameThatFitsNothingIsRefused() throws {
    let model = try Model(SmallTraining.network())
    let plugin = Penalizing([GroupLasso([.filters: 1], weights: ["conv7.weight"])])
    do {
      try SmallTraining.trainer(model, plugins: [plugin]).run()
      Issue.record("no error")
    } catch {
      #expect("\(error)".contains("conv7.weight") && "\(error)".contains("fc1.weight"))
    }
  }
}
