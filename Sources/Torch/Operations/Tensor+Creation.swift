// Makes tensors: filled with one value, counted up, or shaped like another one.

extension Tensor {
  /// Elements of arbitrary value, to be overwritten.
  public static func empty(
    _ shape: Shape, type: ScalarType = .float32, device: Device = .cpu,
    memoryFormat: MemoryFormat? = nil
  ) throws(TorchError) -> Tensor {
    try Operator.empty.tensor(
      .ints(shape), .type(type), nil, .device(device), nil, .optional(memoryFormat))
  }

  /// All elements 0.
  public static func zeros(
    _ shape: Shape, type: ScalarType = .float32, device: Device = .cpu
  ) throws(TorchError) -> Tensor {
    try Operator.zeros.tensor(.ints(shape), .type(type), nil, .device(device))
  }

  /// All elements 1.
  public static func ones(
    _ shape: Shape, type: ScalarType = .float32, device: Device = .cpu
  ) throws(TorchError) -> Tensor {
    try Operator.ones.tensor(.ints(shape), .type(type), nil, .device(device))
  }

  /// All elements `value`.
  public static func full(
    _ shape: Shape, _ value: Scalar, type: ScalarType = .float32, device: Device = .cpu
  ) throws(TorchError) -> Tensor {
    try Operator.full.tensor(.ints(shape), .scalar(value), .type(type), nil, .device(device))
  }

  /// The numbers `start`, `start + step`, ... below `end`.
  public static func arange(
    from start: Scalar = 0, to end: Scalar, step: Scalar = 1, type: ScalarType? = nil,
    device: Device = .cpu
  ) throws(TorchError) -> Tensor {
    try Operator.arange.tensor(
      .scalar(start), .scalar(end), .scalar(step), .optional(type), nil, .device(device))
  }

  /// `count` numbers from `start` to `end`, both included, at equal distances.
  public static func linspace(
    from start: Double, to end: Double, count: Int, type: ScalarType = .float32,
    device: Device = .cpu
  ) throws(TorchError) -> Tensor {
    try Operator.linspace.tensor(
      .double(start), .double(end), .int(count), .type(type), nil, .device(device))
  }

  /// The `size` x `size` identity matrix.
  public static func eye(
    _ size: Int, type: ScalarType = .float32, device: Device = .cpu
  ) throws(TorchError) -> Tensor {
    try Operator.eye.tensor(.int(size), .type(type), nil, .device(device))
  }

  /// All elements 0, with this tensor's shape, device and layout.
  public func zerosLike(type: ScalarType? = nil) throws(TorchError) -> Tensor {
    try Operator.zerosLike.tensor(.tensor(self), .optional(type))
  }

  /// All elements 1, with this tensor's shape, device and layout.
  public func onesLike(type: ScalarType? = nil) throws(TorchError) -> Tensor {
    try Operator.onesLike.tensor(.tensor(self), .optional(type))
  }

  /// All elements `value`, with this tensor's shape, device and layout.
  public func fullLike(_ value: Scalar, type: ScalarType? = nil) throws(TorchError) -> Tensor {
    try Operator.fullLike.tensor(.tensor(self), .scalar(value), .optional(type))
  }

  /// Elements of arbitrary value, with this tensor's shape, device and layout.
  public func emptyLike(type: ScalarType? = nil) throws(TorchError) -> Tensor {
    try Operator.emptyLike.tensor(.tensor(self), .optional(type))
  }
}

extension Operator {
  fileprivate static let empty = Operator("empty", "memory_format")
  fileprivate static let zeros = Operator("zeros")
  fileprivate static let ones = Operator("ones")
  fileprivate static let full = Operator("full")
  fileprivate static let arange = Operator("arange", "start_step")
  fileprivate static let linspace = Operator("linspace")
  fileprivate static let eye = Operator("eye")
  fileprivate static let zerosLike = Operator("zeros_like")
  fileprivate static let onesLike = Operator("ones_like")
  fileprivate static let fullLike = Operator("full_like")
  fileprivate static let emptyLike = Operator("empty_like")
}
