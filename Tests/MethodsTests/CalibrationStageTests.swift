// Pruning stages that look at data: what they repair, that a kill changes nothing, wrong settings.

import Data
import Foundation
import Testing

@testable import Methods

@Suite struct CalibrationStageTests {
  private static let source = """
    id: tiny-calibrated
    seed: 4
    stages:
      - prune:
          criterion: taylor
          allocation: uniform
          target: {params: 0.4}
          schedule: {iterative: {steps: 2}}
          calibration: {batch: 16, batches: 8}
          recover: {epochs: 1, batch: 32, optimizer: {sgd: {rate: 0.02}}}
    """

  @Test func everyStepIsRepairedAndAKillChangesNothing() throws {
    let tiny = try TinyRun()
    let photographer = try Photographer(of: tiny("run"), into: tiny("album"), everySteps: 7)
    var run = try tiny.run(Self.source, observer: photographer)
    let result = try run.perform()
    let repairs = try #require(result.repairs)
    #expect(repairs.map(\.task) == ["prune 1/2", "prune 2/2"])
    for repair in repairs {
      let fitted = try #require(repair.reconstruction).layers
      #expect(fitted.map(\.layer) == ["fc2 (Gemm)", "fc3 (Gemm)"])
      #expect(fitted.allSatisfy { $0.samples == 128 && $0.after <= $0.before })
      #expect(repair.reestimation?.layers == [])
    }
    #expect(photographer.pictures.count > 8)
    for picture in photographer.pictures {
      let name = String(picture.dropFirst(tiny.path.count + 1))
      var again = try tiny.run(Self.source, in: name, resume: true)
      let resumed = try again.perform()
      #expect(try tiny.bytes("\(name)/model.onnx") == tiny.bytes("run/model.onnx"), "\(name)")
      #expect(try TinyRun.timeless(resumed) == TinyRun.timeless(result), "\(name)")
    }
  }

  /// A criterion alone looks at data and repairs nothing: recipes are carried out as they are written.
  @Test func withoutCalibrationNothingIsRepaired() throws {
    let tiny = try TinyRun()
    let bare = Self.source.replacing("      calibration: {batch: 16, batches: 8}\n", with: "")
    #expect(bare != Self.source)
    var run = try tiny.run(bare, in: "bare")
    #expect(try run.perform().repairs == nil)
    let half = Self.source.replacing(
      "calibration: {batch: 16, batches: 8}", with: "reestimate: true")
    var other = try tiny.run(half, in: "half")
    let repairs = try #require(try other.perform().repairs)
    #expect(repairs.allSatisfy { $0.reconstruction == nil && $0.reestimation != nil })
  }

  @Test func singleWeightsAreScoredByGradients() throws {
    let tiny = try TinyRun()
    var run = try tiny.run(
      TinyRun.elements.replacing("criterion: l1", with: "criterion: taylor-weight"))
    let result = try run.perform()
    #expect(abs(try #require(result.achieved) - 0.8) < 0.01)
  }

  @Test func wrongSettingsAreErrorsWithTheirPlace() throws {
    func message(_ old: String, _ new: String) -> String {
      do {
        _ = try Recipe(parsing: Self.source.replacing(old, with: new), file: "tiny.yaml")
        return ""
      } catch { return "\(error)" }
    }
    #expect(message("batches: 8", "batchs: 8").contains("batchs"))
    #expect(message("batches: 8", "batches: 0").contains("batches"))
    #expect(
      message(
        "target: {params: 0.4}",
        "granularity: element\n      target: {sparsity: 0.5}\n      reconstruct: true"
      )
      .contains("least squares follow a cut"))
  }
}
