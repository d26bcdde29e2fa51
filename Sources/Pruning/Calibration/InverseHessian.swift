// InverseHessian: the full inverse of a small network's Hessian, for Optimal Brain Surgeon.
//
// B. Hassibi, D. G. Stork, "Second order derivatives for network pruning: Optimal Brain Surgeon", NIPS
// 1992. The Hessian of a trained network is a mean of outer products, H = 1/P sum_k X_k X_k^T, and its
// inverse grows with each of them without a matrix ever being inverted:
//
//   H_0^-1 = I / alpha,
//   H_m+1^-1 = H_m^-1 - H_m^-1 X X^T H_m^-1 / (P + X^T H_m^-1 X),      alpha from 1e-8 to 1e-4.
//
// X is the derivative of an output by all parameters (biases and normalisation included). Of the mean
// squared error over n outputs each output gives sqrt(2 / n) times its own; of cross-entropy each class c
// gives sqrt(p_c) d(z_c - sum_j p_j z_j), which is the Gauss-Newton form of its Hessian.

import Execution
import Network
import Torch
import Training

/// The inverse of the Hessian by all parameters of a small network, with the parameters in one vector.
struct InverseHessian {
  /// The most parameters that are taken: the inverse has their number squared.
  static let largest = 4096

  /// The parameters, where each begins in the vector, and the length of the vector.
  let names: [String]
  let offsets: [Int]
  /// The parameters' values `[n]` and the inverse `[n, n]`, in double precision.
  private(set) var values: Tensor
  private(set) var inverse: Tensor

  /// Looks at every example of `survey` once for each output.
  ///
  /// - Throws: ``PruningError/combination(_:)`` where there are too many parameters.
  init(_ survey: Survey, alpha: Double) throws(PruningError) {
    let model = try survey.model(type: .float64)
    let count = model.parameters.values.reduce(0) { $0 + $1.count }
    guard count <= Self.largest else {
      throw .combination(
        "obs keeps the inverse Hessian of all parameters, and \(count) are more than the "
          + "\(Self.largest) that it is made for; use l-obs, which works layer by layer")
    }
    let leaves = Array(model.parameters.values)
    names = Array(model.parameters.keys)
    offsets = leaves.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1.count) }
    values = try engine { () throws(TorchError) in
      try Tensor.cat(
        leaves.map { (leaf) throws(TorchError) in try leaf.detached().reshape([-1]) }, axis: 0)
    }
    let examples = try survey.examples()
    let single = examples.by(1)
    var found = try engine { () throws(TorchError) in
      try Tensor.eye(count, type: .float64, device: model.device) / alpha
    }
    for index in 0..<single.batches {
      let batch = try single.batch(index, for: model)
      let sources = try Self.sources(of: survey.output(of: model, on: batch), batch)
      for source in sources {
        let derivatives = try survey.derivatives(of: source, by: leaves, keepGraph: true)
        found = try engine { () throws(TorchError) in
          let x = try Tensor.cat(
            derivatives.map { (part) throws(TorchError) in try part.reshape([-1]) }, axis: 0)
          return try Self.adding(x, to: found, of: single.batches)
        }
      }
    }
    inverse = found
  }

  /// One step of the recursion.
  static func adding(_ x: Tensor, to inverse: Tensor, of count: Int) throws(TorchError) -> Tensor {
    let column = try inverse.mm(x.reshape([-1, 1]))
    let scale = try (x.dot(column.reshape([-1])) + Double(count))
    return try inverse - column.mm(column.transpose()) / scale
  }

  /// Numbers whose derivatives' outer products add up to the curvature of one example's loss.
  private static func sources(
    of output: Tensor, _ batch: TensorBatch
  ) throws(PruningError) -> [Tensor] {
    try engine { () throws(TorchError) in
      let flat = try output.reshape([-1])
      if batch.hasClasses {
        let p = try flat.detached().softmax(axis: 0)
        let centred = try (flat - (p * flat).sum()) * p.sqrt()
        return try (0..<flat.count).map { (c) throws(TorchError) in
          try centred.select(axis: 0, c)
        }
      }
      let scale = (2 / Double(flat.count)).squareRoot()
      return try (0..<flat.count).map { (c) throws(TorchError) in
        try flat.select(axis: 0, c) * scale
      }
    }
  }

  /// The places in the vector of the elements of `name` that `picks` says.
  func places(of name: String, where picks: (Int) -> Bool) -> [Int] {
    guard let position = names.firstIndex(of: name) else { return [] }
    let range = offsets[position]..<offsets[position + 1]
    return range.filter { picks($0 - range.lowerBound) }
  }

  /// Takes a weight out, the others making good for it: `dw = -w_q / [H^-1]_qq H^-1 e_q`; row and column
  /// `q` of the inverse become 0.
  mutating func remove(_ q: Int) throws(TorchError) {
    let column = try inverse.select(axis: 1, q)
    let pivot = try column.select(axis: 0, q)
    values = try values - column * (values.select(axis: 0, q) / pivot)
    inverse = try inverse - column.outer(column) / pivot
    let place = try Tensor([Int64(q)], device: values.device)
    let zero = try Tensor.zeros([1], type: .float64, device: values.device)
    values = try values.indexCopy(axis: 0, place, zero)
    let row = try Tensor.zeros([1, offsets.last ?? 0], type: .float64, device: values.device)
    inverse = try inverse.indexCopy(axis: 0, place, row)
      .indexCopy(axis: 1, place, row.transpose())
  }

  /// Takes several weights out at once, which is where taking them out one by one ends: the minimum of the
  /// quadratic model with all of them at 0.
  mutating func remove(all places: [Int]) throws(TorchError) {
    if places.isEmpty { return }
    let index = try Tensor(places.map(Int64.init), device: values.device)
    let columns = try inverse.indexSelect(axis: 1, index)
    let block = try columns.indexSelect(axis: 0, index)
    let leaving = try values.indexSelect(axis: 0, index)
    values = try values - columns.mm(block.solve(leaving.reshape([-1, 1]))).reshape([-1])
    inverse = try inverse - columns.mm(block.solve(columns.transpose()))
    let zero = try Tensor.zeros([places.count], type: .float64, device: values.device)
    values = try values.indexCopy(axis: 0, index, zero)
    let rows = try Tensor.zeros(
      [places.count, offsets.last ?? 0], type: .float64, device: values.device)
    inverse = try inverse.indexCopy(axis: 0, index, rows)
      .indexCopy(axis: 1, index, rows.transpose())
  }
}
