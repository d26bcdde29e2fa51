// GraSP: which weights of an untrained network keep its gradients flowing.
//
// C. Wang, G. Zhang, R. Grosse, "Picking Winning Tickets Before Training by Preserving Gradient Flow",
// ICLR 2020. Removing a weight changes the gradient flow g^T g, to first order, by
//
//   S(-w) = -w x (H g)         (g the gradient of the loss, H its Hessian; x elementwise)
//
// (half of d(g^T g)). The paper removes the weights of the *largest* S(-w), whose absence raises the flow,
// and keeps those whose absence lowers it: the score here, which is to be high for what stays, is
// w x (H g). The loss is taken of the outputs divided by a temperature of 200. g is the mean over
// all batches; then each batch adds its own H g (the authors' two accumulations). With one batch that
// is two backward passes, with n batches 3 n. Weights that have left already have no part in g. The
// passes are those of training, with the batch's own statistics, and dropout where there is some.

import Execution
import Network
import Torch
import Training

/// `s = w x (H g)`: high where removing the weight lowers the gradient flow.
public struct GraSP: Criterion {
  public static let name = "grasp"
  public static let summary =
    "weight x Hessian-gradient product, at initialisation (Wang et al. 2020)"
  public static let needs: Evidence = [.examples, .batchStatistics]

  /// By what the outputs are divided before the loss is taken.
  public var temperature = 200.0

  /// The criterion as in the paper.
  public init() {}

  public mutating func configure(_ settings: PartSettings) throws(PruningError) {
    temperature = try settings.double("temperature", default: temperature, in: 1e-3...1e9)
  }

  public func evidence(from survey: Survey) throws(PruningError) -> [String: [Double]] {
    let model = try survey.model()
    let names = survey.weights.filter { model.parameters[$0] != nil }
    let weights = names.compactMap { model.parameters[$0] }
    let masks = try zip(names, weights).map { (name, weight) throws(PruningError) in
      try survey.mask(of: name, like: weight)
    }
    let batches = try survey.examples().batches
    func masked(_ tensors: [Tensor]) throws(PruningError) -> [Tensor] {
      try engine { () throws(TorchError) in
        try zip(tensors, masks).map { (tensor, mask) throws(TorchError) in
          guard let mask else { return tensor }
          return try tensor * mask
        }
      }
    }
    func gradient(of index: Int, createGraph: Bool) throws(PruningError) -> [Tensor] {
      let batch = try survey.batch(index, for: model)
      let output = try survey.output(of: model, on: batch, mode: survey.trainingMode())
      let cool = try engine { () throws(TorchError) in try output / temperature }
      return try masked(
        survey.derivatives(
          of: survey.loss(of: cool, on: batch), by: weights, createGraph: createGraph))
    }
    return try withGradients { () throws(PruningError) in
      var flow: [Tensor] = []
      for index in 0..<batches where batches > 1 {
        let part = try gradient(of: index, createGraph: false)
        if flow.isEmpty {
          flow = part
        } else {
          flow = try engine { () throws(TorchError) in
            try zip(flow, part).map { (sum, new) throws(TorchError) in try sum + new }
          }
        }
      }
      var sums = Sums()
      for index in 0..<batches {
        let part = try gradient(of: index, createGraph: true)
        let product = try engine { () throws(TorchError) in
          var sum = try Tensor(0 as Float, device: model.device)
          for (position, tensor) in part.enumerated() {
            let whole = try flow.isEmpty ? tensor.detached() : flow[position] / Double(batches)
            sum = try sum + (tensor * whole).sum()
          }
          return sum
        }
        let hessian = try survey.derivatives(of: product, by: weights)
        try engine { () throws(TorchError) in
          for (position, name) in names.enumerated() {
            try sums.add(weights[position] * hessian[position], to: name)
          }
        }
      }
      return try sums.means(over: batches)
    }
  }

  public func elementScores(of name: String, in subject: Subject) throws(PruningError) -> [Float] {
    try mean(name, in: subject).map { Float($0) }
  }

  public func comparable(_ scores: [Double]) -> [Double] { scores }
}
