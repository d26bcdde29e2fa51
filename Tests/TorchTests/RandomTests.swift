// Random numbers: reproducible, independent, savable, and distributed as they should be.

import Testing

@testable import Torch

@Suite struct RandomTests {
  @Test func seedsReproduce() throws {
    let first = try Generator(seed: 42)
    let second = try Generator(seed: 42)
    #expect(try Tensor.randn([5], first).isEqual(to: Tensor.randn([5], second)))
    #expect(try !Tensor.randn([5], first).isEqual(to: Tensor.randn([5], Generator(seed: 43))))
    try first.seed(42)
    try second.seed(42)
    #expect(try Tensor.rand([5], first).isEqual(to: Tensor.rand([5], second)))
  }

  @Test func knownSequence() throws {
    // Mersenne Twister seeded with 0: libtorch's documented first uniform numbers.
    let x = try Tensor.rand([2], Generator(seed: 0)).values(as: Float.self)
    #expect(x.map { ($0 * 10000).rounded() } == [4963, 7682])
  }

  @Test func stateGoesOnFromTheSamePlace() throws {
    let generator = try Generator(seed: 7)
    _ = try Tensor.randn([3], generator)
    let state = try generator.state()
    let expected = try [
      Tensor.randn([9], generator), Tensor.randperm(9, generator).to(type: .float32),
    ]
    try generator.restore(state)
    #expect(try Tensor.randn([9], generator).isEqual(to: expected[0]))
    #expect(try Tensor.randperm(9, generator).to(type: .float32).isEqual(to: expected[1]))
    let other = try Generator(seed: 1)
    try other.restore(state)
    #expect(try Tensor.randn([9], other).isEqual(to: expected[0]))
    #expect(throws: TorchError.self) { try other.restore([1, 2, 3]) }
  }

  @Test func generatorsAreIndependent() throws {
    let a = try Generator(seed: 1)
    let b = try Generator(seed: 1)
    let expected = try [Tensor.rand([2], a), Tensor.rand([2], a)]
    let first = try Tensor.rand([2], b)
    _ = try Tensor.rand([100], Generator(seed: 9))
    #expect(try first.isEqual(to: expected[0]))
    #expect(try Tensor.rand([2], b).isEqual(to: expected[1]))
  }

  @Test func theSharedGeneratorIsTheDefaultOne() throws {
    let shared = try Generator.shared()
    let state = try shared.state()
    let drawn = try Tensor.rand([4], nil)
    try shared.restore(state)
    // No other test draws from the shared generator.
    #expect(try Tensor.rand([4], shared).isEqual(to: drawn))
    try shared.seed(5)
    #expect(try Tensor.rand([4], nil).isEqual(to: Tensor.rand([4], Generator(seed: 5))))
  }

  @Test func distributionsHaveTheirMoments() throws {
    let generator = try Generator(seed: 100)
    let count = 20_000
    func moments(_ x: Tensor) throws -> (Double, Double) {
      try (x.mean(type: .float64).scalar(), x.to(type: .float64).variance().scalar())
    }
    func near(_ found: (Double, Double), _ expected: (Double, Double)) -> Bool {
      abs(found.0 - expected.0) < 0.05 && abs(found.1 - expected.1) < 0.06
    }
    #expect(near(try moments(.randn([count], generator)), (0, 1)))
    #expect(near(try moments(.rand([count], generator)), (0.5, 1.0 / 12)))
    let empty = try Tensor.empty([count])
    #expect(near(try moments(empty.normalInPlace(mean: 2, deviation: 0.5, generator)), (2, 0.25)))
    #expect(near(try moments(empty.uniformInPlace(from: -1, to: 1, generator)), (0, 1.0 / 3)))
    #expect(near(try moments(empty.bernoulliInPlace(0.2, generator)), (0.2, 0.16)))
    #expect(near(try moments(empty.fillInPlace(0.7).bernoulli(generator)), (0.7, 0.21)))
    let dropped = try Tensor.ones([count]).dropout(0.25, generator)
    #expect(near(try moments(dropped), (1, 1.0 / 3)))
    #expect(try dropped.unique().values.isClose(to: Tensor([0, 4.0 / 3] as [Float])))
  }

  @Test func wholeNumbers() throws {
    let generator = try Generator(seed: 4)
    let drawn = try Tensor.randint([1000], from: 3, to: 6, generator).values(as: Int.self)
    #expect(Set(drawn) == [3, 4, 5])
    let order = try Tensor.randperm(50, generator).values(as: Int.self)
    #expect(order.sorted() == Array(0..<50) && order != Array(0..<50))
    let chosen = try vector(0, 1, 1).multinomial(2, generator).values(as: Int.self)
    #expect(Set(chosen) == [1, 2])
  }

  @Test func dropoutOfNothingAndEverything() throws {
    let generator = try Generator(seed: 4)
    #expect(try vector(1, 2).dropout(0, generator).values(as: Double.self) == [1, 2])
    #expect(try vector(1, 2).dropout(1, generator).values(as: Double.self) == [0, 0])
  }
}
