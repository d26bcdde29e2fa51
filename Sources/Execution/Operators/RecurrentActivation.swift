// The activations a recurrent layer can name for its gates.

import Network
import Torch

/// An activation inside a recurrent cell.
struct RecurrentActivation {
  /// The activation's name in lower case; ONNX's runtimes ignore the case.
  let name: String
  private let alpha: Double
  private let beta: Double

  /// Numbers where none are stated, by name; those not listed take none.
  private static let parameters: [String: (alpha: Double?, beta: Double?)] = [
    "affine": (1, 0), "elu": (1, nil), "hardsigmoid": (Double(Float(0.2)), 0.5),
    "leakyrelu": (Double(Float(0.01)), nil), "relu": (nil, nil), "scaledtanh": (1, 1),
    "sigmoid": (nil, nil), "softplus": (nil, nil), "softsign": (nil, nil), "tanh": (nil, nil),
    "thresholdedrelu": (1, nil),
  ]

  /// The activations a node states for one direction, or the usual ones.
  ///
  /// Activations that have an `alpha` (or `beta`) take the next number of `activation_alpha` (or
  /// `activation_beta`) in the order in which they are named.
  static func list(
    _ site: Site, direction: Int, usual: [String]
  ) throws(ExecutionError) -> [RecurrentActivation] {
    var names = usual
    if case .strings(let stated) = site.node.attributes["activations"] { names = stated }
    var (alphas, betas): ([Float], [Float]) = ([], [])
    if case .floats(let list) = site.node.attributes["activation_alpha"] { alphas = list }
    if case .floats(let list) = site.node.attributes["activation_beta"] { betas = list }
    var all: [RecurrentActivation] = []
    for name in names.map({ $0.lowercased() }) {
      guard let defaults = parameters[name] else {
        throw site.invalid("the activation '\(name)' is not known")
      }
      var (alpha, beta) = (defaults.alpha ?? 0, defaults.beta ?? 0)
      if defaults.alpha != nil, !alphas.isEmpty { alpha = Double(alphas.removeFirst()) }
      if defaults.beta != nil, !betas.isEmpty { beta = Double(betas.removeFirst()) }
      all.append(RecurrentActivation(name: name, alpha: alpha, beta: beta))
    }
    if all.count == usual.count { return all }
    guard all.count >= (direction + 1) * usual.count else {
      throw site.invalid("\(usual.count) activations a direction were expected, found \(names)")
    }
    return Array(all[(direction * usual.count)..<((direction + 1) * usual.count)])
  }

  /// The activation of each element.
  func callAsFunction(_ x: Tensor) throws(TorchError) -> Tensor {
    switch name {
    case "affine": return try x * alpha + beta
    case "elu": return try x.elu(alpha: .double(alpha))
    case "hardsigmoid": return try (x * alpha + beta).clamp(min: 0, max: 1)
    case "leakyrelu": return try x.leakyRelu(slope: .double(alpha))
    case "relu": return try x.relu()
    case "scaledtanh": return try (x * beta).tanh() * alpha
    case "sigmoid": return try x.sigmoid()
    case "softplus": return try x.softplus(threshold: 40)
    case "softsign": return try x / (x.abs() + 1)
    case "thresholdedrelu": return try x.where(x.greater(.double(alpha)), else: x.zerosLike())
    default: return try x.tanh()
    }
  }
}
