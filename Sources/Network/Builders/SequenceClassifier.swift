// A recurrent classifier of token sequences.

extension Network {
  /// A classifier of sequences of token numbers: embedding, LSTM, linear layer on the last state.
  ///
  /// - Parameters:
  ///   - vocabulary: how many different tokens there are.
  ///   - steps: the length of a sequence.
  ///   - dropout: the part of the last state that is dropped in training.
  ///   - vectors: how the embedding is drawn.
  /// - Throws: ``NetworkError`` where a size is not positive.
  public static func lstmClassifier(
    vocabulary: Int = 10_000, embedding: Int = 64, hidden: Int = 128, classes: Int = 2,
    steps: Int = 200, dropout: Float = 0, vectors scheme: Initialization = .normal(1),
    seed: UInt64? = 0
  ) throws(NetworkError) -> Network {
    var b = NetworkBuilder("lstm", input: ["batch", .fixed(steps)], type: .int64, seed: seed)
    guard vocabulary > 0, embedding > 0, hidden > 0, steps > 0 else {
      throw b.impossible("all its sizes must be positive")
    }
    let vectors = try b.embedding(
      "embedding", b.input, count: vocabulary, width: embedding, scheme)
    var state = try b.lstm("lstm", vectors, hidden: hidden)
    if dropout > 0 { state = try b.dropout(state, dropout) }
    return try b.finish(b.linear("fc", state, classes))
  }
}
