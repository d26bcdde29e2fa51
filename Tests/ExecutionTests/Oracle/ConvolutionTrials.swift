// Convolutions and matrix products against ONNX Runtime and central differences.

import Network
import OrderedCollections
import Runtimes
import Testing

@Suite struct ConvolutionTrials {
  /// Convolutions of every rank with random geometry, plain and transposed.
  static func convolutions(transposed: Bool) throws -> Trials {
    var t = Trials(seed: transposed ? 2 : 3)
    for trial in 0..<36 {
      let rank = trial % 3 + 1
      let groups = t.pick([1, 1, 2, 3])
      let (inputs, outputs) = (t.number(1...3), t.number(1...3))
      let kernel = t.shape(rank, 1...3)
      let dilations = t.shape(rank, 1...2)
      let strides = t.shape(rank, 1...3)
      // At least as large as the kernel spans.
      let spatial = t.shape(rank, 5...7)
      var attributes: OrderedDictionary<String, Attribute> = [
        "group": .int(Int64(groups)), "strides": .ints(strides.map(Int64.init)),
        "dilations": .ints(dilations.map(Int64.init)),
      ]
      switch trial / 3 % 4 {
      case 0: break
      case 1:
        let pads = t.shape(rank, 0...2)
        attributes["pads"] = .ints((pads + pads).map(Int64.init))
      case 2: attributes["pads"] = .ints(t.shape(2 * rank, 0...2).map(Int64.init))
      default:
        attributes["auto_pad"] = .string(t.pick(["SAME_UPPER", "SAME_LOWER", "VALID"]))
        // ONNX Runtime refuses dilation together with SAME; a stride beyond the kernel of a
        // transposed convolution leaves nothing to share out.
        attributes["dilations"] = nil
        if transposed { attributes["strides"] = .ints(kernel.map(Int64.init)) }
      }
      if transposed, trial % 2 == 0, attributes["auto_pad"] == nil {
        // Less than the stride, as every engine asks.
        attributes["output_padding"] = .ints(strides.map { Int64($0 - 1) })
      }
      let weight =
        transposed
        ? [inputs * groups, outputs] + kernel : [outputs * groups, inputs] + kernel
      var operands = [try t.floats([2, inputs * groups] + spatial), try t.floats(weight)]
      if t.coin() { operands.append(try t.floats([outputs * groups])) }
      try t.add(transposed ? "ConvTranspose" : "Conv", operands, attributes)
    }
    return t
  }

  /// General matrix products in all their forms, and stacked ones.
  static func products() throws -> Trials {
    var t = Trials(seed: 4)
    for trial in 0..<16 {
      let (m, k, n) = (t.number(1...4), t.number(1...4), t.number(1...4))
      let (transA, transB) = (trial & 1 == 1, trial & 2 == 2)
      var operands = [
        try t.floats(transA ? [k, m] : [m, k]), try t.floats(transB ? [n, k] : [k, n]),
      ]
      let bias: [[Int]?] = [nil, [n], [m, n], [1, n], [m, 1], [1], [], [n]]
      if let shape = bias[trial % 8] { operands.append(try t.floats(shape)) }
      try t.add(
        "Gemm", operands,
        [
          "transA": .int(transA ? 1 : 0), "transB": .int(transB ? 1 : 0),
          "alpha": .float(trial < 8 ? 1 : 0.5), "beta": .float(trial % 3 == 0 ? 1 : -1.5),
        ])
    }
    let shapes: [([Int], [Int])] = [
      ([2, 3], [3, 4]), ([3], [3, 4]), ([2, 3], [3]), ([3], [3]), ([5, 2, 3], [5, 3, 4]),
      ([5, 1, 2, 3], [6, 3, 4]), ([2, 3], [5, 3, 4]), ([5, 2, 3], [3]),
    ]
    for (a, b) in shapes { try t.add("MatMul", [t.floats(a), t.floats(b)]) }
    return t
  }

  @Test(.enabled(if: hasRuntime, whyNoRuntime), arguments: [false, true])
  func convolutionsAgree(transposed: Bool) throws {
    try Self.convolutions(transposed: transposed).compare()
  }

  @Test(arguments: [false, true]) func convolutionsDifferentiate(transposed: Bool) throws {
    try Self.convolutions(transposed: transposed).differentiate()
  }

  @Test(.enabled(if: hasRuntime, whyNoRuntime)) func productsAgree() throws {
    try Self.products().compare()
  }

  @Test func productsDifferentiate() throws { try Self.products().differentiate() }
}
