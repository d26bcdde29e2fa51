// Every optimizer against its formula, computed by plain tensor arithmetic in double precision.

import OrderedCollections
import Testing
import Torch

@testable import Training

@Suite struct OptimizerTests {
  /// A matrix and a vector in double precision with gradients for some steps.
  struct Course {
    var parameters: OrderedDictionary<String, Tensor> = [:]
    var gradients: [OrderedDictionary<String, Tensor>] = []

    init(steps: Int = 6, layout: MemoryFormat = .contiguous) throws {
      let generator = try Generator(seed: 11)
      let shapes = [("conv.weight", [4, 3, 2, 2]), ("conv.bias", [5])]
      for (name, shape) in shapes {
        let value = try Tensor.randn(shape, generator, type: .float64)
        parameters[name] = shape.count == 4 ? try value.contiguous(layout) : value
      }
      for _ in 0..<steps {
        var step: OrderedDictionary<String, Tensor> = [:]
        for (name, shape) in shapes {
          step[name] = try Tensor.randn(shape, generator, type: .float64)
        }
        gradients.append(step)
      }
    }

    /// The parameters after all steps.
    func follow(_ optimizer: any Optimizer, rate: Double) throws -> [String: [Double]] {
      for step in gradients { try optimizer.step(parameters, gradients: step, rate: rate) }
      return try Dictionary(
        uniqueKeysWithValues: parameters.map { ($0, try Fixtures.numbers($1)) })
    }

    /// The parameters after all steps of a formula for one number: `(p, g, t, memory) -> p`.
    func formula(
      _ rule: (Double, Double, Int, inout [Double]) -> Double
    ) throws -> [String: [Double]] {
      var result: [String: [Double]] = [:]
      for (name, parameter) in parameters {
        var values = try Fixtures.numbers(parameter)
        var memory = [[Double]](repeating: [0, 0, 0], count: values.count)
        for (index, step) in gradients.enumerated() {
          let gradient = try Fixtures.numbers(#require(step[name]))
          for place in values.indices {
            values[place] = rule(values[place], gradient[place], index + 1, &memory[place])
          }
        }
        result[name] = values
      }
      return result
    }
  }

  private func compare(
    _ optimizer: any Optimizer, rate: Double,
    _ rule: (Double, Double, Int, inout [Double]) -> Double
  ) throws {
    let expected = try Course().formula(rule)
    let found = try Course().follow(optimizer, rate: rate)
    for (name, values) in expected {
      #expect(agree(try #require(found[name]), values, within: 1e-12), "\(optimizer.name) \(name)")
    }
  }

  @Test(arguments: [
    (0.0, 0.0, false, 0.0), (0.9, 0.0, false, 0.0), (0.9, 0.3, false, 0.01),
    (0.8, 0.0, true, 0.05), (0.0, 0.0, false, 0.1),
  ])
  func stochasticGradientDescent(
    momentum: Double, dampening: Double, nesterov: Bool, decay: Double
  ) throws {
    let optimizer = try SGD(
      momentum: momentum, dampening: dampening, nesterov: nesterov, weightDecay: decay)
    try compare(optimizer, rate: 0.05) { p, g, t, memory in
      let g = g + decay * p
      memory[0] = t == 1 ? g : momentum * memory[0] + (1 - dampening) * g
      return p - 0.05 * (nesterov ? g + momentum * memory[0] : memory[0])
    }
  }

  @Test(arguments: [(0.0, false), (0.02, false), (0.02, true)])
  func adamAndAdamW(decay: Double, decoupled: Bool) throws {
    let optimizer =
      decoupled
      ? try Adam(decoupledWeightDecay: decay, betas: (0.8, 0.95), epsilon: 1e-6)
      : try Adam(betas: (0.8, 0.95), epsilon: 1e-6, weightDecay: decay)
    #expect(optimizer.name == (decoupled ? "adamw" : "adam"))
    try compare(optimizer, rate: 0.01) { p, g, t, memory in
      let p = decoupled ? p * (1 - 0.01 * decay) : p
      let g = decoupled ? g : g + decay * p
      memory[0] = 0.8 * memory[0] + 0.2 * g
      memory[1] = 0.95 * memory[1] + 0.05 * g * g
      let mean = memory[0] / (1 - power(0.8, t))
      let square = memory[1] / (1 - power(0.95, t))
      return p - 0.01 * mean / (square.squareRoot() + 1e-6)
    }
  }

  @Test(arguments: [
    (0.0, false, 0.0), (0.9, false, 0.0), (0.0, true, 0.03), (0.5, true, 0.0),
  ])
  func rootMeanSquarePropagation(momentum: Double, centered: Bool, decay: Double) throws {
    let optimizer = try RMSprop(
      alpha: 0.9, epsilon: 1e-6, momentum: momentum, centered: centered, weightDecay: decay)
    try compare(optimizer, rate: 0.01) { p, g, _, memory in
      let g = g + decay * p
      memory[0] = 0.9 * memory[0] + 0.1 * g * g
      memory[1] += 0.1 * (g - memory[1])
      let variance = centered ? memory[0] - memory[1] * memory[1] : memory[0]
      memory[2] = momentum * memory[2] + g / (variance.squareRoot() + 1e-6)
      return p - 0.01 * memory[2]
    }
  }

