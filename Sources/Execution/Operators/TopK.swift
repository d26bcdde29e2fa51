// Running sums and largest elements along an axis.

import Network
import Torch

/// The running sum or product along an axis, from either end, with or without the element itself.
enum CumulativeSum: Computation {
  static let names = ["CumProd", "CumSum"]

  static func prepare(_ site: Site) throws(ExecutionError) -> Step {
    let isReversed = site.node.int("reverse", default: 0) != 0
    let isExclusive = site.node.int("exclusive", default: 0) != 0
    let isProduct = site.node.op == "CumProd"
    let stated = site.integers(atInput: 1)
    return { x, _ throws(TorchError) in
      var input = try x[0]
      guard let stated = try stated(x)?.first else {
        throw site.failure(x, "no axis is given")
      }
      let axis = try site.axis(stated, rank: input.rank, x)
      if isReversed { input = try input.flip([axis]) }
      var results: Tensor
      if isProduct {
        if isExclusive {
          // Each element takes the place of the next; the first place has no factors.
          let ones = try input.narrow(axis: axis, start: 0, length: min(1, input.shape[axis]))
          let rest = try input.narrow(axis: axis, start: 0, length: max(0, input.shape[axis] - 1))
          input = try Tensor.cat([ones.onesLike(), rest], axis: axis)
        }
        results = try input.cumulativeProduct(axis: axis)
      } else {
        results = try input.cumulativeSum(axis: axis)
        if isExclusive { results = try results - input }
      }
      if isReversed { results = try results.flip([axis]) }
      return [try results.to(type: input.type)]
    }
  }
}

/// The k largest or smallest elements along an axis, and where they stand.
enum TopK: Computation {
  static let names = ["TopK"]

  static func prepare(_ site: Site) throws(ExecutionError) -> Step {
    let axis = site.node.int("axis", default: -1)
    let isLargest = site.node.int("largest", default: 1) != 0
    let attribute = site.node.int("k").map { [$0] }
    let count = IntegerList(known: attribute ?? site.integers(1), index: 1)
    return { x, _ throws(TorchError) in
      let input = try x[0]
      guard let k = try count(x)?.first else {
        throw site.failure(x, "k is missing")
      }
      let front = try site.axis(axis, rank: input.rank, x)
      guard (0...input.shape[front]).contains(k) else {
        throw site.failure(x, "\(k) elements cannot be taken of \(input.shape[front])")
      }
      // A stable sort, so that of equal elements the first comes first.
      let (values, indices) = try input.sorted(axis: front, descending: isLargest)
      return [
        try values.narrow(axis: front, start: 0, length: k),
        try indices.narrow(axis: front, start: 0, length: k),
      ]
    }
  }
}
