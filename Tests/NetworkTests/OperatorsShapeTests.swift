// Output shapes of every operator, worked out by hand.

import OrderedCollections
import Testing

@testable import Network

@Suite struct OperatorsShapeTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let node: SingleNode
    let expected: [Int]

    init(_ node: SingleNode, _ expected: [Int]) {
      self.node = node
      self.expected = expected
    }

    var testDescription: String { "\(node.op) \(node.inputs.map { $0?.shape ?? [] }) \(expected)" }
  }

  static let convolutions = [
    Case(SingleNode("Conv", [[2, 3, 8, 8], [4, 3, 3, 3]]), [2, 4, 6, 6]),
    Case(
      SingleNode(
        "Conv", [[2, 3, 8, 9], [4, 3, 3, 3], [4]],
        ["pads": .integers(1, 1, 1, 1), "strides": .integers(2, 2)]), [2, 4, 4, 5]),
    Case(
      SingleNode("Conv", [[1, 4, 9], [6, 2, 3]], ["group": .int(2), "dilations": .integers(2)]),
      [1, 6, 5]),
    Case(
      SingleNode(
        "Conv", [[1, 1, 7, 7], [1, 1, 3, 3]],
        ["auto_pad": .string("SAME_UPPER"), "strides": .integers(2, 2)]), [1, 1, 4, 4]),
    Case(
      SingleNode("Conv", [[1, 1, 7, 7], [1, 1, 3, 3]], ["auto_pad": .string("VALID")]),
      [1, 1, 5, 5]),
    Case(
      SingleNode(
        "ConvTranspose", [[1, 3, 4, 4], [3, 5, 3, 3]],
        [
          "strides": .integers(2, 2), "pads": .integers(1, 1, 1, 1),
          "output_padding": .integers(1, 1),
        ]), [1, 5, 8, 8]),
    Case(SingleNode("ConvTranspose", [[1, 4, 5], [4, 2, 2]], ["group": .int(2)]), [1, 4, 6]),
  ]

  static let pools = [
    Case(
      SingleNode(
        "MaxPool", [[1, 2, 5, 5]], ["kernel_shape": .integers(2, 2), "strides": .integers(2, 2)]),
      [1, 2, 2, 2]),
    Case(
      SingleNode(
        "MaxPool", [[1, 2, 5, 5]],
        ["kernel_shape": .integers(2, 2), "strides": .integers(2, 2), "ceil_mode": .int(1)]),
      [1, 2, 3, 3]),
    Case(
      SingleNode(
        "AveragePool", [[1, 2, 6, 6]],
        ["kernel_shape": .integers(3, 3), "pads": .integers(1, 1, 1, 1)]), [1, 2, 6, 6]),
    Case(SingleNode("GlobalAveragePool", [[2, 7, 5, 6]]), [2, 7, 1, 1]),
    Case(SingleNode("GlobalMaxPool", [[2, 7, 5]]), [2, 7, 1]),
  ]

  static let products = [
    Case(SingleNode("Gemm", [[2, 3], [3, 4], [4]]), [2, 4]),
    Case(SingleNode("Gemm", [[3, 2], [4, 3]], ["transA": .int(1), "transB": .int(1)]), [2, 4]),
    Case(SingleNode("Gemm", [[2, 3], [3, 4], [2, 1]]), [2, 4]),
    Case(SingleNode("MatMul", [[2, 3], [3, 4]]), [2, 4]),
    Case(SingleNode("MatMul", [[5, 1, 2, 3], [7, 3, 4]]), [5, 7, 2, 4]),
    Case(SingleNode("MatMul", [[3], [3]]), []),
    Case(SingleNode("MatMul", [[3], [5, 3, 4]]), [5, 4]),
    Case(SingleNode("MatMul", [[5, 2, 3], [3]]), [5, 2]),
  ]

  static let arithmetic = [
    Case(SingleNode("Add", [[2, 1, 4], [3, 1]]), [2, 3, 4]),
    Case(SingleNode("Mul", [[2, 3, 4, 4], []]), [2, 3, 4, 4]),
    Case(SingleNode("Where", [[3], [2, 1], [1]]), [2, 3]),
    Case(SingleNode("Max", [[2], [1], [4, 1]]), [4, 2]),
    Case(SingleNode("PRelu", [[1, 3, 2, 2], [3, 1, 1]]), [1, 3, 2, 2]),
    Case(SingleNode("Expand", [[3, 1]], lists: [[2, 1, 4]]), [2, 3, 4]),
    Case(SingleNode("Relu", [[2, 3]]), [2, 3]),
    Case(SingleNode("Clip", [[2, 3], [], []]), [2, 3]),
    Case(SingleNode("Dropout", [[2, 3]]), [2, 3]),
    Case(SingleNode("Softmax", [[2, 3]]), [2, 3]),
  ]

  static let normalisations = [
    Case(SingleNode("BatchNormalization", [[2, 3, 4], [3], [3], [3], [3]]), [2, 3, 4]),
    Case(SingleNode("LayerNormalization", [[2, 5, 8], [8], [8]]), [2, 5, 8]),
    Case(SingleNode("InstanceNormalization", [[2, 3, 4], [3], [3]]), [2, 3, 4]),
    Case(
      SingleNode("GroupNormalization", [[2, 6, 4], [6], [6]], ["num_groups": .int(3)]), [2, 6, 4]),
    Case(SingleNode("LRN", [[2, 6, 4, 4]], ["size": .int(5)]), [2, 6, 4, 4]),
  ]

  static let shapes = [
    Case(SingleNode("Reshape", [[2, 3, 4]], lists: [[0, -1]]), [2, 12]),
    Case(SingleNode("Reshape", [[2, 3, 4]], lists: [[4, 6]]), [4, 6]),
    Case(SingleNode("Reshape", [[0, 3]], lists: [[3, 0]], ["allowzero": .int(1)]), [3, 0]),
    Case(SingleNode("Flatten", [[2, 3, 4]]), [2, 12]),
    Case(SingleNode("Flatten", [[2, 3, 4]], ["axis": .int(0)]), [1, 24]),
    Case(SingleNode("Flatten", [[2, 3, 4]], ["axis": .int(-1)]), [6, 4]),
    Case(SingleNode("Flatten", [[2, 3, 4]], ["axis": .int(3)]), [24, 1]),
    Case(SingleNode("Transpose", [[2, 3, 4]]), [4, 3, 2]),
    Case(SingleNode("Transpose", [[2, 3, 4]], ["perm": .integers(1, 2, 0)]), [3, 4, 2]),
    Case(SingleNode("Squeeze", [[1, 3, 1]]), [3]),
    Case(SingleNode("Squeeze", [[1, 3, 1]], lists: [[-1]]), [1, 3]),
    Case(SingleNode("Squeeze", [[1, 3, 1]], ["axes": .integers(0)], opset: 11), [3, 1]),
    Case(SingleNode("Unsqueeze", [[3]], lists: [[0, -1]]), [1, 3, 1]),
    Case(SingleNode("Unsqueeze", [[3, 4]], lists: [[2, 0]]), [1, 3, 1, 4]),
    Case(SingleNode("Concat", [[2, 3], [2, 5]], ["axis": .int(-1)]), [2, 8]),
    Case(SingleNode("Split", [[7, 2]], lists: [[3, 4]], outputs: 2), [3, 2]),
    Case(SingleNode("Split", [[6]], outputs: 3), [2]),
    Case(SingleNode("Split", [[7]], ["num_outputs": .int(3)], outputs: 3, opset: 18), [3]),
    Case(SingleNode("Slice", [[8, 6]], lists: [[1], [7], [0], [2]]), [3, 6]),
    Case(SingleNode("Slice", [[8, 6]], lists: [[-3], [.max]]), [3, 6]),
    Case(SingleNode("Slice", [[8]], lists: [[-1], [.min], [0], [-1]]), [8]),
    Case(SingleNode("Slice", [[8]], lists: [[6], [1], [0], [-2]]), [3]),
    Case(SingleNode("Slice", [[8]], lists: [[5], [2]]), [0]),
    Case(
      SingleNode("Slice", [[8, 6]], ["starts": .integers(2), "ends": .integers(5)], opset: 9),
      [3, 6]),
    Case(SingleNode("Pad", [[2, 3]], lists: [[0, 1, 0, 2]]), [2, 6]),
    Case(SingleNode("Pad", [[2, 3]], ["pads": .integers(1, -1, 0, 0)], opset: 10), [3, 2]),
    Case(SingleNode("DepthToSpace", [[1, 12, 2, 3]], ["blocksize": .int(2)]), [1, 3, 4, 6]),
    Case(SingleNode("SpaceToDepth", [[1, 3, 4, 6]], ["blocksize": .int(2)]), [1, 12, 2, 3]),
    Case(
      SingleNode("Upsample", [[1, 3, 4, 5]], ["scales": .floats([1, 1, 2, 1.5])], opset: 7),
      [1, 3, 8, 7]),
  ]

  static let reductions = [
    Case(SingleNode("ReduceMean", [[2, 3, 4, 4]], ["axes": .integers(2, -1)]), [2, 3, 1, 1]),
    Case(
      SingleNode("ReduceSum", [[2, 3, 4]], lists: [[1]], ["keepdims": .int(0)]), [2, 4]),
    Case(SingleNode("ReduceMax", [[2, 3]]), [1, 1]),
    Case(SingleNode("ReduceSum", [[2, 3]], ["noop_with_empty_axes": .int(1)]), [2, 3]),
    Case(SingleNode("ArgMax", [[2, 3]], ["axis": .int(1), "keepdims": .int(0)]), [2]),
    Case(SingleNode("Gather", [[10, 4], [2, 5]]), [2, 5, 4]),
    Case(SingleNode("Gather", [[3, 4]], lists: [[1, -1]], ["axis": .int(1)]), [3, 2]),
    Case(SingleNode("Compress", [[3, 4]], lists: [[1, 0, 1]], ["axis": .int(1)]), [3, 2]),
    Case(SingleNode("Compress", [[3, 4]], lists: [[0, 1, 0, 0, 1]]), [2]),
    Case(SingleNode("TopK", [[2, 9]], lists: [[3]], outputs: 2), [2, 3]),
    Case(SingleNode("Shape", [[2, 9, 4]], ["start": .int(-2)]), [2]),
    Case(SingleNode("ConstantOfShape", [], lists: [[2, 3]]), [2, 3]),
    Case(SingleNode("Constant", [], ["value_ints": .integers(4, 5)]), [2]),
    Case(SingleNode("Range", [], lists: [[2], [9], [3]]), [3]),
    Case(SingleNode("Cast", [[2, 3]], ["to": .int(7)]), [2, 3]),
    Case(SingleNode("CumSum", [[2, 3]], lists: [[1]]), [2, 3]),
  ]

  static let recurrent = [
    Case(
      SingleNode(
        "LSTM", [[7, 2, 5], [1, 12, 5], [1, 12, 3], [1, 24]], ["hidden_size": .int(3)], outputs: 3),
      [7, 1, 2, 3]),
    Case(
      SingleNode(
        "GRU", [[7, 2, 5], [2, 9, 5], [2, 9, 3]],
        ["hidden_size": .int(3), "direction": .string("bidirectional")], outputs: 2),
      [7, 2, 2, 3]),
    Case(
      SingleNode("RNN", [[2, 7, 5], [1, 3, 5], [1, 3, 3]], ["layout": .int(1)]), [2, 7, 1, 3]),
  ]

  @Test(arguments: convolutions + pools + products + arithmetic)
  func computing(_ test: Case) throws { #expect(try test.node.shape() == test.expected) }

  @Test(arguments: normalisations + shapes + reductions + recurrent)
  func rearranging(_ test: Case) throws { #expect(try test.node.shape() == test.expected) }

  @Test func elementTypes() throws {
    #expect(try SingleNode("Less", [[2], [2]]).types() == [TensorType(.bool, [2])])
    #expect(try SingleNode("ArgMax", [[2, 3]]).types() == [TensorType(.int64, [1, 3])])
    #expect(
      try SingleNode("TopK", [[4]], lists: [[2]], outputs: 2).types() == [
        TensorType(.float32, [2]), TensorType(.int64, [2]),
      ])
    #expect(try SingleNode("Cast", [[2]], ["to": .int(11)]).types() == [TensorType(.float64, [2])])
    #expect(
      try SingleNode("Dropout", [[2]], outputs: 2).types() == [
        TensorType(.float32, [2]), TensorType(.bool, [2]),
      ])
    let lstm = SingleNode("LSTM", [[7, 2, 5], [1, 12, 5], [1, 12, 3]], outputs: 3)
    #expect(
      try lstm.types().map { $0?.shape } == [[7, 1, 2, 3], [1, 2, 3], [1, 2, 3]])
  }

  @Test func resizeByScalesAndBySizes() throws {
    var node = SingleNode("Resize", [[1, 3, 4, 4]])
    node.inputs += [nil, TensorType(.float32, [4])]
    node.constants[2] = TensorData(vector: [Float(1), 1, 2, 2.5])
    #expect(try node.shape() == [1, 3, 8, 10])
    node.inputs = [TensorType(.float32, [1, 3, 4, 4]), nil, nil, TensorType(.int64, [4])]
    node.constants = [3: TensorData(vector: [Int64(1), 3, 7, 9])]
    #expect(try node.shape() == [1, 3, 7, 9])
  }

  @Test func multiplyAccumulates() throws {
    // 4 x 6 x 6 outputs, each over 3 x 3 x 3 inputs.
    #expect(try SingleNode("Conv", [[2, 3, 8, 8], [4, 3, 3, 3]]).macs() == 2 * 4 * 36 * 27)
    #expect(
      try SingleNode("Conv", [[1, 4, 8, 8], [4, 1, 3, 3]], ["group": .int(4)]).macs()
        == 4 * 36 * 9)
    #expect(
      try SingleNode("ConvTranspose", [[1, 3, 4, 4], [3, 5, 3, 3]]).macs() == 3 * 16 * 5 * 9)
    #expect(try SingleNode("Gemm", [[2, 3], [3, 4], [4]]).macs() == 24)
    #expect(try SingleNode("MatMul", [[5, 2, 3], [3, 4]]).macs() == 120)
    // 7 steps, batch 2, 4 gates of 3 units over 5 inputs and 3 states.
    #expect(
      try SingleNode("LSTM", [[7, 2, 5], [1, 12, 5], [1, 12, 3]]).macs() == 7 * 2 * 12 * 8)
    #expect(try SingleNode("Relu", [[5]]).macs() == 0)
  }
}
