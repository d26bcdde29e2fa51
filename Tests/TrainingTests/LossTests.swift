// Losses against their formulas, and the limits of distillation.

import Data
import Execution
import Foundation
import Testing
import Torch

@testable import Training

@Suite struct LossTests {
  let scores: [[Double]] = [[1, -2, 0.5], [0, 3, -1]]
  let classes: [Int64] = [2, 0]

  private func output(_ rows: [[Double]]) throws -> Tensor {
    try Tensor(rows.flatMap { $0 }, shape: [rows.count, rows[0].count])
  }

  private func logSoftmax(_ row: [Double]) -> [Double] {
    let total = log(row.map(exp).reduce(0, +))
    return row.map { $0 - total }
  }

  @Test(arguments: [0.0, 0.1, 1.0])
  func crossEntropy(smoothing: Double) throws {
    let loss = try CrossEntropy(labelSmoothing: smoothing)
    let found = try loss(output(scores), on: Fixtures.batch(classes: classes)).scalar()
    var expected = 0.0
    for (row, label) in zip(scores, classes) {
      for (index, logarithm) in logSoftmax(row).enumerated() {
        let target = (index == Int(label) ? 1 - smoothing : 0) + smoothing / 3
        expected -= target * logarithm / 2
      }
    }
    #expect(abs(found - expected) < 1e-12)
    #expect(throws: TrainingError.self) { try CrossEntropy(labelSmoothing: 1.1) }
  }

  @Test func meanSquaredErrorOfClassesAndNumbers() throws {
    let loss = MeanSquaredError()
    let found = try loss(output(scores), on: Fixtures.batch(classes: classes)).scalar()
    let expected = (1 + 4 + 0.25 + 1 + 9 + 1) / 6.0
    #expect(abs(found - expected) < 1e-12)
    let batch = try TensorBatch(
      Batch(
        inputs: .values([0, 0], shape: [1, 2]), targets: .values([1, 2], shape: [1, 2]),
        indices: [0]), for: Model(Fixtures.line()))
    #expect(try loss(Tensor([4, 0] as [Float], shape: [1, 2]), on: batch).scalar() == 6.5)
    #expect {
      try loss(Tensor([4, 0] as [Float]), on: batch)
    } throws: {
      "\($0)".contains("predictions of shape [2] with numbers of shape [1, 2]")
    }
  }

  @Test func theTargetsMustBelongToThePredictions() throws {
    let batch = try Fixtures.batch(classes: [0])
    #expect {
      try CrossEntropy()(Tensor([1, 2] as [Float]), on: batch)
    } throws: {
      "\($0)".contains("cross-entropy cannot compare predictions of shape [2]")
    }
  }

  /// A batch of points with classes.
  private func points() throws -> TensorBatch {
    try TensorBatch(Fixtures.halves().batch([0, 1, 2, 3, 4]), for: Model(Fixtures.line()))
  }

  @Test func distillationFollowsItsFormula() throws {
    let (teacher, student) = try (
      Model(Fixtures.line(seed: 21)), Model(Fixtures.line(seed: 22))
    )
    let batch = try points()
    let (temperature, alpha) = (3.0, 0.7)
    let loss = try Distillation(teacher: teacher, temperature: temperature, alpha: alpha)
    let output = try batch.output(of: student)
    let found = try loss(output, on: batch).scalar()

    func rows(_ tensor: Tensor) throws -> [[Double]] {
      let flat = try Fixtures.numbers(tensor)
      return stride(from: 0, to: flat.count, by: 2).map { Array(flat[$0..<$0 + 2]) }
    }
    var divergence = 0.0
    for (s, t) in try zip(rows(output), rows(batch.output(of: teacher))) {
      let (s, t) = (
        logSoftmax(s.map { $0 / temperature }), logSoftmax(t.map { $0 / temperature })
      )
      divergence += zip(s, t).map { exp($1) * ($1 - $0) }.reduce(0, +) / 5
    }
    let hard = try CrossEntropy()(output, on: batch).scalar()
    let expected = temperature * temperature * alpha * divergence + (1 - alpha) * hard
    #expect(abs(found - expected) < 1e-5)
    #expect(loss.evaluationLoss is CrossEntropy)
  }

  @Test func distillationHasItsLimits() throws {
    let model = try Model(Fixtures.line(seed: 21))
    let batch = try points()
    let output = try batch.output(of: model)
    // A student that equals its teacher has nothing to learn from it.
    let soft = try Distillation(teacher: model, temperature: 2, alpha: 1)(output, on: batch)
    #expect(try abs(soft.scalar()) < 1e-6)
    // Without weight the teacher is not asked.
    let hard = try Distillation(teacher: model, alpha: 0)(output, on: batch)
    #expect(try hard.isEqual(to: CrossEntropy()(output, on: batch)))
    // The teacher gets no gradients.
    let student = try Model(Fixtures.line(seed: 22))
    let loss = try Distillation(teacher: model, alpha: 0.5)(batch.output(of: student), on: batch)
    let found = try gradients(
      of: [loss], with: Array(model.parameters.values) + Array(student.parameters.values),
      allowUnused: true)
    #expect(found.map { $0 == nil } == [true, true, false, false])
    #expect(throws: TrainingError.self) { try Distillation(teacher: model, temperature: 0) }
    #expect(throws: TrainingError.self) { try Distillation(teacher: model, alpha: 2) }
  }

  @Test func clippingByNormAndValue() throws {
    let a = try Tensor([3, 0] as [Double])
    let b = try Tensor([0, -4] as [Double])
    #expect(try GradientClipping.norm(of: [a, b]).scalar() == 5)
    let small = try GradientClipping.norm(1).apply(["a": a, "b": b])
    #expect(agree(try Fixtures.numbers(#require(small["a"])), [0.6, 0], within: 1e-6))
    #expect(agree(try Fixtures.numbers(#require(small["b"])), [0, -0.8], within: 1e-6))
    let same = try GradientClipping.norm(10).apply(["a": a, "b": b])
    #expect(try #require(same["b"]).isEqual(to: b))
    let limited = try GradientClipping.value(2).apply(["a": a, "b": b])
    #expect(try Fixtures.numbers(#require(limited["a"])) == [2, 0])
    #expect(try Fixtures.numbers(#require(limited["b"])) == [0, -2])
    // One tensor may be the gradient of two parameters: it is scaled once.
    let shared = try GradientClipping.norm(1).apply(["a": a, "b": a])
    #expect(
      agree(try Fixtures.numbers(#require(shared["a"])), [1 / 2.0.squareRoot(), 0], within: 1e-6))
    #expect(try Fixtures.numbers(a) == [3, 0])
    #expect(throws: TrainingError.self) { try GradientClipping.value(0).check() }
    #expect(try GradientClipping.norm(1).apply([:]).isEmpty)
  }
}
