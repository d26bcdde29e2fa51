// Output shapes and costs of attention, index, quantization and signal operators, worked out by hand.

import OrderedCollections
import Testing

@testable import Network

@Suite struct OperatorsAttentionShapeTests {
  typealias Case = OperatorsShapeTests.Case

  static let attention = [
    Case(SingleNode("Attention", [[2, 4, 3, 8], [2, 2, 5, 8], [2, 2, 5, 6]]), [2, 4, 3, 6]),
    Case(
      SingleNode(
        "Attention", [[2, 3, 32], [2, 5, 16], [2, 5, 12]],
        ["q_num_heads": .int(4), "kv_num_heads": .int(2)]), [2, 3, 24]),
    Case(SingleNode("RotaryEmbedding", [[2, 3, 4, 8], [9, 4], [9, 4]]), [2, 3, 4, 8]),
    Case(
      SingleNode(
        "LinearAttention", [[2, 5, 8], [2, 5, 4], [2, 5, 6]],
        ["q_num_heads": .int(4), "kv_num_heads": .int(2)], outputs: 2), [2, 5, 12]),
    Case(SingleNode("CausalConvWithState", [[2, 3, 7], [3, 1, 4]], outputs: 2), [2, 3, 7]),
    Case(SingleNode("RMSNormalization", [[2, 3, 4], [4]]), [2, 3, 4]),
    Case(SingleNode("SwiGLU", [[2, 3], [2, 3]]), [2, 3]),
    Case(
      SingleNode("Einsum", [[2, 3, 4], [2, 4, 5]], ["equation": .string("bij,bjk->bik")]),
      [2, 3, 5]),
    Case(SingleNode("Einsum", [[3, 2], [3, 4]], ["equation": .string("zi, zk")]), [2, 4]),
  ]

  static let indices = [
    Case(SingleNode("GatherElements", [[4, 5], [2, 5]]), [2, 5]),
    Case(SingleNode("GatherND", [[2, 3, 4], [5, 2]]), [5, 4]),
    Case(SingleNode("GatherND", [[2, 3, 4], [2, 5, 1]], ["batch_dims": .int(1)]), [2, 5, 4]),
    Case(SingleNode("ScatterND", [[4, 5], [2, 1], [2, 5]]), [4, 5]),
    Case(SingleNode("ScatterElements", [[4, 5], [1, 5], [1, 5]]), [4, 5]),
    Case(SingleNode("Tile", [[2, 3]], lists: [[2, 0]]), [4, 0]),
    Case(SingleNode("Trilu", [[2, 3, 4]]), [2, 3, 4]),
    Case(
      SingleNode("CenterCropPad", [[5, 4, 3]], lists: [[2, 7]], ["axes": .integers(0, 2)]),
      [2, 4, 7]),
    Case(SingleNode("GridSample", [[2, 3, 4, 5], [2, 6, 7, 2]]), [2, 3, 6, 7]),
    Case(SingleNode("AffineGrid", [[2, 2, 3]], lists: [[2, 3, 4, 5]]), [2, 4, 5, 2]),
    Case(SingleNode("Col2Im", [[1, 8, 9]], lists: [[4, 4], [2, 2]]), [1, 2, 4, 4]),
    Case(SingleNode("NegativeLogLikelihoodLoss", [[4, 3, 2], [4, 2]]), []),
    Case(
      SingleNode(
        "SoftmaxCrossEntropyLoss", [[4, 3, 2], [4, 2]], ["reduction": .string("none")],
        outputs: 2), [4, 2]),
    Case(SingleNode("RandomNormal", [], ["shape": .integers(2, 3)]), [2, 3]),
    Case(SingleNode("DFT", [[2, 8, 1]], ["onesided": .int(1)], opset: 17), [2, 5, 2]),
    Case(SingleNode("HannWindow", [], lists: [[9]]), [9]),
  ]

