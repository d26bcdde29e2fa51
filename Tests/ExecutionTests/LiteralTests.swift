// Results known by hand, for the operators a classifier is made of.

import Network
import Testing
import Torch

@testable import Execution

@Suite struct LiteralTests {
  private let ramp = (1...9).map(Float.init)

  @Test func convolution() throws {
    let x = try floats(ramp, [1, 1, 3, 3])
    let w = try floats([1, 0, 0, 1], [1, 1, 2, 2])
    let y = try evaluate("Conv", [x, w, TensorData(vector: [Float(10)])])[0]
    #expect(y.shape == [1, 1, 2, 2])
    #expect(try y.values() == [16, 18, 22, 24] as [Float])
  }

  @Test func convolutionPadsOneSide() throws {
    let x = try floats(ramp, [1, 1, 3, 3])
    let w = try floats([1, 0, 0, 1], [1, 1, 2, 2])
    let y = try evaluate("Conv", [x, w], attributes: ["pads": .ints([1, 0, 0, 1])])[0]
    #expect(try y.values() == [2, 3, 0, 6, 8, 3, 12, 14, 6] as [Float])
    let same = try evaluate("Conv", [x, w], attributes: ["auto_pad": .string("SAME_UPPER")])[0]
    #expect(try same.values() == [6, 8, 3, 12, 14, 6, 7, 8, 9] as [Float])
  }

  @Test func depthwiseConvolution() throws {
    let x = try floats([1, 2, 3, 4], [1, 2, 2, 1])
    let w = try floats([10, 100], [2, 1, 1, 1])
    let y = try evaluate("Conv", [x, w], attributes: ["group": .int(2)])[0]
    #expect(try y.values() == [10, 20, 300, 400] as [Float])
  }

  @Test func linearLayer() throws {
    let y = try evaluate(
      "Gemm", [floats([1, 2], [1, 2]), floats([1, 2, 3, 4], [2, 2]), floats([10, 20], [2])],
      attributes: ["transB": .int(1)])[0]
    #expect(try y.values() == [15, 31] as [Float])
  }

  @Test func generalMatrixProduct() throws {
    let y = try evaluate(
      "Gemm", [floats([1, 2], [2, 1]), floats([3, 4], [2, 1]), floats([1], [1, 1])],
      attributes: ["transA": .int(1), "alpha": .float(2), "beta": .float(3)])[0]
    #expect(y.shape == [1, 1])
    #expect(try y.values() == [25] as [Float])
  }

  @Test func maximumPooling() throws {
    let x = try floats(ramp, [1, 1, 3, 3])
    let y = try evaluate(
      "MaxPool", [x], attributes: ["kernel_shape": .ints([2, 2]), "strides": .ints([2, 2])])[0]
    #expect(try y.values() == [5] as [Float])
    let ceiling = try evaluate(
      "MaxPool", [x],
      attributes: [
        "kernel_shape": .ints([2, 2]), "strides": .ints([2, 2]), "ceil_mode": .int(1),
      ])[0]
    #expect(try ceiling.values() == [5, 6, 8, 9] as [Float])
  }

  @Test func maximumPoolingPadsWithMinusInfinity() throws {
    let x = try floats([-1, -2, -3, -4], [1, 1, 2, 2])
    let y = try evaluate(
      "MaxPool", [x],
      attributes: ["kernel_shape": .ints([2, 2]), "pads": .ints([1, 0, 0, 1])], outputs: 2)
    #expect(try y[0].values() == [-1, -2, -1, -2] as [Float])
    #expect(try y[1].values() == [0, 1, 0, 1] as [Int64])
  }

  @Test func meanPoolingCountsPaddingOnRequest() throws {
    let x = try floats([4, 8, 12, 16], [1, 1, 2, 2])
    let pads: Attribute = .ints([1, 1, 0, 0])
    let without = try evaluate(
      "AveragePool", [x], attributes: ["kernel_shape": .ints([2, 2]), "pads": pads])[0]
    #expect(try without.values() == [4, 6, 8, 10] as [Float])
    let with = try evaluate(
      "AveragePool", [x],
      attributes: ["kernel_shape": .ints([2, 2]), "pads": pads, "count_include_pad": .int(1)])[0]
    #expect(try with.values() == [1, 3, 4, 10] as [Float])
  }

  @Test func batchNormalizationInEvaluation() throws {
    let y = try evaluate(
      "BatchNormalization",
      [
        floats([1, 2], [1, 2]), floats([2, 3], [2]), floats([10, 20], [2]), floats([0, 1], [2]),
        floats([4, 1], [2]),
      ], attributes: ["epsilon": .float(0)])[0]
    #expect(try y.values() == [11, 23] as [Float])
  }

