// Sums of products over named indices.

import OrderedCollections

/// The products of the operands' elements, summed over the indices the result leaves out.
///
/// `equation` names the axes of each operand by letters, as in `bij,bjk->bik`. An ellipsis stands for
/// the axes that no letter names, broadcast as NumPy does it.
enum Einsum: Operator {
  static let names = ["Einsum"]

  /// What an axis is called: by a letter, or by its place from the end among those of the ellipsis.
  private enum Name: Hashable {
    case letter(Character)
    case unnamed(Int)
  }

  /// The names of the operands' axes and of the result's.
  private struct Terms {
    var operands: [[Name]]
    var result: [Name]
    /// The extent of each index: the largest among the operands.
    var extents: [Name: Int] = [:]
  }

  /// The names in `term`, whose ellipsis stands for `unnamed` axes.
  private static func names(_ term: Substring, unnamed: Int) -> [Name] {
    var names: [Name] = []
    var rest = term
    while let letter = rest.first {
      if rest.hasPrefix("...") {
        names += (0..<max(unnamed, 0)).reversed().map { .unnamed($0) }
        rest = rest.dropFirst(3)
      } else {
        names.append(.letter(letter))
        rest = rest.dropFirst()
      }
    }
    return names
  }

  private static func terms(_ node: NodeView) throws(NetworkError) -> Terms {
    let equation = node.node.string("equation", default: "").filter { $0 != " " }
    let sides = equation.split(separator: "-", omittingEmptySubsequences: false)
    let left = sides.first?.split(separator: ",", omittingEmptySubsequences: false) ?? []
    guard sides.count <= 2, left.count == node.node.inputs.count,
      sides.dropFirst().allSatisfy({ $0.hasPrefix(">") })
    else {
      throw node.invalid(
        "its equation '\(equation)' names \(left.count) operands; there are "
          + "\(node.node.inputs.count)")
    }
    var terms = Terms(operands: [], result: [])
    var most = 0
    for (index, term) in left.enumerated() {
      let shape = try node.input(index).shape
      let hasEllipsis = term.contains(".")
      let unnamed = shape.count - (hasEllipsis ? term.count - 3 : term.count)
      let names = names(term, unnamed: unnamed)
      guard names.count == shape.count else {
        throw node.invalid("its equation names \(names.count) axes of the operand \(shape)")
      }
      if hasEllipsis { most = max(most, unnamed) }
      for (name, extent) in zip(names, shape) {
        let known = terms.extents[name] ?? 1
        guard known == extent || known == 1 || extent == 1 else {
          throw node.invalid("an index of '\(equation)' has the extents \(known) and \(extent)")
        }
        terms.extents[name] = max(known, extent)
      }
      terms.operands.append(names)
    }
    if sides.count == 2 {
      terms.result = names(sides[1].dropFirst(), unnamed: most)
    } else {
      // Without an arrow the letters that come once remain, in the order of the alphabet.
      let letters = left.joined().filter { $0 != "." }
      let counts = Dictionary(letters.map { ($0, 1) }, uniquingKeysWith: +)
      terms.result =
        names("...", unnamed: most)
        + counts.filter { $0.value == 1 }.keys.sorted().map { .letter($0) }
    }
    for name in terms.result where terms.extents[name] == nil {
      throw node.invalid("its equation '\(equation)' makes an index of nothing")
    }
    return terms
  }

  static func infer(_ node: NodeView) throws(NetworkError) -> [TensorType?] {
    let terms = try terms(node)
    let shape = terms.result.compactMap { terms.extents[$0] }
    return [try node.output(try node.input(0).element, shape)]
  }

  static func macs(_ node: NodeView) -> Int {
    guard let terms = try? terms(node), terms.operands.count > 1 else { return 0 }
    return Array(terms.extents.values).saturatingProduct
  }

  static func couple(_ node: NodeView, _ relations: inout Relations) {
    guard node.outputType(0) != nil, let terms = try? terms(node) else { return }
    var users: OrderedDictionary<Name, [AxisSlice]> = [:]
    for (index, names) in terms.operands.enumerated() {
      let shape = node.inputType(index)?.shape ?? []
      for (axis, name) in names.enumerated() {
        let slice = AxisSlice.input(index, axis)
        if names.count(where: { $0 == name }) > 1 {
          relations.freeze(slice, "its equation takes a diagonal of this axis")
        } else if shape[axis] == terms.extents[name] {
          users[name, default: []].append(slice)
        } else {
          // A stretched index is nobody's unit.
          relations.mention(slice)
        }
      }
    }
    for (name, slices) in users {
      let weights = slices.filter { isWeight($0, relations) }
      if let place = terms.result.firstIndex(of: name) {
        let isMade = weights.count == slices.count
        for slice in slices {
          if isMade {
            relations.produce(slice, .output(0, place))
          } else {
            relations.tie(slice, .output(0, place))
          }
        }
      } else if let first = slices.first {
        // Summed over: all operands that have the index lose its units together.
        relations.sum(slices)
        relations.mention(first)
        let others = slices.filter { !isWeight($0, relations) }
        for slice in slices.dropFirst() where weights.isEmpty { relations.tie(first, slice) }
        for weight in weights {
          if let used = others.first {
            relations.consume(used, weight)
          } else if weight != first {
            relations.tie(first, weight)
          }
        }
        for other in others.dropFirst() where !weights.isEmpty { relations.tie(others[0], other) }
      }
    }
  }

  private static func isWeight(_ slice: AxisSlice, _ relations: Relations) -> Bool {
    if case .input(let index) = slice.tensor { relations.isWeight(index) } else { false }
  }
}
