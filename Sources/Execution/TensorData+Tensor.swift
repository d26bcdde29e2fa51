// Between tensors as files hold them and tensors as the engine computes with them.

import Network
import Torch

extension ScalarType {
  /// The engine's type for a file's element type; `nil` where the engine has none.
  public init?(_ element: ElementType) {
    switch element {
    case .float32: self = .float32
    case .float64: self = .float64
    case .float16: self = .float16
    case .bfloat16: self = .bfloat16
    case .int8: self = .int8
    case .uint8: self = .uint8
    case .int16: self = .int16
    case .int32: self = .int32
    case .int64: self = .int64
    case .bool: self = .bool
    case .complex64: self = .complex64
    case .complex128: self = .complex128
    case .uint16: self = .uint16
    case .uint32: self = .uint32
    case .uint64: self = .uint64
    case .float8E5M2: self = .float8E5M2
    case .float8E4M3FN: self = .float8E4M3FN
    case .float8E5M2FNUZ: self = .float8E5M2FNUZ
    case .float8E4M3FNUZ: self = .float8E4M3FNUZ
    case .float8E8M0: self = .float8E8M0
    // Elements smaller than a byte are unpacked; every float4 number is a float8 number.
    case .int4, .int2: self = .int8
    case .uint4, .uint2: self = .uint8
    case .float4E2M1: self = .float8E4M3FN
    case .string: return nil
    }
  }

  /// The file's element type for the engine's type.
  public var element: ElementType {
    switch self {
    case .float32: .float32
    case .float64: .float64
    case .float16: .float16
    case .bfloat16: .bfloat16
    case .int8: .int8
    case .uint8: .uint8
    case .int16: .int16
    case .int32: .int32
    case .int64: .int64
    case .bool: .bool
    case .complex64: .complex64
    case .complex128: .complex128
    case .uint16: .uint16
    case .uint32: .uint32
    case .uint64: .uint64
    case .float8E5M2: .float8E5M2
    case .float8E4M3FN: .float8E4M3FN
    case .float8E5M2FNUZ: .float8E5M2FNUZ
    case .float8E4M3FNUZ: .float8E4M3FNUZ
    case .float8E8M0: .float8E8M0
    }
  }
}

extension TensorData {
  /// The engine's copy of this tensor; `name` is for messages.
  ///
  /// - Throws: ``ExecutionError/elementType(value:type:)`` where the engine has no such type.
  public func tensor(
    named name: String, device: Device = .cpu
  ) throws(ExecutionError) -> Tensor {
    guard let scalar = ScalarType(type) else {
      throw .elementType(value: name, type: type)
    }
    let elements = type.bitWidth < 8 ? Bytes(SmallElements.unpacked(self)) : bytes
    return try elements.withUnsafeBytes { raw throws(ExecutionError) in
      try engine { () throws(TorchError) in
        try Tensor(bytes: raw, shape: shape, type: scalar, device: device)
      }
    }
  }

  /// The engine's tensor as a file holds it: row-major, whatever its strides and device.
  ///
  /// - Parameter element: the type to hold it in where that is smaller than a byte, which the engine
  ///   does not know.
  public init(_ tensor: Tensor, as element: ElementType? = nil) throws(ExecutionError) {
    var bytes = try engine { () throws(TorchError) in try tensor.bytes() }
    var type = tensor.type.element
    if let element, element.bitWidth < 8, ScalarType(element) == tensor.type {
      bytes = SmallElements.packed(bytes, element)
      type = element
    }
    do throws(NetworkError) {
      try self.init(type: type, shape: tensor.shape, bytes: Bytes(bytes))
    } catch { throw .network(error) }
  }
}
