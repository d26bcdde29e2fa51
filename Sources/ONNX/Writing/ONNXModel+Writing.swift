// Writes a model to a file: streamed, in one step, the same bytes every time.

import Network
import OrderedCollections
import SwiftProtobuf

extension ONNXModel {
  /// Where the bytes of large tensors go.
  public enum ExternalData: Sendable, Hashable {
    /// Into the model's own file; beside it as soon as the model is too large for one file (2 GiB).
    case automatic
    /// Into the model's own file.
    case never
    /// Tensors of at least `minimumBytes` into a file beside the model, `<name>.data`.
    case always(minimumBytes: Int = 1024)
  }

  /// Writes the model to the file at `path`, replacing it in one step.
  ///
  /// The same model gives the same bytes. Tensors are written bit for bit as `raw_data`; they are
  /// streamed, never gathered in memory. If anything fails nothing is left behind and a file that
  /// was there stays as it was.
  ///
  /// - Parameters:
  ///   - path: Where to write.
  ///   - opset: The version of ONNX's operator set to write for (10 to 24); the network's own if `nil`.
  ///   - externalData: Where the bytes of large tensors go.
  ///   - valueInfo: Whether to write the stated types and shapes of values inside.
  /// - Throws: ``ONNXError/opset(node:from:to:reason:)`` where a node cannot be written for `opset`,
  ///   ``ONNXError/unwritable(path:reason:)``.
  public func write(
    to path: String, opset: Int? = nil, externalData: ExternalData = .automatic,
    valueInfo: Bool = true
  ) throws(ONNXError) {
    var model = self
    if let opset, opset != network.opset { try model.retarget(to: opset) }
    // The rest of a model, its nodes and names, is small beside this margin.
    let largest = Int(Int32.max) - 1 << 26
    let threshold: Int? =
      switch externalData {
      case .never: nil
      case .always(let minimumBytes): max(minimumBytes, 1)
      case .automatic: model.network.tensorBytes > largest ? 1024 : nil
      }
    let dataName = "\(path.fileName).data"
    var writer = GraphWriter(path: path, external: threshold.map { (dataName, $0) })
    let skeleton = try model.encode(with: &writer, valueInfo: valueInfo)
    let sideFile =
      writer.external.isEmpty ? nil : try AtomicFile(path: "\(path.folder)/\(dataName)")
    if let sideFile {
      for (offset, bytes) in writer.external {
        try sideFile.pad(to: offset)
        try sideFile.write(bytes)
      }
      try sideFile.finish()
    }
    let file = try AtomicFile(path: path)
    try Self.stream(skeleton, tensors: writer.tensors, to: file)
    try file.finish()
    try sideFile?.replace()
    try file.replace()
  }

  /// The encoded model with the tensors' numbers in place of their bytes.
  private func encode(
    with writer: inout GraphWriter, valueInfo: Bool
  ) throws(ONNXError) -> [UInt8] {
    var proto = rest
    proto.graph = try writer.graph(network, graph, valueInfo: valueInfo)
    proto.irVersion = Int64(network.irVersion(written: Int(rest.irVersion), graph))
    if rest == Onnx_ModelProto() {
      proto.producerName = "bonsai"
      if let version = network.metadata[Provenance.Key.version.rawValue] {
        proto.producerVersion = version
      }
    }
    proto.opsetImport = network.opsets.map { domain, version in
      var opset = rest.opsetImport.first { $0.domain == domain } ?? Onnx_OperatorSetIdProto()
      if !opset.hasVersion { opset.domain = domain }
      opset.version = Int64(version)
      return opset
    }
    proto.metadataProps = network.metadata.map { key, value in
      var entry = Onnx_StringStringEntryProto()
      entry.key = key
      entry.value = value
      return entry
    }
    do {
      return try proto.serializedBytes(partial: true)
    } catch {
      throw .unwritable(path: writer.path, reason: "the model cannot be encoded: \(error)")
    }
  }

  /// Streams an encoded model with the tensors' bytes put in.
  private static func stream(
    _ skeleton: [UInt8], tensors: [Bytes], to file: AtomicFile
  ) throws(ONNXError) {
    let written: Result<Void, ONNXError> = skeleton.withUnsafeBytes { source in
      do throws(ONNXError) {
        try stream(source, tensors: tensors, to: file)
        return .success(())
      } catch {
        return .failure(error)
      }
    }
    try written.get()
  }

