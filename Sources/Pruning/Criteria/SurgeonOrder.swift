// In which order the entries of a row leave when each removal is made good before the next is chosen.
//
// The exact form of layer-wise Optimal Brain Surgeon: with P the inverse second moment of what the row reads,
//
//   q = argmin theta_q^2 / (2 P_qq),   theta <- theta - theta_q / P_qq P e_q,   P <- P - P e_q e_q^T P / P_qq,
//
// until nothing is left. The row stays the constrained minimum all the way, so that an entry whose twin has
// left is worth more than before. A step costs the square of the row's length, a row its cube.

import Torch

/// The greedy order of a layer's entries.
enum SurgeonOrder {
  /// What each entry of `rows` `[inputs, outputs]` raises its row's error by when its turn comes, never less
  /// than the entries before it: the lowest of a row are those that leave first.
  ///
  /// - Parameters:
  ///   - inverse: the inverse second moment `[inputs, inputs]`.
  ///   - hasBias: whether the last input is the 1 of a bias, which moves and stays.
  static func rises(
    _ rows: Tensor, _ inverse: Tensor, hasBias: Bool
  ) throws(TorchError) -> Tensor {
    let (inputs, outputs) = (rows.shape[0], rows.shape[1])
    let count = hasBias ? inputs - 1 : inputs
    let units = try Tensor.eye(inputs, type: .float64, device: rows.device)
    let columns = try (0..<outputs).map { (output) throws(TorchError) -> Tensor in
      var (row, inverse) = (try rows.select(axis: 1, output), inverse)
      var gone = try row.detached().zerosLike()
      var rises = [Double](repeating: 0, count: inputs)
      var highest = -Float.leastNonzeroMagnitude
      for _ in 0..<count {
        let pivots = try inverse.diagonal() + gone
        let costs = try row.square() / (pivots * 2.0) + gone * Double.greatestFiniteMagnitude
        let place = try costs.narrow(axis: 0, start: 0, length: count).argmin().scalar()
        let q = Int(place)
        highest = max(Float(try costs.select(axis: 0, q).scalar()), highest.nextUp)
        rises[q] = Double(highest)
        let column = try inverse.select(axis: 1, q)
        let pivot = try column.select(axis: 0, q).scalar()
        let value = try row.select(axis: 0, q).scalar()
        gone = try gone + units.select(axis: 0, q)
        row = try (row - column * (value / pivot)) * (1 - gone)
        inverse = try inverse - column.outer(column) * (1 / pivot)
      }
      return try Tensor(rises, shape: [inputs], device: rows.device)
    }
    return try Tensor.stack(columns, axis: 1)
  }
}
