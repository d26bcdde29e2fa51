// Every typed function against literal expectations on tiny tensors.

import Testing

@testable import Torch

/// One call and the numbers it must give, in row-major order.
struct Case: CustomTestStringConvertible, Sendable {
  let testDescription: String
  let expected: [Double]
  let shape: Shape?
  let compute: @Sendable () throws -> Tensor

  init(
    _ name: String, _ expected: [Double], shape: Shape? = nil,
    _ compute: @escaping @Sendable () throws -> Tensor
  ) {
    testDescription = name
    self.expected = expected
    self.shape = shape
    self.compute = compute
  }

  /// Compares within 1e-5, NaN and infinities exactly.
  func check() throws {
    let result = try compute()
    let found = try result.values(as: Double.self)
    #expect(found.count == expected.count, "\(testDescription): \(found)")
    for (a, b) in zip(found, expected) {
      let same = a == b || (a.isNaN && b.isNaN) || abs(a - b) <= 1e-5 * max(1, abs(b))
      #expect(same, "\(testDescription): \(found), expected \(expected)")
    }
    if let shape { #expect(result.shape == shape, "\(testDescription)") }
  }
}

/// A vector of doubles.
func vector(_ values: Double...) throws -> Tensor { try Tensor(values) }

/// A float64 tensor of `shape` counting up from `start`.
func counting(_ shape: Shape, from start: Double = 0) throws -> Tensor {
  let count = shape.reduce(1, *)
  return try Tensor((0..<count).map { start + Double($0) }, shape: shape)
}

@Suite struct OperationTests {
  static let creation: [Case] = [
    Case("zeros", [0, 0, 0, 0], shape: [2, 2]) { try .zeros([2, 2]) },
    Case("ones", [1, 1], shape: [2]) { try .ones([2], type: .int32) },
    Case("full", [7, 7]) { try .full([2], 7, type: .int64) },
    Case("full of a fraction", [0.5]) { try .full([1], 0.5, type: .float64) },
    Case("arange", [0, 1, 2]) { try .arange(to: 3) },
    Case("arange step", [1, 3, 5]) { try .arange(from: 1, to: 6, step: 2) },
    Case("linspace", [0, 0.5, 1]) { try .linspace(from: 0, to: 1, count: 3) },
    Case("eye", [1, 0, 0, 1], shape: [2, 2]) { try .eye(2) },
    Case("zerosLike", [0, 0]) { try vector(1, 2).zerosLike() },
    Case("onesLike", [1, 1]) { try vector(1, 2).onesLike(type: .bool) },
    Case("fullLike", [3, 3]) { try vector(1, 2).fullLike(3) },
    Case("emptyLike", [4, 4]) { try vector(1, 2).emptyLike().fillInPlace(4) },
    Case("empty", [0, 0, 0], shape: [3]) { try Tensor.empty([3]).zeroInPlace() },
    Case("scalar tensor", [2.5], shape: []) { try Tensor(2.5) },
  ]

