// Group lasso: structures of weights become zero as a whole.
//
// W. Wen, C. Wu, Y. Wang, Y. Chen, H. Li, "Learning Structured Sparsity in Deep Neural Networks", NIPS
// 2016: of each layer's weight W [out, in, kh, kw]
//   R(W) = lambda_n sum_o ||W[o]|| + lambda_c sum_i ||W[:, i]|| + lambda_s sum ||W[:, i, y, x]||
//          + lambda_d ||W||
// over filters, channels, shapes (the columns of the layer's matrix) and depth (the layer). Each norm
// is weighed by the root of its group's size |g|, as in the group lasso of Yuan and Lin (2006), so that
// the strengths mean the same for groups of any size; without `weighted` it is the sum as it is written
// above. Two forms of one problem:
//   gradient:  strength sqrt(|g|) W_g / ||W_g|| joins the gradient (0 at W_g = 0): near zero, never zero;
//   proximal:  after each step W_g <- W_g max(0, 1 - rate strength sqrt(|g|) / ||W_g||): exact zeros.
// A group at zero stays there under the proximal form until its step is longer than
// rate strength sqrt(|g|). Where several structures overlap their steps are taken one after the other,
// in the order above, which stands for the proximal operator of the sum. A group of one weight makes the
// plain L1 norm, sum |w|; it goes first, so that with one other structure the two steps are exactly the
// operator of the sparse group lasso (J. M. Alvarez, M. Salzmann, "Learning the Number of Neurons in Deep
// Networks", NIPS 2016), who charge layers differently and take the step after each epoch. With momentum or
// Adam the step is the optimizer's and the shrinking the same, which the paper leaves open: momentum m makes
// steps 1 / (1 - m) times as long, so that the strength has to be as much higher.

import Execution
import Network
import Torch
import Training

/// `sum_g strength sqrt(|g|) ||W_g||` over filters, channels, shapes and layers.
public struct GroupLasso: Penalty {
  public static let name = "group-lasso"
  public static let summary =
    "filters, channels, shapes, layers or single weights go to zero (Wen et al. 2016)"

  /// What forms a group of weights.
  public enum Structure: String, Sendable, Hashable, CaseIterable {
    /// Each weight alone: the L1 norm.
    case elements
    /// The weights of one output: axis 0.
    case filters
    /// The weights of one input: axis 1.
    case channels
    /// The weights of one place of one input: a column of the layer's matrix.
    case shapes
    /// All weights of a layer.
    case depth

    /// The axes that a group extends over in a weight of `rank` axes.
    func axes(rank: Int) -> [Int] {
      switch self {
      case .elements: []
      case .filters: Array(1..<rank)
      case .channels: [0] + Array(2..<rank)
      case .shapes: [0]
      case .depth: Array(0..<rank)
      }
    }

    /// The norm of each group of `weight`.
    func norms(of weight: Tensor, keepAxes: Bool = false) throws(TorchError) -> Tensor {
      let axes = axes(rank: weight.rank)
      return axes.isEmpty ? try weight.abs() : try weight.norm(axes, keepAxes: keepAxes)
    }
  }

  /// How weights come to zero.
  public enum Form: String, Sendable, Hashable, CaseIterable {
    /// By the gradient of the term.
    case gradient
    /// By soft-thresholding of each group after each step.
    case proximal
  }

  /// What each kind of structure is charged.
  public let strengths: [Structure: Double]
  /// How weights come to zero.
  public let form: Form
  /// Whether norms are weighed by the root of their group's size.
  public let weighted: Bool
  /// Which weights, by name (`*` stands for any run of characters), with what the strengths are multiplied by
  /// there; the first pattern that fits counts.
  public let weights: [(pattern: String, factor: Double)]
  /// When the proximal step is taken.
  public let shrinking: Shrinking

  /// Charges for structures of the weights that fit `patterns`.
  public init(
    _ strengths: [Structure: Double], form: Form = .proximal, weighted: Bool = true,
    weights patterns: [String] = ["*"], every shrinking: Shrinking = .step
  ) {
    self.init(
      strengths, form: form, weighted: weighted, factors: patterns.map { ($0, 1) },
      every: shrinking)
  }

  /// Charges for structures, in some weights more than in others.
  public init(
    _ strengths: [Structure: Double], form: Form = .proximal, weighted: Bool = true,
    factors weights: [(pattern: String, factor: Double)], every shrinking: Shrinking = .step
  ) {
    self.strengths = strengths.filter { $1 > 0 }
    self.form = form
    self.weighted = weighted
    self.weights = weights
    self.shrinking = shrinking
  }

  public func observedValues(in network: Network) throws(PruningError) -> Set<String> {
    try network.checkMatrices(fit: weights.map(\.pattern), for: Self.name)
    return []
  }

  public func term(of model: Model, observed: [String: Tensor]) throws(TorchError) -> Tensor? {
    guard form == .gradient else { return nil }
    var sum: Tensor?
    for (weight, structure, charge) in groups(of: model) {
      // The norm's own derivative at 0 is 0; that of a square root is not.
      let term = try structure.norms(of: weight).sum() * charge
      sum = try sum.map { (sum) throws(TorchError) in try sum + term } ?? term
    }
    return sum
  }

  public func shrink(_ model: Model, rate: Double) throws(TorchError) {
    guard form == .proximal else { return }
    for (weight, structure, charge) in groups(of: model) {
      // A step of no length leaves a group of zeros as it is.
      let step = rate * charge
      guard step > 0 else { continue }
      let norms = try structure.norms(of: weight, keepAxes: true)
      let kept = try (1 - norms.reciprocal() * step).clamp(min: 0)
      _ = try weight.multiplyInPlace(kept)
    }
  }

  public func measures(of model: Model) throws(TorchError) -> [String: Double] {
    var measures: [String: Double] = [:]
    for structure in Structure.allCases where strengths[structure] != nil {
      var (zero, all) = (0, 0)
      for (weight, _) in charged(of: model) {
        let norms = try structure.norms(of: weight.detached())
        zero += try norms.count - Int(norms.countNonzero().scalar())
        all += norms.count
      }
      measures["\(structure) zero"] = Double(zero)
      measures["\(structure) in all"] = Double(all)
    }
    return measures
  }

  /// The weights that are charged for and train, with what the strengths are multiplied by.
  private func charged(of model: Model) -> [(weight: Tensor, factor: Double)] {
    model.parameters.compactMap { name, tensor in
      guard tensor.rank >= 2, tensor.requiresGradient,
        let first = weights.first(where: { NamePattern.matches(name, $0.pattern) })
      else { return nil }
      return (tensor, first.factor)
    }
  }

  /// Each weight with the structure of its groups, and what a unit of their norm costs.
  private func groups(
    of model: Model
  ) -> [(weight: Tensor, structure: Structure, charge: Double)] {
    let weights = charged(of: model)
    return Structure.allCases.flatMap { structure in
      guard let strength = strengths[structure] else { return [] as [(Tensor, Structure, Double)] }
      return weights.map { weight, factor in
        let size = structure.axes(rank: weight.rank).reduce(1) { $0 * weight.shape[$1] }
        let charge = strength * factor
        return (weight, structure, weighted ? charge * Double(size).squareRoot() : charge)
      }
    }
  }
}
