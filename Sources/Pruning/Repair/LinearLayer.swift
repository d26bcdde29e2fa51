// A layer as a matrix product on sampled rows: convolution, Gemm, MatMul.

import Data
import Execution
import Network
import Torch

/// A layer as a product `y = x W` on rows: a convolution's patches at output positions, a linear
/// layer's inputs.
struct LinearLayer {
  /// The layer's node.
  let node: Node
  /// The operator set it is written against.
  let opset: Int
  /// The weight's name.
  let weight: String
  /// The name of a bias that the layer adds and nothing else uses; `nil` where there is none.
  let bias: String?
  /// Groups of a convolution: products of their own.
  let groups: Int
  /// The outputs of the original layer that are still there; `nil` where all are.
  let outputs: [Int]?
  private let kernel: [Int]
  /// The places of a convolution's window; 1 of a product.
  var places: Int { node.op == "Conv" ? kernel.reduce(1, *) : 1 }

  /// The layer at `node` of `network`.
  ///
  /// - Throws: why it cannot be reconstructed.
  init(_ node: Node, in network: Network, outputs: [Int]?) throws(Refusal) {
    func uses(_ name: String) -> Int { network.nodes.lazy.flatMap(\.inputs).count { $0 == name } }
    guard ["Conv", "Gemm", "MatMul"].contains(node.op), node.domain.isEmpty else {
      throw Refusal("least squares is not defined here for \(node.op)")
    }
    guard let weight = node.input(1), let initializer = network.initializers[weight],
      initializer.role == .parameter, network.initializers[node.inputs[0]] == nil
    else { throw Refusal("its weight is no parameter that it reads directly") }
    guard uses(weight) == 1 else { throw Refusal("several nodes share its weight") }
    self.node = node
    self.weight = weight
    self.outputs = outputs
    opset = network.opset
    groups = node.op == "Conv" ? node.int("group", default: 1) : 1
    let shape = initializer.tensor.shape
    kernel = Array(shape.dropFirst(2))
    switch node.op {
    case "Conv": break
    case "Gemm":
      guard node.int("transA", default: 0) == 0, node.float("alpha", default: 1) == 1,
        node.float("beta", default: 1) == 1
      else { throw Refusal("it transposes or scales") }
    default:
      guard shape.count == 2 else { throw Refusal("its weight is a stack of matrices") }
    }
    let count = node.op == "Conv" || node.int("transB", default: 0) != 0 ? shape[0] : shape[1]
    bias = node.input(2).flatMap { name in
      let fits = network.initializers[name].map {
        $0.role == .parameter && $0.tensor.shape == [count]
      }
      return fits == true && uses(name) == 1 ? name : nil
    }
    if node.input(2) != nil, bias == nil {
      throw Refusal("several nodes share its bias, or it is no vector")
    }
  }

  /// Why a layer is left as it is.
  struct Refusal: Error {
    let reason: String
    init(_ reason: String) { self.reason = reason }
  }

  // MARK: weights

  /// The weight with a row for the bias, if there is one, as `[inputs, outputs]` of each group.
  func weights(_ weight: Tensor, _ bias: Tensor?) throws(TorchError) -> [Tensor] {
    let rows = try isRowMajor ? weight.flatten(from: 1) : weight.transpose()
    let count = rows.shape[0] / groups
    return try (0..<groups).map { (group) throws(TorchError) in
      let part = try rows.narrow(axis: 0, start: group * count, length: count)
        .transpose().to(type: .float64)
      guard let bias else { return part }
      let row = try bias.narrow(axis: 0, start: group * count, length: count).to(type: .float64)
      return try Tensor.cat([part, row.reshape([1, -1])], axis: 0)
    }
  }

  /// The weight and the bias from what ``weights(_:_:)`` gives, in the given shape.
  func parts(
    of solved: [Tensor], shape: [Int]
  ) throws(TorchError) -> (weight: Tensor, bias: Tensor?) {
    let inputs = (solved.first?.shape[0] ?? 0) - (bias == nil ? 0 : 1)
    let rows = try Tensor.cat(
      solved.map { (part) throws(TorchError) in
        try part.narrow(axis: 0, start: 0, length: inputs).transpose()
      }, axis: 0)
    let last = try bias.map { (_) throws(TorchError) in
      try Tensor.cat(
        solved.map { (part) throws(TorchError) in try part.select(axis: 0, inputs) }, axis: 0)
    }
    return (try (isRowMajor ? rows : rows.transpose()).reshape(shape), last)
  }

  /// Whether the weight's first axis is the outputs.
  private var isRowMajor: Bool { node.op == "Conv" || node.int("transB", default: 0) != 0 }

  // MARK: samples

