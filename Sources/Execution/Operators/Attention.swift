// Scaled dot-product attention with grouped heads, caches, masks and windows.

import Network
import Torch

/// `Attention`: `softmax(Q K^T scale + bias) V` for each head.
///
/// Query, key and value come as [N, heads, length, size], or as [N, length, heads size] with the
/// numbers of heads as attributes. A key-value head may serve several query heads. A row that may
/// look at nothing gives zeros.
enum Attention: Computation {
  static let names = ["Attention"]

  static func prepare(_ site: Site) throws(ExecutionError) -> Step {
    let node = site.node
    let scale: Double? = node.attributes["scale"] == nil ? nil : site.real("scale", default: 1)
    let softcap = site.real("softcap", default: 0)
    let mode = node.int("qk_matmul_output_mode", default: 0)
    let precision = try site.statedType("softmax_precision")
    let window = AttentionWindow(site)
    let (queryHeads, keyHeads) = (node.int("q_num_heads"), node.int("kv_num_heads"))
    return { x, _ throws(TorchError) in
      let isFlat = try x[0].rank == 3
      let query = try heads(site, x, 0, queryHeads)
      var (key, value) = (try heads(site, x, 1, keyHeads), try heads(site, x, 2, keyHeads))
      if let past = x.optional(4) { key = try Tensor.cat([past, key], axis: 2) }
      if let past = x.optional(5) { value = try Tensor.cat([past, value], axis: 2) }
      let present = (key, value)
      let (served, own) = (query.shape[1], key.shape[1])
      guard own > 0, served % own == 0 else {
        throw site.failure(x, "\(served) query heads cannot share \(own) key heads")
      }
      if served != own {
        key = try key.repeatInterleave(served / own, axis: 1)
        value = try value.repeatInterleave(served / own, axis: 1)
      }
      // Both factors take the root of the scale, so that half-precision products do not overflow.
      let root = (scale ?? 1 / Double(max(1, query.shape[3])).squareRoot()).squareRoot()
      var scores = try (query * root).matmul((key * root).transpose())
      var shown = scores
      if softcap > 0 { scores = try (scores / softcap).tanh() * softcap }
      if mode == 1 { shown = scores }
      let bias = try window.bias(x, query: query, keys: key.shape[2])
      if let bias { scores = try scores + bias }
      if mode == 2 { shown = scores }
      var weights = try
        (precision.map { type throws(TorchError) in try scores.to(type: type) }
        ?? scores).softmax(axis: -1)
      if let bias, bias.count > 0 {
        let isBlind = try bias.amax([-1], keepAxes: true).equal(.double(-.infinity))
        weights = try weights.maskedFill(isBlind, 0)
      }
      weights = try weights.to(type: query.type)
      if mode == 3 { shown = weights }
      var y = try weights.matmul(value)
      if isFlat { y = try y.transpose(1, 2).flatten(from: 2) }
      return [y, present.0, present.1, shown]
    }
  }

  /// The input at `index` as [N, heads, length, size].
  private static func heads(
    _ site: Site, _ x: Inputs, _ index: Int, _ count: Int?
  ) throws(TorchError) -> Tensor {
    let input = try x[index]
    if input.rank == 4 { return input }
    guard input.rank == 3, let count, count > 0, input.shape[2] % count == 0 else {
      throw site.failure(x, "input \(index) does not split into \(count ?? 0) heads")
    }
    let (n, length, width) = (input.shape[0], input.shape[1], input.shape[2])
    return try input.reshape([n, length, count, width / count]).transpose(1, 2)
  }
}

/// Which keys a query may look at, as a number added to the scores: zero or minus infinity, or what
/// a mask of numbers says.
struct AttentionWindow {
  private let isCausal: Bool
  private let left: Int
  private let right: Int

  init(_ site: Site) {
    isCausal = site.node.int("is_causal", default: 0) != 0
    left = site.node.int("left_window_size", default: -1)
    right = site.node.int("right_window_size", default: -1)
  }

  /// What is added to scores [N, heads, queries, `keys`]; `nil` for nothing.
  func bias(_ x: Inputs, query: Tensor, keys: Int) throws(TorchError) -> Tensor? {
    let device = query.device
    var allowed: Tensor?
    func allow(_ more: Tensor) throws(TorchError) {
      allowed = try allowed.map { known throws(TorchError) in try known.logicalAnd(more) } ?? more
    }
    var added: Tensor?
    if var mask = x.optional(3) {
      let missing = keys - (mask.shape.last ?? keys)
      if mask.type == .bool {
        if missing > 0 { mask = try mask.to(type: .uint8).pad([0, missing]).to(type: .bool) }
        try allow(mask)
      } else {
        added = missing > 0 ? try mask.pad([0, missing], value: .double(-.infinity)) : mask
      }
    }
    let queries = query.shape[2]
    let column = try Tensor.arange(to: .int(Int64(keys)), device: device)
    if isCausal || left >= 0 || right >= 0 {
      // Where the first query stands among the keys: behind the past, or at the end of those valid.
      var row = try Tensor.arange(to: .int(Int64(queries)), device: device).unsqueeze(1)
      if let past = x.optional(4) {
        row = try row + Int64(past.shape[2])
      } else if let valid = x.optional(6) {
        row = try row + (valid.to(type: .int64) - Int64(queries)).reshape([-1, 1, 1, 1])
      }
      if isCausal { try allow(column.lessOrEqual(row)) }
      if left >= 0 { try allow(column.greaterOrEqual(row - Int64(left))) }
      if right >= 0 { try allow(column.lessOrEqual(row + Int64(right))) }
    }
    if let valid = x.optional(6) {
      try allow(column.less(valid.to(type: .int64).reshape([-1, 1, 1, 1])))
    }
    guard let allowed else { return added }
    let bars = try Tensor.zeros(allowed.shape, type: query.type, device: device)
      .maskedFill(allowed.logicalNot(), .double(-.infinity))
    return try added.map { numbers throws(TorchError) in try numbers + bars } ?? bars
  }
}
