// Unstructured pruning: which single weights stay.

import Foundation
import Network

/// Which single weights stay, by parameter.
public struct ElementMasks: Sendable, Hashable {
  /// For each masked parameter, whether each element stays, in row-major order.
  public var kept: [String: [Bool]]

  /// What removed elements are instead of zero: the bytes of a whole parameter, of which those of
  /// removed elements count. Parameters that are not named here have zeros.
  public var held: [String: Bytes]

  /// The given masks.
  public init(kept: [String: [Bool]] = [:], held: [String: Bytes] = [:]) {
    self.kept = kept
    self.held = held
  }

  /// The `counts` best of each candidate; what has left already stays away.
  init(keeping counts: [Int], of candidates: [Candidate], after earlier: ElementMasks) {
    self.init(held: earlier.held)
    for (candidate, count) in zip(candidates, counts) {
      var mask = [Bool](repeating: false, count: candidate.scores.count)
      for index in candidate.best(count) { mask[index] = candidate.scores[index] > -.infinity }
      kept[candidate.name] = mask
    }
  }

  /// The fraction of the masked parameters' elements that is removed; 0 where nothing is masked.
  public var sparsity: Double {
    let total = kept.values.reduce(0) { $0 + $1.count }
    let ones = kept.values.reduce(0) { sum, mask in sum + mask.count { $0 } }
    return total == 0 ? 0 : 1 - Double(ones) / Double(total)
  }
}

extension Pruner {
  /// Which single weights stay: those with the highest scores among the prunable ones, or the sets of
  /// them where ``granularity`` says so.
  ///
  /// Prunable are the parameters with at least two axes (weights of layers; not biases, not
  /// normalisation) that are not excluded. What `earlier` masks has removed stays removed.
  ///
  /// - Parameter calibration: what a criterion that looks at data sees.
  /// - Throws: ``PruningError/combination(_:)`` for a target other than a sparsity or a threshold.
  public func masks(
    for network: Network, after earlier: ElementMasks = ElementMasks(),
    on calibration: Calibration? = nil
  ) throws(PruningError) -> ElementMasks {
    switch (target.quantity, target.amount) {
    case (.sparsity, .fraction), (.effectiveSparsity, .fraction), (.threshold, .absolute): break
    default:
      throw .combination(
        "single weights are pruned to a sparsity, not to \(target.quantity): zeros in a tensor of "
          + "the same shape save no \(target.quantity.unit); use granularity filter, or sparsity=")
    }
    let candidates = try candidates(of: network, after: earlier, on: calibration)
    try allocation.check(candidates)
    if case (.sparsity, .fraction(let sparsity)) = (target.quantity, target.amount) {
      try allocation.check(candidates, reaching: sparsity)
    }
    if let granularity {
      guard target.quantity != .effectiveSparsity else {
        throw .combination(
          "an effective sparsity is reached by single weights; use granularity element, or sparsity="
        )
      }
      // What other weights have lost stays so.
      var masks = earlier
      masks.kept.merge(
        try self.masks(by: granularity, of: candidates, in: network).kept
      ) { $1 }
      return masks
    }
    switch (target.quantity, target.amount) {
    case (.effectiveSparsity, .fraction(let sparsity)):
      return try masks(reaching: sparsity, of: network, among: candidates, after: earlier)
    case (_, .fraction(let sparsity)):
      let counts = allocation.counts(removing: sparsity, from: candidates)
      return ElementMasks(keeping: counts, of: candidates, after: earlier)
    case (_, .absolute(let score)):
      let counts = candidates.map { $0.scores.count { Target.keeps($0, by: score) } }
      return ElementMasks(keeping: counts, of: candidates, after: earlier)
    }
  }

  /// The prunable weights with their scores.
  private func candidates(
    of network: Network, after earlier: ElementMasks, on calibration: Calibration?
  ) throws(PruningError) -> [Candidate] {
    try exclusions.check(weightsOf: network)
    var subject = try Subject(
      network, seed: seed, groups: [], for: criterion, after: earlier, on: calibration)
    subject.marks = marks
    var candidates: [Candidate] = []
    for name in network.weightNames where !exclusions.excludes(parameter: name) {
      var scores = try criterion.elementScores(of: name, in: subject)
      if control == .invert { scores = scores.map { -$0 } }
      let mask = earlier.kept[name] ?? []
      guard mask.isEmpty || mask.count == scores.count else {
        throw .network(
          .impossibleCut(reason: "a mask of \(mask.count) elements does not fit '\(name)'"))
      }
      candidates.append(
        try Candidate(
          name: name, scores: scores, shape: try subject.weight(name).shape,
          removed: mask.indices.lazy.filter { !mask[$0] }))
    }
    guard !candidates.isEmpty else {
      throw .nothingToPrune(reason: "no parameter has at least two axes and is not excluded")
    }
    return candidates
  }