  static let arithmetic: [Case] = [
    Case("add", [4, 6]) { try vector(1, 2) + vector(3, 4) },
    Case("add alpha", [7, 10]) { try vector(1, 2).add(vector(3, 4), alpha: 2) },
    Case("add number", [3, 4]) { try vector(1, 2) + 2 },
    Case("number add", [1.5, 2.5]) { try 0.5 + vector(1, 2) },
    Case("subtract", [-2, -3]) { try vector(1, 2) - vector(3, 5) },
    Case("subtract number", [0, 1]) { try vector(1, 2) - 1 },
    Case("number subtract", [0, -1]) { try 1 - vector(1, 2) },
    Case("multiply", [3, 8]) { try vector(1, 2) * vector(3, 4) },
    Case("multiply number", [3, 6]) { try 3 * vector(1, 2) },
    Case("divide", [0.5, 2]) { try vector(1, 4) / vector(2, 2) },
    Case("divide number", [0.25, 0.5]) { try vector(1, 2) / 4 },
    Case("number divide", [2, 1]) { try 2 / vector(1, 2) },
    Case("divide floor", [-2]) { try vector(-3).divide(vector(2), rounding: .floor) },
    Case("divide truncate", [-1]) { try vector(-3).divide(vector(2), rounding: .truncate) },
    Case("remainder", [1]) { try vector(-3).remainder(vector(2)) },
    Case("truncatedRemainder", [-1]) { try vector(-3).truncatedRemainder(vector(2)) },
    Case("negate", [-1, 2]) { try -vector(1, -2) },
    Case("pow tensor", [8, 9]) { try vector(2, 3).pow(vector(3, 2)) },
    Case("pow", [4, 9]) { try vector(2, 3).pow(2) },
    Case("exponentiate", [2, 8]) { try vector(1, 3).exponentiate(base: 2) },
    Case("addcmul", [13]) { try vector(1).addcmul(vector(2), vector(3), value: 2) },
    Case("addcdiv", [5]) { try vector(1).addcdiv(vector(6), vector(3), value: 2) },
    Case("lerp", [2.5]) { try vector(1).lerp(vector(4), weight: 0.5) },
    Case("integers stay", [3, 4]) { try Tensor([1, 2]) + 2 },
    Case("broadcast", [1, 2, 2, 3], shape: [2, 2]) {
      try Tensor([0.0, 1], shape: [2, 1]) + Tensor([1.0, 2], shape: [1, 2])
    },
  ]

  static let elementary: [Case] = [
    Case("abs", [1, 2]) { try vector(-1, 2).abs() },
    Case("sign", [-1, 0, 1]) { try vector(-3, 0, 9).sign() },
    Case("sqrt", [2, .nan]) { try vector(4, -1).sqrt() },
    Case("rsqrt", [0.5]) { try vector(4).rsqrt() },
    Case("square", [9]) { try vector(-3).square() },
    Case("reciprocal", [0.25]) { try vector(4).reciprocal() },
    Case("exp", [1, 2.718281828]) { try vector(0, 1).exp() },
    Case("exp2", [8]) { try vector(3).exp2() },
    Case("expm1", [1e-10]) { try vector(1e-10).expm1() },
    Case("log", [0, -.infinity]) { try vector(1, 0).log() },
    Case("log2", [3]) { try vector(8).log2() },
    Case("log10", [2]) { try vector(100).log10() },
    Case("log1p", [0.6931471806]) { try vector(1).log1p() },
    Case("sin", [0, 1]) { try vector(0, .pi / 2).sin() },
    Case("cos", [1, 0]) { try vector(0, .pi / 2).cos() },
    Case("tan", [1]) { try vector(.pi / 4).tan() },
    Case("asin", [.pi / 2]) { try vector(1).asin() },
    Case("acos", [0]) { try vector(1).acos() },
    Case("atan", [.pi / 4]) { try vector(1).atan() },
    Case("sinh", [1.175201194]) { try vector(1).sinh() },
    Case("cosh", [1.543080635]) { try vector(1).cosh() },
    Case("erf", [0, 0.8427007929]) { try vector(0, 1).erf() },
    Case("lgamma", [0.6931471806]) { try vector(3).lgamma() },
    Case("digamma", [-0.5772156649]) { try vector(1).digamma() },
    Case("floor", [-2, 1]) { try vector(-1.5, 1.5).floor() },
    Case("ceil", [-1, 2]) { try vector(-1.5, 1.5).ceil() },
    Case("round", [0, 2, 2]) { try vector(0.5, 1.5, 2.5).round() },
    Case("truncate", [-1, 1]) { try vector(-1.5, 1.5).truncate() },
    Case("fraction", [-0.5, 0.25]) { try vector(-1.5, 1.25).fraction() },
    Case("isNaN", [1, 0]) { try vector(.nan, 1).isNaN() },
    Case("isInfinite", [1, 0]) { try vector(-.infinity, 1).isInfinite() },
    Case("isFinite", [0, 0, 1]) { try vector(.nan, .infinity, 1).isFinite() },
  ]

