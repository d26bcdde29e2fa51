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
    default: return nil
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
    return try bytes.withUnsafeBytes { raw throws(ExecutionError) in
      try engine { () throws(TorchError) in
        try Tensor(bytes: raw, shape: shape, type: scalar, device: device)
      }
    }
  }

  /// The engine's tensor as a file holds it: row-major, whatever its strides and device.
  public init(_ tensor: Tensor) throws(ExecutionError) {
    let bytes = try engine { () throws(TorchError) in try tensor.bytes() }
    do throws(NetworkError) {
      try self.init(type: tensor.type.element, shape: tensor.shape, bytes: Bytes(bytes))
    } catch { throw .network(error) }
  }
}
