// Reductions, sorting, shapes and indexing against literal expectations.

import Testing

@testable import Torch

/// The matrix `[[0, 1, 2], [3, 4, 5]]`.
private func matrix() throws -> Tensor { try counting([2, 3]) }

@Suite struct ReductionTests {
  static let reductions: [Case] = [
    Case("sum", [15], shape: []) { try matrix().sum() },
    Case("sum of axis", [3, 5, 7]) { try matrix().sum([0]) },
    Case("sum keeping", [3, 12], shape: [2, 1]) { try matrix().sum([1], keepAxes: true) },
    Case("sum of integers as float", [3]) { try Tensor([1, 2]).sum(type: .float32) },
    Case("mean", [2.5]) { try matrix().mean() },
    Case("mean of axes", [1, 4]) { try matrix().mean([-1]) },
    Case("variance", [1, 1]) { try matrix().variance([1]) },
    Case("variance uncorrected", [2.0 / 3]) { try vector(0, 1, 2).variance(correction: 0) },
    Case("standardDeviation", [1.5811388]) { try vector(1, 2, 3, 4, 5).standardDeviation() },
    Case("product", [24]) { try vector(2, 3, 4).product() },
    Case("product of axis", [0, 60]) { try matrix().product(axis: 1) },
    Case("max", [5]) { try matrix().max() },
    Case("max of axis", [2, 5]) { try matrix().max(axis: 1).values },
    Case("max indices", [1, 1, 1]) { try matrix().max(axis: 0).indices },
    Case("min", [0]) { try matrix().min() },
    Case("min of axis", [0, 1, 2], shape: [1, 3]) {
      try matrix().min(axis: 0, keepAxis: true).values
    },
    Case("min indices", [0, 0]) { try matrix().min(axis: 1).indices },
    Case("amax", [5]) { try matrix().amax() },
    Case("amax of axis", [2, 5]) { try matrix().amax([1]) },
    Case("amin", [0, 3]) { try matrix().amin([1]) },
    Case("argmax", [5]) { try matrix().argmax() },
    Case("argmax of axis", [2, 2]) { try matrix().argmax(axis: 1) },
    Case("argmin", [0, 0, 0]) { try matrix().argmin(axis: 0) },
    Case("norm", [5]) { try vector(3, 4).norm() },
    Case("norm 1", [7]) { try vector(3, -4).norm(order: 1) },
    Case("norm 0", [1]) { try vector(3, 0).norm(order: 0) },
    Case("norm infinity", [4]) { try vector(3, -4).norm(order: .double(.infinity)) },
    Case("logSumExp", [1000.6931471806]) { try vector(1000, 1000).logSumExp([0]) },
    Case("all", [0]) { try matrix().all() },
    Case("all of axis", [0, 1]) { try matrix().all([1]) },
    Case("any", [1]) { try matrix().any() },
    Case("any of axis", [1, 1, 1]) { try matrix().any([0]) },
    Case("countNonzero", [5]) { try matrix().countNonzero() },
    Case("cumulativeSum", [0, 1, 3, 3, 7, 12]) { try matrix().cumulativeSum(axis: 1) },
    Case("cumulativeProduct", [1, 2, 6]) { try vector(1, 2, 3).cumulativeProduct(axis: 0) },
  ]

