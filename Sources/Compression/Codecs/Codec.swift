// A codec: how a tensor is stored in an archive, bit for bit.

import Network

/// How a tensor is stored in an archive: bytes from which it comes back bit for bit.
///
/// A codec is one small type in one file of `Compression/Codecs`, listed in ``Codecs``. An archive
/// stores each tensor with the codec that takes the fewest bytes and names it, so that a codec may
/// decline whatever does not suit it.
public protocol Codec: Sendable {
  /// The codec's name: in archives, recipes and on the command line.
  static var name: String { get }

  /// What it does, in one line with its source, for the catalogue.
  static var summary: String { get }

  /// The bytes that stand for `tensor`; `nil` where it does not suit the codec.
  func encode(_ tensor: TensorData) -> EncodedTensor?

  /// The tensor that `bytes` stand for.
  ///
  /// Bytes come from a file: whatever they are, this ends in a tensor or an error, and takes no more
  /// memory than the bytes can pay for.
  static func decode(
    _ bytes: ArraySlice<UInt8>, type: ElementType, shape: [Int]
  ) throws(DecodingFault) -> TensorData
}

/// A tensor as a codec stores it.
public struct EncodedTensor: Sendable, Hashable {
  /// The bytes.
  public let bytes: [UInt8]
  /// What the bytes are spent on, where the codec stores weights one by one.
  public let spending: Spending?

  /// What a codec gives.
  public init(_ bytes: [UInt8], spending: Spending? = nil) {
    self.bytes = bytes
    self.spending = spending
  }

  /// What the bits of a tensor are spent on: the columns of Deep Compression's tables.
  public struct Spending: Sendable, Hashable, Codable {
    /// The elements that are stored: those that differ from the background, zero.
    public var kept: Int
    /// The different values among them.
    public var values: Int
    /// The bits of a value's number, and the mean after Huffman coding, a stored element.
    public var weightBits: Int
    public var codedWeightBits: Double
    /// The bits of a step to the next stored element, and the mean after Huffman coding, fillers
    /// counted in; 0 where every element is stored.
    public var indexBits: Int
    public var codedIndexBits: Double
    /// The bytes of the table of values.
    public var codebookBytes: Int

    /// The share of each.
    public init(
      kept: Int, values: Int, weightBits: Int, codedWeightBits: Double, indexBits: Int = 0,
      codedIndexBits: Double = 0, codebookBytes: Int
    ) {
      self.kept = kept
      self.values = values
      self.weightBits = weightBits
      self.codedWeightBits = codedWeightBits
      self.indexBits = indexBits
      self.codedIndexBits = codedIndexBits
      self.codebookBytes = codebookBytes
    }
  }
}

/// The registry of codecs.
public enum Codecs {
  /// Every codec, with the settings that archives are written with unless others are asked for.
  public static let all: [any Codec] = [DeepCompression(), BytePlanes(), Plain()]

  /// The codec called `name`.
  ///
  /// - Throws: ``CompressionError/noSuchCodec(name:known:)``.
  public static func named(_ name: String) throws(CompressionError) -> any Codec {
    guard let codec = all.first(where: { type(of: $0).name == name }) else {
      throw .noSuchCodec(name: name, known: all.map { type(of: $0).name })
    }
    return codec
  }
}
