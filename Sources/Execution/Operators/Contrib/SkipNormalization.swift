// Layer normalisation of a sum: residual connections and embeddings in one node.

import Network
import Torch

/// `SkipLayerNormalization` and `SkipSimplifiedLayerNormalization`, the form without mean and shift.
///
/// Inputs: x, the residual (stretched to x), scale, shift (of the first form only), bias. Outputs:
/// y, mean, inverse deviation, the sum that was normalised.
enum SkipNormalization: Computation {
  static let names = ["SkipLayerNormalization", "SkipSimplifiedLayerNormalization"]
  static let domain = Contrib.domain

  static func prepare(_ site: Site) throws(ExecutionError) -> Step {
    let isSimple = site.node.op == "SkipSimplifiedLayerNormalization"
    let epsilon = Attribute.float(site.node.float("epsilon", default: 1e-12))
    let norm =
      isSimple
      ? try RMSNormalization.prepare(
        site.inner("SimplifiedLayerNormalization", ["epsilon": epsilon], outputs: 2))
      : try LayerNormalization.prepare(
        site.inner("LayerNormalization", ["epsilon": epsilon], outputs: 3))
    return { x, run throws(TorchError) in
      var sum = try x[0] + x[1]
      if let bias = x.optional(isSimple ? 3 : 4) { sum = try sum + bias }
      let shift = isSimple ? nil : x.optional(3)
      var results = try norm(x.inner([sum, x[2], shift]), run)
      if isSimple { results.insert(results[1], at: 1) }
      return results + [sum]
    }
  }
}

/// `EmbedLayerNormalization`: the sum of word, position and segment embeddings, normalised.
///
/// Inputs: word ids, segment ids, the tables of words, positions and segments, scale, shift, mask,
/// position ids. Outputs: y, how many words of each sample the mask leaves, the sum.
enum EmbedNormalization: Computation {
  static let names = ["EmbedLayerNormalization"]
  static let domain = Contrib.domain

  static func prepare(_ site: Site) throws(ExecutionError) -> Step {
    let epsilon = Attribute.float(site.node.float("epsilon", default: 1e-12))
    let norm = try LayerNormalization.prepare(
      site.inner("LayerNormalization", ["epsilon": epsilon]))
    return { x, run throws(TorchError) in
      let words = try x[0].to(type: .int64)
      var sum = try x[2].index([words])
      if let positions = x.optional(8) {
        sum = try sum + x[3].index([positions.to(type: .int64)])
      } else {
        sum = try sum + x[3].narrow(axis: 0, start: 0, length: words.shape[1])
      }
      if let segments = x.optional(1), let table = x.optional(4) {
        sum = try sum + table.index([segments.to(type: .int64)])
      }
      let y = try norm(x.inner([sum, x[5], x[6]]), run)[0]
      var counts = try Tensor.zeros([words.shape[0]], type: .int32, device: words.device)
      if let mask = x.optional(7) {
        counts = try mask.notEqual(0).sum([1], type: .int64).to(type: .int32)
      }
      return [y, counts, sum]
    }
  }
}
