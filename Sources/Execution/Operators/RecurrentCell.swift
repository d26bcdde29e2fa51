// One step of a recurrent layer, written out, with everything ONNX lets a node state.

import Network
import Torch

/// The cell of a recurrent layer in one direction, applied step by step.
struct RecurrentCell {
  /// All hidden states [steps, batch, hidden], the last one, and the last memory [batch, hidden].
  typealias Output = (sequence: Tensor, hidden: Tensor, memory: Tensor)

  private let op: String
  private let functions: [RecurrentActivation]
  private let clip: Double?
  private let couplesForget: Bool
  private let linearBeforeReset: Bool
  private let rounding: Bool

  /// Whether the engine has the very same cell.
  let isUsual: Bool

  /// The cell a node states for one direction; with `rounding`, inputs and hidden states are rounded
  /// to eight bits where they are multiplied.
  init(_ site: Site, direction: Int, rounding: Bool) throws(ExecutionError) {
    op = site.node.op
    self.rounding = rounding
    let usual =
      switch op {
      case "LSTM": ["Sigmoid", "Tanh", "Tanh"]
      case "GRU": ["Sigmoid", "Tanh"]
      default: ["Tanh"]
      }
    functions = try RecurrentActivation.list(site, direction: direction, usual: usual)
    if case .float(let limit) = site.node.attributes["clip"], limit > 0 {
      clip = Double(limit)
    } else {
      clip = nil
    }
    couplesForget = site.node.int("input_forget", default: 0) != 0
    linearBeforeReset = site.node.int("linear_before_reset", default: 0) != 0
    isUsual =
      functions.map(\.name) == usual.map { $0.lowercased() } && clip == nil && !couplesForget
      && !rounding && (op == "LSTM" || (op == "GRU" && linearBeforeReset))
  }

  /// Applies the cell to a sequence [steps, batch, inputs].
  ///
  /// Where `lengths` says that a sequence has ended, its output is zero and its state stays.
  func run(
    _ x: Tensor, _ weights: RecurrentWeights, hidden: Tensor, memory: Tensor, lengths: Tensor?,
    backwards: Bool
  ) throws(TorchError) -> Output {
    var (hidden, memory) = (hidden, memory)
    let projected = try rounded(x).linear(weights.input, bias: weights.inputBias).unbind()
    var outputs = projected
    let order = Array(projected.indices)
    for step in backwards ? order.reversed() : order {
      var (nextHidden, nextMemory) =
        switch op {
        case "LSTM": try long(projected[step], weights, hidden, memory)
        case "GRU": (try gated(projected[step], weights, hidden), memory)
        default: (try plain(projected[step], weights, hidden), memory)
        }
      var output = nextHidden
      if let lengths {
        let isAlive = try lengths.greater(.int(Int64(step))).unsqueeze(1)
        output = try nextHidden.where(isAlive, else: nextHidden.zerosLike())
        nextHidden = try nextHidden.where(isAlive, else: hidden)
        nextMemory = try nextMemory.where(isAlive, else: memory)
      }
      (hidden, memory) = (nextHidden, nextMemory)
      outputs[step] = output
    }
    guard !outputs.isEmpty else {
      return (try Tensor.zeros([0] + hidden.shape, type: x.type, device: x.device), hidden, memory)
    }
    return (try Tensor.stack(outputs), hidden, memory)
  }

  /// The nearest of 256 numbers in equal steps over the range of `x` and zero; its gradient is that of
  /// `x`.
  private func rounded(_ x: Tensor) throws(TorchError) -> Tensor {
    guard rounding, x.count > 0 else { return x }
    let (codes, scale, zero) = try DynamicQuantizeLinear.codes(of: x)
    return try x + ((codes - zero) * scale - x).detached()
  }

  private func limited(_ x: Tensor) throws(TorchError) -> Tensor {
    guard let clip else { return x }
    return try x.clamp(min: .double(-clip), max: .double(clip))
  }

  /// `i, o, f` are gates, `c` the candidate: `C = f C + i c`, `H = o h(C)`.
  private func long(
    _ x: Tensor, _ weights: RecurrentWeights, _ hidden: Tensor, _ memory: Tensor
  ) throws(TorchError) -> (Tensor, Tensor) {
    let sums = try (x + rounded(hidden).linear(weights.recurrence, bias: weights.recurrenceBias))
      .chunk(4, axis: 1)
    let peepholes = try weights.peepholes?.chunk(3)
    func gate(_ index: Int, _ memory: Tensor) throws(TorchError) -> Tensor {
      var sum = sums[index]
      if let peepholes { sum = try sum + peepholes[index] * memory }
      return try functions[0](limited(sum))
    }
    let input = try gate(0, memory)
    let forget = couplesForget ? try 1 - input : try gate(2, memory)
    let candidate = try functions[1](limited(sums[3]))
    let next = try forget * memory + input * candidate
    return (try gate(1, next) * functions[2](next), next)
  }

  /// `H = (1 - z) h + z H`, where the reset gate acts before or after the recurrent product.
  private func gated(
    _ x: Tensor, _ weights: RecurrentWeights, _ hidden: Tensor
  ) throws(TorchError) -> Tensor {
    let size = hidden.shape[1]
    let sizes = [2 * size, size]
    let inputs = try x.split(sizes, axis: 1)
    let recurrence = try weights.recurrence.split(sizes)
    let biases = try weights.recurrenceBias?.split(sizes)
    let gates = try functions[0](
      limited(inputs[0] + hidden.linear(recurrence[0], bias: biases?[0]))
    ).chunk(2, axis: 1)
    let (update, reset) = (gates[0], gates[1])
    let product =
      linearBeforeReset
      ? try reset * hidden.linear(recurrence[1], bias: biases?[1])
      : try (reset * hidden).linear(recurrence[1], bias: biases?[1])
    let candidate = try functions[1](limited(inputs[1] + product))
    return try (1 - update) * candidate + update * hidden
  }

  private func plain(
    _ x: Tensor, _ weights: RecurrentWeights, _ hidden: Tensor
  ) throws(TorchError) -> Tensor {
    let product = try hidden.linear(weights.recurrence, bias: weights.recurrenceBias)
    return try functions[0](limited(x + product))
  }
}