  static let sorting: [Case] = [
    Case("sorted", [1, 2, 3]) { try vector(3, 1, 2).sorted().values },
    Case("sorted indices", [0, 2, 1]) { try vector(3, 1, 2).sorted(descending: true).indices },
    Case("argsort is stable", [1, 3, 0, 2]) { try vector(1, 0, 1, 0).argsort() },
    Case("topK", [9, 7]) { try vector(7, 1, 9).topK(2).values },
    Case("topK smallest", [1]) { try vector(7, 1, 9).topK(1, largest: false).indices },
    Case("kthValue", [7]) { try vector(7, 1, 9).kthValue(2).values },
    Case("kthValue index", [0]) { try vector(7, 1, 9).kthValue(2).indices },
    Case("median", [7]) { try vector(7, 1, 9, 8).median() },
    Case("quantile", [1.5]) { try vector(0, 1, 2, 3).quantile(0.5) },
    Case("unique", [1, 2]) { try vector(2, 1, 2).unique().values },
    Case("unique inverse", [1, 0, 1]) { try vector(2, 1, 2).unique().inverse },
    Case("unique counts", [1, 2]) { try vector(2, 1, 2).unique().counts },
    Case("nonzero", [0, 1, 1, 0], shape: [2, 2]) {
      try Tensor([0.0, 5, 6, 0], shape: [2, 2]).nonzero()
    },
    Case("bincount", [1, 0, 2, 0]) { try Tensor([2, 0, 2]).bincount(minimumLength: 4) },
  ]

  static let shapes: [Case] = [
    Case("reshape", [0, 1, 2, 3, 4, 5], shape: [3, 2]) { try matrix().reshape([3, -1]) },
    Case("view", [0, 1, 2, 3, 4, 5], shape: [6]) { try matrix().view([6]) },
    Case("flatten", [0, 1, 2, 3], shape: [1, 4]) { try counting([1, 2, 2]).flatten(from: 1) },
    Case("squeeze", [0, 1], shape: [2]) { try counting([1, 2, 1]).squeeze() },
    Case("squeeze one", [0, 1], shape: [2, 1]) { try counting([1, 2, 1]).squeeze([0]) },
    Case("unsqueeze", [0, 1], shape: [2, 1]) { try vector(0, 1).unsqueeze(-1) },
    Case("permute", [0, 3, 1, 4, 2, 5], shape: [3, 2]) { try matrix().permute([1, 0]) },
    Case("transpose", [0, 3, 1, 4, 2, 5], shape: [3, 2]) { try matrix().transpose() },
    Case("expand", [1, 1, 2, 2], shape: [2, 2]) { try vector(1, 2).unsqueeze(1).expand([-1, 2]) },
    Case("repeat", [1, 2, 1, 2], shape: [2, 2]) { try vector(1, 2).repeat([2, 1]) },
    Case("tile", [1, 2, 1, 2], shape: [4]) { try vector(1, 2).tile([2]) },
    Case("repeatInterleave", [1, 1, 2, 2]) { try vector(1, 2).repeatInterleave(2) },
    Case("flip", [2, 1, 0, 5, 4, 3]) { try matrix().flip([1]) },
    Case("roll", [3, 1, 2]) { try vector(1, 2, 3).roll([1], axes: [0]) },
    Case("tril", [0, 0, 2, 3]) { try counting([2, 2]).tril() },
    Case("triu", [0, 1, 0, 3]) { try counting([2, 2]).triu() },
    Case("triu above", [0, 1, 0, 0]) { try counting([2, 2]).triu(1) },
    Case("diagonal", [0, 3]) { try counting([2, 2]).diagonal() },
    Case("pad", [9, 1, 2, 9, 9]) { try vector(1, 2).pad([1, 2], value: 9) },
    Case("pad negative", [2]) { try vector(1, 2).pad([-1, 0]) },
    Case("pad reflect", [3, 2, 1, 2, 3], shape: [1, 5]) {
      try Tensor([1.0, 2, 3], shape: [1, 3]).pad([2, 0], mode: .reflect)
    },
    Case("pad replicate", [1, 1, 2], shape: [1, 3]) {
      try Tensor([1.0, 2], shape: [1, 2]).pad([1, 0], mode: .replicate)
    },
    Case("unfold", [0, 1, 2, 3], shape: [1, 4, 1]) {
      try counting([1, 1, 2, 2]).unfold(kernel: [2, 2])
    },
    Case("cat", [1, 2, 3]) { try .cat([vector(1), vector(2, 3)]) },
    Case("stack", [1, 3, 2, 4], shape: [2, 2]) {
      try .stack([vector(1, 2), vector(3, 4)], axis: 1)
    },
    Case("split", [1, 2, 4, 5], shape: [2, 2]) { try matrix().split([1, 2], axis: 1)[1] },
    Case("split by size", [2, 5], shape: [2, 1]) { try matrix().split(size: 2, axis: 1)[1] },
    Case("chunk", [3, 4, 5], shape: [1, 3]) { try matrix().chunk(2)[1] },
    Case("unbind", [1, 4]) { try matrix().unbind(axis: 1)[1] },
  ]

