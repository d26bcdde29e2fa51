// Operators that pick, write, repeat and select elements, against ONNX Runtime and differences.

import Network
import OrderedCollections
import Runtimes
import Testing

@Suite struct IndexTrials {
  /// A permutation of `0..<count`, some of it counted from the end.
  private static func permutation(_ t: inout Trials, _ count: Int) -> [Int64] {
    (0..<count).shuffled(using: &t.random).map { Int64(t.coin() ? $0 : $0 - count) }
  }

  static func picks() throws -> Trials {
    var t = Trials(opset: 16, seed: 41)
    for axis in [0, 1, -1] {
      let indices = try t.integers([2, 3, 2], -2...1)
      try t.add(
        "GatherElements",
        [t.floats([2, 3, 2]), axis == 1 ? t.integers([2, 4, 2], -3...2) : indices],
        ["axis": .int(Int64(axis))])
    }
    for (batch, shape) in [
      (0, [3, 2, 2]), (0, [4, 1]), (1, [2, 3, 2]), (1, [2, 1]), (2, [2, 3, 4, 1]),
    ] {
      try t.add(
        "GatherND", [t.floats([2, 3, 4]), t.integers(shape, -2...1)],
        ["batch_dims": .int(Int64(batch))])
    }
    for repeats in [[1, 2, 3], [2, 1, 1]] {
      try t.add("Tile", [t.floats([2, 3, 2]), .list(repeats)])
    }
    for upper: Int64 in [0, 1] {
      for k in [-1, 0, 2, 9] {
        try t.add(
          "Trilu", [t.floats([2, 3, 4]), .constant(TensorData(scalar: Int64(k)))],
          ["upper": .int(upper)])
      }
    }
    for (batch, time) in [(0, 1), (1, 0)] {
      try t.add(
        "ReverseSequence", [t.floats([4, 4, 2]), .list([1, 4, 2, 3])],
        ["batch_axis": .int(Int64(batch)), "time_axis": .int(Int64(time))])
    }
    for equation in ["ij,jk->ik", "bij,bkj->bik", "i,i", "bii->bi", "...ij->...ji", "ij,kj"] {
      let terms = equation.prefix { $0 != "-" }.split(separator: ",")
      let operands = try terms.map { term in
        try t.floats(
          Array(repeating: 3, count: term.filter(\.isLetter).count + (term.contains(".") ? 1 : 0)))
      }
      try t.add("Einsum", operands, ["equation": .string(equation)])
    }
    return t
  }

  static func writes(_ reductions: [String]) throws -> Trials {
    var t = Trials(opset: 18, seed: 42)
    for reduction in reductions {
      for axis: Int64 in [0, -1] {
        let index = permutation(&t, 4)
        let shape = axis == 0 ? [4, 3] : [3, 4]
        let data = (0..<12).map { axis == 0 ? index[$0 / 3] : index[$0 % 4] }
        try t.add(
          "ScatterElements",
          [t.floats(shape), .constant(TensorData(data, shape: shape)), t.floats(shape)],
          ["axis": .int(axis), "reduction": .string(reduction)])
      }
      let rows = permutation(&t, 3)
      try t.add(
        "ScatterND",
        [t.floats([3, 2, 2]), .constant(TensorData(rows, shape: [3, 1])), t.floats([3, 2, 2])],
        ["reduction": .string(reduction)])
      try t.add(
        "ScatterND",
        [
          t.floats([3, 2, 2]), .constant(TensorData([0, 1, 2, -2] as [Int64], shape: [2, 2])),
          t.floats([2, 2]),
        ], ["reduction": .string(reduction)])
    }
    return t
  }

  /// Indices that come more than once, so that reductions meet.
  static func collisions() throws -> Trials {
    var t = Trials(opset: 18, seed: 43)
    for reduction in ["add", "mul", "max", "min"] {
      try t.add(
        "ScatterElements", [t.floats([4, 3]), t.integers([6, 3], -4...3), t.floats([6, 3])],
        ["reduction": .string(reduction)])
      try t.add(
        "ScatterND", [t.floats([4, 3]), t.integers([5, 1], -4...3), t.floats([5, 3])],
        ["reduction": .string(reduction)])
    }
    return t
  }

  static func selections() throws -> Trials {
    var t = Trials(opset: 18, seed: 44)
    for axis: Int64? in [nil, 0, 1, -1] {
      try t.add(
        "Compress",
        [t.floats([3, 4, 2]), .constant(TensorData([true, false], shape: [2]))],
        axis.map { ["axis": .int($0)] } ?? [:])
    }
    for axis: Int64 in [0, 1, -1] {
      try t.add(
        "OneHot",
        [
          t.integers([2, 3], -6...6), .constant(TensorData(scalar: Int64(4))),
          .constant(TensorData(vector: [Float(-1), 2])),
        ], ["axis": .int(axis)])
    }
    for k: Int64 in [-1, 0, 2] { try t.add("EyeLike", [t.floats([3, 4])], ["k": .int(k)]) }
    for sorted: Int64 in [0, 1] {
      let data = try t.integers([4, 3], 0...2)
      try t.add("Unique", [data], ["sorted": .int(sorted)], outputs: 4)
    }
    for equal in [[true, true], [true, false], [false, true]] {
      try t.add(
        "IsInf", [.value(try TensorData([Float.infinity, -.infinity, 1, .nan], shape: [4]))],
        [
          "detect_positive": .int(equal[0] ? 1 : 0), "detect_negative": .int(equal[1] ? 1 : 0),
        ])
    }
    for isCentred: Int64 in [0, 1] {
      let boxes = try t.floats([2, 8, 4], 0...3)
      try t.add(
        "NonMaxSuppression",
        [
          boxes, t.floats([2, 3, 8], 0...1), .constant(TensorData(vector: [Int64(3)])),
          .constant(TensorData(vector: [Float(0.2)])), .constant(TensorData(vector: [Float(0.3)])),
        ], ["center_point_box": .int(isCentred)])
    }
    try t.add("CenterCropPad", [t.floats([5, 4, 3]), .list([2, 7])], ["axes": .ints([0, 1])])
    try t.add("Det", [t.floats([2, 3, 3])])
    return t
  }

  @Test(.enabled(if: hasRuntime, whyNoRuntime)) func elementsAgree() throws {
    try Self.picks().compare()
    try Self.writes(["none", "add", "mul", "max", "min"]).compare()
    try Self.collisions().compare()
    try Self.selections().compare()
  }

  @Test func picksAndWritesDifferentiate() throws {
    try Self.picks().differentiate()
    try Self.writes(["none", "add"]).differentiate()
  }
}
