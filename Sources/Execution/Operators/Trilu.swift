// Triangles of matrices, and matrices with ones on a diagonal.

import Network
import Torch

/// `Trilu`: the upper or lower triangle of each matrix, the rest zero.
enum Trilu: Computation {
  static let names = ["Trilu"]

  static func prepare(_ site: Site) throws(ExecutionError) -> Step {
    let isUpper = site.node.int("upper", default: 1) != 0
    let offset = site.integers(atInput: 1)
    return { x, _ throws(TorchError) in
      let input = try x[0]
      // Beyond the matrix every diagonal is the same.
      let reach = max(input.shape.max() ?? 0, 1)
      let k = max(-reach, min(reach, try offset(x)?.first ?? 0))
      return [isUpper ? try input.triu(k) : try input.tril(k)]
    }
  }
}

/// `EyeLike`: ones on the k-th diagonal of a matrix of the input's shape.
enum EyeLike: Computation {
  static let names = ["EyeLike"]

  static func prepare(_ site: Site) throws(ExecutionError) -> Step {
    let k = site.node.int("k", default: 0)
    let type = try site.statedType("dtype")
    return { x, _ throws(TorchError) in
      let input = try x[0]
      guard input.rank == 2 else { throw site.failure(x, "a matrix was expected") }
      let (rows, columns) = (input.shape[0], input.shape[1])
      let row = try Tensor.arange(to: .int(Int64(rows)), device: input.device).unsqueeze(1)
      let column = try Tensor.arange(to: .int(Int64(columns)), device: input.device)
      return [try column.equal(row + Int64(k)).to(type: type ?? input.type)]
    }
  }
}

/// `Det`: the determinant of each matrix.
enum Determinant: Computation {
  static let names = ["Det"]

  static func prepare(_ site: Site) throws(ExecutionError) -> Step {
    { x, _ throws(TorchError) in [try x[0].determinant()] }
  }
}
