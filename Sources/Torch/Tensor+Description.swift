// Tensors as short texts.

extension Tensor: CustomStringConvertible {
  /// Type and shape, and the device unless it is the processor: `float32[64, 10]`.
  public var signature: String {
    let device = device
    return "\(type)\(shape)" + (device == .cpu ? "" : "@\(device)")
  }

  /// Signature and the first six elements: `float32[2, 2]: 1.0, 2.0, 3.0, 4.0`.
  public var description: String {
    let shown = Swift.min(6, count)
    guard device != .meta, !type.isComplex,
      let head = try? flatten().narrow(axis: 0, start: 0, length: shown),
      let values = try? head.values(as: Double.self)
    else { return signature }
    let isWhole = !type.isFloatingPoint
    var texts = values.map { isWhole ? "\(Int64($0))" : "\($0)" }
    if type == .bool { texts = values.map { $0 != 0 ? "true" : "false" } }
    if count > shown { texts.append("...") }
    return texts.isEmpty ? signature : "\(signature): \(texts.joined(separator: ", "))"
  }
}
