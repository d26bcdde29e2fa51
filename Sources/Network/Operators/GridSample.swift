// Images looked up at computed places, put together from patches, and filled from pooled elements.

/// The input [N, C, D...] at each place of a grid [N, O..., axes].
enum GridSample: Operator {
  static let names = ["GridSample"]

  static func infer(_ node: NodeView) throws(NetworkError) -> [TensorType?] {
    let (x, grid) = (try node.input(0, rank: 3), try node.input(1, rank: 3))
    guard grid.shape.count == x.shape.count, grid.shape[grid.shape.count - 1] == x.shape.count - 2
    else { throw node.invalid("the grid \(grid.shape) does not fit the input \(x.shape)") }
    return [try node.output(x.element, Array(x.shape[..<2]) + grid.shape[1..<grid.shape.count - 1])]
  }

  static func couple(_ node: NodeView, _ relations: inout Relations) {
    guard let rank = node.inputType(0)?.shape.count else { return }
    relations.tie(.input(0, 0), .output(0, 0))
    relations.tie(.input(1, 0), .output(0, 0))
    relations.tie(.input(0, 1), .output(0, 1))
    for axis in 1..<max(1, rank - 1) { relations.tie(.input(1, axis), .output(0, axis + 1)) }
  }
}

/// The grid of places that an affine map makes. Inputs: maps [N, r, r + 1], size [N, C, D...].
enum AffineGrid: Operator {
  static let names = ["AffineGrid"]

  static func infer(_ node: NodeView) throws(NetworkError) -> [TensorType?] {
    let (maps, size) = (try node.input(0, rank: 3), try node.integers(1))
    guard size.count > 2 else { throw node.invalid("the size \(size) has no spatial axes") }
    return [try node.output(maps.element, [size[0]] + size[2...] + [size.count - 2])]
  }

  static func couple(_ node: NodeView, _ relations: inout Relations) {}
}

/// Patches [N, C k1 k2..., blocks] added up into an image [N, C, D...].
enum ColumnToImage: Operator {
  static let names = ["Col2Im"]

  static func infer(_ node: NodeView) throws(NetworkError) -> [TensorType?] {
    let x = try node.input(0, rank: 3)
    let (size, block) = (try node.integers(1), try node.integers(2))
    let elements = block.saturatingProduct
    guard size.count == block.count, block.allSatisfy({ $0 > 0 }), x.shape[1] % elements == 0 else {
      throw node.invalid("blocks of \(block) do not make the image \(size) of \(x.shape)")
    }
    return [try node.output(x.element, [x.shape[0], x.shape[1] / elements] + size)]
  }

  static func couple(_ node: NodeView, _ relations: inout Relations) {
    relations.tie(.input(0, 0), .output(0, 0))
  }
}
