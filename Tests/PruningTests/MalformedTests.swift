// Inputs that once ended the process, found by trying millions: each ends in an error or a result.

import Execution
import Foundation
import Network
import ONNX
import Testing
import Torch

@testable import Pruning

@Suite struct MalformedTests {
  /// The files of `Malformed`, as `make fuzz` keeps them.
  static let files: [String] = {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("Malformed").path
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.sorted().map { "\(folder)/\($0)" }
  }()

  @Test func thereAreSome() { #expect(Self.files.count >= 9) }

  /// Reading, planning, cutting and writing; a trap would end the test program.
  @Test(arguments: files) func planning(_ path: String) throws {
    let out = NSTemporaryDirectory() + "malformed-\(UUID().uuidString).onnx"
    defer { unlink(out) }
    do {
      var model = try ONNXModel(path: path)
      for target in ["macs=0.5", "params=0.5", "bytes=0.5"] {
        for units in CouplingOptions.NormalizedUnits.allCases {
          let pruner = Pruner(
            target: try Target(parsing: target),
            coupling: CouplingOptions(groupNormalization: units))
          guard let plan = try? pruner.plan(for: model.network) else { continue }
          model.network = try model.network.cut(keeping: plan.kept)
        }
      }
      try model.write(to: out)
      #expect(try ONNXModel(path: out).network.nodes.count == model.network.nodes.count)
    } catch {
      #expect("\(error)".count > 20, "an error that says little: \(error)")
    }
  }

  @Test(arguments: files) func running(_ path: String) throws {
    do {
      let network = try ONNXModel(path: path).network
      let types = try network.infer().types
      let model = try Model(network)
      var inputs: [String: Tensor] = [:]
      for info in model.freeInputs {
        let type = try #require(types[info.name])
        inputs[info.name] = try Tensor.ones(type.shape, type: ScalarType(type.element) ?? .float32)
      }
      _ = try model.run(inputs)
    } catch {
      #expect("\(error)".count > 20, "an error that says little: \(error)")
    }
  }
}
