// The general matrix product of fully connected layers.

/// The general matrix product `y = alpha op(a) op(b) + beta c`, where `op` transposes on request.
///
/// Inputs: a [M, K], b [K, N], or transposed where `transA`, `transB` is 1; c broadcasts to [M, N].
/// Output: [M, N].
enum Gemm: Operator {
  static let names = ["Gemm"]

  /// The axes of a and b by what they index: a [m, k], b [k, n].
  private static func axes(_ node: Node) -> (m: Int, ka: Int, kb: Int, n: Int) {
    let a = node.int("transA", default: 0) != 0
    let b = node.int("transB", default: 0) != 0
    return (m: a ? 1 : 0, ka: a ? 0 : 1, kb: b ? 1 : 0, n: b ? 0 : 1)
  }

  static func infer(_ node: NodeView) throws(NetworkError) -> [TensorType?] {
    let a = try node.input(0)
    let b = try node.input(1)
    guard a.shape.count == 2, b.shape.count == 2 else {
      throw node.invalid("two matrices were expected, found \(a.shape) and \(b.shape)")
    }
    let (m, ka, kb, n) = axes(node.node)
    guard a.shape[ka] == b.shape[kb] else {
      throw node.invalid(
        "\(a.shape) and \(b.shape) do not multiply: the sums run over \(a.shape[ka]) and over "
          + "\(b.shape[kb]) elements")
    }
    let shape = [a.shape[m], b.shape[n]]
    if node.node.input(2) != nil {
      let c = try node.input(2)
      guard Broadcasting.shape([shape, c.shape]) == shape else {
        throw node.invalid("the addend \(c.shape) does not broadcast to \(shape)")
      }
    }
    return [try node.output(a.element, shape)]
  }

  static func macs(_ node: NodeView) -> Int {
    guard let a = node.inputType(0), let y = node.outputType(0), a.shape.count == 2 else {
      return 0
    }
    return (y.shape + [a.shape[axes(node.node).ka]]).saturatingProduct
  }

  static func couple(_ node: NodeView, _ relations: inout Relations) {
    let (m, ka, kb, n) = axes(node.node)
    relations.tie(.input(0, m), .output(0, 0))
    relations.consume(.input(0, ka), .input(1, kb))
    relations.sum([.input(0, ka), .input(1, kb)])
    relations.produce(.input(1, n), .output(0, 1))
    Broadcasting.tie(.input(2), to: .output(0), &relations)
  }

  static func role(ofInput index: Int) -> Initializer.Role? { index > 0 ? .parameter : nil }
}
