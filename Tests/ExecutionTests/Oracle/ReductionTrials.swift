// Reductions, softmax and normalisation against ONNX Runtime and central differences.

import Network
import OrderedCollections
import Runtimes
import Testing

@Suite struct ReductionTrials {
  private static let reductions = [
    "ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceMax", "ReduceMean",
    "ReduceMin", "ReduceProd", "ReduceSum", "ReduceSumSquare",
  ]

  static func attributes() throws -> Trials {
    var t = Trials(opset: 11, seed: 19)
    for op in reductions {
      for axes: [Int64] in [[0], [-1], [0, 2], [1, 2]] {
        try t.add(
          op, [t.floats([2, 3, 4], 0.2...2)],
          ["axes": .ints(axes), "keepdims": .int(t.coin() ? 1 : 0)])
      }
      try t.add(op, [t.floats([2, 3, 4], 0.2...2)], ["keepdims": .int(t.coin() ? 1 : 0)])
    }
    return t
  }

  static func inputs() throws -> Trials {
    var t = Trials(opset: 18, seed: 20)
    for op in reductions {
      try t.add(
        op, [t.floats([2, 3, 4], 0.2...2), .list([-2])], ["keepdims": .int(t.coin() ? 1 : 0)])
      try t.add(op, [t.floats([2, 3], 0.2...2)])
    }
    try t.add("ReduceSum", [t.floats([2, 3])], ["noop_with_empty_axes": .int(1)])
    return t
  }

  static func integers() throws -> Trials {
    var t = Trials(seed: 21)
    for op in ["ReduceL1", "ReduceMax", "ReduceMean", "ReduceMin", "ReduceProd", "ReduceSumSquare"]
    {
      let data = (0..<12).map { _ in Int32(t.number(-4...4)) }
      try t.add(op, [.value(try TensorData(data, shape: [3, 4]))], ["axes": .ints([1])])
    }
    try t.add("ReduceSum", [t.integers([3, 4], -9...9), .list([0])])
    for op in ["ArgMax", "ArgMin"] {
      for axis: Int64 in [0, 1, -1] {
        // Few values, so that ties are frequent.
        try t.add(
          op,
          [.value(try TensorData((0..<24).map { _ in Float(t.number(0...2)) }, shape: [2, 3, 4]))],
          [
            "axis": .int(axis), "keepdims": .int(t.coin() ? 1 : 0),
            "select_last_index": .int(t.coin() ? 1 : 0),
          ])
      }
    }
    return t
  }

  static func softmax(opset: Int) throws -> Trials {
    var t = Trials(opset: opset, seed: 22)
    for op in ["Softmax", "LogSoftmax"] {
      for axis in [-1, 0, 1, 2] {
        try t.add(op, [t.floats([2, 3, 4])], ["axis": .int(Int64(axis))])
      }
      try t.add(op, [t.floats([3, 4, 2])])
    }
    return t
  }

  static func normalization() throws -> Trials {
    var t = Trials(opset: 17, seed: 23)
    for axis: Int64 in [-1, 1, 2] {
      let shape = axis == 1 ? [3, 4] : [4]
      try t.add(
        "LayerNormalization", [t.floats([2, 3, 4]), t.floats(shape), t.floats(shape)],
        ["axis": .int(axis), "epsilon": .float(1e-3)], outputs: 3)
      try t.add(
        "LayerNormalization", [t.floats([2, 3, 4]), t.floats(shape)], ["axis": .int(axis)])
    }
    for shape in [[2, 3, 5], [2, 3, 4, 5], [2, 3, 2, 2, 3]] {
      try t.add(
        "InstanceNormalization", [t.floats(shape), t.floats([3]), t.floats([3])],
        ["epsilon": .float(1e-2)])
      try t.add(
        "BatchNormalization",
        [
          t.floats(shape), t.floats([3]), t.floats([3]), constant(t.floats([3])),
          constant(t.floats([3], 0.5...2)),
        ], ["epsilon": .float(1e-2)])
    }
    // ONNX Runtime has windows of odd size only.
    for size: Int64 in [1, 3, 5] {
      try t.add(
        "LRN", [t.floats([2, 7, 3, 2])],
        ["size": .int(size), "alpha": .float(0.3), "beta": .float(0.6), "bias": .float(1.5)])
    }
    try t.add("MeanVarianceNormalization", [t.floats([2, 3, 4, 5])])
    try t.add("MeanVarianceNormalization", [t.floats([2, 3, 4])], ["axes": .ints([1, 2])])
    for p: Int64 in [1, 2] {
      try t.add("LpNormalization", [t.floats([3, 4])], ["p": .int(p), "axis": .int(0)])
    }
    return t
  }

  private static func constant(_ operand: Operand) -> Operand {
    operand.tensor.map { .constant($0) } ?? .none
  }

  static func groups(opset: Int) throws -> Trials {
    var t = Trials(opset: opset, seed: 24)
    for groups: Int64 in [1, 2, 3, 6] {
      let count = opset < 21 ? Int(groups) : 6
      try t.add(
        "GroupNormalization", [t.floats([2, 6, 4]), t.floats([count]), t.floats([count])],
        ["num_groups": .int(groups), "epsilon": .float(1e-2)])
    }
    return t
  }

  @Test(.enabled(if: hasRuntime, whyNoRuntime)) func reductionsAgree() throws {
    try Self.attributes().compare()
    try Self.inputs().compare()
    try Self.integers().compare()
  }

  @Test func reductionsDifferentiate() throws {
    try Self.attributes().differentiate()
    try Self.inputs().differentiate()
  }

  @Test(.enabled(if: hasRuntime, whyNoRuntime), arguments: [11, 13])
  func softmaxAgrees(opset: Int) throws {
    var t = try Self.softmax(opset: opset)
    try t.add("Hardmax", [t.floats([2, 3, 4])], ["axis": .int(1)])
    try t.compare()
  }

  @Test(arguments: [11, 13]) func softmaxDifferentiates(opset: Int) throws {
    try Self.softmax(opset: opset).differentiate()
  }

  @Test(.enabled(if: hasRuntime, whyNoRuntime)) func normalizationAgrees() throws {
    try Self.normalization().compare()
    try Self.groups(opset: 21).compare()
  }

  @Test func normalizationDifferentiates() throws {
    try Self.normalization().differentiate()
    try Self.groups(opset: 18).differentiate()
    try Self.groups(opset: 21).differentiate()
  }
}
