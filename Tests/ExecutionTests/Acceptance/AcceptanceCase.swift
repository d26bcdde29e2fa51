// One network that must be prunable, with what stays of it and how the survivors are found by hand.

import Network
import Testing
import Torch

@testable import Execution

/// How what stays of a parameter is taken from the original.
enum Pick: Sendable {
  /// These indices along an axis.
  case axis(Int, [Int])
  /// Other indices along axis 1 in each of equally many blocks of rows.
  case blocks([[Int]])

  func of(_ tensor: TensorData) throws -> TensorData {
    switch self {
    case .axis(let axis, let indices): return try tensor.gathering(indices, axis: axis)
    case .blocks(let kept):
      let rows = tensor.shape[0] / kept.count
      return try TensorData(
        Tensor.cat(
          kept.enumerated().map { block, indices in
            let part = try tensor.gathering(Array(block * rows..<(block + 1) * rows), axis: 0)
            return try part.gathering(indices, axis: 1).tensor(named: "part")
          }, axis: 0))
    }
  }
}

/// A network that must be prunable.
///
/// The cut network is compared with the masked one, and with a network that was built small, into
/// which the survivors' weights are loaded as `picks` says: nothing in that comparison comes from the
/// solver.
struct AcceptanceCase: Sendable {
  /// Builds the network with the given sizes.
  var build: @Sendable ([Int]) throws -> Network
  /// The sizes before and after.
  var sizes: (full: [Int], small: [Int])
  /// What stays of the groups, by name.
  var kept: [String: [Int]]
  /// How each changed parameter's survivors are taken, step by step.
  var picks: [String: [Pick]]
  var options = CouplingOptions()
  /// Whether zero and absence are not the same here.
  var mixes = false
  /// Whether the masked network takes its statistics over those that stay, so that it is equal.
  var masks = true

  func check() throws {
    let network = try Samples.randomized(build(sizes.full), seed: 31)
    let coupling = try network.coupling(options: options)
    var chosen: [Kept] = []
    for (name, units) in kept {
      let group = try coupling.group(named: name)
      #expect(group.frozen == [], "\(name)")
      #expect(group.mixing.isEmpty == !mixes, "\(name): \(group.mixing)")
      chosen.append(try Kept(group, units: units))
    }
    if masks { try InvariantTests.check(network, chosen) }
    let cut = try network.cut(keeping: chosen)
    try cut.validate()
    var reference = try build(sizes.small)
    for (name, initializer) in reference.initializers where initializer.role != .constant {
      var tensor = try #require(network.initializers[name]).tensor
      for pick in picks[name] ?? [] { tensor = try pick.of(tensor) }
      #expect(tensor.shape == initializer.tensor.shape, "\(name)")
      reference.initializers[name]?.tensor = tensor
    }
    #expect(cut.parameterCount == reference.parameterCount)
    #expect(cut.parameterCount < network.parameterCount)
    let x = try Samples.input(of: network, batch: 2, seed: 32)
    let y = try withoutGradients { try Model(cut, type: .float64)(x) }
    let z = try withoutGradients { try Model(reference, type: .float64)(x) }
    #expect(y.shape == z.shape)
    let scale = try z.abs().max().scalar()
    let difference = try (y - z).abs().max().scalar()
    #expect(scale > 1e-6 && scale.isFinite)
    #expect(difference <= 1e-12 * scale, "\(difference) of \(scale)")
  }
}

extension [String: [Pick]] {
  /// What stays of a layer's weight [out, in, ...] and bias.
  static func layer(_ name: String, out: [Int]? = nil, in used: [Int]? = nil) -> Self {
    var picks: Self = [:]
    if let out { picks["\(name).bias"] = [.axis(0, out)] }
    picks["\(name).weight"] =
      (out.map { [.axis(0, $0)] } ?? []) + (used.map { [.axis(1, $0)] } ?? [])
    return picks
  }

  /// What stays of a normalisation's vectors.
  static func norm(_ name: String, _ channels: [Int]) -> Self {
    var picks: Self = [:]
    for part in ["weight", "bias", "running_mean", "running_var"] {
      picks["\(name).\(part)"] = [.axis(0, channels)]
    }
    return picks
  }

  static func + (a: Self, b: Self) -> Self { a.merging(b) { $0 + $1 } }
}

extension [Int] {
  /// The indices of blocks of `width` that belong to these units, as often as `copies` says, `step`
  /// apart.
  func spread(width: Int, copies: Int = 1, step: Int = 0) -> [Int] {
    (0..<copies).flatMap { copy in
      flatMap { unit in (0..<width).map { copy * step + unit * width + $0 } }
    }
  }

  /// These indices moved.
  func moved(by offset: Int) -> [Int] { map { $0 + offset } }
}