  static let integers = [
    Case(SingleNode("QuantizeLinear", [[2, 3, 4], [3], [3]]), [2, 3, 4]),
    Case(SingleNode("DynamicQuantizeLinear", [[2, 3]], outputs: 3), [2, 3]),
    Case(SingleNode("MatMulInteger", [[5, 2, 3], [3, 4]]), [5, 2, 4]),
    Case(
      SingleNode("QLinearMatMul", [[2, 3], [1], [1], [3, 4], [1], [1], [1], [1]]), [2, 4]),
    Case(
      SingleNode(
        "QLinearConv", [[1, 2, 5, 5], [1], [1], [4, 1, 3, 3], [4], [4], [1], [1], [4]],
        ["group": .int(2), "strides": .integers(2, 2)]), [1, 4, 2, 2]),
    Case(SingleNode("ConvInteger", [[1, 2, 5, 5], [4, 2, 3, 3]]), [1, 4, 3, 3]),
  ]

  @Test(arguments: attention + indices + integers) func shapes(_ test: Case) throws {
    #expect(try test.node.shape() == test.expected)
  }

  @Test func elementTypes() throws {
    func first(_ node: SingleNode) throws -> ElementType? { try node.types().first??.element }
    #expect(try first(SingleNode("IsNaN", [[2]])) == .bool)
    #expect(try first(SingleNode("MatMulInteger", [[2, 3], [3, 4]])) == .int32)
    #expect(try first(SingleNode("DynamicQuantizeLinear", [[2]], outputs: 3)) == .uint8)
    #expect(try first(SingleNode("EyeLike", [[2, 2]], ["dtype": .int(7)])) == .int64)
    var quantizer = SingleNode("QuantizeLinear", [[2], []])
    #expect(try first(quantizer) == .uint8)
    quantizer.inputs.append(TensorType(.int4, []))
    #expect(try first(quantizer) == .int4)
    quantizer.attributes["output_dtype"] = .int(3)
    #expect(try first(quantizer) == .int8)
  }

  @Test func caches() throws {
    let node = SingleNode(
      "Attention",
      [[1, 2, 3, 8], [1, 2, 3, 8], [1, 2, 3, 8], [3, 7], [1, 2, 4, 8], [1, 2, 4, 8]], outputs: 4)
    #expect(
      try node.types().map { $0?.shape }
        == [[1, 2, 3, 8], [1, 2, 7, 8], [1, 2, 7, 8], [1, 2, 3, 7]])
    // Two products for each of 2 x 3 x 7 scores, over 8 features.
    #expect(try node.macs() == 2 * 3 * 7 * 8 * 2)
    #expect(
      try SingleNode("Einsum", [[2, 3], [3, 4]], ["equation": .string("ij,jk->ik")]).macs() == 24)
    #expect(try SingleNode("MatMulInteger", [[2, 3], [3, 4]]).macs() == 24)
  }

  @Test(arguments: [
    SingleNode("Attention", [[2, 3, 32], [2, 5, 16], [2, 5, 16]]),
    SingleNode("Attention", [[2, 3, 4, 8], [2, 2, 5, 8], [2, 2, 5, 8]]),
    SingleNode("Einsum", [[2, 3], [4, 5]], ["equation": .string("ij,jk->ik")]),
    SingleNode("Einsum", [[2, 3]], ["equation": .string("ij->iz")]),
    SingleNode("GatherND", [[2, 3], [4, 3]]),
    SingleNode("Tile", [[2, 3]], lists: [[2]]),
    SingleNode("Tile", [[2, 3]], lists: [[1 << 62, 1 << 62]]),
    SingleNode("GridSample", [[2, 3, 4, 5], [2, 6, 7, 3]]),
    SingleNode("OneHot", [[2], [1], [2]]),
    SingleNode("Unique", [[2]]),
    SingleNode("Col2Im", [[1, 7, 9]], lists: [[4, 4], [2, 2]]),
  ])
  func impossibleOnesAreRefused(_ node: SingleNode) {
    #expect(throws: NetworkError.self) { try node.types() }
  }
}
