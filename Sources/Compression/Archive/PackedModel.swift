// A model on its way into an archive: each tensor with the codec that takes the fewest bytes.

import Network
import ONNX

/// A model packed: the bytes of an archive, and what they are spent on.
///
/// ```swift
/// let packed = try PackedModel(ONNXModel(path: "pruned.onnx"))
/// try packed.write(to: "pruned.bonsai")
/// ```
/// Packing loses nothing: unpacking gives the same graph and every tensor bit for bit.
public struct PackedModel: Sendable {
  /// The archive.
  public let bytes: [UInt8]
  /// What each packed tensor takes, in the model's order.
  public let tensors: [PackedTensor]
  /// The bytes of everything that is no packed tensor: the graph, small constants, the frame.
  public var graphBytes: Int { bytes.count - tensors.reduce(0) { $0 + $1.bytes } }

  /// Packs `model`; what no codec makes smaller, its section and all, stays plain in the graph.
  ///
  /// - Parameter indexBits: how wide the steps between stored weights are.
  /// - Throws: ``CompressionError/model(_:)``.
  public init(
    _ model: ONNXModel, indexBits: IndexBits = .automatic
  ) throws(CompressionError) {
    var skeleton = model
    var sections: [[UInt8]] = []
    var tensors: [PackedTensor] = []
    for (name, initializer) in model.network.initializers {
      let tensor = initializer.tensor
      guard tensor.type != .string, tensor.bytes.count >= Self.least,
        let empty = try? TensorData(type: tensor.type, shape: [0], bytes: Bytes([])),
        let (codec, encoded) = Self.best(try indexBits.codecs(for: tensor.shape), for: tensor)
      else { continue }
      tensor.bytes.release()
      let section = ArchiveFormat.section(
        .tensor,
        ArchiveFormat.text(name) + [UInt8(tensor.type.rawValue)]
          + LEB128.bytes(tensor.shape.count) + tensor.shape.flatMap(LEB128.bytes)
          + ArchiveFormat.text(codec) + encoded.bytes)
      // Numbers without any order take more in a section, with its name and checksum, than plainly.
      guard section.count < tensor.bytes.count else { continue }
      skeleton.network.initializers[name]?.tensor = empty
      sections.append(section)
      tensors.append(
        PackedTensor(
          name: name, codec: codec, elements: tensor.count, plainBytes: tensor.bytes.count,
          bytes: section.count, isWeight: initializer.role == .parameter && tensor.shape.count > 1,
          spending: encoded.spending))
    }
    let graph: [UInt8]
    do throws(ONNXError) { graph = try skeleton.encoded() } catch { throw .model(error) }
    sections.insert(
      ArchiveFormat.section(.graph, LEB128.bytes(graph.count) + HuffmanBytes.encode(graph)), at: 0)
    let size = sections.reduce(0) { $0 + $1.count }
    var bytes = ArchiveFormat.header(sections: sections.count, size: size)
    bytes.reserveCapacity(ArchiveFormat.headerSize + size)
    for section in sections { bytes += section }
    (self.bytes, self.tensors) = (bytes, tensors)
  }

  /// Tensors with fewer bytes stay in the graph untried.
  private static let least = 64

  /// The codec that takes the fewest bytes; of equally good ones the first.
  private static func best(
    _ codecs: [any Codec], for tensor: TensorData
  ) -> (name: String, encoded: EncodedTensor)? {
    var best: (name: String, encoded: EncodedTensor)?
    for codec in codecs {
      guard let encoded = codec.encode(tensor) else { continue }
      if let known = best, known.encoded.bytes.count <= encoded.bytes.count { continue }
      best = (type(of: codec).name, encoded)
    }
    return best
  }

  /// Writes the archive to `path` in one step, reads it back and compares every tensor.
  ///
  /// - Throws: ``CompressionError/unwritable(path:reason:)``; ``CompressionError/differs(path:tensor:reason:)``
  ///   where what was read is not `model`, after removing the file.
  public func write(to path: String, verifying model: ONNXModel) throws(CompressionError) {
    do throws(ONNXError) { try AtomicFile.write(bytes, to: path) } catch {
      guard case .unwritable(let path, let reason) = error else { throw .model(error) }
      throw .unwritable(path: path, reason: reason)
    }
    do throws(CompressionError) {
      try model.network.compare(with: try Archive(path: path).model.network, in: path)
    } catch {
      AtomicFile.remove(path)
      throw error
    }
  }
}

/// A tensor in an archive.
public struct PackedTensor: Sendable, Hashable, Codable {
  /// Its name.
  public let name: String
  /// The codec that stores it.
  public let codec: String
  /// Its elements, and the bytes that they take unpacked.
  public let elements: Int
  public let plainBytes: Int
  /// The bytes of its section in the archive.
  public let bytes: Int
  /// Whether it is the weight of a layer.
  public let isWeight: Bool
  /// What its bits are spent on, where the codec stores weights one by one.
  public let spending: EncodedTensor.Spending?

  /// The part of the elements that is stored; 1 where all are.
  public var keptFraction: Double {
    Double(spending?.kept ?? elements) / Double(max(1, elements))
  }

  /// How many times smaller it has become.
  public var rate: Double { Double(plainBytes) / Double(max(1, bytes)) }
}

extension Network {
  /// Compares every tensor with the one of that name in `other`, bit for bit.
  fileprivate func compare(with other: Network, in path: String) throws(CompressionError) {
    for (name, initializer) in initializers {
      guard let found = other.initializers[name]?.tensor else {
        throw .differs(path: path, tensor: name, reason: "it is missing")
      }
      guard found == initializer.tensor else {
        throw .differs(path: path, tensor: name, reason: "other elements were read than packed")
      }
    }
    guard other.nodes.count == nodes.count else {
      throw .differs(
        path: path, tensor: "",
        reason: "\(other.nodes.count) nodes were read, \(nodes.count) packed")
    }
  }
}
