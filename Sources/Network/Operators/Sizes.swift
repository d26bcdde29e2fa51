// Checked sizes and safe looks at a node: no shape or attribute of a file can make arithmetic trap.

import OrderedCollections

extension NodeView {
  /// The largest number of elements, and the largest extent, that a shape may have: 2^48, more than
  /// any machine holds, so that sums and products of a few extents and steps fit an `Int`.
  static let largestCount = 1 << 48
  /// The largest stride, dilation, padding, kernel extent or count an attribute may ask for.
  static let largestStep = 1 << 31

  /// What is known of the input at `index`; `nil` where it is left out or unknown.
  public func inputType(_ index: Int) -> TensorType? {
    inputs.indices.contains(index) ? inputs[index] : nil
  }

  /// What is known of the output at `index`; `nil` where it is left out or unknown.
  public func outputType(_ index: Int) -> TensorType? {
    guard outputs.indices.contains(index), node.outputs.indices.contains(index),
      !node.outputs[index].isEmpty
    else { return nil }
    return outputs[index]
  }

  /// Whether every extent, and the product of those above zero, is at most ``largestCount``.
  static func isReasonable(_ shape: [Int]) -> Bool {
    var count = 1
    for extent in shape {
      guard (0...largestCount).contains(extent) else { return false }
      let (product, overflow) = count.multipliedReportingOverflow(by: max(extent, 1))
      guard !overflow, product <= largestCount else { return false }
      count = product
    }
    return true
  }

  /// The type of an output, checked to have a size that a machine could hold.
  ///
  /// - Throws: ``NetworkError/invalidNode(node:reason:)`` where an extent is negative or the tensor
  ///   is absurdly large.
  func output(_ element: ElementType, _ shape: [Int]) throws(NetworkError) -> TensorType {
    guard Self.isReasonable(shape) else {
      throw invalid("the output would have the impossible shape \(shape)")
    }
    return TensorType(element, shape)
  }

  /// The list of integers `attribute`, or, in the form newer operator sets write, the known integers
  /// at the input `index`; `nil` where neither is given.
  ///
  /// - Throws: ``NetworkError/unknownShape(value:reason:)`` where the input is computed at run time.
  func integers(_ attribute: String, orInput index: Int) throws(NetworkError) -> [Int]? {
    if let list = node.ints(attribute) { return list }
    return node.input(index) == nil ? nil : try integers(index)
  }

  /// The integers ``integers(_:orInput:)`` gives; `nil` also where they are not known.
  func knownIntegers(_ attribute: String, orInput index: Int) -> [Int]? {
    node.ints(attribute) ?? constant(index)?.integers
  }

  /// Whether the input at `index` is a floating-point tensor that the network carries: a weight.
  func isWeight(_ index: Int) -> Bool { constant(index)?.type.isFloatingPoint == true }

  /// Distinct axes counted from the front.
  ///
  /// - Throws: ``NetworkError/invalidNode(node:reason:)`` where one does not exist or comes twice.
  func axes(_ list: [Int], rank: Int) throws(NetworkError) -> [Int] {
    var axes: [Int] = []
    for item in list {
      let axis = try axis(item, rank: rank)
      guard !axes.contains(axis) else { throw invalid("the axes \(list) name axis \(axis) twice") }
      axes.append(axis)
    }
    return axes
  }
}

extension NodeCut {
  /// Gives a list of integers another value, where the node holds it: in the attribute, or else at
  /// the input `index`, with the element type it had there.
  mutating func setIntegers(_ attribute: String, orInput index: Int, _ list: [Int]) {
    if node.attributes[attribute] != nil {
      node.set(attribute, .ints(list.map(Int64.init)))
    } else if follows(index, list) {
      return
    } else if list.indices.contains(where: {
      varies(index, at: $0) && list[$0] == view.constant(index)?.integers?[$0]
    }) {
      scale(index, to: list)
    } else {
      let type = view.constant(index)?.type ?? .int64
      let tensor = Folding.tensor(list, shape: [list.count], type: type)
      setConstant(index, tensor ?? TensorData(vector: list.map(Int64.init)))
    }
  }
}

extension [Int] {
  /// The product, held at 2^50 where it is larger, so that a network's total still fits an `Int`.
  var saturatingProduct: Int {
    Swift.min(elementCount ?? .max, 1 << 50)
  }
}
