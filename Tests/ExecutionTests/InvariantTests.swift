// The master invariant: units set to zero and units removed give the same outputs.

import Network
import OrderedCollections
import Testing
import Torch

@testable import Execution

@Suite struct InvariantTests {
  /// Every architecture that is small, and the large ones on small pictures.
  private static let catalogue: [(String, [Int]?)] = [
    ("lenet-300-100", nil), ("lenet-5", nil), ("conv-2", nil), ("conv-6", nil),
    ("vgg-16", nil), ("resnet-20", nil), ("resnet-20-b", nil), ("se-resnet-20", nil),
    ("wideresnet-16-2", nil),
    ("mobilenet-v1-cifar", nil), ("mobilenet-v2", [3, 64, 64]),
    ("resnet-18-imagenet", [3, 64, 64]), ("densenet-121", [3, 64, 64]), ("lstm", [9]),
  ]

  /// A random part of every group that may be pruned, at least one unit of each.
  private static func choice(
    _ coupling: Coupling, _ random: inout SeededRandom
  ) throws -> [Kept] {
    try coupling.groups.filter { $0.frozen.isEmpty && $0.mixing.isEmpty }.map { group in
      let density = Double.random(in: 0.3...1, using: &random)
      var units = (0..<group.size).filter { _ in
        Double.random(in: 0...1, using: &random) < density
      }
      if units.isEmpty { units = [Int.random(in: 0..<group.size, using: &random)] }
      return try Kept(group, units: units)
    }
  }

  @Test(arguments: catalogue.map(\.0))
  func maskedEqualsCut(name: String) throws {
    let input = Self.catalogue.first { $0.0 == name }?.1
    let network = try Samples.random(Architectures.named(name), input: input, seed: 11)
    let coupling = try network.coupling()
    #expect(!coupling.groups.isEmpty)
    #expect(coupling.groups.flatMap(\.mixing) == [])
    var random = SeededRandom(seed: 12)
    try Self.check(network, Self.choice(coupling, &random))
  }

  @Test(arguments: SmallNetworks.all.keys)
  func smallNetworksToo(name: String) throws {
    let build = try #require(SmallNetworks.all[name])
    let network = try Samples.randomized(build(), seed: 21)
    let coupling = try network.coupling()
    #expect(!coupling.groups.isEmpty)
    var random = SeededRandom(seed: 22)
    for _ in 0..<5 { try Self.check(network, Self.choice(coupling, &random)) }
  }

  /// Cuts the network and demands the same outputs as of the masked one, and survivors bit for bit.
  static func check(_ network: Network, _ kept: [Kept]) throws {
    let masked = try network.masked(keeping: kept)
    let cut = try network.cut(keeping: kept)
    let isWhole = kept.allSatisfy { $0.removed.isEmpty }
    #expect(isWhole == (cut.parameterCount == network.parameterCount))
    let x = try Samples.input(of: network, batch: 2, seed: 13)
    let whole = try withoutGradients { try Model(masked, type: .float64)(x) }
    let small = try withoutGradients { try Model(cut, type: .float64)(x) }
    #expect(whole.shape == small.shape)
    let scale = try whole.abs().max().scalar()
    let difference = try (whole - small).abs().max().scalar()
    #expect(scale > 1e-6 && scale.isFinite)
    #expect(difference <= 1e-9 * scale, "\(network.name): \(difference) of \(scale)")
    try checkSurvivors(network, cut, kept)
  }

  /// What is left of every tensor is what it was, found here from the groups' members alone.
  private static func checkSurvivors(
    _ network: Network, _ cut: Network, _ kept: [Kept]
  ) throws {
    var removed: [String: [Int: Set<Int>]] = [:]
    for choice in kept {
      for member in choice.group.members {
        for unit in choice.removed {
          removed[member.value, default: [:]][member.axis, default: []]
            .formUnion(member.indices(of: unit))
        }
      }
    }
    for (name, left) in cut.initializers where left.role != .constant {
      let original = try #require(network.initializers[name])
      guard let axes = removed[name] else {
        #expect(left == original)
        continue
      }
      var tensor = try original.tensor.tensor(named: name)
      for (axis, indices) in axes {
        let survivors = (0..<tensor.shape[axis]).filter { !indices.contains($0) }
        tensor = try tensor.indexSelect(axis: axis, Tensor(survivors))
      }
      #expect(try TensorData(tensor) == left.tensor, "\(name)")
    }
  }
}
