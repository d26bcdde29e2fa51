// What takes part in training goes on from a checkpoint to the same bytes.

import Execution
import Foundation
import Testing
import Training

@testable import Pruning

@Suite struct DuringTrainingResumeTests {
  private enum Case: String, CaseIterable {
    case rigL, set, snfs, dsr, frozen, gradual, surgery, softFilters, penalties, l0, stripes,
      groupFisher
    case adversarial, average

    /// What adversarial pruning adds to the loss is steep: the squared difference of the outputs.
    var rate: Double { self == .adversarial ? 0.002 : 0.05 }

    func model() throws -> Model {
      switch self {
      case .rigL, .set, .snfs, .dsr, .frozen: try SmallTraining.sparse()
      default: try Model(SmallTraining.network())
      }
    }

    func plugin() throws -> any Plugin {
      switch self {
      case .rigL: try DropAndGrow(fraction: 0.5, every: 3)
      case .set:
        try DropAndGrow(
          fraction: 0.5, every: 3, leaving: .eachSign, regrowth: RandomRegrowth())
      case .snfs:
        try DropAndGrow(
          fraction: 0.5, every: 5, regrowth: MomentumRegrowth(), reallocation: .gradients)
      case .dsr:
        try DropAndGrow(
          fraction: 0.1, decay: .constant, every: 2, leaving: .threshold,
          regrowth: RandomRegrowth(), reallocation: .survivors)
      case .frozen: FrozenLayers { $0.hasPrefix("conv") || $0.hasPrefix("norm") }
      case .gradual:
        try GradualPruning(
          Pruner(
            criterion: L1(), allocation: Uniform(), target: Target(.sparsity, .fraction(0.8))),
          schedule: Cubic(steps: 5), begin: 2, every: 4)
      case .surgery: try NetworkSurgery([("*.weight", 0.2)], gamma: 0.05)
      case .penalties:
        Penalizing([
          ScaleL1(strength: 0.01), GroupLasso([.filters: 0.02], weights: ["fc1.weight"]),
        ])
      case .l0:
        try L0Gates([
          L0Gates.Rule("conv.weight", .outputs, strength: 1e-3),
          L0Gates.Rule("fc*.weight", .inputs, strength: 1e-3),
        ])
      case .stripes: try StripePruning(strength: 0.02, threshold: 0.6)
      case .groupFisher: try GroupFisherPruning(target: Target(.macs, .fraction(0.6)), every: 3)
      case .adversarial: AdversarialPruning(.channels, strength: 0.5)
      case .average: try ParameterAverage(decay: 0.9)
      case .softFilters: try SoftFilterPruning(fraction: 0.4)
      }
    }
  }

  @Test(arguments: Case.allCases, [7, 23])
  private func goesOnToTheSameBytes(part: Case, step: Int) throws {
    let whole = try part.model()
    let plugin = try part.plugin()
    try SmallTraining.trainer(whole, plugins: [plugin], rate: part.rate).run()

    let path = FileManager.default.temporaryDirectory
      .appendingPathComponent("during-\(part.rawValue)-\(step)-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let first = try SmallTraining.trainer(part.model(), plugins: [part.plugin()], rate: part.rate)
    try first.run(until: step)
    try first.saveCheckpoint(to: path)
    let resumed = try part.model()
    let laterPlugin = try part.plugin()
    let second = try SmallTraining.trainer(resumed, plugins: [laterPlugin], rate: part.rate)
    try second.restore(from: path)
    try second.run()
    // Bytes of numbers, not of a training that has diverged.
    for (_, tensor) in whole.parameters {
      #expect(try SmallTraining.values(tensor).allSatisfy(\.isFinite))
    }
    #expect(try SmallTraining.bytes(of: resumed) == SmallTraining.bytes(of: whole))
    #expect(try laterPlugin.savedState().json == plugin.savedState().json)
  }
}
