// A folder that lives as long as a test.

import Foundation
import Network
import SwiftProtobuf

@testable import ONNX

/// A folder that is removed with the last reference to it.
final class TemporaryFolder {
  let path: String

  init() throws {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent(
      "bonsai-onnx-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func callAsFunction(_ name: String) -> String { "\(path)/\(name)" }

  /// The names in the folder, hidden ones too, sorted.
  var names: [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
  }

  /// Puts bytes into the file `name` and gives its path.
  func put(_ bytes: some Sequence<UInt8>, as name: String = "model.onnx") throws -> String {
    try Data(bytes).write(to: URL(fileURLWithPath: self(name)))
    return self(name)
  }

  /// The bytes of the file `name`.
  func bytes(_ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(fileURLWithPath: self(name))))
  }

  /// Encodes a message into the file `name` and gives its path.
  func put(_ proto: Onnx_ModelProto, as name: String = "model.onnx") throws -> String {
    try put(proto.serializedBytes() as [UInt8], as: name)
  }

  /// Writes a model and reads it again.
  func roundTrip(_ model: ONNXModel, opset: Int? = nil) throws -> ONNXModel {
    try model.write(to: self("trip.onnx"), opset: opset)
    return try ONNXModel(path: self("trip.onnx"))
  }

  /// The message in the file `name`.
  func proto(_ name: String) throws -> Onnx_ModelProto {
    try Onnx_ModelProto(serializedBytes: try bytes(name))
  }
}
