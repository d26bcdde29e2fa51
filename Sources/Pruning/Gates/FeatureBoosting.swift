// Feature boosting and suppression: for each example the channels that matter most are computed.
//
// X. Gao, Y. Zhao, L. Dudziak, R. Mullins, C. Xu, "Dynamic Channel Pruning: Feature Boosting and
// Suppression", ICLR 2019. Of the input x of a convolution
//   g = relu(ss(x) phi^T + rho),   ss(x)_c = mean over the image of |x_c|,
// says how much each output channel matters, wta keeps the k = ceil(d C) largest of an example and sets the
// others to zero, and
//   y = relu(wta(g) o (norm(conv(x)) + beta)).
// rho begins at 1, phi as a layer with ReLU does; g is charged by L1 (``SaliencyL1``). The paper takes the
// scale of the normalisation away, which the gate replaces; here it stays, as a factor of 1 in the beginning,
// so that a trained network can be gated.

import Network
import Training

/// The `ceil(density C)` most salient channels of each example stay, multiplied by their saliency.
public struct FeatureBoosting: Gate {
  public static let name = "feature-boosting"
  public static let summary = "the most salient channels of each example (FBS, Gao et al. 2019)"

  /// The part d of channels that is computed.
  public let density: Double

  /// Gates that let `density` of the channels pass.
  ///
  /// - Throws: ``PruningError/combination(_:)`` for a density outside (0, 1].
  public init(density: Double) throws(PruningError) {
    guard density > 0, density <= 1 else {
      throw .combination("the density of \(Self.name) lies in (0, 1], not at \(density)")
    }
    self.density = density
  }

  /// How many of `channels` stay of each example.
  public func count(of channels: Int) -> Int {
    // A density such as 0.1 of 30 is meant to be 3, whatever its last bit says.
    max(1, min(channels, Int((density * Double(channels) - 1e-9).rounded(.up))))
  }

  /// The end of the name of every saliency.
  static let saliency = "/saliency"

  public func inserted(
    into network: Network, layers patterns: [String], seed: UInt64
  ) throws(PruningError) -> Network {
    var result = network
    let chosen = network.nodes.filter { node in
      node.op == "Conv" && patterns.contains { NamePattern.matches(node.name, $0) }
        && node.input(1).flatMap { network.initializers[$0]?.tensor.shape.count } == 4
    }
    guard !chosen.isEmpty else {
      let known = network.nodes.filter { $0.op == "Conv" }.map(\.name)
      throw .combination(
        known.isEmpty
          ? "\(Self.name) multiplies channels of convolutions, and '\(network.name)' has none"
          : "\(Self.name) finds no convolution called \(patterns.joined(separator: " or ")); there are "
            + known.joined(separator: ", "))
    }
    for node in chosen {
      guard network.initializers["\(Self.base(of: node))/phi"] == nil else {
        throw .combination("'\(node.label)' has a gate of \(Self.name) already")
      }
      let value = network.norm(behind: node)?.outputs[0] ?? node.outputs[0]
      let gated = "\(value)/gated"
      // Whoever read the value reads the gated one.
      for index in result.nodes.indices {
        result.nodes[index].inputs = result.nodes[index].inputs.map { $0 == value ? gated : $0 }
      }
      for index in result.outputs.indices where result.outputs[index].name == value {
        result.outputs[index].name = gated
      }
      let nodes = try Pruning.network { () throws(NetworkError) in
        try self.nodes(node, value, gated, seed, &result)
      }
      guard let maker = result.nodes.firstIndex(where: { $0.outputs.contains(value) }) else {
        continue
      }
      result.nodes.insert(contentsOf: nodes, at: maker + 1)
    }
    return result
  }

  /// What the names of a convolution's gate begin with.
  private static func base(of conv: Node) -> String {
    "\(conv.name.isEmpty ? conv.outputs[0] : conv.name)/gate"
  }

  /// What works out the gate of one convolution and multiplies `value` by it.
  private func nodes(
    _ conv: Node, _ value: String, _ gated: String, _ seed: UInt64, _ network: inout Network
  ) throws(NetworkError) -> [Node] {
    let base = Self.base(of: conv)
    guard let shape = conv.input(1).flatMap({ network.initializers[$0]?.tensor.shape }) else {
      return []
    }
    let (outputs, inputs) = (shape[0], shape[1] * conv.int("group", default: 1))
    var random = SeededGenerator(seed: seed, name: base)
    let deviation = (2 / Double(inputs)).squareRoot()
    func keep(_ part: String, _ tensor: TensorData, _ role: Initializer.Role) -> String {
      network.initializers["\(base)/\(part)"] = Initializer(tensor, role: role)
      return "\(base)/\(part)"
    }
    let phi = keep(
      "phi",
      try TensorData(
        (0..<outputs * inputs).map { _ in Float(random.normal() * deviation) },
        shape: [outputs, inputs]), .parameter)
    let rho = keep(
      "rho", try TensorData([Float](repeating: 1, count: outputs), shape: [outputs]), .parameter)
    let k = keep("count", try TensorData([Int64(count(of: outputs))], shape: [1]), .constant)
    let zero = keep("zero", try TensorData([0 as Float], shape: [1]), .constant)
    let axes = keep("axes", try TensorData([2, 3] as [Int64], shape: [2]), .constant)
    func node(
      _ op: String, _ part: String, _ inputs: [String], more: [String] = [],
      _ attributes: [(String, Attribute)] = []
    ) -> Node {
      var node = Node(
        op, name: "\(base)/\(part)", inputs: inputs, outputs: ["\(base)/\(part)"] + more)
      for (key, attribute) in attributes { node.set(key, attribute) }
      return node
    }
    func name(_ part: String) -> String { "\(base)/\(part)" }
    return [
      node("Abs", "magnitude", [conv.inputs[0]]),
      node("GlobalAveragePool", "mean", [name("magnitude")]),
      node("Flatten", "subsample", [name("mean")], [("axis", .int(1))]),
      node("Gemm", "linear", [name("subsample"), phi, rho], [("transB", .int(1))]),
      node("Relu", "saliency", [name("linear")]),
      node(
        "TopK", "winners", [name("saliency"), k], more: [name("places")], [("axis", .int(1))]),
      node("Mul", "zeros", [name("saliency"), zero]),
      node(
        "ScatterElements", "kept", [name("zeros"), name("places"), name("winners")],
        [("axis", .int(1))]),
      node("Unsqueeze", "factor", [name("kept"), axes]),
      Node("Mul", name: gated, inputs: [value, name("factor")], outputs: [gated]),
    ]
  }
}
