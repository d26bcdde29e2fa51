// `initialization` in recipes: how the first weights of a network are drawn.

import Network

/// ```yaml
/// network: lenet-300-100
/// initialization: kaiming-normal      # in place of the network's own
/// ```
extension Initialization {
  /// The words of the grammar.
  static let words: [(name: String, summary: String, scheme: Initialization)] = [
    (
      "kaiming-uniform",
      "uniform in +-1 / sqrt(fan-in), biases too, as PyTorch does by default (He et al. 2015)",
      .kaimingUniform
    ),
    (
      "kaiming-normal", "normal of variance 2 / fan-in, biases 0 (He et al. 2015)",
      .kaimingNormalFanIn
    ),
    (
      "kaiming-normal-fan-out", "normal of variance 2 / fan-out, biases 0 (He et al. 2015)",
      .kaimingNormalFanOut
    ),
    (
      "glorot-normal",
      "normal of variance 2 / (fan-in + fan-out), biases 0 (Glorot and Bengio 2010)", .glorotNormal
    ),
    (
      "lecun-normal",
      "normal of variance 1 / fan-in, cut off at two deviations, biases 0: TensorFlow's variance scaling",
      .leCunNormal
    ),
  ]

  /// What recipes write for it; `nil` for a scheme that has no word.
  var word: String? { Self.words.first { $0.scheme == self }?.name }

  /// The word at the key `initialization`; `nil` where there is none.
  static func read(_ reader: RecipeReader) throws(RecipeError) -> Initialization? {
    guard let word = try reader.string("initialization") else { return nil }
    let names = words.map(\.name)
    guard let found = words.first(where: { $0.name == word }) else {
      throw .value(
        at: reader.place(of: "initialization"), found: "'\(word)'",
        expected: Spelling.suggestion(for: word, of: names) + "one of "
          + names.joined(separator: ", "))
    }
    guard reader.node("network") != nil else {
      throw .combination(
        at: reader.place(of: "initialization"),
        reason:
          "it says how the first weights of the recipe's network are drawn, and the recipe names "
          + "no network; write network: lenet-5, say, or leave it out")
    }
    WordSettings.listener?.note([], of: word, at: "initialization")
    return found.scheme
  }
}