  /// Which single weights stay after all steps of `schedule`, each of which scores the network as the
  /// steps before it have masked it, without training between them: pruning at initialisation.
  ///
  /// - Parameter calibration: what a criterion that looks at data sees, at each step.
  /// - Throws: as ``masks(for:after:on:)``.
  public func masks(
    for network: Network, after earlier: ElementMasks = ElementMasks(),
    along schedule: any PruningSchedule, on calibration: Calibration? = nil
  ) throws(PruningError) -> ElementMasks {
    var masks = earlier
    for step in 1...max(1, schedule.steps) {
      var pruner = self
      if case .fraction(let sparsity) = target.amount {
        pruner.target.amount = .fraction(schedule.removed(after: step, target: sparsity))
      }
      let masked = step == 1 ? network : try network.masked(by: masks)
      masks = try pruner.masks(for: masked, after: masks, on: calibration)
    }
    return control == .shuffle ? masks.shuffled(seed: seed, after: earlier) : masks
  }
}

extension Network {
  /// The network with the weights that `masks` removes set to zero, or to what they are held at.
  ///
  /// - Throws: ``PruningError/network(_:)`` where a mask does not fit.
  public func masked(by masks: ElementMasks) throws(PruningError) -> Network {
    var result = self
    for (name, mask) in masks.kept {
      guard let tensor = initializers[name]?.tensor else {
        throw .network(.noSuch(kind: "parameter", name: name, known: Array(initializers.keys)))
      }
      guard mask.count == tensor.count, tensor.type.bitWidth >= 8 else {
        throw .network(
          .impossibleCut(reason: "a mask of \(mask.count) elements does not fit '\(name)'"))
      }
      let width = tensor.type.bitWidth / 8
      var bytes = tensor.bytes.array
      let held = masks.held[name]?.array ?? []
      guard held.isEmpty || held.count == bytes.count else {
        throw .network(
          .impossibleCut(reason: "\(held.count) bytes to hold do not fit '\(name)'"))
      }
      for (index, stays) in mask.enumerated() where !stays {
        for byte in index * width..<(index + 1) * width {
          bytes[byte] = held.isEmpty ? 0 : held[byte]
        }
      }
      result.initializers[name]?.tensor = try Pruning.network { () throws(NetworkError) in
        try TensorData(type: tensor.type, shape: tensor.shape, bytes: Bytes(bytes))
      }
    }
    return result
  }
}

extension ElementMasks {
  /// The masks of what is left of `network` when it is cut to `units`: those of the weights that stay.
  ///
  /// - Throws: ``PruningError/network(_:)`` where a mask or the cut does not fit.
  public func cut(
    keeping units: [Kept], of network: Network
  ) throws(PruningError) -> ElementMasks {
    if kept.isEmpty { return self }
    // Masks are cut as the weights are: in their place.
    return try Pruning.network { () throws(NetworkError) in
      var shadow = network
      for (name, mask) in kept {
        guard let shape = network.initializers[name]?.tensor.shape else { continue }
        shadow.initializers[name]?.tensor = try TensorData(
          mask.map { $0 ? 1 : 0 as Float }, shape: shape)
      }
      let small = try shadow.cut(keeping: units)
      var left = ElementMasks()
      for name in kept.keys {
        if let tensor = small.initializers[name]?.tensor {
          left.kept[name] = try tensor.values(as: Float.self).map { $0 != 0 }
        }
      }
      return left
    }
  }
}

extension ElementMasks: Codable {
  /// A mask as it is stored: eight elements a byte, the first in the lowest bit.
  private struct Packed: Codable {
    var count: Int
    var bits: Foundation.Data

    init(_ mask: [Bool]) {
      count = mask.count
      bits = Foundation.Data(count: (mask.count + 7) / 8)
      for (index, stays) in mask.enumerated() where stays { bits[index / 8] |= 1 << (index % 8) }
    }

    /// The mask; `nil` where the bits are too few or too many.
    var mask: [Bool]? {
      guard count >= 0, bits.count == count / 8 + (count % 8 == 0 ? 0 : 1) else { return nil }
      return (0..<count).map { bits[$0 / 8] >> ($0 % 8) & 1 == 1 }
    }
  }

  /// The masks as they are stored.
  private struct Stored: Codable {
    var kept: [String: Packed]
    var held: [String: Foundation.Data]?
  }

  public func encode(to encoder: any Encoder) throws {
    let held = held.mapValues { Foundation.Data($0.array) }
    try Stored(kept: kept.mapValues(Packed.init), held: held.isEmpty ? nil : held)
      .encode(to: encoder)
  }

  public init(from decoder: any Decoder) throws {
    let stored = try Stored(from: decoder)
    self.init(
      kept: try stored.kept.mapValues { packed in
        guard let mask = packed.mask else {
          throw DecodingError.dataCorrupted(
            .init(
              codingPath: decoder.codingPath,
              debugDescription: "a mask has \(packed.count) elements in "
                + "\(packed.bits.count) bytes"))
        }
        return mask
      },
      held: (stored.held ?? [:]).mapValues { Bytes(Array($0)) })
  }
}
