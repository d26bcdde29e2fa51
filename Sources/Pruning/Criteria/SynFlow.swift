// SynFlow: the synaptic flow through each weight, without any data.
//
// H. Tanaka, D. Kunin, D. L. K. Yamins, S. Ganguli, "Pruning neural networks without any data by
// iteratively conserving synaptic flow", NeurIPS 2020:
//
//   R = 1^T (prod_l |W_l|) 1,     s = dR/d|w| x |w|
//
// R is the sum of the outputs of the network with the absolute values of its parameters on an input of
// ones, normalisation with running statistics: linear where activations are of the ReLU kind. Flow is
// conserved at every hidden unit, so that with many rounds (100, to density rho^(k/n) after round k)
// no layer loses all of its weights before it must: write `schedule: {iterative: {steps: 100}}`. R
// grows with the product of the widths; it is computed in double precision, and scores are divided by
// the largest. The paper's R has no biases: what is added (biases, shifts and means of normalisation) is
// 0 here, which it is at initialisation anyway. One backward pass a round.

import Execution
import Network
import Torch

/// `s = dR/d|w| x |w|` with R the flow of ones through the absolute weights.
public struct SynFlow: Criterion {
  public static let name = "synflow"
  public static let summary =
    "flow of ones through absolute weights, without data (Tanaka et al. 2020)"

  /// The criterion; it has no settings.
  public init() {}

  public func evidence(from survey: Survey) throws(PruningError) -> [String: [Double]] {
    let model = try survey.model(type: .float64)
    let added = Self.added(in: survey.network)
    try engine { () throws(TorchError) in
      try withoutGradients { () throws(TorchError) in
        for (name, tensor) in Array(model.parameters) + Array(model.buffers)
        where tensor.type.isFloatingPoint {
          _ = try added.contains(name) ? tensor.zeroInPlace() : tensor.copyInPlace(tensor.abs())
        }
      }
    }
    let shapes = try Pruning.network { () throws(NetworkError) in try survey.network.infer().types }
    var inputs: [String: Tensor] = [:]
    for input in model.freeInputs {
      guard let shape = shapes[input.name]?.shape,
        input.type.map(\.isFloatingPoint) ?? true
      else {
        throw .combination(
          "synflow sends ones through the network, and its input '\(input.name)' takes no numbers; "
            + "choose another criterion")
      }
      inputs[input.name] = try engine { () throws(TorchError) in
        try Tensor.ones(shape, type: .float64, device: model.device)
      }
    }
    let names = survey.weights.filter { model.parameters[$0] != nil }
    let weights = names.compactMap { model.parameters[$0] }
    return try withGradients { () throws(PruningError) in
      let values = try execution { () throws(ExecutionError) in try model.run(inputs) }
      guard let output = survey.network.outputs.first.flatMap({ values[$0.name] }) else {
        throw .execution(.noSuchValue(name: "output"))
      }
      let flow = try survey.derivatives(
        of: engine { () throws(TorchError) in try output.sum() }, by: weights)
      var scores: [String: [Double]] = [:]
      var most = 0.0
      for (position, name) in names.enumerated() {
        let found = try engine { () throws(TorchError) in
          try (flow[position] * weights[position]).detached().values(as: Double.self)
        }
        most = max(most, found.max() ?? 0)
        scores[name] = found
      }
      return most > 0 ? scores.mapValues { $0.map { $0 / most } } : scores
    }
  }

  /// What is added to a value on its way through the network: biases, shifts and means.
  private static func added(in network: Network) -> Set<String> {
    var names = Set<String>()
    for node in network.nodes {
      let places =
        switch node.op {
        case "Add", "Sum", "Sub": Array(node.inputs.indices)
        case "BatchNormalization": [2, 3]
        case "Conv", "ConvTranspose", "Gemm", "LayerNormalization", "InstanceNormalization",
          "GroupNormalization":
          [2]
        default: [Int]()
        }
      for place in places {
        if let name = node.input(place), network.initializers[name] != nil { names.insert(name) }
      }
    }
    return names
  }

  public func elementScores(of name: String, in subject: Subject) throws(PruningError) -> [Float] {
    try mean(name, in: subject).map { Float($0) }
  }

  public func comparable(_ scores: [Double]) -> [Double] { scores }
}
