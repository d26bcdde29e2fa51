// Attention whose past is one matrix: linear, gated and delta-rule recurrences, and the causal
// convolution that stands before them.

import Network
import Torch

/// `LinearAttention`: a state `S` for each key-value head, updated token by token.
///
/// With gates `S <- exp(g) S`, with the delta rule `v <- beta (v - S^T k)`; always `S <- S + k v^T`
/// and `y = scale S^T q`. The state is kept in float32 at least.
enum LinearAttention: Computation {
  static let names = ["LinearAttention"]

  static func prepare(_ site: Site) throws(ExecutionError) -> Step {
    let node = site.node
    let rule = node.string("update_rule", default: "gated_delta")
    let (queryHeads, heads) = (
      node.int("q_num_heads", default: 0), node.int("kv_num_heads", default: 0)
    )
    guard heads > 0, queryHeads > 0, queryHeads % heads == 0 else {
      throw site.invalid("\(queryHeads) query heads cannot share \(heads) key heads")
    }
    guard ["linear", "gated", "delta", "gated_delta"].contains(rule) else {
      throw site.invalid("the update rule '\(rule)' is not known")
    }
    let isGated = rule.hasPrefix("gated")
    let isDelta = rule.hasSuffix("delta")
    let stated = site.real("scale", default: 0)
    return { x, _ throws(TorchError) in
      let input = try x[0]
      let type: ScalarType = input.type == .float64 ? .float64 : .float32
      func unpacked(_ tensor: Tensor, _ count: Int) throws(TorchError) -> Tensor {
        guard tensor.rank == 3, count > 0, tensor.shape[2] % count == 0 else {
          throw site.failure(x, "an input does not split into \(count) heads")
        }
        return try tensor.to(type: type)
          .reshape([tensor.shape[0], tensor.shape[1], count, tensor.shape[2] / count])
      }
      let query = try unpacked(input, queryHeads)
      let (key, value) = (try unpacked(x[1], heads), try unpacked(x[2], heads))
      let gate = isGated ? try unpacked(x[4], heads).exp() : nil
      let rate = isDelta ? try x[5].to(type: type).unsqueeze(-1) : nil
      let past = x.optional(3)
      let size = [input.shape[0], heads, key.shape[3], value.shape[3]]
      var state = try Tensor.zeros(size, type: type, device: input.device)
      if let past { state = try past.to(type: type) }
      let scale = stated == 0 ? 1 / Double(max(1, query.shape[3])).squareRoot() : stated
      var rows: [Tensor] = []
      for step in 0..<input.shape[1] {
        let k = try key.select(axis: 1, step).unsqueeze(-1)
        var v = try value.select(axis: 1, step).unsqueeze(-2)
        if let gate { state = try state * gate.select(axis: 1, step).unsqueeze(-1) }
        if let rate {
          let recalled = try k.transpose().matmul(state)
          v = try (v - recalled) * rate.select(axis: 1, step).unsqueeze(-1)
        }
        state = try state + k * v
        let seen =
          queryHeads == heads ? state : try state.repeatInterleave(queryHeads / heads, axis: 1)
        rows.append(try query.select(axis: 1, step).unsqueeze(-2).matmul(seen).squeeze([-2]))
      }
      let width = queryHeads * value.shape[3]
      let y =
        rows.isEmpty
        ? try Tensor.zeros([input.shape[0], 0, width], type: type, device: input.device)
        : try (Tensor.stack(rows, axis: 1) * scale).flatten(from: 2)
      return [try y.to(type: input.type), try state.to(type: past?.type ?? input.type)]
    }
  }
}

/// `CausalConvWithState`: a depthwise convolution that sees the past only, whose last inputs are
/// handed on to the next call.
enum CausalConvolution: Computation {
  static let names = ["CausalConvWithState"]

  static func prepare(_ site: Site) throws(ExecutionError) -> Step {
    let activation = site.node.string("activation", default: "none")
    guard ["none", "silu", "swish"].contains(activation) else {
      throw site.invalid("the activation '\(activation)' is not known")
    }
    return { x, _ throws(TorchError) in
      let (input, weight) = (try x[0], try x[1])
      guard input.rank == 3, weight.rank == 3, weight.shape[2] > 0 else {
        throw site.failure(x, "three axes were expected, and a kernel")
      }
      let before = weight.shape[2] - 1
      var padded = try input.pad([before, 0])
      if let past = x.optional(3) { padded = try Tensor.cat([past, input], axis: 2) }
      let y = try padded.convolution(
        weight, bias: x.optional(2), stride: [1], padding: [0], dilation: [1],
        groups: input.shape[1])
      let rest = try padded.narrow(axis: 2, start: padded.shape[2] - before, length: before)
      return [activation == "none" ? y : try y.silu(), rest]
    }
  }
}
