// Small ONNX models written byte by byte, so that these tests rest on no writer of the project's own.

import Foundation
import Network

/// A protocol buffers message under construction.
struct Message {
  private(set) var bytes: [UInt8] = []

  private mutating func varint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(rest & 0x7F) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  func with(_ field: Int, _ value: Int) -> Message {
    var copy = self
    copy.varint(UInt64(field) << 3)
    copy.varint(UInt64(bitPattern: Int64(value)))
    return copy
  }

  func with(_ field: Int, _ content: [UInt8]) -> Message {
    var copy = self
    copy.varint(UInt64(field) << 3 | 2)
    copy.varint(UInt64(content.count))
    copy.bytes += content
    return copy
  }

  func with(_ field: Int, _ text: String) -> Message { with(field, Array(text.utf8)) }
  func with(_ field: Int, _ message: Message) -> Message { with(field, message.bytes) }
  func with(_ field: Int, _ messages: [Message]) -> Message {
    messages.reduce(self) { $0.with(field, $1) }
  }
}

/// The messages of an ONNX file.
enum ModelBytes {
  static func model(
    _ nodes: [Message], inputs: [Message], outputs: [Message], initializers: [Message] = []
  ) -> [UInt8] {
    let graph = Message().with(1, nodes).with(2, "graph").with(5, initializers).with(11, inputs)
      .with(12, outputs)
    return Message().with(1, 8).with(7, graph).with(8, Message().with(1, "").with(2, 17)).bytes
  }

  static func node(
    _ type: String, _ inputs: [String], _ outputs: [String], _ attributes: [Message] = []
  ) -> Message {
    let named = inputs.reduce(Message()) { $0.with(1, $1) }
    return outputs.reduce(named) { $0.with(2, $1) }.with(4, type).with(5, attributes)
  }

  static func integer(_ name: String, _ value: Int) -> Message {
    Message().with(1, name).with(3, value).with(20, 2)
  }

  static func value(_ name: String, _ type: ElementType, _ shape: [Extent]) -> Message {
    Message().with(1, name).with(2, tensorType(type, shape))
  }

  static func sequence(_ name: String, of type: ElementType) -> Message {
    Message().with(1, name)
      .with(2, Message().with(4, Message().with(1, tensorType(type, []))))
  }

  private static func tensorType(_ type: ElementType, _ shape: [Extent]) -> Message {
    let axes = shape.map { extent in
      switch extent {
      case .fixed(let count): Message().with(1, count)
      case .symbol(let name): Message().with(2, name)
      case .unknown: Message()
      }
    }
    let tensor = Message().with(1, Int(type.rawValue)).with(2, Message().with(1, axes))
    return Message().with(1, tensor)
  }

  static func tensor(_ name: String, _ tensor: TensorData) -> Message {
    tensor.shape.reduce(Message()) { $0.with(1, $1) }.with(2, Int(tensor.type.rawValue))
      .with(8, name).with(9, tensor.bytes.array)
  }

  /// y = x W + b with x: [batch, 2], W = [[1, 2, 3], [4, 5, 6]], b = [0.5, -0.5, 0].
  static func affine() throws -> [UInt8] {
    model(
      [node("Gemm", ["x", "W", "b"], ["y"])],
      inputs: [value("x", .float32, ["batch", 2])], outputs: [value("y", .float32, ["batch", 3])],
      initializers: [
        tensor("W", try TensorData([1, 2, 3, 4, 5, 6] as [Float], shape: [2, 3])),
        tensor("b", TensorData(vector: [0.5, -0.5, 0] as [Float])),
      ])
  }
}

/// A folder that is gone when the test is over.
final class ScratchFolder {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "bonsai-runtimes-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Writes a file and returns its path; folders on the way are made.
  func write(_ name: String, _ bytes: [UInt8] = []) throws -> String {
    let file = URL(fileURLWithPath: path).appendingPathComponent(name)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: file)
    return file.path
  }
}