  /// Rows of inputs `[S, inputs]` and of targets `[S, outputs]` of each group.
  ///
  /// - Parameters:
  ///   - x: what reaches the layer in the pruned network.
  ///   - y: what the layer gives in the original one.
  ///   - examples: how many examples the batch has.
  ///   - positions: how many positions of an example are taken; all where it has no more.
  func samples(
    _ x: Tensor, _ y: Tensor, examples: Int, positions: Int, _ random: inout RandomState
  ) throws(PruningError) -> [(x: Tensor, y: Tensor)] {
    var (rows, targets) =
      try node.op == "Conv"
      ? patches(x, y, positions, &random) : lines(x, y, examples * positions, &random)
    return try engine { () throws(TorchError) in
      if let outputs {
        targets = try targets.indexSelect(
          axis: 1, Tensor(outputs.map(Int64.init), device: targets.device))
      }
      let (inputs, count) = (rows.shape[1] / groups, targets.shape[1] / groups)
      let ones = try Tensor.ones([rows.shape[0], 1], type: rows.type, device: rows.device)
      return try (0..<groups).map { (group) throws(TorchError) in
        let part = try rows.narrow(axis: 1, start: group * inputs, length: inputs)
        return (
          try bias == nil ? part : Tensor.cat([part, ones], axis: 1),
          try targets.narrow(axis: 1, start: group * count, length: count)
        )
      }
    }
  }

  /// Rows of a linear layer: all axes but the last are positions.
  private func lines(
    _ x: Tensor, _ y: Tensor, _ count: Int, _ random: inout RandomState
  ) throws(PruningError) -> (Tensor, Tensor) {
    try engine { () throws(TorchError) in
      let rows = try x.reshape([-1, x.shape.last ?? 1])
      let targets = try y.reshape([-1, y.shape.last ?? 1])
      guard rows.shape[0] > count else { return (rows, targets) }
      let chosen = random.permutation(rows.shape[0]).prefix(count).map(Int64.init)
      let indices = try Tensor(chosen, device: x.device)
      return (
        try rows.indexSelect(axis: 0, indices), try targets.indexSelect(axis: 0, indices)
      )
    }
  }

  /// Patches of a convolution at output positions, the same for inputs and targets, other ones in
  /// each example.
  private func patches(
    _ x: Tensor, _ y: Tensor, _ count: Int, _ random: inout RandomState
  ) throws(PruningError) -> (Tensor, Tensor) {
    let (examples, channels, spatial) = (x.shape[0], x.shape[1], Array(x.shape[2...]))
    let view = NodeView(node: node, opset: opset, inputs: [])
    let window = try Pruning.network { () throws(NetworkError) in
      try Window(view, input: spatial, kernel: kernel)
    }
    let padded = spatial.indices.map { spatial[$0] + window.padBegin[$0] + window.padEnd[$0] }
    let offsets = Self.flat(window.kernel, steps: window.dilations, in: padded)
    let starts = Self.flat(window.output, steps: window.strides, in: padded)
    var (inputs, outputs): ([Int64], [Int64]) = ([], [])
    for _ in 0..<examples {
      let all = Array(0..<starts.count)
      let chosen = count >= all.count ? all : Array(random.permutation(all.count).prefix(count))
      outputs += chosen.map(Int64.init)
      for position in chosen { inputs += offsets.map { Int64(starts[position] + $0) } }
    }
    let taken = min(count, starts.count)
    return try engine { () throws(TorchError) in
      let padding = spatial.indices.reversed().flatMap { [window.padBegin[$0], window.padEnd[$0]] }
      let source = try x.pad(padding).reshape([examples, channels, -1])
      let places = try Tensor(
        inputs, shape: [examples, 1, taken * offsets.count], device: x.device)
      let rows = try source.gather(
        axis: 2, places.expand([examples, channels, taken * offsets.count])
      ).reshape([examples, channels, taken, offsets.count]).permute([0, 2, 1, 3])
        .reshape([examples * taken, channels * offsets.count])
      let made = y.shape[1]
      let at = try Tensor(outputs, shape: [examples, 1, taken], device: y.device)
      let targets = try y.reshape([examples, made, -1])
        .gather(axis: 2, at.expand([examples, made, taken])).permute([0, 2, 1])
        .reshape([examples * taken, made])
      return (rows, targets)
    }
  }

  /// The row-major positions, in an array of `extents`, of all index combinations below `counts` that
  /// stand `steps` apart.
  private static func flat(_ counts: [Int], steps: [Int], in extents: [Int]) -> [Int] {
    var positions = [0]
    for axis in counts.indices {
      positions = positions.flatMap { position in
        (0..<counts[axis]).map { position * extents[axis] + $0 * steps[axis] }
      }
    }
    return positions
  }
}