  static let comparison: [Case] = [
    Case("equal", [1, 0]) { try vector(1, 2).equal(vector(1, 3)) },
    Case("equal number", [0, 1]) { try vector(1, 2).equal(2) },
    Case("notEqual", [0, 1]) { try vector(1, 2).notEqual(vector(1, 3)) },
    Case("notEqual number", [1, 0]) { try vector(1, 2).notEqual(2) },
    Case("less", [0, 1]) { try vector(1, 2).less(vector(1, 3)) },
    Case("less number", [1, 0]) { try vector(1, 2).less(2) },
    Case("lessOrEqual", [1, 0]) { try vector(1, 4).lessOrEqual(vector(1, 3)) },
    Case("lessOrEqual number", [1, 1]) { try vector(1, 2).lessOrEqual(2) },
    Case("greater", [0, 1]) { try vector(1, 4).greater(vector(1, 3)) },
    Case("greater number", [0, 0]) { try vector(1, 2).greater(2) },
    Case("greaterOrEqual", [1, 0]) { try vector(1, 2).greaterOrEqual(vector(1, 3)) },
    Case("greaterOrEqual number", [0, 1]) { try vector(1, 2).greaterOrEqual(2) },
    Case("maximum", [3, 2]) { try vector(1, 2).maximum(vector(3, 0)) },
    Case("minimum", [1, 0]) { try vector(1, 2).minimum(vector(3, 0)) },
    Case("clamp", [0, 0.5, 1]) { try vector(-1, 0.5, 2).clamp(min: 0, max: 1) },
    Case("clamp below", [0, 2]) { try vector(-1, 2).clamp(min: 0) },
    Case("clamp by tensors", [1, 2]) {
      try vector(-1, 5).clamp(min: vector(1, 1), max: vector(2, 2))
    },
    Case("where", [1, 4]) { try vector(1, 2).where(Tensor([true, false]), else: vector(3, 4)) },
    Case("logicalAnd", [0, 0, 1]) { try vector(0, 1, 1).logicalAnd(vector(0, 0, 1)) },
    Case("logicalOr", [0, 1, 1]) { try vector(0, 1, 1).logicalOr(vector(0, 0, 1)) },
    Case("logicalXor", [0, 1, 0]) { try vector(0, 1, 1).logicalXor(vector(0, 0, 1)) },
    Case("logicalNot", [1, 0]) { try vector(0, 5).logicalNot() },
  ]

  @Test(arguments: creation) func creates(_ example: Case) throws { try example.check() }
  @Test(arguments: arithmetic) func computes(_ example: Case) throws { try example.check() }
  @Test(arguments: elementary) func maps(_ example: Case) throws { try example.check() }
  @Test(arguments: comparison) func compares(_ example: Case) throws { try example.check() }

  @Test func wholeTensorComparisons() throws {
    #expect(try vector(1, 2).isEqual(to: vector(1, 2)))
    #expect(try !vector(1, 2).isEqual(to: vector(1, 3)))
    #expect(try !vector(1, 2).isEqual(to: vector(1)))
    #expect(try vector(1, 2).isClose(to: vector(1, 2 + 1e-9)))
    #expect(try !vector(1, 2).isClose(to: vector(1, 2.1)))
  }

  @Test func typesFollowNumbers() throws {
    let integers = try Tensor([1, 2])
    #expect(try (integers + 1).type == .int64)
    #expect(try (integers + 0.5).type == .float32)
    #expect(try (Tensor([1] as [Float]) * 2.0).type == .float32)
    #expect(try (integers / 2).type == .float32)
    #expect(try integers.less(2).type == .bool)
  }
}
