// The codec for what nothing makes smaller: the bytes as they are.

import Network

/// The bytes as they are.
public struct Plain: Codec {
  public static let name = "plain"
  public static let summary = "the bytes as they are"

  /// The codec; it has no settings.
  public init() {}

  public func encode(_ tensor: TensorData) -> EncodedTensor? {
    tensor.type == .string ? nil : EncodedTensor(tensor.bytes.array)
  }

  public static func decode(
    _ bytes: ArraySlice<UInt8>, type: ElementType, shape: [Int]
  ) throws(DecodingFault) -> TensorData {
    try TensorData(decoded: Array(bytes), type: type, shape: shape)
  }
}

extension TensorData {
  /// A tensor of decoded bytes.
  init(decoded bytes: [UInt8], type: ElementType, shape: [Int]) throws(DecodingFault) {
    do throws(NetworkError) {
      try self.init(type: type, shape: shape, bytes: Bytes(bytes))
    } catch {
      throw DecodingFault("\(error)")
    }
  }
}