  @Test func reshapeKeepsAndWorksOut() throws {
    let x = try floats(Array(repeating: 0, count: 24), [2, 3, 4])
    func shape(_ target: Int64...) throws -> [Int] {
      try evaluate("Reshape", [x], constants: [1: TensorData(vector: target)])[0].shape
    }
    #expect(try shape(0, -1) == [2, 12])
    #expect(try shape(4, 0, -1) == [4, 3, 2])
    let flat = try evaluate("Flatten", [x], attributes: ["axis": .int(2)])[0]
    #expect(flat.shape == [6, 4])
  }

  @Test func slicesGoBackwards() throws {
    let x = try floats([0, 1, 2, 3, 4], [5])
    func slice(_ start: Int64, _ end: Int64, _ step: Int64) throws -> [Float] {
      try evaluate(
        "Slice", [x], constants: [1: ints(start), 2: ints(end), 3: ints(0), 4: ints(step)])[0]
        .values()
    }
    #expect(try slice(1, 4, 2) == [1, 3])
    #expect(try slice(-1, .min, -2) == [4, 2, 0])
    #expect(try slice(3, 0, -1) == [3, 2, 1])
    #expect(try slice(-3, .max, 1) == [2, 3, 4])
    #expect(try slice(3, 3, 1) == [])
    #expect(try slice(1, 3, -1) == [])
  }

  @Test func integerDivisionTruncates() throws {
    let y = try evaluate("Div", [ints(-7, 7), ints(2, 2)])[0]
    #expect(try y.values() == [-3, 3] as [Int64])
    #expect(y.type == .int64)
  }

  @Test func responseNormalizationReachesFurtherForward() throws {
    // A window of two channels holds a channel and the next one.
    let x = try floats([1, 2, 3], [1, 3, 1])
    let y = try evaluate(
      "LRN", [x],
      attributes: ["size": .int(2), "alpha": .float(2), "beta": .float(1), "bias": .float(1)])[0]
    #expect(try y.values() == [1 / 6, 2 / 14, 3 / 10] as [Float])
  }

  @Test func oldBinaryOperatorsLineUpWithAnAxis() throws {
    let y = try evaluate(
      "Add", [floats([0, 0, 0, 0], [1, 2, 2]), floats([1, 2], [2])],
      attributes: ["axis": .int(1), "broadcast": .int(1)], opset: 6)[0]
    #expect(try y.values() == [1, 1, 2, 2] as [Float])
  }

  @Test func dilatedMeansSkipElements() throws {
    let x = try floats(ramp, [1, 1, 9])
    let y = try evaluate(
      "AveragePool", [x], attributes: ["kernel_shape": .ints([2]), "dilations": .ints([4])])[0]
    #expect(try y.values() == [3, 4, 5, 6, 7] as [Float])
  }

  @Test func topKKeepsTheOrderOfEquals() throws {
    let found = try evaluate(
      "TopK", [floats([1, 3, 3, 2, 3], [5])], constants: [1: ints(3)], outputs: 2)
    #expect(try found[0].values() == [3, 3, 3] as [Float])
    #expect(try found[1].values() == [1, 2, 4] as [Int64])
  }

  @Test func recurrentStatesAreWeightedSums() throws {
    // h = relu(2 x + 10 h), twice: from 0 to 2, from 2 to 4 + 20.
    let found = try evaluate(
      "RNN", [floats([1, 2], [2, 1, 1]), floats([2], [1, 1, 1]), floats([10], [1, 1, 1])],
      attributes: ["hidden_size": .int(1), "activations": .strings(["Relu"])], outputs: 2)
    #expect(try found[0].values() == [2, 24] as [Float])
    #expect(try found[1].values() == [24] as [Float])
  }

  @Test func nearestNeighboursAreRepeated() throws {
    let scales = TensorData(vector: [1, 1, 2] as [Float])
    let y = try evaluate(
      "Upsample", [floats([1, 2], [1, 1, 2])], constants: [1: scales], opset: 9)
    #expect(try y[0].values() == [1, 1, 2, 2] as [Float])
  }

  @Test func oldSoftmaxTakesAllLaterAxes() throws {
    let x = try floats([0, 0, 0, 0], [1, 2, 2])
    let old = try evaluate("Softmax", [x], opset: 11)[0]
    #expect(try old.values() == [0.25, 0.25, 0.25, 0.25] as [Float])
    let new = try evaluate("Softmax", [x])[0]
    #expect(try new.values() == [0.5, 0.5, 0.5, 0.5] as [Float])
  }
}