  static let indexing: [Case] = [
    Case("select", [3, 4, 5]) { try matrix().select(axis: 0, -1) },
    Case("slice", [0, 2, 3, 5], shape: [2, 2]) { try matrix().slice(axis: 1, step: 2) },
    Case("slice bounds", [1, 4], shape: [2, 1]) { try matrix().slice(axis: 1, from: 1, to: 2) },
    Case("narrow", [1, 2, 4, 5]) { try matrix().narrow(axis: 1, start: 1, length: 2) },
    Case("indexSelect", [2, 0, 5, 3]) { try matrix().indexSelect(axis: 1, Tensor([2, 0])) },
    Case("indexCopy", [0, 9, 0]) { try vector(0, 0, 0).indexCopy(axis: 0, Tensor([1]), vector(9)) },
    Case("indexAdd", [0, 7]) {
      try vector(0, 1).indexAdd(axis: 0, Tensor([1]), vector(3), alpha: 2)
    },
    Case("index", [1, 4]) { try matrix().index([nil, Tensor(1)]) },
    Case("index by lists", [1, 5]) { try matrix().index([Tensor([0, 1]), Tensor([1, 2])]) },
    Case("index by mask", [0, 5]) {
      try matrix().index([Tensor([true, false, false, false, false, true], shape: [2, 3])])
    },
    Case("indexPut", [8, 0, 0]) { try vector(0, 0, 0).indexPut([Tensor([0])], vector(8)) },
    Case("gather", [0, 4, 2]) { try matrix().gather(axis: 0, Tensor([0, 1, 0], shape: [1, 3])) },
    Case("scatter", [0, 8, 9]) {
      try vector(0, 0, 0).scatter(axis: 0, Tensor([2, 1]), vector(9, 8))
    },
    Case("scatter value", [5, 0]) { try vector(0, 0).scatter(axis: 0, Tensor([0]), 5) },
    Case("scatterAdd", [3, 0]) {
      try vector(0, 0).scatterAdd(axis: 0, Tensor([0, 0]), vector(1, 2))
    },
    Case("maskedFill", [7, 2]) { try vector(1, 2).maskedFill(Tensor([true, false]), 7) },
    Case("maskedSelect", [2]) { try vector(1, 2).maskedSelect(Tensor([false, true])) },
    Case("oneHot", [0, 1, 0, 1, 0, 0], shape: [2, 3]) { try Tensor([1, 0]).oneHot(classes: 3) },
    Case("embedding", [3, 4, 5, 0, 1, 2], shape: [2, 3]) {
      try matrix().embedding(Tensor([1, 0]))
    },
  ]

  @Test(arguments: reductions) func reduces(_ example: Case) throws { try example.check() }
  @Test(arguments: sorting) func sorts(_ example: Case) throws { try example.check() }
  @Test(arguments: shapes) func reshapes(_ example: Case) throws { try example.check() }
  @Test(arguments: indexing) func indexes(_ example: Case) throws { try example.check() }

  @Test func partsOfASplitJoinAgain() throws {
    let whole = try counting([4, 5, 3])
    for axis in 0..<3 {
      let parts = try whole.split(size: 2, axis: axis)
      #expect(try Tensor.cat(parts, axis: axis).isEqual(to: whole))
      #expect(try Tensor.stack(whole.unbind(axis: axis), axis: axis).isEqual(to: whole))
    }
  }
}
