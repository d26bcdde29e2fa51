// Discrete Fourier transforms and the windows that go with them.

/// The discrete Fourier transform along an axis; the last axis holds real and imaginary parts.
enum DFT: Operator {
  static let names = ["DFT"]

  static func infer(_ node: NodeView) throws(NetworkError) -> [TensorType?] {
    let x = try node.input(0, rank: 2)
    let stated: Int
    if node.opset < 20 {
      stated = node.node.int("axis", default: 1)
    } else {
      stated = node.node.input(2) == nil ? -2 : try node.integers(2).first ?? -2
    }
    let axis = try node.axis(stated, rank: x.shape.count)
    var length = node.node.input(1) == nil ? nil : try node.integers(1).first
    let isOneSided = node.node.int("onesided", default: 0) != 0
    let isInverse = node.node.int("inverse", default: 0) != 0
    if isOneSided, isInverse { length = length ?? 2 * (x.shape[axis] - 1) }
    var shape = x.shape
    let full = length ?? shape[axis]
    shape[axis] = isOneSided && !isInverse ? full / 2 + 1 : full
    shape[shape.count - 1] = isOneSided && isInverse ? 1 : 2
    return [try node.output(x.element, shape)]
  }

  static func couple(_ node: NodeView, _ relations: inout Relations) {}
}

/// Windows of a given length: sums of cosines.
enum CosineWindow: Operator {
  static let names = ["BlackmanWindow", "HammingWindow", "HannWindow"]

  static func infer(_ node: NodeView) throws(NetworkError) -> [TensorType?] {
    let stated = ElementType(
      rawValue: Int32(truncatingIfNeeded: node.node.int("output_datatype", default: 1)))
    guard let size = try node.integers(0).first else { throw node.invalid("its size is empty") }
    return [try node.output(stated ?? .float32, [size])]
  }

  static func couple(_ node: NodeView, _ relations: inout Relations) {}
}
