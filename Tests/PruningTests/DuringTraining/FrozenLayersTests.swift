// Layers that do not train: the same bytes after a training, and the others are trained as they would be.

import Execution
import Testing
import Torch
import Training

@testable import Pruning

@Suite struct FrozenLayersTests {
  @Test func frozenLayersAreTheSameBytesAndTheOthersTrain() throws {
    let model = try SmallTraining.sparse()
    let before = try SmallTraining.bytes(of: model)
    let plugin = FrozenLayers { $0.hasPrefix("conv") || $0.hasPrefix("norm") }
    let penalty = Penalizing([GroupLasso([.filters: 0.05])])
    let moving = try DropAndGrow(every: 5)
    let average = try ParameterAverage(decay: 0.9)
    try SmallTraining.trainer(model, plugins: [moving, penalty, plugin, average]).run()
    let after = try SmallTraining.bytes(of: model)
    for (name, bytes) in before {
      let isFrozen = name.contains("conv") || name.contains("norm")
      #expect((after[name] == bytes) == isFrozen, "\(name)")
    }
    // The next training trains everything again.
    try SmallTraining.trainer(model, plugins: [], epochs: 1).run()
    let again = try SmallTraining.bytes(of: model)
    #expect(before.keys.filter { again[$0] == before[$0] }.allSatisfy { $0.contains("mask") })
  }

  /// The last layer of a network is trained as if what is before it were given.
  @Test func whatTrainsFollowsItsOwnGradient() throws {
    let model = try Model(SmallTraining.network())
    var checked = 0
    let onlooker = Onlooker()
    onlooker.backward = { gradients, context in
      #expect(gradients.keys.sorted() == ["fc2.bias", "fc2.weight"])
      let batch = try #require(context.batch)
      let settled = try model(batch.inputs[0])
      let output = try #require(context.output)
      // Normalisation works as in evaluation, so that the output is the same.
      #expect(try SmallTraining.values(output) == SmallTraining.values(settled))
      checked += 1
    }
    try SmallTraining.trainer(
      model, plugins: [onlooker, FrozenLayers { !$0.hasPrefix("fc2") }], epochs: 2
    ).run()
    #expect(checked == 10)
  }

  @Test func freezingEverythingIsAnError() throws {
    let trainer = try SmallTraining.trainer(
      Model(SmallTraining.network()), plugins: [FrozenLayers { _ in true }])
    let error = #expect(throws: TrainingError.self) { try trainer.run() }
    #expect(try "\(#require(error))".contains("nothing would train"))
  }
}
