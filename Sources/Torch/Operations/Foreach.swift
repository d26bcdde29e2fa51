// One operation on many tensors at once, and whole optimizer steps in one call.

/// Operations on lists of tensors, faster than one call for each of many small ones. All change
/// their first list in place unless they return something.
public enum Foreach {
  /// `tensors[i] += alpha * others[i]`.
  public static func add(
    _ tensors: [Tensor], _ others: [Tensor], alpha: Scalar = 1
  ) throws(TorchError) {
    try Operator.add.inPlace(.tensors(tensors), .tensors(others), .scalar(alpha))
  }

  /// `tensors[i] *= factor`.
  public static func multiply(_ tensors: [Tensor], _ factor: Scalar) throws(TorchError) {
    try Operator.multiplyScalar.inPlace(.tensors(tensors), .scalar(factor))
  }

  /// `tensors[i] *= factors[i]`.
  public static func multiply(_ tensors: [Tensor], _ factors: [Tensor]) throws(TorchError) {
    try Operator.multiply.inPlace(.tensors(tensors), .tensors(factors))
  }

  /// `tensors[i] += value * a[i] * b[i]`.
  public static func addcmul(
    _ tensors: [Tensor], _ a: [Tensor], _ b: [Tensor], value: Scalar = 1
  ) throws(TorchError) {
    try Operator.addcmul.inPlace(.tensors(tensors), .tensors(a), .tensors(b), .scalar(value))
  }

  /// `tensors[i] += value * a[i] / b[i]`.
  public static func addcdiv(
    _ tensors: [Tensor], _ a: [Tensor], _ b: [Tensor], value: Scalar = 1
  ) throws(TorchError) {
    try Operator.addcdiv.inPlace(.tensors(tensors), .tensors(a), .tensors(b), .scalar(value))
  }

  /// `tensors[i] += weight * (ends[i] - tensors[i])`.
  public static func lerp(
    _ tensors: [Tensor], _ ends: [Tensor], weight: Scalar
  ) throws(TorchError) {
    try Operator.lerp.inPlace(.tensors(tensors), .tensors(ends), .scalar(weight))
  }

  /// `tensors[i] = sources[i]`.
  public static func copy(_ tensors: [Tensor], _ sources: [Tensor]) throws(TorchError) {
    try Operator.copy.inPlace(.tensors(tensors), .tensors(sources))
  }

  /// `tensors[i] = 0`.
  public static func zero(_ tensors: [Tensor]) throws(TorchError) {
    try Operator.zero.inPlace(.tensors(tensors))
  }

  /// The square root of each tensor, as new tensors.
  public static func sqrt(_ tensors: [Tensor]) throws(TorchError) -> [Tensor] {
    try Operator.sqrt.tensors(.tensors(tensors))
  }

  /// The vector norm of each tensor.
  public static func norm(_ tensors: [Tensor], order: Scalar = 2) throws(TorchError) -> [Tensor] {
    try Operator.norm.tensors(.tensors(tensors), .scalar(order))
  }

  /// One step of stochastic gradient descent with momentum, as one kernel.
  ///
  /// `g += weightDecay * p`; `m = momentum * m + (1 - dampening) * g` (on the first step `m = g`);
  /// `p -= rate * (nesterov ? g + momentum * m : m)`. Give no `momenta` when `momentum` is 0.
  public static func fusedSGD(
    _ parameters: [Tensor], gradients: [Tensor], momenta: [Tensor], rate: Double,
    momentum: Double = 0, weightDecay: Double = 0, dampening: Double = 0, nesterov: Bool = false,
    maximize: Bool = false, isFirstStep: Bool = false
  ) throws(TorchError) {
    try Operator.fusedSGD.inPlace(
      .tensors(parameters), .tensors(gradients), .tensors(momenta), .double(weightDecay),
      .double(momentum), .double(rate), .double(dampening), .bool(nesterov), .bool(maximize),
      .bool(isFirstStep))
  }

  /// One step of Adam as one kernel; with `decoupled` the weight decay is AdamW's.
  ///
  /// `steps` holds the number of this step, counted from 1, as a float tensor for each parameter.
  /// Kingma and Ba, Adam, 2015; Loshchilov and Hutter, Decoupled Weight Decay, 2019.
  public static func fusedAdam(
    _ parameters: [Tensor], gradients: [Tensor], means: [Tensor], squares: [Tensor],
    steps: [Tensor], rate: Double, beta1: Double = 0.9, beta2: Double = 0.999,
    weightDecay: Double = 0, epsilon: Double = 1e-8, decoupled: Bool = false,
    maximize: Bool = false
  ) throws(TorchError) {
    let operation = decoupled ? Operator.fusedAdamW : Operator.fusedAdam
    try operation.inPlace(
      .tensors(parameters), .tensors(gradients), .tensors(means), .tensors(squares),
      .tensors([]), .tensors(steps), .double(rate), .double(beta1), .double(beta2),
      .double(weightDecay), .double(epsilon), false, .bool(maximize))
  }
}

extension Operator {
  fileprivate static let add = Operator("_foreach_add_", "List")
  fileprivate static let multiply = Operator("_foreach_mul_", "List")
  fileprivate static let multiplyScalar = Operator("_foreach_mul_", "Scalar")
  fileprivate static let addcmul = Operator("_foreach_addcmul_", "Scalar")
  fileprivate static let addcdiv = Operator("_foreach_addcdiv_", "Scalar")
  fileprivate static let lerp = Operator("_foreach_lerp_", "Scalar")
  fileprivate static let copy = Operator("_foreach_copy_")
  fileprivate static let zero = Operator("_foreach_zero_")
  fileprivate static let sqrt = Operator("_foreach_sqrt")
  fileprivate static let norm = Operator("_foreach_norm", "Scalar")
  fileprivate static let fusedSGD = Operator("_fused_sgd_")
  fileprivate static let fusedAdam = Operator("_fused_adam_")
  fileprivate static let fusedAdamW = Operator("_fused_adamw_")
}
