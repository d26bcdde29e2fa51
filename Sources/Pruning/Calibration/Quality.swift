// Quality: how well networks do on calibration data, and how far they are from the first of them.

import Data
import Execution
import Network
import Torch
import Training

/// How well a network does on some examples.
public struct Quality: Sendable, Hashable, Codable {
  /// The mean loss; `nil` where there are no targets that suit the first output.
  public var loss: Double?
  /// The part of the examples whose class has the highest score; `nil` where targets are no classes.
  public var accuracy: Double?
  /// `|y - y0| / |y0|` over all elements of the first output, with y0 that of the reference.
  public var outputError: Double

  /// Measures networks in evaluation mode on the same examples, against the first of them.
  ///
  /// - Throws: the errors of reading the data and of running the networks.
  public static func measure(
    _ networks: [Network], on calibration: Calibration
  ) throws(PruningError) -> [Quality] {
    guard let reference = networks.first else { return [] }
    let calibration = calibration.fitting(reference)
    var models: [Model] = []
    for network in networks {
      models.append(
        try execution { () throws(ExecutionError) in
          try Model(network, device: calibration.device)
        })
    }
    var sums = [Summed](repeating: Summed(), count: models.count)
    return try withoutGradients { () throws(PruningError) in
      for index in 0..<calibration.batches {
        let batch = try calibration.batch(index, for: models[0])
        var first: Tensor?
        for (position, model) in models.enumerated() {
          let output = try training { () throws(TrainingError) in try batch.output(of: model) }
          let loss = batch.isScored(by: output) ? calibration.loss(of: batch) : nil
          try sums[position].add(output, first ?? output, batch, loss)
          first = first ?? output
        }
      }
      return sums.map { $0.quality(of: calibration.batches, examples: calibration.count) }
    }
  }

  private struct Summed {
    var loss: Double? = 0
    var correct: Double? = 0
    var difference = 0.0
    var scale = 0.0

    mutating func add(
      _ output: Tensor, _ reference: Tensor, _ batch: TensorBatch, _ function: (any Loss)?
    ) throws(PruningError) {
      difference += try engine { () throws(TorchError) in
        try (output - reference).to(type: .float64).square().sum().scalar()
      }
      scale += try engine { () throws(TorchError) in
        try reference.to(type: .float64).square().sum().scalar()
      }
      guard let function else {
        (loss, correct) = (nil, nil)
        return
      }
      let value = try training { () throws(TrainingError) in try function(output, on: batch) }
      let found = try engine { () throws(TorchError) in try value.scalar() }
      loss = loss.map { $0 + found }
      guard batch.hasClasses else {
        correct = nil
        return
      }
      let right = try engine { () throws(TorchError) in
        try output.argmax(axis: 1).equal(batch.targets).sum().scalar()
      }
      correct = correct.map { $0 + right }
    }

    func quality(of batches: Int, examples: Int) -> Quality {
      Quality(
        loss: loss.map { $0 / Double(batches) }, accuracy: correct.map { $0 / Double(examples) },
        outputError: scale > 0 ? (difference / scale).squareRoot() : 0)
    }
  }
}

extension TensorBatch {
  /// Whether the targets are of a kind that `output` can be compared with.
  fileprivate func isScored(by output: Tensor) -> Bool {
    hasClasses ? output.rank == 2 && output.shape[0] == count : output.shape == targets.shape
  }
}
