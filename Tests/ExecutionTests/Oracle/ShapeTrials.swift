// Operators that move elements about, against ONNX Runtime and central differences.

import Network
import OrderedCollections
import Runtimes
import Testing

@Suite struct ShapeTrials {
  static func moves() throws -> Trials {
    var t = Trials(seed: 14)
    for target in [[0, -1], [4, 0, -1], [-1], [2, 3, 4, 1], [24]] {
      try t.add("Reshape", [t.floats([2, 3, 4]), .list(target)])
    }
    for axis in [-3, -1, 0, 1, 2, 3] {
      try t.add("Flatten", [t.floats([2, 3, 4])], ["axis": .int(Int64(axis))])
    }
    try t.add("Transpose", [t.floats([2, 3, 4])])
    try t.add("Transpose", [t.floats([2, 3, 4])], ["perm": .ints([1, 2, 0])])
    try t.add("Squeeze", [t.floats([1, 3, 1, 4])])
    try t.add("Squeeze", [t.floats([1, 3, 1, 4]), .list([-2])])
    try t.add("Unsqueeze", [t.floats([3, 4]), .list([-1, 0])])
    try t.add("Unsqueeze", [t.floats([3, 4]), .list([3, 1])])
    for axis in [0, 1, -1] {
      var shapes = [[2, 3, 4], [2, 3, 4], [2, 3, 4]]
      for index in shapes.indices { shapes[index][axis < 0 ? 2 : axis] = index + 1 }
      try t.add(
        "Concat", shapes.map { try t.floats($0) }, ["axis": .int(Int64(axis))])
    }
    try t.add("Split", [t.floats([2, 6]), .list([1, 2, 3])], ["axis": .int(1)], outputs: 3)
    try t.add("Split", [t.floats([6, 2])], outputs: 3)
    try t.add("Expand", [t.floats([3, 1]), .list([2, 1, 4])])
    try t.add("Expand", [t.floats([2, 3, 4]), .list([4])])
    for mode in ["DCR", "CRD"] {
      try t.add(
        "DepthToSpace", [t.floats([2, 12, 2, 3])],
        ["blocksize": .int(2), "mode": .string(mode)])
    }
    try t.add("SpaceToDepth", [t.floats([2, 3, 4, 6])], ["blocksize": .int(2)])
    for axis in [0, 1, -1] {
      try t.add(
        "Gather", [t.floats([4, 4, 4]), t.integers([2, 3], -4...3)], ["axis": .int(Int64(axis))])
    }
    try t.add("Gather", [t.floats([5, 3]), t.integers([2, 4], -5...4)])
    try t.add("Gather", [t.floats([5, 3]), t.integers([], -5...4)], ["axis": .int(1)])
    return t
  }

  static func slices() throws -> Trials {
    var t = Trials(seed: 15)
    for _ in 0..<40 {
      let shape = t.shape(3, 3...6)
      let axes = [0, 1, 2].shuffled(using: &t.random).prefix(t.number(1...3)).map { axis in
        t.coin() ? axis : axis - 3
      }
      let steps = axes.map { _ in t.pick([1, 1, 2, 3, -1, -2, -3]) }
      let starts = axes.map { _ in
        t.number(0...9) == 0 ? t.pick([Int.max, Int.min]) : t.number(-8...8)
      }
      // Beyond the end in the direction of the step, as the standard recommends.
      let ends = steps.map { step in
        t.number(0...9) == 0 ? (step > 0 ? Int.max : Int.min) : t.number(-8...8)
      }
      try t.add(
        "Slice", [t.floats(shape), .list(starts), .list(ends), .list(axes), .list(steps)])
    }
    try t.add("Slice", [t.floats([4, 5]), .list([1, 2]), .list([3, 5])])
    return t
  }

