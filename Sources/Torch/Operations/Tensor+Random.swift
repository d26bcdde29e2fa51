// Random numbers, drawn from an explicit generator.

extension Tensor {
  /// Numbers from the normal distribution of mean 0 and variance 1.
  public static func randn(
    _ shape: Shape, _ generator: Generator?, type: ScalarType = .float32, device: Device = .cpu
  ) throws(TorchError) -> Tensor {
    try Operator.randn.tensor(
      .ints(shape), .optional(generator), .type(type), nil, .device(device))
  }

  /// Numbers evenly distributed from 0 to below 1.
  public static func rand(
    _ shape: Shape, _ generator: Generator?, type: ScalarType = .float32, device: Device = .cpu
  ) throws(TorchError) -> Tensor {
    try Operator.rand.tensor(
      .ints(shape), .optional(generator), .type(type), nil, .device(device))
  }

  /// Whole numbers evenly distributed from `low` to below `high`.
  public static func randint(
    _ shape: Shape, from low: Int = 0, to high: Int, _ generator: Generator?,
    type: ScalarType = .int64, device: Device = .cpu
  ) throws(TorchError) -> Tensor {
    try Operator.randint.tensor(
      .int(low), .int(high), .ints(shape), .optional(generator), .type(type), nil,
      .device(device))
  }

  /// The numbers 0 to below `count` in random order.
  public static func randperm(
    _ count: Int, _ generator: Generator?, device: Device = .cpu
  ) throws(TorchError) -> Tensor {
    try Operator.randperm.tensor(
      .int(count), .optional(generator), .type(.int64), nil, .device(device))
  }

  /// 1 with the probability each element gives, else 0.
  public func bernoulli(_ generator: Generator?) throws(TorchError) -> Tensor {
    try Operator.bernoulli.tensor(.tensor(self), .optional(generator))
  }

  /// `count` indices drawn from each row with probabilities in proportion to its elements.
  public func multinomial(
    _ count: Int, replacement: Bool = false, _ generator: Generator?
  ) throws(TorchError) -> Tensor {
    try Operator.multinomial.tensor(
      .tensor(self), .int(count), .bool(replacement), .optional(generator))
  }

  /// Each element 0 with probability `p`, else divided by `1 - p` so that the mean stays.
  public func dropout(_ p: Double, _ generator: Generator?) throws(TorchError) -> Tensor {
    if p <= 0 { return self }
    if p >= 1 { return try self * 0 }
    let mask = try emptyLike().bernoulliInPlace(1 - p, generator)
    return try multiply(mask.multiplyInPlace(.double(1 / (1 - p))))
  }

  /// Overwrites the elements with normally distributed numbers.
  @discardableResult
  public func normalInPlace(
    mean: Double = 0, deviation: Double = 1, _ generator: Generator?
  ) throws(TorchError) -> Tensor {
    try Operator.normal.inPlace(
      .tensor(self), .double(mean), .double(deviation), .optional(generator))
    return self
  }

  /// Overwrites the elements with numbers evenly distributed from `low` to below `high`.
  @discardableResult
  public func uniformInPlace(
    from low: Double = 0, to high: Double = 1, _ generator: Generator?
  ) throws(TorchError) -> Tensor {
    try Operator.uniform.inPlace(
      .tensor(self), .double(low), .double(high), .optional(generator))
    return self
  }

  /// Overwrites the elements with 1 with probability `p`, else 0.
  @discardableResult
  public func bernoulliInPlace(_ p: Double, _ generator: Generator?) throws(TorchError) -> Tensor {
    try Operator.bernoulliFill.inPlace(.tensor(self), .double(p), .optional(generator))
    return self
  }
}

extension Operator {
  fileprivate static let randn = Operator("randn", "generator")
  fileprivate static let rand = Operator("rand", "generator")
  fileprivate static let randint = Operator("randint", "low_generator")
  fileprivate static let randperm = Operator("randperm", "generator")
  fileprivate static let bernoulli = Operator("bernoulli")
  fileprivate static let multinomial = Operator("multinomial")
  fileprivate static let normal = Operator("normal_")
  fileprivate static let uniform = Operator("uniform_")
  fileprivate static let bernoulliFill = Operator("bernoulli_", "float")
}
