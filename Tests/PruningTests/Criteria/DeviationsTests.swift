// Han's thresholds, one a layer in standard deviations of its weights, against a slow count.

import Network
import Testing

@testable import Pruning

@Suite struct DeviationsTests {
  /// What is exactly at the threshold stays: eight weights of the size of their deviation. A threshold of 0
  /// lets go what is 0.
  @Test func aWeightAtTheThresholdStays() throws {
    let network = try Examples.changing(Graphs.product(transposed: true), "a.weight") { values, _ in
      for index in values.indices { values[index] = index % 2 == 0 ? 1 : -1 }
      values[14] = 0
    }
    func left(_ criterion: any Criterion, _ threshold: Double) throws -> Int? {
      try Pruner(criterion: criterion, target: Target(.threshold, .absolute(threshold)))
        .masks(for: network).kept["a.weight"]?.count { $0 }
    }
    #expect(try left(Deviations(), 1) == 14)
    #expect(try left(L1(), 1) == 14)
    #expect(try left(L1(), 0) == 14)
    #expect(try left(L1(), 1.001) == 0)
  }

  /// Han's rule: what stays is exactly what is not below quality times the deviation of its layer.
  @Test func whatStaysIsAboveItsLayersThreshold() throws {
    let network = try Graphs.dense()
    var criterion = Deviations()
    try criterion.configure(PartSettings(["quality": .table(["conv*": "1.5", "conv2*": "0.5"])]))
    let masks = try Pruner(
      criterion: criterion, target: try Target(.threshold, .absolute(0.8))
    ).masks(for: network)
    for (name, mask) in masks.kept {
      let elements = try Graphs.elements(network, name).map(Double.init)
      let mean = elements.reduce(0, +) / Double(elements.count)
      let deviation =
        (elements.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(elements.count))
        .squareRoot()
      let quality = name.hasPrefix("conv2") ? 0.5 : name.hasPrefix("conv") ? 1.5 : 1
      #expect(
        zip(elements, mask).allSatisfy { (abs($0) >= 0.8 * quality * deviation) == $1 }, "\(name)")
      #expect(mask.contains(true) && mask.contains(false))
    }
  }
}
