// What a file has beside its tensors' bytes: the difference between a network's size and its file's.

import Network

/// The bytes that a model's file has beside its tensors': nodes, names, shapes, metadata.
///
/// The cost of a network counts its tensors only. With the overhead a target in bytes is met by the
/// file that is written, however small the model. Zero counts the tensors alone.
public struct FileOverhead: Sendable, Hashable {
  /// In the file of the network as it is.
  public var before: Int
  /// In the file that will be written.
  public var after: Int

  /// An overhead in bytes.
  public init(before: Int = 0, after: Int = 0) {
    self.before = before
    self.after = after
  }
}

extension Pruner {
  /// The plan whose file meets a target in bytes, and the network cut by it.
  ///
  /// - Parameters:
  ///   - calibration: what a criterion that looks at data sees.
  ///   - fileBefore: the bytes of the network's file as it is; `nil` where it has none, so that the
  ///     one that would be written of it counts.
  ///   - fileBytes: the bytes of the file that would be written of a network.
  /// - Throws: the errors of ``plan(for:on:meter:)``, of cutting, and of `fileBytes`.
  public func plan(
    for network: Network, on calibration: Calibration? = nil, fileBefore: Int? = nil,
    fileBytes: (Network) throws -> Int
  ) throws -> (Plan, Network) {
    let tensors = try network.cost().total.weightBytes
    let beside = try fileBytes(network) - tensors
    var pruner = self
    pruner.overhead = FileOverhead(before: fileBefore.map { $0 - tensors } ?? beside, after: beside)
    var budget = try pruner.budget(for: network, on: calibration)
    var plan = try pruner.plan(budget)
    var small = try network.cut(keeping: plan.kept)
    // The overhead shrinks by a few bytes with the tensors' extents; it is known once the network is
    // cut. Mostly it settles at once; should it go back and forth, the larger counts.
    for round in 0..<6 {
      let exact = try fileBytes(small) - plan.after.weightBytes
      let next = round < 3 ? exact : max(exact, pruner.overhead.after)
      if next == pruner.overhead.after { break }
      pruner.overhead.after = next
      budget.pruner = pruner
      plan = try pruner.plan(budget)
      small = try network.cut(keeping: plan.kept)
    }
    return (plan, small)
  }
}
