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
  static func choice(
    _ coupling: Coupling, _ random: inout SeededGenerator, mixing: Bool = false
  ) throws -> [Kept] {
    try coupling.groups.filter { mixing || $0.mixing.isEmpty }.map { group in
      let density = Double.random(in: 0.3...1, using: &random)
      let size = group.size / group.blocks
      let count = max(1, Int((density * Double(size)).rounded()))
      // Other units of each block, but equally many.
      let units = (0..<group.blocks).flatMap { block in
        (block * size..<(block + 1) * size).shuffled(using: &random).prefix(count)
      }
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
    var random = SeededGenerator(state: 12)
    try Self.check(network, Self.choice(coupling, &random))
  }

  @Test(arguments: SmallNetworks.all.keys)
  func smallNetworksToo(name: String) throws {
    let build = try #require(SmallNetworks.all[name])
    let network = try Samples.randomized(build(), seed: 21)
    let coupling = try network.coupling()
    #expect(!coupling.groups.isEmpty)
    var random = SeededGenerator(state: 22)
    for _ in 0..<5 { try Self.check(network, Self.choice(coupling, &random)) }
  }

  /// Cuts the network and demands the same outputs as of the masked one, and survivors bit for bit.
  static func check(_ network: Network, _ kept: [Kept]) throws {
    let masked = try network.masked(keeping: kept)
    let cut = try network.cut(keeping: kept)
    let isWhole = kept.allSatisfy { $0.removed.isEmpty }
    #expect(isWhole == (cut.parameterCount == network.parameterCount))
    let x = try Samples.input(of: network, batch: 2, seed: 13)
    let inputs = [network.inputs[0].name: x]
    let wholes = try withoutGradients { try Model(masked, type: .float64).run(inputs) }
    let smalls = try withoutGradients { try Model(cut, type: .float64).run(inputs) }
    for (name, whole) in wholes {
      let small = try #require(smalls[name])
      #expect(whole.shape == small.shape)
      let scale = try whole.abs().max().scalar()
      let difference = try (whole - small).abs().max().scalar()
      #expect(scale > 1e-6 && scale.isFinite)
      #expect(difference <= 1e-9 * scale, "\(network.name), '\(name)': \(difference) of \(scale)")
    }
    try checkSurvivors(network, cut, kept)
  }

  /// What is left of every tensor is what it was, found here from the groups' members alone.
  private static func checkSurvivors(
    _ network: Network, _ cut: Network, _ kept: [Kept]
  ) throws {
    var removed: [String: Tensor] = [:]
    for choice in kept {
      for member in choice.group.members where !choice.removed.isEmpty {
        guard let shape = network.initializers[member.value]?.tensor.shape else { continue }
        var lost = [Bool](repeating: false, count: shape[member.axis])
        for unit in choice.removed {
          for index in member.indices(of: unit) { lost[index] = true }
        }
        var along = shape.map { _ in 1 }
        along[member.axis] = -1
        var here = try Tensor(lost).reshape(along)
        if let rows = member.block {
          var across = shape.map { _ in 1 }
          across[0] = -1
          let inBlock = (0..<shape[0]).map { rows.contains($0) }
          here = try here.logicalAnd(Tensor(inBlock).reshape(across))
        }
        let known = try removed[member.value] ?? Tensor.zeros(shape, type: .bool)
        removed[member.value] = try known.logicalOr(here)
      }
    }
    for (name, left) in cut.initializers where left.role != .constant {
      let original = try #require(network.initializers[name])
      guard let lost = removed[name] else {
        #expect(left == original)
        continue
      }
      // The survivors in their old order are all that is left.
      let marks = try TensorData(lost).values(as: Bool.self)
      let old = try #require(numbers(original.tensor))
      #expect(numbers(left.tensor) == zip(old, marks).filter { !$0.1 }.map(\.0), "\(name)")
    }
  }

  private static func numbers(_ tensor: TensorData) -> [Double]? {
    tensor.reals ?? tensor.integers.map { $0.map(Double.init) }
  }
}
