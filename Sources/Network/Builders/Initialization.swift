// The schemes by which first weights are drawn.

/// How the first values of a weight are drawn.
///
/// The fans of a weight [out, in, k1, k2, ...] are `in k1 k2 ...` (fan-in) and `out k1 k2 ...`
/// (fan-out), with `in` the channels of one group.
public enum Initialization: Sendable, Hashable {
  /// Uniform in +-1 / sqrt(fan-in), biases too: what PyTorch does for convolutions and linear layers
  /// by default (He et al., 2015, with a slope of sqrt 5).
  case kaimingUniform
  /// Normal with variance 2 / fan-in; biases 0 (He et al., 2015).
  case kaimingNormalFanIn
  /// Normal with variance 2 / fan-out; biases 0: usual for residual networks.
  case kaimingNormalFanOut
  /// Normal with variance 2 / (fan-in + fan-out); biases 0 (Glorot and Bengio, 2010), as in the
  /// lottery-ticket experiments.
  case glorotNormal
  /// Normal with variance 1 / fan-in, without what lies beyond two standard deviations of the normal
  /// that is cut off there; biases 0 (LeCun et al., 1998): TensorFlow's variance scaling as it is by
  /// default, Keras's `lecun_normal`.
  case leCunNormal
  /// Normal with the given standard deviation; biases 0.
  case normal(Double)
  /// Uniform between minus and plus the given bound, biases too.
  case uniform(Double)

  /// First values of a weight of `shape`.
  func weight(_ shape: [Int], from generator: SeededGenerator) -> [Float] {
    var generator = generator
    let field = shape.dropFirst(2).reduce(1, *)
    let fanIn = Double((shape.count > 1 ? shape[1] : 1) * field)
    let fanOut = Double((shape.first ?? 1) * field)
    switch self {
    case .kaimingUniform:
      return draw(shape) { Self.uniform(&generator, bound: 1 / max(fanIn, 1).squareRoot()) }
    case .kaimingNormalFanIn: return normal(shape, variance: 2 / max(fanIn, 1), &generator)
    case .kaimingNormalFanOut: return normal(shape, variance: 2 / max(fanOut, 1), &generator)
    case .glorotNormal: return normal(shape, variance: 2 / max(fanIn + fanOut, 1), &generator)
    case .leCunNormal:
      // The standard deviation of a normal distribution cut off at +-2 is 0.87962566.
      let deviation = (1 / max(fanIn, 1)).squareRoot() / 0.87962566103423978
      return draw(shape) {
        var value: Double
        repeat { value = generator.normal() } while abs(value) > 2
        return Float(deviation * value)
      }
    case .uniform(let bound): return draw(shape) { Self.uniform(&generator, bound: bound) }
    case .normal(let deviation):
      return normal(shape, variance: deviation * deviation, &generator)
    }
  }

  /// First values of the bias that belongs to a weight of `shape`.
  func bias(_ shape: [Int], from generator: SeededGenerator) -> [Float] {
    let count = shape.first ?? 0
    let bound: Double
    switch self {
    case .kaimingUniform: bound = 1 / max(Double(shape.dropFirst().reduce(1, *)), 1).squareRoot()
    case .uniform(let stated): bound = stated
    default: return Array(repeating: 0, count: count)
    }
    var generator = generator
    return draw([count]) { Self.uniform(&generator, bound: bound) }
  }

  private func normal(
    _ shape: [Int], variance: Double, _ generator: inout SeededGenerator
  ) -> [Float] {
    let deviation = variance.squareRoot()
    return draw(shape) { Float(deviation * generator.normal()) }
  }

  private static func uniform(_ generator: inout SeededGenerator, bound: Double) -> Float {
    Float((2 * generator.uniform() - 1) * bound)
  }

  private func draw(_ shape: [Int], _ next: () -> Float) -> [Float] {
    let total = shape.reduce(1, *)
    return [Float](unsafeUninitializedCapacity: total) { buffer, count in
      for index in 0..<total { buffer.initializeElement(at: index, to: next()) }
      count = total
    }
  }
}
