// Settings of an optimizer that hold for some parameters only.

/// Parameters with settings of their own, found by their names.
public struct ParameterGroup: Sendable, Hashable, Codable {
  /// Patterns of parameter names; `*` stands for any characters, `?` for one.
  public var patterns: [String]
  /// What the learning rate is multiplied by; 0 leaves the parameters as they are.
  public var rateMultiplier: Double
  /// The weight decay; `nil` keeps the optimizer's.
  public var weightDecay: Double?

  /// Settings for the parameters that match one of `patterns`.
  public init(_ patterns: [String], rateMultiplier: Double = 1, weightDecay: Double? = nil) {
    self.patterns = patterns
    self.rateMultiplier = rateMultiplier
    self.weightDecay = weightDecay
  }

  /// Whether the group holds the parameter `name`.
  public func holds(_ name: String) -> Bool {
    patterns.contains { NamePattern.matches(name, $0) }
  }
}

/// Parameters that weight decay leaves alone.
public enum WeightDecayExclusions: Sendable, Hashable, Codable {
  /// All parameters decay, as PyTorch has it.
  case none
  /// Parameters of at most one axis do not decay: biases, and scales and shifts of normalisation.
  case biasesAndNorms
  /// Parameters whose names match one of the patterns do not decay.
  case names([String])

  /// Whether a parameter of this name and number of axes is left alone.
  public func exclude(_ name: String, rank: Int) -> Bool {
    switch self {
    case .none: false
    case .biasesAndNorms: rank <= 1
    case .names(let patterns): patterns.contains { NamePattern.matches(name, $0) }
    }
  }
}
