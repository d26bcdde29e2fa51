// Mask criteria that compare what a weight is with what it was at a mark, as a rule its first value.
//
// H. Zhou, J. Lan, R. Liu, J. Yosinski, "Deconstructing Lottery Tickets: Zeros, Signs, and the
// Supermask", NeurIPS 2019, figure 3: with w_i the initial and w_f the final weight, kept are those of
// the highest
//
//   large final             |w_f|                (the criterion l1)
//   large final same sign   max(0, w_f sign(w_i))
//   small final            -|w_f|
//   large init              |w_i|
//   small init             -|w_i|
//   large init large final  min(|w_f|, |w_i|)
//   small init small final -max(|w_f|, |w_i|)
//   magnitude increase      |w_f| - |w_i|
//   movement                |w_f - w_i|
//
// (with the paper's alpha, a factor of |w_f| in two of them, at its value 1).

import Network

/// A criterion for single weights that compares a weight with what it was at a mark.
protocol InitialAndFinal: Criterion {
  /// The score of a weight that was `initial` and is `final`.
  static func score(_ initial: Float, _ final: Float) -> Float
}

extension InitialAndFinal {
  /// The network as the run began.
  public var marks: [String] { ["start"] }

  public func elementScores(of name: String, in subject: Subject) throws(PruningError) -> [Float] {
    zip(try subject.elements(of: name, at: "start"), try subject.elements(of: name)).map(Self.score)
  }

  public func comparable(_ scores: [Double]) -> [Double] { scores }
}

/// The largest final weights stay, of those that kept their sign: `max(0, w_f sign(w_i))`.
public struct LargeFinalSameSign: InitialAndFinal {
  public static let name = "large-final-same-sign"
  public static let summary = "final magnitude of weights that kept their sign (Zhou et al. 2019)"
  /// The criterion; it has no settings.
  public init() {}
  static func score(_ initial: Float, _ final: Float) -> Float {
    (initial < 0) == (final < 0) ? abs(final) : 0
  }
}

/// The smallest final weights stay: `-|w_f|`.
public struct SmallFinal: InitialAndFinal {
  public static let name = "small-final"
  public static let summary = "the smallest weights stay, as a control (Zhou et al. 2019)"
  /// The criterion; it has no settings.
  public init() {}
  /// No mark is looked at.
  public var marks: [String] { [] }
  public func elementScores(of name: String, in subject: Subject) throws(PruningError) -> [Float] {
    try subject.elements(of: name).map { -abs($0) }
  }
  static func score(_ initial: Float, _ final: Float) -> Float { -abs(final) }
}

/// The largest initial weights stay: `|w_i|`.
public struct LargeInit: InitialAndFinal {
  public static let name = "large-init"
  public static let summary = "initial magnitude |w_i| (Zhou et al. 2019)"
  /// The criterion; it has no settings.
  public init() {}
  static func score(_ initial: Float, _ final: Float) -> Float { abs(initial) }
}

/// The smallest initial weights stay: `-|w_i|`.
public struct SmallInit: InitialAndFinal {
  public static let name = "small-init"
  public static let summary = "the smallest initial weights stay, as a control (Zhou et al. 2019)"
  /// The criterion; it has no settings.
  public init() {}
  static func score(_ initial: Float, _ final: Float) -> Float { -abs(initial) }
}

/// Weights that are large at both ends stay: `min(|w_f|, |w_i|)`.
public struct LargeInitLargeFinal: InitialAndFinal {
  public static let name = "large-init-large-final"
  public static let summary = "large before and after: min(|w_i|, |w_f|) (Zhou et al. 2019)"
  /// The criterion; it has no settings.
  public init() {}
  static func score(_ initial: Float, _ final: Float) -> Float { min(abs(initial), abs(final)) }
}

/// Weights that are small at both ends stay: `-max(|w_f|, |w_i|)`.
public struct SmallInitSmallFinal: InitialAndFinal {
  public static let name = "small-init-small-final"
  public static let summary = "small before and after, as a control (Zhou et al. 2019)"
  /// The criterion; it has no settings.
  public init() {}
  static func score(_ initial: Float, _ final: Float) -> Float { -max(abs(initial), abs(final)) }
}

/// Weights whose magnitude grew stay: `|w_f| - |w_i|`.
public struct MagnitudeIncrease: InitialAndFinal {
  public static let name = "magnitude-increase"
  public static let summary = "growth of the magnitude |w_f| - |w_i| (Zhou et al. 2019)"
  /// The criterion; it has no settings.
  public init() {}
  static func score(_ initial: Float, _ final: Float) -> Float { abs(final) - abs(initial) }
}

/// Weights that moved far stay: `|w_f - w_i|`.
public struct Movement: InitialAndFinal {
  public static let name = "movement"
  public static let summary = "distance from the initial weight |w_f - w_i| (Zhou et al. 2019)"
  /// The criterion; it has no settings.
  public init() {}
  static func score(_ initial: Float, _ final: Float) -> Float { abs(final - initial) }
}