  @Test func gradientsInAnotherMemoryLayoutAreUnderstood() throws {
    for optimizer in [
      { try SGD(momentum: 0.9) as any Optimizer }, { try Adam() as any Optimizer },
    ] {
      // The gradients are row-major, the weight has its channels innermost.
      let plain = try Course().follow(optimizer(), rate: 0.1)
      let other = try Course(layout: .channelsLast).follow(optimizer(), rate: 0.1)
      #expect(plain == other)
    }
    // The gradient of a sum is one number seen many times.
    let parameter = try Tensor([1, 2, 3] as [Double]).requireGradient()
    let gradient = try gradients(of: parameter.sum(), with: [parameter])[0]
    try SGD().step(["p": parameter], gradients: ["p": gradient], rate: 0.5)
    #expect(try parameter.values(as: Double.self) == [0.5, 1.5, 2.5])
  }

  @Test func groupsHaveSettingsOfTheirOwn() throws {
    let optimizer = try SGD(
      weightDecay: 0.5,
      groups: [
        ParameterGroup(["slow.*"], rateMultiplier: 0.1),
        ParameterGroup(["still"], rateMultiplier: 0),
        ParameterGroup(["fixed.bias"], weightDecay: 0.25),
      ], weightDecayExclusions: .biasesAndNorms)
    var (parameters, gradients):
      (
        OrderedDictionary<String, Tensor>, OrderedDictionary<String, Tensor>
      ) = ([:], [:])
    for name in ["slow.weight", "still", "fixed.bias", "other.bias", "unused"] {
      let shape = name == "slow.weight" || name == "still" ? [1, 1] : [1]
      parameters[name] = try Tensor([2] as [Double], shape: shape)
      if name != "unused" { gradients[name] = try Tensor([1] as [Double], shape: shape) }
    }
    try optimizer.step(parameters, gradients: gradients, rate: 0.1)
    func value(_ name: String) throws -> Double { try #require(parameters[name]).scalar() }
    #expect(try abs(value("slow.weight") - (2 - 0.01 * (1 + 0.5 * 2))) < 1e-15)
    #expect(try value("still") == 2)
    #expect(try abs(value("fixed.bias") - (2 - 0.1 * (1 + 0.25 * 2))) < 1e-15)
    #expect(try abs(value("other.bias") - (2 - 0.1 * 1)) < 1e-15)
    #expect(try value("unused") == 2)
  }

  @Test func theMemoryOfAParameterCanBeSeenAndChanged() throws {
    let course = try Course(steps: 1)
    let optimizer = try SGD(momentum: 0.9)
    #expect(optimizer.state.parameters.isEmpty)
    _ = try course.follow(optimizer, rate: 0.1)
    #expect(optimizer.state.parameters == ["conv.bias", "conv.weight"])
    let momentum = try #require(optimizer.state["conv.bias", "momentum"])
    #expect(try momentum.isEqual(to: #require(course.gradients[0]["conv.bias"])))

    try momentum.zeroInPlace()
    optimizer.state.forget("conv.weight")
    let before = try course.parameters.mapValues { try Fixtures.numbers($0) }
    _ = try course.follow(optimizer, rate: 0.1)
    // One parameter goes on from zero momentum, the other begins anew: both move by the gradient.
    for (name, values) in before {
      let gradient = try Fixtures.numbers(#require(course.gradients[0][name]))
      let found = try Fixtures.numbers(#require(course.parameters[name]))
      #expect(agree(found, zip(values, gradient).map { $0 - 0.1 * $1 }, within: 1e-14))
    }
  }

  @Test func namePatterns() {
    let cases: [(String, String, Bool)] = [
      ("conv1.weight", "conv1.weight", true), ("conv1.weight", "conv?.weight", true),
      ("conv10.weight", "conv?.weight", false), ("conv10.weight", "conv*", true),
      ("layer1.0.bias", "*.bias", true), ("layer1.0.bias", "*.0.*", true),
      ("layer1.0.bias", "*bias*", true), ("layer1.0.bias", "bias", false), ("", "*", true),
      ("", "", true), ("a", "", false), ("aab", "*ab", true), ("abcabd", "a*b?", true),
    ]
    for (name, pattern, fits) in cases {
      #expect(NamePattern.matches(name, pattern) == fits, "\(name) \(pattern)")
    }
  }

  @Test func optionsThatMakeNoSenseAreRefused() {
    #expect(throws: TrainingError.self) { try SGD(momentum: -1) }
    #expect(throws: TrainingError.self) { try SGD(nesterov: true) }
    #expect(throws: TrainingError.self) { try SGD(momentum: 0.9, weightDecay: -.infinity) }
    #expect(throws: TrainingError.self) { try Adam(betas: (1, 0.9)) }
    #expect(throws: TrainingError.self) { try Adam(decoupledWeightDecay: .nan) }
    #expect(throws: TrainingError.self) { try RMSprop(alpha: 1.5) }
  }

  private func power(_ base: Double, _ exponent: Int) -> Double {
    (0..<exponent).reduce(1) { product, _ in product * base }
  }
}
