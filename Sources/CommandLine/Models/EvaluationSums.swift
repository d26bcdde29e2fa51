// Accuracy and loss summed over the parts of a data set.

import Data
import Foundation
import Network
import Runtimes
import Training

/// Accuracy and loss summed over the parts of a data set.
struct EvaluationSums {
  /// The number of examples.
  private(set) var count = 0
  private var lossSum = 0.0
  private var correct: Double? = 0
  private var amongFive: Double? = 0

  /// Nothing yet.
  init() {}

  /// What Bonsai's own evaluation found on a part.
  init(_ evaluation: Evaluation) {
    count = evaluation.count
    let weight = Double(count)
    lossSum = evaluation.loss * weight
    correct = evaluation.accuracy.map { $0 * weight }
    amongFive = evaluation.top5.map { $0 * weight }
  }

  /// Runs a part of a data set in another runtime and looks at the first output as scores of
  /// classes: the loss is `-log softmax(scores)[class]`, in double precision.
  ///
  /// - Throws: `CommandError.unsuited` where the model's inputs or outputs are not those of a
  ///   classifier, and the errors of the runtime.
  init(_ dataset: any Dataset, in session: any InferenceSession, model: String) throws {
    let batch = try dataset.batch(Array(0..<dataset.count))
    guard case .classes(let labels) = batch.targets else {
      throw CommandError.unsuited(
        model: model,
        reason: batch.targets == .none
          ? "'\(dataset.name)' has no targets to compare its outputs with"
          : "'\(dataset.name)' has numbers as targets; use --runtime bonsai")
    }
    let outputs = try session.run(try Self.tensors(batch, for: session, model: model))
    guard let name = session.outputs.first?.name, let output = outputs[name],
      let scores = output.reals, output.shape.count == 2, output.shape[0] == labels.count
    else {
      throw CommandError.unsuited(
        model: model, reason: "its first output was expected to be scores [batch, classes]")
    }
    let classes = output.shape[1]
    if let wrong = labels.first(where: { $0 >= classes }) {
      throw CommandError.unsuited(
        model: model, reason: "it has \(classes) outputs, '\(dataset.name)' has class \(wrong)")
    }
    count = labels.count
    var (right, five) = (0, 0)
    for (row, label) in labels.enumerated() {
      let own = scores[row * classes..<(row + 1) * classes]
      let score = own[own.startIndex + Int(label)]
      let largest = own.max() ?? 0
      lossSum += log(own.reduce(0) { $0 + exp($1 - largest) }) + largest - score
      // Of equal scores the first counts as the higher one.
      let better = own.indices.count {
        own[$0] > score || (own[$0] == score && $0 < own.startIndex + Int(label))
      }
      if better == 0 { right += 1 }
      if better < 5 { five += 1 }
    }
    correct = Double(right)
    amongFive = classes > 5 ? Double(five) : nil
  }

  private static func tensors(
    _ batch: Batch, for session: any InferenceSession, model: String
  ) throws -> [String: TensorData] {
    let names = session.inputs.map(\.name)
    switch batch.inputs {
    case .values(let values, let shape):
      guard names.count == 1 else {
        throw CommandError.unsuited(
          model: model, reason: "it has \(names.count) inputs, the data set gives one")
      }
      return [names[0]: try TensorData(values, shape: shape)]
    case .tokens(let tokens, let shape, let lengths):
      let given = [
        try TensorData(tokens, shape: shape), try TensorData(lengths, shape: [lengths.count]),
      ]
      return Dictionary(zip(names, given), uniquingKeysWith: { first, _ in first })
    }
  }

  /// Adds another part's sums.
  mutating func add(_ other: EvaluationSums) {
    count += other.count
    lossSum += other.lossSum
    correct = correct.flatMap { own in other.correct.map { own + $0 } }
    amongFive = amongFive.flatMap { own in other.amongFive.map { own + $0 } }
  }

  /// The mean loss.
  var loss: Double { lossSum / Double(max(count, 1)) }
  /// The part of the examples whose class has the highest score.
  var accuracy: Double? { correct.map { $0 / Double(max(count, 1)) } }
  /// The part of the examples whose class is among the five highest scores.
  var top5: Double? { amongFive.map { $0 / Double(max(count, 1)) } }
}
