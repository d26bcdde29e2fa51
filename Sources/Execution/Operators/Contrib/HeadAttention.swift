// The attention operators of ONNX Runtime's own domain, with their masks, caches and packed weights.

import Network
import Torch

/// Attention by heads, as the operators here share it.
private enum Heads {
  /// [N, length, heads size] as [N, heads, length, size].
  static func split(
    _ site: Site, _ x: Inputs, _ tensor: Tensor, _ count: Int
  ) throws(TorchError) -> Tensor {
    guard tensor.rank == 3, count > 0, tensor.shape[2] % count == 0 else {
      throw site.failure(x, "\(tensor.shape) does not split into \(count) heads")
    }
    let (n, length, width) = (tensor.shape[0], tensor.shape[1], tensor.shape[2])
    return try tensor.reshape([n, length, count, width / count]).transpose(1, 2)
  }

  /// `softmax(query key^T scale + bias) value` as [N, length, heads size]; `bias` broadcasts to
  /// [N, heads, length, keys]. A `sink`, one number a head, is a score that leads nowhere.
  static func attend(
    _ query: Tensor, _ key: Tensor, _ value: Tensor, scale: Double?, softcap: Double = 0,
    bias: Tensor?, sink: Tensor? = nil
  ) throws(TorchError) -> Tensor {
    let factor = scale ?? 1 / Double(max(1, query.shape[3])).squareRoot()
    var scores = try query.matmul(key.transpose()) * factor
    if softcap > 0 { scores = try (scores / softcap).tanh() * softcap }
    if let bias { scores = try scores + bias }
    var weights: Tensor
    if let sink {
      let (shape, keys) = (scores.shape, key.shape[2])
      let column = try sink.to(type: scores.type).reshape([1, -1, 1, 1])
        .expand([shape[0], shape[1], shape[2], 1])
      weights = try Tensor.cat([scores, column], axis: 3).softmax(axis: -1)
        .narrow(axis: 3, start: 0, length: keys)
    } else {
      weights = try scores.softmax(axis: -1)
    }
    return try weights.matmul(value).transpose(1, 2).flatten(from: 2)
  }

  /// What is added to the scores of `query` [N, heads, queries, size] over `keys` keys: `added`, the
  /// bars of a mask in any of its forms, and those before what comes later.
  static func bias(
    _ site: Site, _ x: Inputs, _ query: Tensor, keys: Int, added: Tensor?, mask: Tensor?,
    isCausal: Bool
  ) throws(TorchError) -> Tensor? {
    let queries = query.shape[2]
    var parts = added.map { [$0] } ?? []
    if let mask {
      let allowed = try Heads.allowed(
        site, x, mask, batch: query.shape[0], queries: queries, keys: keys)
      let bar = site.real("mask_filter_value", default: -10000)
      parts.append(try bars(allowed, bar, type: query.type))
    }
    if isCausal {
      parts.append(
        try bars(causal(queries, keys, device: query.device), -.infinity, type: query.type))
    }
    guard var sum = parts.first else { return nil }
    for part in parts.dropFirst() { sum = try sum + part }
    return sum
  }

  /// Zero where `allowed` holds, else `bar`.
  static func bars(_ allowed: Tensor, _ bar: Double, type: ScalarType) throws(TorchError) -> Tensor
  {
    try Tensor.zeros(allowed.shape, type: type, device: allowed.device)
      .maskedFill(allowed.logicalNot(), .double(bar))
  }

  /// Which of `keys` each of the last `queries` may look at: itself and those before, in all no more
  /// than `window`.
  static func causal(
    _ queries: Int, _ keys: Int, window: Int = 0, device: Device
  ) throws(TorchError) -> Tensor {
    let row =
      try Tensor.arange(to: .int(Int64(queries)), device: device).unsqueeze(1)
      + Int64(keys - queries)
    let column = try Tensor.arange(to: .int(Int64(keys)), device: device)
    let past = try column.lessOrEqual(row)
    guard window > 0 else { return past }
    return try past.logicalAnd(column.greaterOrEqual(row - Int64(window - 1)))
  }

