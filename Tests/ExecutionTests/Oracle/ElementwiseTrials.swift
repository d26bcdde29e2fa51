// Functions of single elements against ONNX Runtime and central differences.

import Network
import OrderedCollections
import Runtimes
import Testing

@Suite struct ElementwiseTrials {
  /// Smooth almost everywhere, with the interval they are defined on.
  private static let functions: [(String, ClosedRange<Float>)] = [
    ("Abs", -3...3), ("Acos", -0.9...0.9), ("Acosh", 1.1...4), ("Asin", -0.9...0.9),
    ("Asinh", -3...3), ("Atan", -3...3), ("Atanh", -0.9...0.9), ("Celu", -3...3), ("Cos", -4...4),
    ("Cosh", -3...3), ("Elu", -3...3), ("Erf", -3...3), ("Exp", -3...3), ("HardSigmoid", -4...4),
    ("HardSwish", -5...5), ("Identity", -3...3), ("LeakyRelu", -3...3), ("Log", 0.1...4),
    ("Mish", -3...3), ("Neg", -3...3), ("Reciprocal", 0.5...4), ("Relu", -3...3),
    ("Selu", -3...3), ("Shrink", -3...3), ("Sigmoid", -5...5), ("Sin", -4...4), ("Sinh", -3...3),
    ("Softplus", -30...30), ("Softsign", -3...3), ("Sqrt", 0.1...4), ("Tan", -1...1),
    ("Tanh", -4...4), ("ThresholdedRelu", -3...3),
  ]

  static func smooth() throws -> Trials {
    var t = Trials(opset: 18, seed: 8)
    for (op, range) in functions { try t.add(op, [t.floats([3, 7], range)]) }
    try t.add("LeakyRelu", [t.floats([9])], ["alpha": .float(0.3)])
    try t.add("Elu", [t.floats([9])], ["alpha": .float(0.7)])
    try t.add("Celu", [t.floats([9])], ["alpha": .float(1.7)])
    try t.add("Selu", [t.floats([9])], ["alpha": .float(1.2), "gamma": .float(1.9)])
    try t.add("HardSigmoid", [t.floats([9])], ["alpha": .float(0.4), "beta": .float(0.3)])
    try t.add("Shrink", [t.floats([9])], ["lambd": .float(0.7), "bias": .float(0.2)])
    try t.add("ThresholdedRelu", [t.floats([9])], ["alpha": .float(0.2)])
    let bound = { (value: Float) in Operand.constant(TensorData(scalar: value)) }
    try t.add("Clip", [t.floats([20]), bound(-0.5), bound(1)])
    try t.add("Clip", [t.floats([20]), .none, bound(0.5)])
    try t.add("Clip", [t.floats([20]), bound(0)])
    try t.add("Clip", [t.floats([20])])
    try t.add("Clip", [t.floats([20]), t.floats([], -1...0), t.floats([], 0...1)])
    return t
  }

  static func stepwise() throws -> Trials {
    var t = Trials(opset: 18, seed: 9)
    for op in ["Ceil", "Floor", "Round", "Sign"] { try t.add(op, [t.floats([20])]) }
    // Halves go to the even neighbour.
    try t.add("Round", [.value(TensorData(vector: [-2.5, -1.5, -0.5, 0.5, 1.5, 2.5] as [Float]))])
    try t.add("Not", [t.truths([7])])
    try t.add("IsNaN", [.value(TensorData(vector: [1, .nan, .infinity, -.infinity] as [Float]))])
    try t.add("Abs", [t.integers([5], -5...5)])
    try t.add("Neg", [t.integers([5], -5...5)])
    return t
  }

  static func old() throws -> Trials {
    var t = Trials(opset: 9, seed: 10)
    try t.add("Clip", [t.floats([20])], ["min": .float(-0.5), "max": .float(1)])
    try t.add("Clip", [t.floats([20])], ["max": .float(0.25)])
    try t.add("PRelu", [t.floats([2, 3, 4]), t.floats([3, 1])])
    return t
  }

