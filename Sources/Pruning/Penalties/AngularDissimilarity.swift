// Angular dissimilarity: filters of a layer are pushed into different directions.
//
// With w_o the flattened filter o of n in a layer and c_op = <w_o, w_p> / (||w_o|| ||w_p||)
//   squared:   lambda sum over layers of 1 / (n (n - 1)) sum_{o != p} c_op^2
//   positive:  the same of max(c_op, 0), so that opposite filters cost nothing.
// The term is 0 for orthogonal filters and lambda for parallel ones; as it does not depend on their lengths,
// its gradient is orthogonal to each filter. A filter that is zero has no direction and costs nothing.

import Execution
import Network
import Torch
import Training

/// `lambda` times the mean squared cosine between the filters of each layer, or the mean of the positive ones.
public struct AngularDissimilarity: Penalty {
  public static let name = "angular"
  public static let summary = "cosines between the filters of a layer: filters become different"

  /// What of a cosine is charged.
  public enum Form: String, Sendable, Hashable, CaseIterable {
    /// Its square: filters become orthogonal.
    case squared
    /// What is above 0: filters may be opposite.
    case positive
  }

  /// The weight lambda of the term.
  public let strength: Double
  /// What of a cosine is charged.
  public let form: Form
  /// Which weights, by name; `*` stands for any run of characters.
  public let patterns: [String]

  /// Charges `strength` for each layer whose filters are parallel.
  public init(strength: Double = 1e-2, form: Form = .squared, weights patterns: [String] = ["*"]) {
    self.strength = strength
    self.form = form
    self.patterns = patterns
  }

  public func observedValues(in network: Network) throws(PruningError) -> Set<String> {
    try network.checkMatrices(fit: patterns, for: Self.name)
    return []
  }

  public func term(of model: Model, observed: [String: Tensor]) throws(TorchError) -> Tensor? {
    var sum: Tensor?
    for weight in weights(of: model) {
      let count = weight.shape[0]
      guard count > 1 else { continue }
      let term = try charged(weight).sum() * (strength / Double(count * (count - 1)))
      sum = try sum.map { (sum) throws(TorchError) in try sum + term } ?? term
    }
    return sum
  }

  public func measures(of model: Model) throws(TorchError) -> [String: Double] {
    var (sum, pairs) = (0.0, 0)
    for weight in weights(of: model) where weight.shape[0] > 1 {
      sum += try charged(weight.detached()).sum().scalar()
      pairs += weight.shape[0] * (weight.shape[0] - 1)
    }
    return pairs == 0 ? [:] : ["mean \(form) cosine": sum / Double(pairs)]
  }

  private func weights(of model: Model) -> [Tensor] {
    model.parameters.filter { name, tensor in
      tensor.rank >= 2 && patterns.contains { NamePattern.matches(name, $0) }
    }.map(\.value)
  }

  /// What is charged for each pair of filters; 0 for a filter with itself.
  private func charged(_ weight: Tensor) throws(TorchError) -> Tensor {
    let filters = try weight.reshape([weight.shape[0], -1])
    // The norm is never taken of a filter that is zero, where it has no derivative.
    let empty = try filters.detached().norm([1], keepAxes: true).equal(0).to(type: weight.type)
    let directions = try filters / (filters + empty).norm([1], keepAxes: true)
    let cosines = try directions.matmul(directions.transpose(0, 1))
    let others = try 1 - Tensor.eye(weight.shape[0], type: weight.type, device: weight.device)
    switch form {
    case .squared: return try (cosines * cosines) * others
    case .positive: return try cosines.relu() * others
    }
  }
}