  /// A mask of whole numbers, in any of its forms, as what broadcasts to [N, 1, queries, keys]: how
  /// many keys count ([N]), where they end and begin ([2 N], or the first of [3 N + 2]), which count
  /// ([N, keys], [N, queries, keys], [N, 1, most, most]).
  static func allowed(
    _ site: Site, _ x: Inputs, _ mask: Tensor, batch: Int, queries: Int, keys: Int
  ) throws(TorchError) -> Tensor {
    switch mask.rank {
    case 1:
      let column = try Tensor.arange(to: .int(Int64(keys)), device: mask.device)
      let numbers = try mask.to(type: .int64)
      let ends = try numbers.narrow(axis: 0, start: 0, length: batch).reshape([-1, 1, 1, 1])
      let within = try column.less(ends)
      guard mask.shape[0] == 2 * batch else { return within }
      let starts = try numbers.narrow(axis: 0, start: batch, length: batch)
      return try within.logicalAnd(column.greaterOrEqual(starts.reshape([-1, 1, 1, 1])))
    case 2: return try mask.greater(0).unsqueeze(1).unsqueeze(1)
    case 3: return try mask.greater(0).unsqueeze(1)
    case 4:
      return try mask.greater(0).narrow(axis: 2, start: keys - queries, length: queries)
        .narrow(axis: 3, start: 0, length: keys)
    default: throw site.failure(x, "a mask \(mask.shape) has no known meaning")
    }
  }
}

/// `Attention`: the products that make query, key and value are part of the node.
///
/// Inputs: x [N, length, width], weight [width, q + k + v], bias, mask, past [2, N, heads, P, size],
/// what is added to the scores. Outputs: y, present.
enum PackedAttention: Computation {
  static let names = ["Attention"]
  static let domain = Contrib.domain

  static func prepare(_ site: Site) throws(ExecutionError) -> Step {
    let node = site.node
    let heads = node.int("num_heads", default: 0)
    let stated = node.ints("qkv_hidden_sizes")
    let scale = AttentionScale.stated(site)
    let isCausal = node.int("unidirectional", default: 0) != 0
    guard node.int("do_rotary", default: 0) == 0 else {
      throw site.invalid("do_rotary is not computed")
    }
    return { x, _ throws(TorchError) in
      var all = try x[0].matmul(x[1])
      if let bias = x.optional(2) { all = try all + bias }
      let sizes = stated ?? Array(repeating: all.shape[2] / 3, count: 3)
      let parts = try all.split(sizes, axis: 2)
      let query = try Heads.split(site, x, parts[0], heads)
      var (key, value) = (
        try Heads.split(site, x, parts[1], heads), try Heads.split(site, x, parts[2], heads)
      )
      if let past = x.optional(4) {
        key = try Tensor.cat([past.select(axis: 0, 0), key], axis: 2)
        value = try Tensor.cat([past.select(axis: 0, 1), value], axis: 2)
      }
      let bias = try Heads.bias(
        site, x, query, keys: key.shape[2], added: x.optional(5), mask: x.optional(3),
        isCausal: isCausal)
      let y = try Heads.attend(query, key, value, scale: scale, bias: bias)
      return node.outputs.count > 1 ? [y, try Tensor.stack([key, value])] : [y]
    }
  }
}

/// The scale of attention scores.
private enum AttentionScale {
  /// What the node states; `nil` where it states none or zero, for the root of the size of a head.
  static func stated(_ site: Site) -> Double? {
    let scale = site.real("scale", default: 0)
    return scale == 0 ? nil : scale
  }
}

/// `MultiHeadAttention`: query, key and value come ready, apart or packed.
///
/// Inputs: query [N, length, width] (or all three, [N, length, heads, 3, size]), key and value
/// [N, length, width] or [N, heads, length, size] (or both, [N, length, heads, 2, size]), bias,
/// mask of keys, what is added to the scores, past key, past value.
enum MultiHeadAttention: Computation {
  static let names = ["MultiHeadAttention"]
  static let domain = Contrib.domain

