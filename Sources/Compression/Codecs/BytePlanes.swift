// The codec for weights that are neither pruned nor shared: their bytes by place, each place with a
// Huffman code of its own.
//
// The highest byte of a trained weight's floating-point number (its sign and most of its exponent)
// takes few values; the low bytes of the mantissa are noise. Coding each place by itself saves what
// there is to save, and a place that saves nothing stays as it is.

import Network

/// The bytes of a tensor by their place in an element, each place Huffman-coded.
public struct BytePlanes: Codec {
  public static let name = "byte-planes"
  public static let summary = "the bytes of unpruned weights by their place, Huffman-coded"

  /// The codec; it has no settings.
  public init() {}

  public func encode(_ tensor: TensorData) -> EncodedTensor? {
    guard tensor.type != .string, tensor.count > 0 else { return nil }
    let bytes = tensor.bytes.array
    let width = Self.width(tensor.type)
    var result: [UInt8] = []
    for place in 0..<width {
      result += HuffmanBytes.encode(
        stride(from: place, to: bytes.count, by: width).map { bytes[$0] })
    }
    return EncodedTensor(result)
  }

  public static func decode(
    _ bytes: ArraySlice<UInt8>, type: ElementType, shape: [Int]
  ) throws(DecodingFault) -> TensorData {
    guard type != .string, let count = shape.elementCount, count > 0, count < 1 << 48 else {
      throw DecodingFault("no tensor of type \(type) and shape \(shape) is stored by byte planes")
    }
    let width = width(type)
    let total = type.byteCount(of: count)
    var rest = bytes
    var planes: [[UInt8]] = []
    for _ in 0..<width {
      planes.append(try HuffmanBytes.decode(&rest, count: total / width))
    }
    guard rest.isEmpty else { throw DecodingFault("\(rest.count) bytes are left over at its end") }
    var result: [UInt8] = []
    result.reserveCapacity(total)
    for index in 0..<total / width {
      for plane in planes { result.append(plane[index]) }
    }
    return try TensorData(decoded: result, type: type, shape: shape)
  }

  /// The bytes of an element; 1 where several elements share a byte.
  private static func width(_ type: ElementType) -> Int { max(1, type.bitWidth / 8) }
}