  static func arithmetic() throws -> Trials {
    var t = Trials(seed: 11)
    let shapes: [([Int], [Int])] = [
      ([2, 3, 4], [2, 3, 4]), ([2, 3, 4], [4]), ([3, 1], [2, 3, 4]), ([2, 1, 4], [3, 1]),
      ([], [2, 3]),
    ]
    for op in ["Add", "Div", "Max", "Mean", "Min", "Mul", "Pow", "Sub", "Sum"] {
      for (a, b) in shapes { try t.add(op, [t.floats(a, 0.5...2), t.floats(b, 0.5...2)]) }
    }
    for op in ["Max", "Mean", "Min", "Sum"] {
      try t.add(op, [t.floats([2, 3])])
      try t.add(op, [t.floats([2, 3]), t.floats([3]), t.floats([2, 1])])
    }
    try t.add("PRelu", [t.floats([2, 3, 4]), t.floats([3, 1])])
    try t.add("PRelu", [t.floats([2, 3, 4]), t.floats([1])])
    try t.add("PRelu", [t.floats([2, 3, 4]), t.floats([2, 3, 4])])
    try t.add("Mod", [t.floats([9]), t.floats([9], 1...2)], ["fmod": .int(1)])
    try t.add("Where", [t.truths([2, 1, 4]), t.floats([3, 1]), t.floats([2, 3, 4])])
    return t
  }

  static func logic() throws -> Trials {
    var t = Trials(opset: 18, seed: 12)
    for op in ["Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual"] {
      try t.add(op, [t.integers([3, 4], 0...2), t.integers([4], 0...2)])
      try t.add(op, [t.floats([3, 4]), t.floats([3, 1])])
    }
    for op in ["And", "Or", "Xor"] { try t.add(op, [t.truths([3, 4]), t.truths([4])]) }
    for op in ["BitwiseAnd", "BitwiseOr", "BitwiseXor"] {
      try t.add(op, [t.integers([3, 4], 0...99), t.integers([4], 0...99)])
    }
    for op in ["Add", "Max", "Min", "Mul", "Sub"] {
      try t.add(op, [t.integers([3, 4], -9...9), t.integers([4], -9...9)])
    }
    try t.add("Div", [t.integers([30], -9...9), t.integers([30], 1...4)])
    try t.add("Div", [t.integers([30], -9...9), t.integers([30], -4 ... -1)])
    try t.add("Mod", [t.integers([30], -9...9), t.integers([30], 1...4)])
    try t.add("Mod", [t.integers([30], -9...9), t.integers([30], -4 ... -1)])
    try t.add("Mod", [t.integers([30], -9...9), t.integers([30], 1...4)], ["fmod": .int(1)])
    try t.add("Pow", [t.integers([9], -3...3), t.integers([9], 0...3)])
    try t.add("Pow", [t.floats([9]), t.integers([9], 0...3)])
    for direction in ["LEFT", "RIGHT"] {
      try t.add(
        "BitShift",
        [
          .value(TensorData(vector: [1, 2, 200, 255] as [UInt8])),
          .value(TensorData(vector: [0, 3, 1, 7] as [UInt8])),
        ], ["direction": .string(direction)])
    }
    for (to, type) in [(1, "float"), (7, "int64"), (9, "bool"), (11, "double"), (6, "int32")] {
      _ = type
      try t.add("Cast", [t.floats([9], -3...3)], ["to": .int(Int64(to))])
      try t.add("Cast", [t.integers([9], -3...3)], ["to": .int(Int64(to))])
    }
    try t.add("CastLike", [t.floats([9], -3...3), t.integers([1], 0...1)])
    return t
  }

  // Transcendental functions differ in the last bits of a float between libraries.
  @Test(.enabled(if: hasRuntime, whyNoRuntime)) func functionsAgree() throws {
    try Self.smooth().compare()
    try Self.stepwise().compare()
    try Self.old().compare()
  }

  @Test func functionsDifferentiate() throws {
    try Self.smooth().differentiate()
    try Self.old().differentiate()
  }

  @Test(.enabled(if: hasRuntime, whyNoRuntime)) func operatorsAgree() throws {
    try Self.arithmetic().compare()
    try Self.logic().compare()
  }

  @Test func operatorsDifferentiate() throws { try Self.arithmetic().differentiate() }

  @Test(.enabled(if: hasRuntime, whyNoRuntime)) func geluAgrees() throws {
    var t = Trials(opset: 20, seed: 13)
    try t.add("Gelu", [t.floats([30], -4...4)])
    try t.add("Gelu", [t.floats([30], -4...4)], ["approximate": .string("tanh")])
    try t.compare()
    try t.differentiate()
  }
}
