// Learning from a larger network's soft predictions as well as from the labels.

import Execution
import Torch

/// Knowledge distillation (Hinton, Vinyals and Dean, Distilling the Knowledge in a Neural Network,
/// 2015):
///
/// `T^2 alpha mean_b KL(softmax(teacher_b / T) || softmax(student_b / T)) + (1 - alpha) CE(student)`
///
/// The factor `T^2` keeps the size of the soft gradients independent of the temperature. The
/// teacher runs in evaluation mode on the same inputs and gets no gradients.
public final class Distillation: Loss {
  /// The network learned from.
  public let teacher: Model
  /// How soft the distributions are; 1 leaves them as they are.
  public let temperature: Double
  /// The weight of the teacher, from 0 (labels only) to 1 (teacher only).
  public let alpha: Double
  /// The loss against the labels.
  public let labels: any Loss

  public let name = "distillation"

  /// Distils `teacher`.
  ///
  /// - Throws: ``TrainingError/invalidOption(name:value:expected:)`` for a temperature that is not
  ///   positive, or an `alpha` outside 0...1.
  public init(
    teacher: Model, temperature: Double = 4, alpha: Double = 0.9,
    labels: any Loss = CrossEntropy()
  ) throws(TrainingError) {
    guard temperature > 0, temperature.isFinite else {
      throw .invalidOption(
        name: "temperature", value: "\(temperature)", expected: "a number above 0")
    }
    guard (0...1).contains(alpha) else {
      throw .invalidOption(name: "alpha", value: "\(alpha)", expected: "from 0 to 1")
    }
    self.teacher = teacher
    self.temperature = temperature
    self.alpha = alpha
    self.labels = labels
  }

  /// Evaluation reports the loss against the labels.
  public var evaluationLoss: any Loss { labels.evaluationLoss }

  public func callAsFunction(
    _ output: Tensor, on batch: TensorBatch
  ) throws(TrainingError) -> Tensor {
    if alpha == 0 { return try labels(output, on: batch) }
    let advice = try withoutGradients { () throws(TrainingError) in
      try batch.output(of: teacher)
    }
    guard output.rank == 2, advice.shape == output.shape else {
      throw .targetShape(
        loss: name, output: output.shape, targets: "the teacher's of shape \(advice.shape)")
    }
    let soft = try engine { () throws(TorchError) in
      let student = try (output / temperature).logSoftmax(axis: 1)
      let target = try (advice.to(type: output.type) / temperature).logSoftmax(axis: 1)
      let divergence = try student.klDivergence(target, reduction: .sum, logTarget: true)
      return try divergence * (temperature * temperature * alpha / Double(batch.count))
    }
    if alpha == 1 { return soft }
    let hard = try labels(output, on: batch)
    return try engine { () throws(TorchError) in try soft.add(hard, alpha: .double(1 - alpha)) }
  }
}
