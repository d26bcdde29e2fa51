// Changes a tensor's type, device or layout, and copies it.

extension Tensor {
  /// This tensor with another type, device or layout; itself when nothing changes.
  ///
  /// Gradients flow through. `copy` forces a copy even when nothing changes.
  public func to(
    type: ScalarType? = nil, device: Device? = nil, memoryFormat: MemoryFormat? = nil,
    copy: Bool = false
  ) throws(TorchError) -> Tensor {
    try Operator.to.tensor(
      .tensor(self), .optional(type), nil, .optional(device), nil, false, .bool(copy),
      .optional(memoryFormat))
  }

  /// The same elements lying in memory in the given order; itself when they already do.
  public func contiguous(_ format: MemoryFormat = .contiguous) throws(TorchError) -> Tensor {
    try Operator.contiguous.tensor(.tensor(self), .memoryFormat(format))
  }

  /// A copy with memory of its own. Gradients flow through.
  public func clone(_ format: MemoryFormat? = nil) throws(TorchError) -> Tensor {
    try Operator.clone.tensor(.tensor(self), .optional(format))
  }
}

extension Operator {
  fileprivate static let to = Operator("to", "dtype_layout")
  fileprivate static let contiguous = Operator("contiguous")
  fileprivate static let clone = Operator("clone")
}
