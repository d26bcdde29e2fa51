// Recurrent layers over whole sequences: LSTM, GRU and the plain recurrent network.

import Network
import Torch

/// Recurrent layers in one or both directions.
///
/// The engine's own layers compute the usual forms; peepholes, clipping, other activations,
/// sequences of different lengths and the like go through ``RecurrentCell``, step by step.
enum Recurrent: Computation {
  static let names = ["GRU", "LSTM", "RNN"]

  static func prepare(_ site: Site) throws(ExecutionError) -> Step {
    try layer(site, rounding: false)
  }

  /// The layer a node states; with `rounding`, what is multiplied is rounded to eight bits first.
  static func layer(_ site: Site, rounding: Bool) throws(ExecutionError) -> Step {
    let direction = site.node.string("direction", default: "forward")
    let backwards: [Bool]
    switch direction {
    case "forward": backwards = [false]
    case "reverse": backwards = [true]
    case "bidirectional": backwards = [false, true]
    default: throw site.invalid("the direction '\(direction)' is not known")
    }
    let batchFirst = site.node.int("layout", default: 0) == 1
    var cells: [RecurrentCell] = []
    for index in backwards.indices {
      cells.append(try RecurrentCell(site, direction: index, rounding: rounding))
    }
    let isUsual = cells.allSatisfy(\.isUsual)
    let outputs = site.node.outputs.count
    return { x, _ throws(TorchError) in
      var input = try x[0]
      guard input.rank == 3, try x[1].rank == 3, try x[2].rank == 3 else {
        throw site.failure(x, "the sequence and the weights must have three axes each")
      }
      if batchFirst { input = try input.transpose(0, 1) }
      let (steps, batch) = (input.shape[0], input.shape[1])
      var lengths = x.optional(4)
      if let given = try x.integers(4), given.allSatisfy({ $0 == steps }) { lengths = nil }
      let states = try (5...6).map { index throws(TorchError) in
        try state(x, index, batchFirst, directions: cells.count, batch: batch)
      }
      let all: RecurrentCell.Output
      if isUsual, lengths == nil, x.optional(7) == nil {
        all = try engineLayer(site.node.op, x, input, states, reverse: direction == "reverse")
      } else {
        var parts: [RecurrentCell.Output] = []
        for (index, cell) in cells.enumerated() {
          let weights = try RecurrentWeights(x, direction: index)
          parts.append(
            try cell.run(
              input, weights, hidden: states[0].select(axis: 0, index),
              memory: states[1].select(axis: 0, index), lengths: lengths,
              backwards: backwards[index]))
        }
        all = (
          try Tensor.stack(parts.map(\.sequence), axis: 1),
          try Tensor.stack(parts.map(\.hidden)), try Tensor.stack(parts.map(\.memory))
        )
      }
      var results = [all.sequence, all.hidden, all.memory]
      if batchFirst {
        results[0] = try results[0].permute([2, 0, 1, 3])
        for index in 1...2 { results[index] = try results[index].transpose(0, 1) }
      }
      return Array(results.prefix(outputs))
    }
  }

  /// The state the input `index` starts with, zero where it is left out.
  private static func state(
    _ x: Inputs, _ index: Int, _ batchFirst: Bool, directions: Int, batch: Int
  ) throws(TorchError) -> Tensor {
    if let given = x.optional(index) { return batchFirst ? try given.transpose(0, 1) : given }
    let recurrence = try x[2]
    return try Tensor.zeros(
      [directions, batch, recurrence.shape[2]], type: recurrence.type, device: recurrence.device)
  }

  /// The whole layer by the engine's LSTM or GRU, whose gates stand in another order.
  private static func engineLayer(
    _ op: String, _ x: Inputs, _ input: Tensor, _ states: [Tensor], reverse: Bool
  ) throws(TorchError) -> RecurrentCell.Output {
    let order = op == "LSTM" ? [0, 2, 3, 1] : [1, 0, 2]
    var parameters: [Tensor] = []
    for direction in 0..<states[0].shape[0] {
      let weights = try RecurrentWeights(x, direction: direction)
      for tensor in [weights.input, weights.recurrence, weights.inputBias, weights.recurrenceBias] {
        guard let gates = try tensor?.chunk(order.count) else { continue }
        parameters.append(try Tensor.cat(order.map { gates[$0] }))
      }
    }
    let hasBiases = x.optional(3) != nil
    let isBidirectional = states[0].shape[0] == 2
    let sequence = reverse ? try input.flip([0]) : input
    var result: RecurrentCell.Output
    if op == "LSTM" {
      let (y, hidden, memory) = try sequence.lstm(
        hidden: states[0], cell: states[1], parameters: parameters, hasBiases: hasBiases,
        bidirectional: isBidirectional)
      result = (y, hidden, memory)
    } else {
      let (y, hidden) = try sequence.gru(
        hidden: states[0], parameters: parameters, hasBiases: hasBiases,
        bidirectional: isBidirectional)
      result = (y, hidden, hidden)
    }
    if reverse { result.sequence = try result.sequence.flip([0]) }
    let shape = result.sequence.shape
    result.sequence = try result.sequence
      .reshape([shape[0], shape[1], states[0].shape[0], states[0].shape[2]])
      .permute([0, 2, 1, 3])
    return result
  }
}

/// The weights of one direction.
struct RecurrentWeights {
  /// What the input is multiplied by: [gates x hidden, inputs].
  let input: Tensor
  /// What the hidden state is multiplied by: [gates x hidden, hidden].
  let recurrence: Tensor
  /// Added to the input's product: [gates x hidden].
  let inputBias: Tensor?
  /// Added to the hidden state's product: [gates x hidden].
  let recurrenceBias: Tensor?
  /// How the memory reaches the input, output and forget gates: [3 x hidden].
  let peepholes: Tensor?

  /// The weights at a node's inputs 1, 2, 3 and 7.
  init(_ x: Inputs, direction: Int) throws(TorchError) {
    input = try x[1].select(axis: 0, direction)
    recurrence = try x[2].select(axis: 0, direction)
    let biases = try x.optional(3)?.select(axis: 0, direction).chunk(2)
    inputBias = biases?[0]
    recurrenceBias = biases?[1]
    peepholes = try x.optional(7)?.select(axis: 0, direction)
  }
}
