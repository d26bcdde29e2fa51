// Where a tensor's memory lies.

/// The device that holds a tensor and computes with it.
public enum Device: Hashable, Sendable {
  /// The processor's main memory.
  case cpu
  /// The CUDA device with this index.
  case cuda(Int)
  /// No memory at all: such tensors have only a shape and a type.
  case meta

  /// The device named by `text`: `cpu`, `meta`, `cuda` (the same as `cuda:0`) or `cuda:N`.
  public init(_ text: String) throws(TorchError) {
    switch text {
    case "cpu": self = .cpu
    case "meta": self = .meta
    case "cuda": self = .cuda(0)
    default:
      guard text.hasPrefix("cuda:"), let index = Int(text.dropFirst(5)), (0..<128).contains(index)
      else { throw .unknownDevice(text: text) }
      self = .cuda(index)
    }
  }

  /// The device named by `text`, which must be there.
  ///
  /// - Throws: ``TorchError/unknownDevice(text:)``, ``TorchError/absentDevice(text:count:)``.
  public init(present text: String) throws(TorchError) {
    try self.init(text)
    guard case .cuda(let index) = self, index >= Engine.cudaDeviceCount else { return }
    throw .absentDevice(text: text, count: Engine.cudaDeviceCount)
  }

  /// libtorch's number for the kind of device, and its index.
  var code: (type: Int32, index: Int64) {
    switch self {
    case .cpu: (0, -1)
    case .cuda(let index): (1, Int64(index))
    case .meta: (14, -1)
    }
  }

  init(type: Int32, index: Int64) {
    switch type {
    case 1: self = .cuda(max(0, Int(index)))
    case 14: self = .meta
    default: self = .cpu
    }
  }
}

extension Device: CustomStringConvertible {
  /// The text `Device.init(_:)` reads back.
  public var description: String {
    switch self {
    case .cpu: "cpu"
    case .cuda(let index): "cuda:\(index)"
    case .meta: "meta"
    }
  }
}
