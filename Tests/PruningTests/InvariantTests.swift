// What a pruner cuts computes what it masks, and what it leaves is left alone.

import Execution
import Network
import Testing

@testable import Pruning

@Suite struct InvariantTests {
  @Test(arguments: Graphs.names, ["macs=0.5", "params=0.1"])
  func cutEqualsMasked(name: String, target: String) throws {
    let network = try Graphs.named(name)
    let plan = try Pruner(criterion: Random(), target: Target(parsing: target)).plan(for: network)
    let cut = try network.cut(keeping: plan.kept)
    let masked = try network.masked(keeping: plan.kept)
    let found = try Equivalence.check(masked, cut)
    #expect(!plan.mixes)
    #expect(found.holds(), "\(found)")
    #expect(found.scale > 0 && found.maxAbsDiff.isFinite)
    // It would be seen if they differed.
    #expect(try !Equivalence.check(network, cut).holds())
  }

  /// Survivors are bit for bit what they were; what no group touches is untouched.
  @Test(arguments: ["lenet-5", "resnet-20", "resnet-20-b", "se-resnet-20", "dense"])
  func survivorsKeepTheirBits(name: String) throws {
    let network = try Graphs.named(name)
    let plan = try Pruner(criterion: Random(), target: Target(parsing: "params=0.5"))
      .plan(for: network)
    let cut = try network.cut(keeping: plan.kept)
    var removed: [String: [Int: Set<Int>]] = [:]
    for kept in plan.kept {
      for member in kept.group.members where member.role != nil {
        for unit in kept.removed where member.units.contains(unit) {
          removed[member.value, default: [:]][member.axis, default: []]
            .formUnion(member.indices(of: unit))
        }
      }
    }
    #expect(!removed.isEmpty)
    for (name, initializer) in network.initializers where initializer.role == .parameter {
      let left = try #require(cut.initializers[name])
      guard let axes = removed[name] else {
        #expect(left == initializer, "\(name)")
        continue
      }
      let shape = initializer.tensor.shape
      let elements = try initializer.tensor.values(as: Float.self)
      var survivors: [Float] = []
      for (flat, element) in elements.enumerated() {
        var (rest, stays) = (flat, true)
        for axis in shape.indices.reversed() {
          if axes[axis]?.contains(rest % shape[axis]) == true { stays = false }
          rest /= shape[axis]
        }
        if stays { survivors.append(element) }
      }
      #expect(try left.tensor.values(as: Float.self).elementsEqual(survivors), "\(name)")
    }
  }

  @Test func differencesAreSeenAtTheOutputTheyAreAt() throws {
    let network = try Graphs.residual()
    var other = network
    var weights = try Graphs.elements(network, "d.weight")
    weights[0] += 0.5
    other.initializers["d.weight"]?.tensor = try TensorData(weights, shape: [2, 6, 1, 1])
    let found = try Equivalence.check(network, other)
    #expect(!found.holds() && found.output == "y" && found.maxAbsDiff > 1e-3)
    #expect(try Equivalence.check(network, network).maxAbsDiff == 0)
  }

  @Test func outputsThatAreNoNumbersDoNotHold() throws {
    var network = try Graphs.residual()
    var weights = try Graphs.elements(network, "d.weight")
    weights[0] = .nan
    network.initializers["d.weight"]?.tensor = try TensorData(weights, shape: [2, 6, 1, 1])
    #expect(try !Equivalence.check(network, network).holds())
  }
}
