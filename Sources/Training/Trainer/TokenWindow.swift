// Texts of all lengths for a network that reads a stated number of tokens.

import Data
import Execution

/// The last tokens of each text, as many as a network reads.
///
/// Shorter texts stand behind zeros, longer ones lose their beginning (what Keras's `pad_sequences` does by
/// default): the last state of a recurrent network is then that of the text's end. A network that is told
/// the lengths, or that takes any length, gets texts as they are.
struct TokenWindow {
  /// How many tokens the network reads.
  let width: Int

  /// The window of `model`; `nil` where it has none.
  init?(of model: Model) {
    let inputs = model.freeInputs
    guard inputs.count == 1, let shape = inputs[0].shape, shape.count == 2,
      case .fixed(let width) = shape[1]
    else { return nil }
    self.width = width
  }

  /// Rows of ``width`` tokens from rows of `shape` whose first `lengths` tokens are real.
  func cut(
    _ tokens: [Int64], shape: [Int], lengths: [Int64]
  ) -> (tokens: [Int64], shape: [Int]) {
    var result = [Int64](repeating: 0, count: lengths.count * width)
    for (row, length) in lengths.enumerated() {
      let end = row * shape[1] + Int(length)
      let count = min(Int(length), width)
      let target = (row + 1) * width
      result.replaceSubrange(target - count..<target, with: tokens[end - count..<end])
    }
    return (result, [lengths.count, width])
  }
}
