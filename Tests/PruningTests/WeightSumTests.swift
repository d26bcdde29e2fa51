// L1 and L2 norms summed where the weights lie, against norms of the scores of single weights.

import Data
import Network
import Testing

@testable import Pruning

@Suite struct WeightSumTests {
  @Test(arguments: ["residual", "grouped", "lstm", "half", "lenet-5", "se-resnet-20"])
  func normsAreThoseOfTheElements(_ name: String) throws {
    var network: Network
    switch name {
    case "residual": network = try Graphs.residual()
    case "grouped": network = try grouped()
    case "lstm": network = try Architectures.named("lstm").network(seed: 3)
    case "half": network = try half()
    default: network = try Architectures.named(name).network(seed: 3)
    }
    let groups = try network.coupling().groups
    #expect(!groups.isEmpty)
    for group in groups {
      for criterion in [L1() as any Criterion, L2()] {
        let found = try criterion.unitScores(of: group, in: Subject(network))
        let expected = try norms(criterion, group, network)
        #expect(found.count == expected.count)
        for (x, y) in zip(found, expected) {
          #expect(abs(x - y) <= 1e-9 * max(1, y), "\(group.name): \(x) instead of \(y)")
        }
      }
    }
  }

  /// The norms, element by element.
  private func norms(
    _ criterion: any Criterion, _ group: Group, _ network: Network
  ) throws -> [Double] {
    let subject = Subject(network)
    var sums = [Double](repeating: 0, count: group.size)
    for member in group.producers where member.role == .parameter {
      let shape = try subject.weight(member.value).shape
      let inner = shape[(member.axis + 1)...].reduce(1, *)
      for (flat, weight) in try subject.elements(of: member.value).enumerated() {
        let index = flat / inner % shape[member.axis]
        let row = flat / shape[1...].reduce(1, *)
        guard member.block?.contains(row) ?? true else { continue }
        for unit in member.units where member.indices(of: unit).contains(index) {
          let w = Double(weight)
          sums[unit] += criterion is L1 ? abs(w) : w * w
        }
      }
    }
    return criterion is L1 ? sums : sums.map { $0.squareRoot() }
  }

  private func grouped() throws -> Network {
    try Graphs.graph(
      input: ["batch", 3, 5, 5],
      parameters: [
        ("a.weight", [8, 3, 1, 1]), ("b.weight", [6, 4, 3, 3]), ("c.weight", [2, 6, 1, 1]),
      ],
      [
        Node("Conv", name: "a", inputs: ["x", "a.weight"], outputs: ["a"]),
        Node(
          "Conv", name: "b", inputs: ["a", "b.weight"], outputs: ["b"],
          attributes: ["group": .int(2)]),
        Node("Conv", name: "c", inputs: ["b", "c.weight"], outputs: ["y"]),
      ])
  }

  private func half() throws -> Network {
    var network = try Graphs.residual()
    network.inputs[0].type = .float16
    for (name, initializer) in network.initializers {
      let values = try initializer.tensor.values(as: Float.self).map { Float16($0) }
      network.initializers[name]?.tensor = try TensorData(values, shape: initializer.tensor.shape)
    }
    return network
  }
}
