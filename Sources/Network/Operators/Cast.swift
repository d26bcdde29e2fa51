// Changing the element type.

/// Converts the elements to the type `to`, or to that of the second input (`CastLike`).
enum Cast: Operator {
  static let names = ["Cast", "CastLike"]

  private static func target(_ node: NodeView) throws(NetworkError) -> ElementType {
    if node.node.op == "CastLike" { return try node.input(1).element }
    let number = node.node.int("to", default: 0)
    guard let raw = Int32(exactly: number), let type = ElementType(rawValue: raw) else {
      throw node.invalid("the attribute 'to' is \(number), which is no element type")
    }
    return type
  }

  static func infer(_ node: NodeView) throws(NetworkError) -> [TensorType?] {
    [TensorType(try target(node), try node.input(0).shape)]
  }

  static func fold(_ node: NodeView) -> [TensorData?]? {
    guard let type = try? target(node) else { return nil }
    guard let x = Folding(node.constant(0)) else {
      // A number that is not whole is cut off at the point.
      guard let number = Folding.number(node.constant(0)), abs(number) <= 1e9,
        let shape = node.inputType(0)?.shape
      else { return nil }
      if Folding.isReal(type) {
        return Folding.tensor(number, shape: shape, type: type).map { [$0] }
      }
      guard type != .bool else { return nil }
      return Folding.tensor([Int(number)], shape: shape, type: type).map { [$0] }
    }
    return Folding.tensor(x.values, shape: x.shape, type: type).map { [$0] }
  }

  static func couple(_ node: NodeView, _ relations: inout Relations) {
    relations.tieAll(.input(0), .output(0))
  }
}
