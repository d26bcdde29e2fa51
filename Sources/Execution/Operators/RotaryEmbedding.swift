// Positions told by turning pairs of features.

import Network
import Torch

/// `RotaryEmbedding`: each pair of features turned by an angle that grows with the position.
///
/// Inputs: x [N, heads, length, size] or [N, length, heads size], cosines and sines of the angles
/// (a table by position where positions are given, else by sample and position), positions.
enum RotaryEmbedding: Computation {
  static let names = ["RotaryEmbedding"]

  static func prepare(_ site: Site) throws(ExecutionError) -> Step {
    let isInterleaved = site.node.int("interleaved", default: 0) != 0
    let stated = site.node.int("rotary_embedding_dim", default: 0)
    let heads = site.node.int("num_heads", default: 0)
    return { x, _ throws(TorchError) in
      let input = try x[0]
      var rows = input
      if input.rank == 3 {
        guard heads > 0, input.shape[2] % heads == 0 else {
          throw site.failure(x, "the features do not split into \(heads) heads")
        }
        rows = try input.reshape([input.shape[0], input.shape[1], heads, input.shape[2] / heads])
      } else {
        rows = try input.transpose(1, 2)
      }
      let size = rows.shape[3]
      let turned = stated == 0 ? size : stated
      guard turned <= size, turned % 2 == 0 else {
        throw site.failure(x, "\(turned) of \(size) features cannot be turned in pairs")
      }
      var (cosine, sine) = (try x[1], try x[2])
      if let positions = x.optional(3) {
        let places = try positions.to(type: .int64)
        (cosine, sine) = (try cosine.index([places]), try sine.index([places]))
      }
      (cosine, sine) = (try cosine.unsqueeze(2), try sine.unsqueeze(2))
      let part = try rows.narrow(axis: 3, start: 0, length: turned)
      let (a, b): (Tensor, Tensor)
      if isInterleaved {
        a = try part.slice(axis: 3, from: 0, step: 2)
        b = try part.slice(axis: 3, from: 1, step: 2)
      } else {
        a = try part.narrow(axis: 3, start: 0, length: turned / 2)
        b = try part.narrow(axis: 3, start: turned / 2, length: turned / 2)
      }
      let (real, imaginary) = (try cosine * a - sine * b, try sine * a + cosine * b)
      var y =
        isInterleaved
        ? try Tensor.stack([real, imaginary], axis: -1).flatten(from: 3)
        : try Tensor.cat([real, imaginary], axis: 3)
      if turned < size {
        let rest = try rows.narrow(axis: 3, start: turned, length: size - turned)
        y = try Tensor.cat([y, rest], axis: 3)
      }
      return [input.rank == 3 ? try y.reshape(input.shape) : try y.transpose(1, 2)]
    }
  }
}
