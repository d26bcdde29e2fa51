// An attribute of a node: a constant that is part of the operator, not of the data.

/// The value of a node's attribute.
public indirect enum Attribute: Sendable, Hashable {
  case int(Int64)
  case float(Float)
  case string(String)
  case tensor(TensorData)
  case graph(Network)
  case ints([Int64])
  case floats([Float])
  case strings([String])
  case tensors([TensorData])
  case graphs([Network])
  /// An attribute Bonsai does not interpret, kept as the bytes of its protobuf message.
  case opaque(Bytes)
}
