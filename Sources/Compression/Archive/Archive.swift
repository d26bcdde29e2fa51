// Reads an archive: checks the frame, then decodes the graph and every tensor.

import Network
import ONNX

/// An archive that was read.
public struct Archive: Sendable {
  /// The model, its tensors decoded.
  public let model: ONNXModel
  /// The bytes of the file.
  public let byteCount: Int
  /// The packed tensors by name: with what codec, and in how many bytes.
  public let tensors: [(name: String, codec: String, bytes: Int)]

  /// Reads the archive in the file at `path`.
  ///
  /// - Throws: ``CompressionError``; whatever the bytes are, reading them ends in a model or an error.
  public init(path: String) throws(CompressionError) {
    let file: MappedFile
    do throws(NetworkError) { file = try MappedFile(path: path) } catch {
      if case .file(let path, let reason) = error { throw .unreadable(path: path, reason: reason) }
      throw .unreadable(path: path, reason: "\(error)")
    }
    try self.init(withExtendedLifetime(file) { [UInt8](file.bytes) }, name: path)
  }

  /// Reads the archive in `bytes`, which errors call `name`.
  public init(_ bytes: [UInt8], name path: String) throws(CompressionError) {
    let sections = try Self.sections(bytes, path)
    byteCount = bytes.count
    guard let first = sections.first, first.kind == .graph else {
      throw .malformed(
        path: path, section: "section 1", offset: ArchiveFormat.headerSize,
        reason: "it is not the graph")
    }
    var model = try Self.graph(first, path)
    var tensors: [(name: String, codec: String, bytes: Int)] = []
    var names: Set<String> = []
    for section in sections.dropFirst() {
      let (name, codec, tensor) = try Self.tensor(section, path)
      func wrong(_ reason: String) -> CompressionError {
        .malformed(
          path: path, section: "tensor '\(name)'", offset: section.offset, reason: reason)
      }
      guard names.insert(name).inserted else { throw wrong("the tensor is there twice") }
      guard let known = model.network.initializers[name]?.tensor else {
        throw wrong("the graph has no tensor of that name")
      }
      guard known.type == tensor.type, known.count == 0 else {
        throw wrong("the graph has a tensor of type \(known.type) and shape \(known.shape) there")
      }
      model.network.initializers[name]?.tensor = tensor
      tensors.append((name, codec, section.size))
    }
    (self.model, self.tensors) = (model, tensors)
  }

  /// A section whose checksum holds.
  private struct Section {
    let kind: ArchiveFormat.Kind
    let content: ArraySlice<UInt8>
    let offset: Int
    let size: Int
  }

  private static func sections(
    _ bytes: [UInt8], _ path: String
  ) throws(CompressionError) -> [Section] {
    guard bytes.starts(with: ArchiveFormat.signature) else {
      throw .notAnArchive(
        path: path,
        reason: bytes.isEmpty ? "it is empty" : "it does not begin with an archive's signature")
    }
    let size = ArchiveFormat.headerSize
    guard bytes.count >= size else {
      throw .truncated(
        path: path, offset: bytes.count, what: "the header", needed: size, left: bytes.count)
    }
    let stated = UInt32(ArchiveFormat.number(bytes[22..<26]))
    let found = CRC32.of(bytes[..<22])
    guard stated == found else {
      throw .checksum(path: path, section: "the header", offset: 0, stated: stated, found: found)
    }
    let version = Int(ArchiveFormat.number(bytes[8..<10]))
    guard version == ArchiveFormat.version else {
      throw .version(path: path, found: version, known: ArchiveFormat.version)
    }
    let (count, length) = (
      ArchiveFormat.number(bytes[10..<14]), ArchiveFormat.number(bytes[14..<22])
    )
    guard length <= UInt64(bytes.count) else {
      throw .truncated(
        path: path, offset: bytes.count, what: "the file", needed: Int(clamping: length),
        left: bytes.count)
    }
    var rest = bytes[size...]
    var sections: [Section] = []
    while sections.count < Int(count) {
      let section = try section(&rest, number: sections.count + 1, path)
      sections.append(section)
    }
    guard rest.isEmpty, length == UInt64(bytes.count) else {
      throw .malformed(
        path: path, section: "the end", offset: rest.startIndex,
        reason: "\(rest.count) bytes follow the last section")
    }
    return sections
  }

