// Recurrent layers over whole sequences.

extension Tensor {
  /// What a recurrent layer returns: all outputs, and the last hidden (and cell) state.
  public typealias RecurrentOutput = (output: Tensor, hidden: Tensor, cell: Tensor)

  /// Long short-term memory over a sequence `[length, batch, inputs]` (`batchFirst`:
  /// `[batch, length, inputs]`).
  ///
  /// `parameters` holds for every layer and direction `weight_ih [4h, inputs]`, `weight_hh [4h, h]`
  /// and, with `hasBiases`, `bias_ih` and `bias_hh`, the gates in the order input, forget, cell,
  /// output. States have the shape `[layers * directions, batch, h]`.
  public func lstm(
    hidden: Tensor, cell: Tensor, parameters: [Tensor], hasBiases: Bool = true, layers: Int = 1,
    dropout: Double = 0, training: Bool = false, bidirectional: Bool = false,
    batchFirst: Bool = false
  ) throws(TorchError) -> RecurrentOutput {
    try Operator.lstm.triple(
      .tensor(self), .tensors([hidden, cell]), .tensors(parameters), .bool(hasBiases),
      .int(layers), .double(dropout), .bool(training), .bool(bidirectional), .bool(batchFirst))
  }

  /// Gated recurrent units over a sequence; parameters as in `lstm` with the gates reset, update,
  /// new.
  public func gru(
    hidden: Tensor, parameters: [Tensor], hasBiases: Bool = true, layers: Int = 1,
    dropout: Double = 0, training: Bool = false, bidirectional: Bool = false,
    batchFirst: Bool = false
  ) throws(TorchError) -> (output: Tensor, hidden: Tensor) {
    try Operator.gru.pair(
      .tensor(self), .tensor(hidden), .tensors(parameters), .bool(hasBiases), .int(layers),
      .double(dropout), .bool(training), .bool(bidirectional), .bool(batchFirst))
  }
}

extension Operator {
  fileprivate static let lstm = Operator("lstm", "input")
  fileprivate static let gru = Operator("gru", "input")
}
