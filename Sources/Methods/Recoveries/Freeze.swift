// Freezing: pruned weights are held at what they were at a mark instead of at zero.
//
// H. Zhou et al., "Deconstructing Lottery Tickets: Zeros, Signs, and the Supermask", NeurIPS 2019, section
// 4: mask-0 actions. With all pruned weights frozen at their first values tickets train worse than with
// zeros, so that zero matters. With zeros only where training had moved a weight towards zero, and the first
// values where it had moved it away,
//   w <- m x w + (1 - m) x w_0 [|w_T| >= |w_0|],
// they train better: a mask is training of its own kind, as it sets weights where they were going.

import Foundation
import Network
import Pruning

/// Holds pruned weights at the values they had at a mark.
///
/// ```yaml
/// freeze: {at: start}                   # all of them
/// freeze: {at: start, grown-by: trained}   # those that were larger at the mark 'trained'; zeros elsewhere
/// ```
/// They take part in what the network computes and are not trained. Weights that leave later are zero.
struct Freeze: Recovery {
  static let name = "freeze"
  static let summary = "pruned weights are held at a mark's values (Zhou et al. 2019)"

  let mark: Mark
  /// What is compared in size with ``mark``; `nil` where all pruned weights are held.
  let later: Mark?

  init(_ settings: RecipeReader) throws(RecipeError) {
    mark = try settings.mark("at")
    later = settings.keys.contains("grown-by") ? try settings.mark("grown-by") : nil
    if later == nil { _ = settings.node("grown-by", "a text") }
  }

  var marks: [Mark] { [mark] + (later.map { [$0] } ?? []) }

  func recover(_ run: inout Run) throws {
    let first = try run.network(at: mark)
    let last = try later.map { try run.network(at: $0) }
    for (name, kept) in run.masks.kept {
      guard let tensor = first.initializers[name]?.tensor, tensor.count == kept.count,
        tensor.type == run.network.initializers[name]?.tensor.type
      else {
        throw RecipeError.markShape(
          mark: mark.name, tensor: name, found: first.initializers[name]?.tensor.shape,
          expected: run.network.initializers[name]?.tensor.shape ?? [])
      }
      var bytes = tensor.bytes.array
      let width = tensor.type.bitWidth / 8
      var isZero = kept
      if let last {
        guard let before = tensor.reals, let after = last.initializers[name]?.tensor.reals,
          after.count == before.count
        else {
          throw RecipeError.markShape(
            mark: later?.name ?? "", tensor: name, found: last.initializers[name]?.tensor.shape,
            expected: tensor.shape)
        }
        for index in before.indices where after[index].magnitude < before[index].magnitude {
          isZero[index] = true
        }
      }
      for index in isZero.indices where isZero[index] {
        for byte in index * width..<(index + 1) * width { bytes[byte] = 0 }
      }
      run.masks.held[name] = Bytes(bytes)
    }
    run.network = try run.network.masked(by: run.masks)
  }
}