  private static func section(
    _ rest: inout ArraySlice<UInt8>, number: Int, _ path: String
  ) throws(CompressionError) -> Section {
    let (name, offset) = ("section \(number)", rest.startIndex)
    let length: Int
    do throws(DecodingFault) { length = try LEB128.take(from: &rest) } catch {
      throw .malformed(path: path, section: name, offset: offset, reason: error.problem)
    }
    guard length >= 5 else {
      throw .malformed(
        path: path, section: name, offset: offset, reason: "it has only \(length) bytes")
    }
    guard length <= rest.count else {
      throw .truncated(
        path: path, offset: rest.endIndex, what: name, needed: length, left: rest.count)
    }
    let body = rest.prefix(length).dropFirst(4)
    let stated = UInt32(ArchiveFormat.number(rest.prefix(4)))
    rest = rest.dropFirst(length)
    let found = CRC32.of(body)
    guard stated == found else {
      throw .checksum(path: path, section: name, offset: offset, stated: stated, found: found)
    }
    guard let kind = body.first.flatMap(ArchiveFormat.Kind.init) else {
      throw .malformed(
        path: path, section: name, offset: offset,
        reason: "it is of the unknown kind \(body.first ?? 0)")
    }
    return Section(
      kind: kind, content: body.dropFirst(), offset: offset, size: rest.startIndex - offset)
  }

  private static func graph(
    _ section: Section, _ path: String
  ) throws(CompressionError) -> ONNXModel {
    let bytes: [UInt8]
    do throws(DecodingFault) {
      var content = section.content
      let count = try LEB128.take(from: &content)
      bytes = try HuffmanBytes.decode(&content, count: count)
      guard content.isEmpty else { throw DecodingFault("bytes are left over at its end") }
    } catch {
      throw .malformed(
        path: path, section: "the graph", offset: section.offset, reason: error.problem)
    }
    do throws(ONNXError) { return try ONNXModel(encoded: bytes, name: path) } catch {
      throw .model(error)
    }
  }

  private static func tensor(
    _ section: Section, _ path: String
  ) throws(CompressionError) -> (name: String, codec: String, tensor: TensorData) {
    var (title, rest) = ("a tensor", section.content)
    do throws(DecodingFault) {
      guard section.kind == .tensor else { throw DecodingFault("a second graph is there") }
      let name = try text(&rest)
      title = "tensor '\(name)'"
      guard let code = rest.popFirst(), let type = ElementType(rawValue: Int32(code)) else {
        throw DecodingFault("its element type is not known")
      }
      let rank = try LEB128.take(from: &rest)
      guard rank <= rest.count else { throw DecodingFault("it has the impossible rank \(rank)") }
      var shape: [Int] = []
      for _ in 0..<rank { shape.append(try LEB128.take(from: &rest)) }
      guard let count = shape.elementCount, count < 1 << 48 else {
        throw DecodingFault("it has the impossible shape \(shape)")
      }
      let codec = try text(&rest)
      guard let found = Codecs.all.first(where: { Swift.type(of: $0).name == codec }) else {
        throw DecodingFault(
          "the codec '\(codec)' is not known; known: "
            + Codecs.all.map { Swift.type(of: $0).name }.joined(separator: ", "))
      }
      let tensor = try Swift.type(of: found).decode(rest, type: type, shape: shape)
      return (name, codec, tensor)
    } catch {
      throw .malformed(path: path, section: title, offset: section.offset, reason: error.problem)
    }
  }

  private static func text(_ rest: inout ArraySlice<UInt8>) throws(DecodingFault) -> String {
    let count = try LEB128.take(from: &rest)
    guard count <= rest.count, let text = String(validating: rest.prefix(count), as: UTF8.self)
    else { throw DecodingFault("a name in it is cut off or no text") }
    rest = rest.dropFirst(count)
    return text
  }
}
