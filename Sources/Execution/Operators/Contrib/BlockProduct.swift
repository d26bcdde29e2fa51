// Matrix products whose weight is kept in few bits, by blocks that share a scale.

import Network
import Torch

/// `MatMulNBits`: `a weight^T + bias`, where `weight = (code - zero) scale`.
///
/// Inputs: a [..., K], codes [N, blocks, bytes], scales [N blocks], zero points, the block of each
/// input where they are not in order, bias.
enum BlockProduct: Computation {
  static let names = ["MatMulNBits"]
  static let domain = Contrib.domain

  static func prepare(_ site: Site) throws(ExecutionError) -> Step {
    let node = site.node
    let (k, n) = (node.int("K", default: 0), node.int("N", default: 0))
    let (bits, block) = (node.int("bits", default: 4), node.int("block_size", default: 0))
    guard k > 0, n > 0, block > 0, [2, 4, 8].contains(bits) else {
      throw site.invalid("K = \(k), N = \(n), block_size = \(block), bits = \(bits)")
    }
    let count = (k + block - 1) / block
    func unpacked(_ bytes: Tensor, _ rows: [Int]) throws(TorchError) -> Tensor {
      let wide = try bytes.to(type: .int32)
      var parts: [Tensor] = []
      for shift in stride(from: 0, to: 8, by: bits) {
        let part = try wide.divide(Tensor(Int32(1 << shift), device: wide.device), rounding: .floor)
        parts.append(try part.remainder(Tensor(Int32(1 << bits), device: wide.device)))
      }
      return try Tensor.stack(parts, axis: -1).reshape(rows + [-1])
    }
    return { x, _ throws(TorchError) in
      let a = try x[0]
      let codes = try unpacked(x[1], [n, count]).to(type: .float32)
      let scales = try x[2].to(type: .float32).reshape([n, count, 1])
      var zeros = try Tensor.full(
        [n, count, 1], .double(Double(1 << (bits - 1))), device: a.device)
      if let stated = x.optional(3) {
        // Packed like the codes, each row filled up to whole bytes, or numbers of a's type.
        zeros =
          stated.type.isFloatingPoint
          ? try stated.to(type: .float32).reshape([n, count, 1])
          : try unpacked(stated.reshape([n, -1]), [n])
            .narrow(axis: 1, start: 0, length: count).to(type: .float32).unsqueeze(2)
      }
      var weight: Tensor
      if let groups = x.optional(4) {
        // Input k takes the scale and the zero point of block groups[k], wherever it stands.
        let places = try groups.to(type: .int64).narrow(axis: 0, start: 0, length: k)
        weight = try codes.reshape([n, -1]).narrow(axis: 1, start: 0, length: k)
        weight = try weight - zeros.squeeze([2]).indexSelect(axis: 1, places)
        weight = try weight * scales.squeeze([2]).indexSelect(axis: 1, places)
      } else {
        weight = try ((codes - zeros) * scales).reshape([n, -1])
          .narrow(axis: 1, start: 0, length: k)
      }
      weight = try weight.to(type: a.type)
      let y = try a.matmul(weight.transpose())
      return [try x.optional(5).map { bias throws(TorchError) in try y + bias } ?? y]
    }
  }
}
