// Sums of products over named indices.

/// The products of the operands' elements, summed over the indices the result leaves out.
///
/// `equation` names the axes of each operand by letters, as in `bij,bjk->bik`. Ellipses stand for
/// axes that broadcast and are frozen.
enum Einsum: Operator {
  static let names = ["Einsum"]

  /// The letters of the operands and of the result; `nil` where an ellipsis stands for some.
  private static func terms(_ node: NodeView) -> (operands: [[Character]], result: [Character])? {
    let equation = node.node.string("equation", default: "").filter { $0 != " " }
    guard !equation.isEmpty, !equation.contains(".") else { return nil }
    let sides = equation.split(separator: "->", omittingEmptySubsequences: false)
    guard sides.count <= 2, let left = sides.first else { return nil }
    let operands = left.split(separator: ",", omittingEmptySubsequences: false).map { Array($0) }
    if sides.count == 2 { return (operands, Array(sides[1])) }
    // Without an arrow the letters that come once remain, in the order of the alphabet.
    let counts = Dictionary(operands.joined().map { ($0, 1) }, uniquingKeysWith: +)
    return (operands, counts.filter { $0.value == 1 }.keys.sorted())
  }

  static func infer(_ node: NodeView) throws(NetworkError) -> [TensorType?] {
    guard let (operands, result) = terms(node) else {
      throw .unknownShape(
        value: node.node.outputs.first ?? node.node.label,
        reason: "its equation uses an ellipsis or is none")
    }
    guard operands.count == node.node.inputs.count else {
      throw node.invalid("its equation names \(operands.count) operands")
    }
    let first = try node.input(0)
    var extents: [Character: Int] = [:]
    for (index, letters) in operands.enumerated() {
      let shape = try node.input(index).shape
      guard shape.count == letters.count else {
        throw node.invalid("its equation names \(letters.count) axes of the operand \(shape)")
      }
      for (letter, extent) in zip(letters, shape) {
        let known = extents[letter] ?? 1
        guard known == extent || known == 1 || extent == 1 else {
          throw node.invalid("the index \(letter) has the extents \(known) and \(extent)")
        }
        extents[letter] = max(known, extent)
      }
    }
    var shape: [Int] = []
    for letter in result {
      guard let extent = extents[letter] else {
        throw node.invalid("its equation makes the index \(letter) of nothing")
      }
      shape.append(extent)
    }
    return [try node.output(first.element, shape)]
  }

  static func macs(_ node: NodeView) -> Int {
    guard let (operands, _) = terms(node), operands.count > 1 else { return 0 }
    var extents: [Character: Int] = [:]
    for (index, letters) in operands.enumerated() {
      for (letter, extent) in zip(letters, node.inputType(index)?.shape ?? []) {
        extents[letter] = max(extents[letter] ?? 1, extent)
      }
    }
    return Array(extents.values).saturatingProduct
  }

  static func couple(_ node: NodeView, _ relations: inout Relations) {
    guard let (operands, result) = terms(node), node.outputType(0) != nil,
      !node.node.inputs.indices.contains(where: node.isWeight)
    else { return }
    var extents: [Character: Int] = [:]
    for (index, letters) in operands.enumerated() {
      guard let shape = node.inputType(index)?.shape, shape.count == letters.count else { return }
      for (letter, extent) in zip(letters, shape) {
        // A stretched index is nobody's unit.
        guard extents.updateValue(extent, forKey: letter) ?? extent == extent else { return }
      }
    }
    for (index, letters) in operands.enumerated() {
      for (axis, letter) in letters.enumerated() {
        if let made = result.firstIndex(of: letter) {
          relations.tie(.input(index, axis), .output(0, made))
          continue
        }
        // Summed over: all operands that have the index lose its units together.
        for (other, others) in operands.enumerated() where other > index {
          if let place = others.firstIndex(of: letter) {
            relations.tie(.input(index, axis), .input(other, place))
          }
        }
      }
    }
  }
}