  static func pads() throws -> Trials {
    var t = Trials(opset: 19, seed: 16)
    for mode in ["constant", "reflect", "edge", "wrap"] {
      for _ in 0..<5 {
        let shape = t.shape(3, 3...5)
        // A reflection reaches as far as the other border.
        let pads = (shape + shape).map { t.number(0...$0 - 1) }
        try t.add("Pad", [t.floats(shape), .list(pads)], ["mode": .string(mode)])
      }
      try t.add(
        "Pad", [t.floats([3, 4, 5]), .list([1, 2]), .none, .list([-1])],
        ["mode": .string(mode)])
    }
    try t.add(
      "Pad", [t.floats([3, 4]), .list([1, -1, 0, 2]), .constant(TensorData(scalar: Float(7)))])
    try t.add("Pad", [t.floats([3, 4]), .list([1, 1, 0, 2]), t.floats([])])
    return t
  }

  static func integers() throws -> Trials {
    var t = Trials(opset: 15, seed: 17)
    try t.add("Shape", [t.floats([2, 3, 4])])
    try t.add("Shape", [t.floats([2, 3, 4])], ["start": .int(1), "end": .int(-1)])
    try t.add("Size", [t.floats([2, 3, 4])])
    try t.add("NonZero", [t.integers([3, 4], 0...1)])
    try t.add("ConstantOfShape", [.list([2, 3])])
    try t.add("ConstantOfShape", [.list([2])], ["value": .tensor(TensorData(vector: [7 as Int64]))])
    try t.add(
      "Constant", [], ["value": .tensor(try TensorData([1, 2] as [Float], shape: [2, 1]))])
    try t.add("Constant", [], ["value_ints": .ints([3, 4])])
    let scalar = { (value: Int64) in Operand.constant(TensorData(scalar: value)) }
    try t.add("Range", [scalar(2), scalar(11), scalar(3)])
    try t.add("Range", [scalar(5), scalar(-5), scalar(-4)])
    try t.add("Concat", [t.integers([2], 0...9), t.integers([3], 0...9)], ["axis": .int(0)])
    try t.add("Gather", [t.integers([5], 0...9), t.integers([2], 0...4)])
    for axis in [-1, 0] {
      for isExclusive in [0, 1] {
        for isReversed in [0, 1] {
          try t.add(
            "CumSum", [t.floats([3, 4]), scalar(Int64(axis))],
            ["exclusive": .int(Int64(isExclusive)), "reverse": .int(Int64(isReversed))])
        }
      }
    }
    for largest in [0, 1] {
      try t.add(
        "TopK", [t.floats([3, 6]), .list([4])], ["largest": .int(Int64(largest))], outputs: 2)
      try t.add(
        "TopK", [t.integers([6, 3], 0...2), .list([3])],
        ["largest": .int(Int64(largest)), "axis": .int(0)], outputs: 2)
    }
    return t
  }

  static func old() throws -> Trials {
    var t = Trials(opset: 9, seed: 18)
    try t.add(
      "Slice", [t.floats([4, 5])],
      ["starts": .ints([1, -3]), "ends": .ints([3, 100]), "axes": .ints([0, 1])])
    try t.add(
      "Pad", [t.floats([2, 3])], ["pads": .ints([1, 0, 0, 2]), "value": .float(3)])
    try t.add("Squeeze", [t.floats([1, 3, 1])], ["axes": .ints([2])])
    try t.add("Unsqueeze", [t.floats([3])], ["axes": .ints([0, 2])])
    try t.add("Split", [t.floats([4, 2])], ["split": .ints([1, 3])], outputs: 2)
    return t
  }

  @Test(.enabled(if: hasRuntime, whyNoRuntime)) func elementsMoveAlike() throws {
    try Self.moves().compare(tolerance: 0)
    try Self.slices().compare(tolerance: 0)
    try Self.pads().compare(tolerance: 0)
    try Self.old().compare(tolerance: 0)
  }

  @Test(.enabled(if: hasRuntime, whyNoRuntime)) func integersAgree() throws {
    try Self.integers().compare()
  }

  @Test func movesDifferentiate() throws {
    try Self.moves().differentiate()
    try Self.slices().differentiate()
    try Self.pads().differentiate()
  }
}
