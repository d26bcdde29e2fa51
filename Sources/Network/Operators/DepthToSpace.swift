// Moving elements between channels and space.

/// Moves blocks of channels into space: [N, C, H, W] to [N, C / b^2, H b, W b], b = `blocksize`.
enum DepthToSpace: Operator {
  static let names = ["DepthToSpace"]

  fileprivate static func block(_ node: NodeView) throws(NetworkError) -> Int {
    let block = node.node.int("blocksize", default: 0)
    guard (1...1 << 16).contains(block) else { throw node.invalid("blocksize is \(block)") }
    return block
  }

  static func infer(_ node: NodeView) throws(NetworkError) -> [TensorType?] {
    let x = try node.input(0, rank: 4)
    let block = try block(node)
    guard x.shape.count == 4, x.shape[1] % (block * block) == 0 else {
      throw node.invalid("the channels of \(x.shape) do not form blocks of \(block) by \(block)")
    }
    let s = x.shape
    return [
      try node.output(
        x.element, [s[0], s[1] / (block * block), s[2] * block, s[3] * block])
    ]
  }

  static func couple(_ node: NodeView, _ relations: inout Relations) {
    guard let channels = node.outputType(0)?.shape[1], let block = try? block(node) else { return }
    let places = block * block
    relations.tie(.input(0, 0), .output(0, 0))
    if node.node.string("mode", default: "DCR") == "CRD" {
      // Output channel c is the run of b^2 input channels that begins at c b^2.
      relations.tie(
        .input(0, 1, start: 0, stride: places, width: places, count: channels), .output(0, 1))
    } else {
      // Output channel c is the input channels c, c + C / b^2, c + 2 C / b^2, ...
      for place in 0..<places {
        relations.tie(.input(0, 1, start: place * channels, count: channels), .output(0, 1))
      }
    }
  }
}

/// Moves blocks of space into channels: [N, C, H, W] to [N, C b^2, H / b, W / b], b = `blocksize`.
enum SpaceToDepth: Operator {
  static let names = ["SpaceToDepth"]

  static func infer(_ node: NodeView) throws(NetworkError) -> [TensorType?] {
    let x = try node.input(0, rank: 4)
    let block = try DepthToSpace.block(node)
    guard x.shape.count == 4, x.shape[2] % block == 0, x.shape[3] % block == 0 else {
      throw node.invalid("the space of \(x.shape) does not form blocks of \(block) by \(block)")
    }
    let s = x.shape
    return [
      try node.output(x.element, [s[0], s[1] * block * block, s[2] / block, s[3] / block])
    ]
  }

  static func couple(_ node: NodeView, _ relations: inout Relations) {
    guard let channels = node.inputType(0)?.shape[1], let block = try? DepthToSpace.block(node)
    else {
      return
    }
    relations.tie(.input(0, 0), .output(0, 0))
    for place in 0..<block * block {
      relations.tie(.input(0, 1), .output(0, 1, start: place * channels, count: channels))
    }
  }
}