  static func prepare(_ site: Site) throws(ExecutionError) -> Step {
    let heads = site.node.int("num_heads", default: 0)
    let scale = AttentionScale.stated(site)
    let isCausal = site.node.int("unidirectional", default: 0) != 0
    return { x, _ throws(TorchError) in
      var parts = try unpacked(site, x)
      if let bias = x.optional(3) {
        let widths = try (0..<3).map { index throws(TorchError) in
          parts[index].rank == 4
            ? parts[index].shape[1] * parts[index].shape[3] : parts[index].shape[2]
        }
        let vectors = try bias.split(widths, axis: 0)
        for index in 0..<3 where parts[index].rank == 3 {
          parts[index] = try parts[index] + vectors[index]
        }
      }
      for index in 0..<3 where parts[index].rank == 3 {
        parts[index] = try Heads.split(site, x, parts[index], heads)
      }
      let query = parts[0]
      var (key, value) = (parts[1], parts[2])
      if let past = x.optional(6) { key = try Tensor.cat([past, key], axis: 2) }
      if let past = x.optional(7) { value = try Tensor.cat([past, value], axis: 2) }
      let bias = try Heads.bias(
        site, x, query, keys: key.shape[2], added: x.optional(5), mask: x.optional(4),
        isCausal: isCausal)
      return [try Heads.attend(query, key, value, scale: scale, bias: bias), key, value]
    }
  }

  /// Query, key and value, each with three axes or, ready by heads, four.
  private static func unpacked(_ site: Site, _ x: Inputs) throws(TorchError) -> [Tensor] {
    let query = try x[0]
    if query.rank == 5 {
      return try query.unbind(axis: 3).map { part throws(TorchError) in try part.transpose(1, 2) }
    }
    let key = try x[1]
    if key.rank == 5 {
      let pair = try key.unbind(axis: 3).map { part throws(TorchError) in
        try part.transpose(1, 2)
      }
      return [query] + pair
    }
    return [query, key, try x[2]]
  }
}

/// `GroupQueryAttention`: causal attention whose key and value heads serve several query heads, with
/// a cache and, on request, rotary positions.
///
/// Inputs: query [N, length, heads size] (with keys and values behind it where those are left out),
/// key, value, past key and value [N, key heads, P, size], for each sample its last position, the
/// largest number of positions, cosines, sines, positions, what is added to the scores, the sink of
/// each head (0 where `smooth_softmax` asks for one). Outputs: y, present key, present value.
enum GroupQueryAttention: Computation {
  static let names = ["GroupQueryAttention"]
  static let domain = Contrib.domain

