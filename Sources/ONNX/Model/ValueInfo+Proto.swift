// What is stated of a value, to and from its message.

import Network

extension ValueInfo {
  /// The statement in a message; only the type of a tensor is understood.
  init(_ proto: Onnx_ValueInfoProto) {
    self.init(proto.name, nil, nil)
    guard case .tensorType(let tensor)? = proto.type.value else { return }
    type = ElementType(rawValue: tensor.elemType)
    guard tensor.hasShape else { return }
    shape = tensor.shape.dim.map { dimension in
      switch dimension.value {
      case .dimValue(let extent)? where extent >= 0: .fixed(Int(extent))
      case .dimParam(let name)? where !name.isEmpty: .symbol(name)
      default: .unknown
      }
    }
  }

  /// The statement as a message; `known`, what the file stated, stays where it still says the same.
  func proto(_ known: Onnx_ValueInfoProto?) -> Onnx_ValueInfoProto {
    var proto = known ?? Onnx_ValueInfoProto()
    if known != nil, ValueInfo(proto) == self { return proto }
    proto.name = name
    guard let type else {
      proto.clearType()
      return proto
    }
    var tensor = Onnx_TypeProto.Tensor()
    tensor.elemType = type.rawValue
    if let shape {
      tensor.shape = Onnx_TensorShapeProto()
      tensor.shape.dim = shape.map { extent in
        var dimension = Onnx_TensorShapeProto.Dimension()
        switch extent {
        case .fixed(let extent): dimension.dimValue = Int64(extent)
        case .symbol(let name): dimension.dimParam = name
        case .unknown: break
        }
        return dimension
      }
    }
    proto.type.tensorType = tensor
    return proto
  }
}