  /// The pieces of an encoded model with the tensors' bytes put in.
  private static func rope(
    _ source: UnsafeRawBufferPointer, tensors: [Bytes], path: String
  ) throws(ONNXError) -> Rope {
    let splice = Splice(source: source) { range throws(WireFault) in
      guard let window = Window(source[range]), tensors.indices.contains(window.start) else {
        throw WireFault(offset: range.lowerBound, problem: "a tensor lost its number")
      }
      return tensors[window.start]
    }
    do throws(WireFault) {
      return try splice.model()
    } catch {
      throw .unwritable(path: path, reason: "the model cannot be encoded: \(error.problem)")
    }
  }

  /// The bytes of the file that ``write(to:opset:externalData:valueInfo:)`` makes, without making it.
  ///
  /// A model that is too large for one file counts as if it were not: the file beside it holds the
  /// same tensors, on pages of their own.
  ///
  /// - Parameter opset: the version of ONNX's operator set to write for; the network's own if `nil`.
  /// - Throws: ``ONNXError/opset(node:from:to:reason:)``, ``ONNXError/unwritable(path:reason:)``.
  public func fileByteCount(opset: Int? = nil) throws(ONNXError) -> Int {
    try withRope(opset: opset) { _, rope in rope.count }
  }

  /// The bytes of the file that ``write(to:opset:externalData:valueInfo:)`` makes, without making it.
  ///
  /// - Throws: ``ONNXError/opset(node:from:to:reason:)``, ``ONNXError/unwritable(path:reason:)``.
  public func encoded(opset: Int? = nil) throws(ONNXError) -> [UInt8] {
    try withRope(opset: opset) { source, rope in
      var bytes: [UInt8] = []
      bytes.reserveCapacity(rope.count)
      for piece in rope.pieces {
        switch piece {
        case .source(let range): bytes += source[range]
        case .bytes(let run): run.withUnsafeBytes { bytes += $0 }
        }
      }
      return bytes
    }
  }

  /// Calls `body` with the encoded model, its tensors left out, and the pieces of the whole.
  private func withRope<R>(
    opset: Int?, _ body: (UnsafeRawBufferPointer, Rope) -> R
  ) throws(ONNXError) -> R {
    var model = self
    if let opset, opset != network.opset { try model.retarget(to: opset) }
    var writer = GraphWriter(path: network.name, external: nil)
    let skeleton = try model.encode(with: &writer, valueInfo: true)
    let tensors = writer.tensors
    let path = network.name
    let result: Result<R, ONNXError> = skeleton.withUnsafeBytes { source in
      do throws(ONNXError) {
        return .success(body(source, try Self.rope(source, tensors: tensors, path: path)))
      } catch {
        return .failure(error)
      }
    }
    return try result.get()
  }

  private static func stream(
    _ source: UnsafeRawBufferPointer, tensors: [Bytes], to file: AtomicFile
  ) throws(ONNXError) {
    let rope = try rope(source, tensors: tensors, path: file.path)
    guard rope.count <= Int(Int32.max) else {
      throw .unwritable(
        path: file.path,
        reason: "a model of \(rope.count) bytes does not fit one file (2 GiB at most); "
          + "write it with external data")
    }
    for piece in rope.pieces {
      switch piece {
      case .source(let range): try file.write(UnsafeRawBufferPointer(rebasing: source[range]))
      case .bytes(let bytes): try file.write(bytes)
      }
    }
  }
}

extension Network {
  /// The bytes of all initializers.
  fileprivate var tensorBytes: Int {
    initializers.values.reduce(0) { $0 + $1.tensor.bytes.count }
  }

  /// The IR version to write: the file's own where it suffices, else the one that came with the
  /// operator set.
  fileprivate func irVersion(written: Int, _ rest: GraphRest) -> Int {
    // Since IR version 4 initializers need not be inputs too.
    let separate = initializers.keys.contains {
      rest.inputs[$0] == nil && rest.constants[$0] == nil
    }
    let needed =
      switch opset {
      case ...8: separate ? 4 : 3
      case 9: 4
      case 10: 5
      case 11: 6
      case 12...14: 7
      case 15...18: 8
      case 19...20: 9
      case 21...22: 10
      case 23: 11
      case 24: 12
      default: 13
      }
    guard written > 0 else { return needed }
    // Old files may pair an operator set with an older IR version; runtimes accept what they wrote.
    return opset == rest.opset && !(separate && written < 4) ? written : max(written, needed)
  }
}