  static func prepare(_ site: Site) throws(ExecutionError) -> Step {
    let node = site.node
    let (heads, served) = (node.int("kv_num_heads", default: 0), node.int("num_heads", default: 0))
    guard heads > 0, served > 0, served % heads == 0 else {
      throw site.invalid("\(served) query heads cannot share \(heads) key heads")
    }
    guard node.inputs.dropFirst(12).allSatisfy(\.isEmpty) else {
      throw site.invalid("a quantized cache is not computed")
    }
    let isSmooth = node.int("smooth_softmax", default: 0) > 0
    let scale = AttentionScale.stated(site)
    let softcap = site.real("softcap", default: 0)
    let window = node.int("local_window_size", default: -1)
    let turns = node.int("do_rotary", default: 0) != 0
    let rotary = try RotaryEmbedding.prepare(
      site.inner(
        "RotaryEmbedding", ["interleaved": .int(Int64(node.int("rotary_interleaved", default: 0)))])
    )
    return { x, run throws(TorchError) in
      var parts = [try x[0]]
      if let key = x.optional(1) {
        parts += [key, try x[2]]
      } else {
        let size = parts[0].shape[2] / (served + 2 * heads)
        parts = try parts[0].split([served * size, heads * size, heads * size], axis: 2)
      }
      var (query, key) = (
        try Heads.split(site, x, parts[0], served), try Heads.split(site, x, parts[1], heads)
      )
      let value = try Heads.split(site, x, parts[2], heads)
      let length = query.shape[2]
      guard let lasts = try x.integers(5), lasts.count == query.shape[0],
        let total = try x.integers(6)?.first
      else { throw site.failure(x, "the lengths of the sequences are missing") }
      let starts = lasts.map { total == length ? 0 : max(0, $0 + 1 - length) }
      if turns {
        var positions: [Tensor] = []
        for start in starts {
          positions.append(
            try Tensor.arange(
              from: .int(Int64(start)), to: .int(Int64(start + length)), device: query.device))
        }
        var places = try Tensor.stack(positions)
        if let stated = x.optional(9) { places = try stated.to(type: .int64) }
        query = try rotary(x.inner([query, x[7], x[8], places]), run)[0]
        key = try rotary(x.inner([key, x[7], x[8], places]), run)[0]
      }
      var sink = x.optional(11)
      if sink == nil, isSmooth {
        sink = try Tensor.zeros([served], type: query.type, device: query.device)
      }
      let room = max(x.optional(3)?.shape[2] ?? 0, total)
      var (rows, keys, values): ([Tensor], [Tensor], [Tensor]) = ([], [], [])
      for sample in lasts.indices {
        let (k, v) = (
          try joined(x.optional(3), key, sample, starts[sample]),
          try joined(x.optional(4), value, sample, starts[sample])
        )
        keys.append(try filled(k, room))
        values.append(try filled(v, room))
        let allowed = try Heads.causal(length, k.shape[2], window: window, device: query.device)
        var bias = try Heads.bars(allowed, -.infinity, type: query.type)
        if let added = x.optional(10) {
          bias =
            try bias
            + added.narrow(axis: 0, start: added.shape[0] == 1 ? 0 : sample, length: 1)
            .narrow(axis: 3, start: 0, length: k.shape[2])
        }
        rows.append(
          try Heads.attend(
            query.narrow(axis: 0, start: sample, length: 1),
            k.repeatInterleave(served / heads, axis: 1),
            v.repeatInterleave(served / heads, axis: 1), scale: scale, softcap: softcap, bias: bias,
            sink: sink)
        )
      }
      return [try Tensor.cat(rows), try Tensor.cat(keys), try Tensor.cat(values)]
    }
  }

  /// What the cache holds of a sample, and the new positions behind it.
  private static func joined(
    _ past: Tensor?, _ new: Tensor, _ sample: Int, _ start: Int
  ) throws(TorchError) -> Tensor {
    let own = try new.narrow(axis: 0, start: sample, length: 1)
    guard let past, start > 0 else { return own }
    let kept = try past.narrow(axis: 0, start: sample, length: 1)
      .narrow(axis: 2, start: 0, length: min(start, past.shape[2]))
    return try Tensor.cat([kept, own], axis: 2)
  }

  /// The cache with room for `count` positions.
  private static func filled(_ tensor: Tensor, _ count: Int) throws(TorchError) -> Tensor {
    try tensor.pad([0, 0, 0, max(0, count - tensor.shape[2])])
  }
}

/// `RotaryEmbedding` of this domain: the positions come before the cosines and sines, and one number
/// stands for all positions from it on.
enum PackedRotaryEmbedding: Computation {
  static let names = ["RotaryEmbedding"]
  static let domain = Contrib.domain

  static func prepare(_ site: Site) throws(ExecutionError) -> Step {
    let turn = try RotaryEmbedding.prepare(site)
    let byHeads = site.node.int("num_heads", default: 0) > 0
    return { x, run throws(TorchError) in
      let input = try x[0]
      let (cosine, sine) = (try x[2], try x[3])
      var positions = try x[1].to(type: .int64)
      let length = input.shape[input.rank - 2]
      if positions.rank == 1 {
        let steps = try Tensor.arange(to: .int(Int64(length)), device: input.device)
        positions = try (positions + steps).unsqueeze(0).expand([input.shape[0], length])
      }
      if input.rank == 4 || byHeads {
        return try turn(x.inner([input, cosine, sine, positions]), run)
      }
      // Without a number of heads, a head is as wide as its cosines say.
      let size = 2 * cosine.shape[1]
      guard size > 0, input.rank == 3, input.shape[2] % size == 0 else {
        throw site.failure(x, "the features do not split into heads of \(size)")
      }
      let rows = try Heads.split(site, x, input, input.shape[2] / size)
      let y = try turn(x.inner([rows, cosine, sine, positions]), run)[0]
      return [try y.transpose(1, 2).reshape(input.shape)]
    }
  }
}
