// Pooling against ONNX Runtime and central differences.

import Network
import OrderedCollections
import Runtimes
import Testing

@Suite struct PoolingTrials {
  static func windows(_ op: String) throws -> Trials {
    var t = Trials(opset: 19, seed: 5)
    for trial in 0..<40 {
      let rank = trial % 3 + 1
      let kernel = t.shape(rank, 2...3)
      var attributes: OrderedDictionary<String, Attribute> = [
        "kernel_shape": .ints(kernel.map(Int64.init)),
        "strides": .ints(t.shape(rank, 1...3).map(Int64.init)),
      ]
      switch trial / 3 % 4 {
      case 0: break
      case 1:
        let pads = kernel.map { t.number(0...$0 / 2) }
        attributes["pads"] = .ints((pads + pads).map(Int64.init))
      case 2:
        attributes["pads"] = .ints((kernel + kernel).map { Int64(t.number(0...$0 - 1)) })
      default: attributes["auto_pad"] = .string(t.pick(["SAME_UPPER", "SAME_LOWER", "VALID"]))
      }
      if trial % 2 == 0, attributes["auto_pad"] == nil { attributes["ceil_mode"] = .int(1) }
      if trial % 5 == 0, op != "LpPool", attributes["auto_pad"] == nil {
        attributes["dilations"] = .ints(t.shape(rank, 1...2).map(Int64.init))
      }
      if op == "AveragePool", t.coin() { attributes["count_include_pad"] = .int(1) }
      if op == "LpPool" { attributes["p"] = .int(Int64(t.number(1...3))) }
      let x = try t.floats([2, 3] + t.shape(rank, 5...8))
      try t.add(op, [x], attributes)
    }
    return t
  }

  /// Where the largest elements stand, counted row by row and column by column.
  static func indices() throws -> Trials {
    var t = Trials(seed: 6)
    for trial in 0..<12 {
      let rank = trial % 3 + 1
      try t.add(
        "MaxPool", [t.floats([2, 2] + t.shape(rank, 4...6))],
        [
          "kernel_shape": .ints(Array(repeating: 2, count: rank)),
          "pads": .ints(t.shape(2 * rank, 0...1).map(Int64.init)),
          "strides": .ints(t.shape(rank, 1...2).map(Int64.init)),
          "storage_order": .int(trial >= 6 ? 1 : 0),
        ], outputs: 2)
    }
    return t
  }

  static func global() throws -> Trials {
    var t = Trials(seed: 7)
    for op in ["GlobalAveragePool", "GlobalMaxPool", "GlobalLpPool"] {
      for rank in 1...3 { try t.add(op, [t.floats([2, 3] + t.shape(rank, 1...5))]) }
    }
    try t.add("GlobalLpPool", [t.floats([2, 3, 4, 5])], ["p": .int(3)])
    return t
  }

  @Test(
    .enabled(if: hasRuntime, whyNoRuntime), arguments: ["MaxPool", "AveragePool", "LpPool"])
  func windowsAgree(op: String) throws { try Self.windows(op).compare() }

  @Test(arguments: ["MaxPool", "AveragePool", "LpPool"])
  func windowsDifferentiate(op: String) throws { try Self.windows(op).differentiate() }

  @Test(.enabled(if: hasRuntime, whyNoRuntime)) func indicesAgree() throws {
    try Self.indices().compare()
  }

  @Test(.enabled(if: hasRuntime, whyNoRuntime)) func globalPoolingAgrees() throws {
    try Self.global().compare()
  }

  @Test func globalPoolingDifferentiates() throws { try Self.global().differentiate() }
}
