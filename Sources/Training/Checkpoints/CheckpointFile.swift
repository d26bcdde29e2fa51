// Named tensors and a header in one file that NumPy can read.

import Data
import Foundation
import OrderedCollections
import Torch

/// Named tensors and a header in one `.npz` file.
///
/// Every tensor is an array of its name; types that NumPy does not know are kept as bytes. The array
/// `checkpoint` holds the header: JSON as bytes. The container's CRC-32 guards every array, and the
/// header lists them all, so that damage and loss are found.
struct CheckpointFile {
  static let headerName = "checkpoint"

  var header: CheckpointHeader
  var tensors: OrderedDictionary<String, Tensor>

  /// The bytes of the file; the same state gives the same bytes.
  func bytes() throws(TrainingError) -> [UInt8] {
    var header = header
    var arrays: [String: NDArray] = [:]
    for (name, tensor) in tensors {
      header.arrays[name] = .init(type: tensor.type.description, shape: tensor.shape)
      arrays[name] = try Self.array(of: tensor)
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let json: Foundation.Data
    do { json = try encoder.encode(header) } catch {
      throw .notACheckpoint(path: "checkpoint", reason: "its header cannot be written: \(error)")
    }
    arrays[Self.headerName] = try data { () throws(DataError) in
      try NDArray([UInt8](json), shape: [json.count])
    }
    return try data { () throws(DataError) in try NPZ.bytes(of: arrays, path: "checkpoint") }
  }

  init(header: CheckpointHeader, tensors: OrderedDictionary<String, Tensor>) {
    self.header = header
    self.tensors = tensors
  }

  /// Reads and checks a file.
  init(path: String) throws(TrainingError) {
    let arrays: [String: NDArray]
    do throws(DataError) { arrays = try NPZ.read(path) } catch {
      if case .unreadable = error { throw .data(error) }
      throw .notACheckpoint(path: path, reason: "\(error)")
    }
    guard let entry = arrays[Self.headerName], entry.elementType == .uint8 else {
      throw .notACheckpoint(
        path: path, reason: "it has no entry '\(Self.headerName)'; another program wrote it")
    }
    header = try Self.header(Foundation.Data(entry.bytes), path)
    tensors = [:]
    for (name, description) in header.arrays.sorted(by: { $0.key < $1.key }) {
      guard let array = arrays[name] else {
        throw .notACheckpoint(path: path, reason: "the array '\(name)' is missing")
      }
      tensors[name] = try Self.tensor(array, description, named: name, path)
    }
  }

  private static func header(
    _ json: Foundation.Data, _ path: String
  ) throws(TrainingError) -> CheckpointHeader {
    let decoder = JSONDecoder()
    guard let mark = try? decoder.decode(CheckpointHeader.Mark.self, from: json),
      mark.format == CheckpointHeader.format
    else { throw .notACheckpoint(path: path, reason: "its header says something else") }
    guard mark.version == CheckpointHeader.currentVersion else {
      throw .checkpointVersion(
        path: path, found: mark.version, supported: CheckpointHeader.currentVersion)
    }
    do { return try decoder.decode(CheckpointHeader.self, from: json) } catch {
      throw .notACheckpoint(path: path, reason: "its header cannot be read: \(error)")
    }
  }

  private static func array(of tensor: Tensor) throws(TrainingError) -> NDArray {
    let bytes = try engine { () throws(TorchError) in try tensor.bytes() }
    return try data { () throws(DataError) in
      if let type = NDArray.ElementType(tensor.type) {
        try NDArray(type, shape: tensor.shape, bytes: bytes)
      } else {
        try NDArray(.uint8, shape: [bytes.count], bytes: bytes)
      }
    }
  }

  private static func tensor(
    _ array: NDArray, _ description: CheckpointHeader.ArrayDescription, named name: String,
    _ path: String
  ) throws(TrainingError) -> Tensor {
    let type = ScalarType.allCases.first { $0.description == description.type }
    guard let type,
      array.bytes.count == type.size * description.shape.reduce(1, { $0 &* $1 }),
      description.shape.allSatisfy({ $0 >= 0 })
    else {
      throw .notACheckpoint(
        path: path,
        reason: "the array '\(name)' is not of type \(description.type), shape \(description.shape)"
      )
    }
    let made: Result<Tensor, TorchError> = array.bytes.withUnsafeBytes { bytes in
      Result { () throws(TorchError) in
        try Tensor(bytes: bytes, shape: description.shape, type: type)
      }
    }
    return try engine { () throws(TorchError) in try made.get() }
  }
}

extension NDArray.ElementType {
  /// NumPy's type for the engine's; `nil` where it has none.
  fileprivate init?(_ type: ScalarType) {
    switch type {
    case .bool: self = .bool
    case .int8: self = .int8
    case .int16: self = .int16
    case .int32: self = .int32
    case .int64: self = .int64
    case .uint8: self = .uint8
    case .float16: self = .float16
    case .float32: self = .float32
    case .float64: self = .float64
    default: return nil
    }
  }
}
