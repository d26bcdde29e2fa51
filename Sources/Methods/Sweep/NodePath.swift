// The path of a value in a recipe, as errors write it, and the value replaced there.

import Yams

/// The path of a value in a recipe, as errors write it: `stages[0].prune.target.sparsity`.
struct NodePath {
  private enum Step {
    case key(String)
    case index(Int)
  }

  private let steps: [Step]

  /// Reads a path; `nil` where it is none.
  init?(_ text: String) {
    var steps: [Step] = []
    for word in text.split(separator: ".", omittingEmptySubsequences: false) {
      let parts = word.split(separator: "[", omittingEmptySubsequences: false)
      guard let key = parts.first, !key.isEmpty else { return nil }
      steps.append(.key(String(key)))
      for part in parts.dropFirst() {
        guard part.hasSuffix("]"), let index = Int(part.dropLast()), index >= 0 else { return nil }
        steps.append(.index(index))
      }
    }
    self.steps = steps
  }

  /// `root` with `value` at this place; the last key may be new, all before it must be there.
  func setting(_ value: Node, in root: Node) -> Node? {
    Self.setting(value, steps[...], in: root)
  }

  private static func setting(
    _ value: Node, _ steps: ArraySlice<Step>, in node: Node
  ) -> Node? {
    guard let step = steps.first else { return value }
    switch (step, node) {
    case (.key(let key), .mapping(var mapping)):
      guard let inner = mapping[Node(key)] ?? (steps.count == 1 ? value : nil),
        let changed = setting(value, steps.dropFirst(), in: inner)
      else { return nil }
      mapping[Node(key)] = changed
      return .mapping(mapping)
    case (.index(let index), .sequence(var sequence)):
      guard sequence.indices.contains(index),
        let changed = setting(value, steps.dropFirst(), in: sequence[index])
      else { return nil }
      sequence[index] = changed
      return .sequence(sequence)
    default: return nil
    }
  }
}
