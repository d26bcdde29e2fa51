// Reads a model from a file; weights stay in the file until they are looked at.

import Network
import OrderedCollections
import SwiftProtobuf

extension ONNXModel {
  /// Reads the model in the file at `path`.
  ///
  /// The file is mapped into memory, not copied: tensors are windows on it, so it must not be
  /// changed in place while the model lives (replacing it by renaming, as ``write(to:opset:externalData:valueInfo:)``
  /// does, is fine). External data is looked for beside the file.
  ///
  /// - Throws: ``ONNXError``; whatever the bytes are, reading them ends in a model or an error.
  public init(path: String) throws(ONNXError) {
    let file: MappedFile
    do throws(NetworkError) {
      file = try MappedFile(path: path)
    } catch {
      if case .file(let path, let reason) = error {
        throw .unreadable(path: path, reason: reason)
      }
      throw .graph(path: path, error)
    }
    try self.init(file, path: path)
  }

  /// Reads the model in `bytes`, a file's content that errors call `name`.
  ///
  /// - Throws: ``ONNXError``; whatever the bytes are, reading them ends in a model or an error.
  public init(encoded bytes: [UInt8], name: String) throws(ONNXError) {
    let file: MappedFile
    do throws(NetworkError) { file = try MappedFile(copying: bytes) } catch {
      throw .unreadable(path: name, reason: "\(error)")
    }
    try self.init(file, path: name)
  }

  private init(_ file: MappedFile, path: String) throws(ONNXError) {
    guard file.count > 0 else { throw .notAModel(path: path, reason: "it is empty") }
    var proto = try Self.decode(Self.skeleton(of: file, path: path), path: path)
    guard proto.hasGraph else {
      throw .notAModel(path: path, reason: "it holds no graph")
    }
    var opsets: OrderedDictionary<String, Int> = [:]
    for opset in proto.opsetImport {
      if let other = opsets.updateValue(Int(opset.version), forKey: opset.domain),
        other != opset.version
      {
        throw .notAModel(
          path: path,
          reason: "it asks for the versions \(other) and \(opset.version) of operator set "
            + "'\(opset.domain)'; one was expected")
      }
    }
    let reader = GraphReader(
      path: path, tensors: TensorReader(path: path, file: file), opsets: opsets,
      functions: proto.functions)
    var (network, graph) = try reader.read(proto.graph)
    do throws(NetworkError) {
      network = try network.ordered()
    } catch {
      throw .graph(path: path, error)
    }
    for entry in proto.metadataProps { network.metadata[entry.key] = entry.value }
    graph.opset = network.opset
    proto.clearGraph()
    proto.metadataProps = []
    self.init(network: network, rest: proto, graph: graph)
  }

  /// The encoded model with a window in place of each tensor's bytes.
  private static func skeleton(of file: MappedFile, path: String) throws(ONNXError) -> [UInt8] {
    do throws(WireFault) {
      let splice = Splice(source: file.bytes) { range throws(WireFault) in
        Bytes(Window(start: range.lowerBound, count: range.count).encoded)
      }
      let rope = try splice.model()
      return withExtendedLifetime(file) {
        var skeleton: [UInt8] = []
        skeleton.reserveCapacity(rope.count)
        for piece in rope.pieces {
          switch piece {
          case .source(let range): skeleton += file.bytes[range]
          case .bytes(let bytes): skeleton += bytes.array
          }
        }
        return skeleton
      }
    } catch {
      throw .malformed(path: path, offset: error.offset, problem: error.problem)
    }
  }

  private static func decode(_ bytes: [UInt8], path: String) throws(ONNXError) -> Onnx_ModelProto {
    do {
      return try Onnx_ModelProto(serializedBytes: bytes, partial: true)
    } catch {
      throw .undecodable(
        path: path,
        reason: error as? BinaryDecodingError == .invalidUTF8
          ? "a name or a text in it is not UTF-8" : "a field in it cannot be decoded (\(error))")
    }
  }
}

extension Network {
  /// The network with its nodes in a sound order: the file's own where that is one.
  func ordered() throws(NetworkError) -> Network {
    do throws(NetworkError) {
      try validate()
      return self
    } catch {
      guard case .undefinedValue = error else { throw error }
      let sorted = try sorted()
      try sorted.validate()
      return sorted
    }
  }
}
