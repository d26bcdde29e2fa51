// Texts of all lengths for networks that read a stated number of tokens.

import Data
import Execution
import Network
import Testing
import Torch

@testable import Training

@Suite struct TokenWindowTests {
  private let texts = Batch(
    inputs: .tokens(
      [1, 2, 0, 0, 0, 3, 4, 5, 6, 7, 8, 0, 0, 0, 0], shape: [3, 5], lengths: [2, 5, 1]),
    targets: .classes([0, 1, 0]), indices: [0, 1, 2])

  private func tokens(steps: Int) throws -> [Int64] {
    let network = try Network.lstmClassifier(
      vocabulary: 9, embedding: 2, hidden: 2, steps: steps, seed: 1)
    let batch = try TensorBatch(texts, for: Model(network))
    #expect(batch.inputs[0].shape == [3, steps])
    return try batch.inputs[0].values(as: Int64.self)
  }

  /// As `pad_sequences` of Keras does by default: cut and padded in front.
  @Test func theLastTokensStandAtTheEnd() throws {
    #expect(try tokens(steps: 3) == [0, 1, 2, 5, 6, 7, 0, 0, 8])
    #expect(try tokens(steps: 5) == [0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 0, 0, 0, 0, 8])
    #expect(try tokens(steps: 6) == [0, 0, 0, 0, 1, 2, 0, 3, 4, 5, 6, 7, 0, 0, 0, 0, 0, 8])
    #expect(try tokens(steps: 1) == [2, 7, 8])
  }

  /// A text's scores do not depend on the lengths of the others in its batch.
  @Test func scoresDoNotDependOnTheOtherTexts() throws {
    let model = try Model(
      Network.lstmClassifier(vocabulary: 9, embedding: 2, hidden: 2, steps: 4, seed: 1))
    let together = try TensorBatch(texts, for: model).output(of: model)
    let alone = Batch(
      inputs: .tokens([1, 2], shape: [1, 2], lengths: [2]), targets: .classes([0]), indices: [0])
    let single = try TensorBatch(alone, for: model).output(of: model)
    let found = try single.values(as: Float.self)
    #expect(try Array(together.values(as: Float.self).prefix(2)) == found)
  }

  @Test func aNetworkOfAnyLengthGetsTextsAsTheyAre() throws {
    var network = try Network.lstmClassifier(
      vocabulary: 9, embedding: 2, hidden: 2, steps: 5, seed: 1)
    network.inputs[0].shape = ["batch", "steps"]
    let batch = try TensorBatch(texts, for: Model(network))
    #expect(
      try batch.inputs[0].values(as: Int64.self)
        == [1, 2, 0, 0, 0, 3, 4, 5, 6, 7, 8, 0, 0, 0, 0])
  }
}
