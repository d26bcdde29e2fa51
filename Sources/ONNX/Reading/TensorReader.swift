// Turns the message of a tensor into a tensor, its bytes left in the file where they can be.

import Network
import SwiftProtobuf

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Turns the message of a tensor into a tensor.
struct TensorReader {
  let path: String
  private let file: MappedFile
  private let external: ExternalData
  /// Whether raw data are the bytes themselves, as they are in functions, not windows on the file.
  private var isInline = false

  /// A reader of the tensors in `file`, which was mapped from `path`.
  init(path: String, file: MappedFile) {
    self.path = path
    self.file = file
    external = ExternalData(model: path)
  }

  /// The reader of tensors whose bytes were decoded with the message.
  var inline: TensorReader {
    var reader = self
    reader.isInline = true
    return reader
  }

  /// A message with the bytes that its window shows.
  func inlined(_ proto: Onnx_TensorProto) -> Onnx_TensorProto {
    guard let window = Window(proto.rawData), window.start >= 0, window.count >= 0,
      case let (end, overflow) = window.start.addingReportingOverflow(window.count), !overflow,
      let bytes = Bytes(file, window.start..<end)
    else { return proto }
    var result = proto
    result.rawData = Data(bytes.array)
    return result
  }

  /// The tensor in a message; `name` is what errors call it.
  func read(_ proto: Onnx_TensorProto, name: String) throws(ONNXError) -> TensorData {
    func wrong(_ reason: String) -> ONNXError { .tensor(path: path, name: name, reason: reason) }
    guard let type = ElementType(rawValue: proto.dataType) else {
      throw wrong("its element type \(proto.dataType) is not one of ONNX that is known here")
    }
    guard !proto.hasSegment else {
      throw wrong("it is stored in segments, which no version of ONNX reads")
    }
    let shape = proto.dims.map { Int($0) }
    guard let count = shape.elementCount else {
      throw wrong("the shape \(shape) is impossible: extents must not be negative or overflow")
    }
    // No file holds so much; it also keeps the arithmetic on bits from overflowing.
    guard count < 1 << 48 else {
      throw wrong("the shape \(shape) has \(count) elements, more than any file holds")
    }
    var bytes = Bytes([])
    if type != .string {
      let expected = type.byteCount(of: count)
      bytes = try self.bytes(of: proto, type, name: name, expected: expected)
      guard bytes.count == expected else {
        throw wrong(
          "type \(type) and shape \(shape) need \(expected) bytes, the file holds \(bytes.count)")
      }
    }
    do throws(NetworkError) {
      return type == .string
        ? try TensorData(strings: proto.stringData.map { [UInt8]($0) }, shape: shape)
        : try TensorData(type: type, shape: shape, bytes: bytes)
    } catch {
      throw wrong("\(error)")
    }
  }

  /// The packed elements, wherever they are kept.
  private func bytes(
    of proto: Onnx_TensorProto, _ type: ElementType, name: String, expected: Int
  ) throws(ONNXError) -> Bytes {
    if proto.dataLocation == .external {
      return try external.bytes(of: proto, name: name, expected: expected)
    }
    guard proto.hasRawData else { return proto.typedBytes(type) }
    if isInline { return Bytes([UInt8](proto.rawData)) }
    guard let window = Window(proto.rawData), window.start >= 0, window.count >= 0,
      let bytes = Bytes(file, window.start..<window.start + window.count)
    else {
      throw .tensor(path: path, name: name, reason: "its bytes are not in the file")
    }
    return bytes
  }
}

extension Onnx_TensorProto {
  /// The elements in the typed fields, packed as `raw_data` is.
  fileprivate func typedBytes(_ type: ElementType) -> Bytes {
    func pack<T: FixedWidthInteger>(_: T.Type) -> Bytes {
      Bytes(int32Data.map { T(truncatingIfNeeded: $0) }.withUnsafeBytes { [UInt8]($0) })
    }
    return switch type {
    case .float32, .complex64: Bytes(floatData.withUnsafeBytes { [UInt8]($0) })
    case .float64, .complex128: Bytes(doubleData.withUnsafeBytes { [UInt8]($0) })
    case .int64: Bytes(int64Data.withUnsafeBytes { [UInt8]($0) })
    case .uint64: Bytes(uint64Data.withUnsafeBytes { [UInt8]($0) })
    case .uint32:
      Bytes(uint64Data.map { UInt32(truncatingIfNeeded: $0) }.withUnsafeBytes { [UInt8]($0) })
    case .int32: pack(Int32.self)
    case .int16, .uint16, .float16, .bfloat16: pack(UInt16.self)
    // Four-bit elements stand two to a number, two-bit ones four.
    case .int8, .uint8, .bool, .float8E4M3FN, .float8E4M3FNUZ, .float8E5M2, .float8E5M2FNUZ,
      .float8E8M0, .uint4, .int4, .float4E2M1, .uint2, .int2:
      pack(UInt8.self)
    case .string: Bytes([])
    }
  }

  /// The message without what a tensor and its name hold.
  var withoutValue: Onnx_TensorProto { withoutValue(keepingName: false) }

  /// The message without what a tensor holds.
  func withoutValue(keepingName: Bool) -> Onnx_TensorProto {
    var rest = Onnx_TensorProto()
    if keepingName, hasName { rest.name = name }
    if hasDocString { rest.docString = docString }
    rest.metadataProps = metadataProps
    rest.unknownFields = unknownFields
    return rest
  }
}
