// Many nodes with random inputs in one network, run here and in ONNX Runtime, and differentiated.

import Foundation
import Network
import ONNX
import OrderedCollections
import Runtimes
import Testing
import Torch

@testable import Execution

/// Whether ONNX Runtime can be opened, and if not, why tests against it are skipped.
let hasRuntime = (try? ONNXRuntime.shared.get()) != nil
let whyNoRuntime: Comment = {
  if case .failure(let error) = ONNXRuntime.shared { return "\(error)" }
  return "ONNX Runtime is here"
}()

/// An input of a node under trial.
enum Operand {
  /// Given when the network runs.
  case value(TensorData)
  /// Carried by the network.
  case constant(TensorData)
  /// Left out.
  case none

  /// A constant list of integers.
  static func list(_ values: [Int]) -> Operand {
    .constant(TensorData(vector: values.map(Int64.init)))
  }
}

/// Nodes beside each other in one network, each with inputs of its own.
struct Trials {
  var random: SeededGenerator
  private(set) var network: Network
  private(set) var given: [String: TensorData] = [:]
  private var labels: [String: String] = [:]

  private let domain: String

  init(opset: Int = 17, seed: UInt64 = 1, domain: String = "") {
    random = SeededGenerator(state: seed)
    network = Network(name: "trials", opsets: ["": opset])
    self.domain = domain
    if !domain.isEmpty { network.opsets[domain] = 1 }
  }

  /// Adds one node.
  mutating func add(
    _ op: String, _ operands: [Operand],
    _ attributes: OrderedDictionary<String, Attribute> = [:], outputs: Int = 1
  ) throws {
    let number = network.nodes.count
    var names: [String] = []
    var shapes: [String] = []
    for (index, operand) in operands.enumerated() {
      let name = "\(number).x\(index)"
      switch operand {
      case .none:
        names.append("")
        shapes.append("-")
      case .value(let tensor):
        names.append(name)
        shapes.append("\(tensor.shape)")
        given[name] = tensor
        network.inputs.append(ValueInfo(name, tensor.type, tensor.shape.map { .fixed($0) }))
      case .constant(let tensor):
        names.append(name)
        shapes.append("\(tensor.integers.map { "\($0)" } ?? "constant \(tensor.shape)")")
        network.initializers[name] = Initializer(tensor, role: .constant)
      }
    }
    let results = (0..<outputs).map { "\(number).y\($0)" }
    let node = Node(
      op, name: "\(number)", inputs: names, outputs: results, attributes: attributes, domain: domain
    )
    // What the registry of operators knows of the outputs; ONNX Runtime finds out the rest.
    let types = try? Operators.of(node)?.infer(
      NodeView(
        node: node, opset: network.opset,
        inputs: operands.map { $0.tensor.map { TensorType($0.type, $0.shape) } },
        constants: operands.map { if case .constant(let tensor) = $0 { tensor } else { nil } }))
    network.nodes.append(node)
    for (index, result) in results.enumerated() {
      let type = types.flatMap { index < $0.count ? $0[index] : nil }
      network.outputs.append(
        ValueInfo(result, type?.element, type?.shape.map { .fixed($0) }))
      labels[result] =
        "output \(index) of \(op)(\(shapes.joined(separator: ", "))) opset \(network.opset) "
        + attributes.map { "\($0)=\($1)" }.joined(separator: " ")
    }
  }

  /// Runs all nodes here and in ONNX Runtime and demands the same shapes, types and numbers.
  ///
  /// - Parameter tolerance: the largest difference allowed, as a part of the largest magnitude of
  ///   the output.
  /// - Parameter steps: the largest difference of integers allowed.
  func compare(tolerance: Double = 1e-5, steps: Int = 0) throws {
    let path = NSTemporaryDirectory() + "bonsai-execution-\(UUID().uuidString).onnx"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try ONNXModel(network).write(to: path)
    let session = try ONNXRuntimeSession(
      ONNXRuntime.shared.get(), modelPath: path, threads: 1, optimization: .none)
    let expected = try session.run(given)
    let found = try Model(network).run(given.mapValues { try $0.tensor(named: "given") })
    #expect(found.count == network.outputs.count)
    for output in network.outputs {
      let label = Comment(rawValue: labels[output.name] ?? output.name)
      let ours = try TensorData(#require(found[output.name]))
      let theirs = try #require(expected[output.name])
      #expect(ours.type == theirs.type, label)
      #expect(ours.shape == theirs.shape, label)
      guard ours.type == theirs.type, ours.shape == theirs.shape else { continue }
      if let integers = ours.integers {
        let others = try #require(theirs.integers)
        #expect(zip(integers, others).allSatisfy { abs($0 - $1) <= steps }, label)
        continue
      }
      let (a, b) = (try #require(ours.reals), try #require(theirs.reals))
      let scale = b.filter(\.isFinite).map(abs).max() ?? 1
      let worst = zip(a, b).map(difference).max() ?? 0
      #expect(worst <= tolerance * max(scale, 1e-30), label)
    }
  }

  private func difference(_ a: Double, _ b: Double) -> Double {
    a == b || (a.isNaN && b.isNaN) ? 0 : abs(a - b).isNaN ? .infinity : abs(a - b)
  }

  /// Compares first and second derivatives of every node with central differences.
  ///
  /// Along a random direction `v`: `<grad L(x), v>` against `(L(x + h v) - L(x - h v)) / 2h`, and
  /// the same once more for that slope itself. The nodes run in float64 with `h` of 1e-6, which
  /// leaves about nine digits.
  func differentiate(tolerance: Double = 1e-6) throws {
    let model = try Model(network, type: .float64)
    let generator = try Generator(seed: 7)
    var point: [String: Tensor] = [:]
    var directions: [String: Tensor] = [:]
    for (name, data) in given.sorted(by: { $0.key < $1.key }) {
      point[name] = try data.tensor(named: name)
      guard data.type.isFloatingPoint else { continue }
      point[name] = try point[name]?.to(type: .float64)
      directions[name] = try Tensor.randn(data.shape, generator, type: .float64)
    }
    let trial = Differentiation(
      model: model, nodes: network.nodes, directions: directions,
      weights: try model.run(point).mapValues {
        try Tensor.randn($0.shape, generator, type: .float64)
      })
    let step = 1e-6
    func moved(_ distance: Double) throws -> Differentiation.Slopes {
      try trial.slopes(
        at: Dictionary(
          uniqueKeysWithValues: point.map { name, x in
            (name, try directions[name].map { try x + $0 * distance } ?? x)
          }))
    }
    let (here, above, below) = (try moved(0), try moved(step), try moved(-step))
    for (index, node) in network.nodes.enumerated() {
      let label = labels[node.outputs[0]] ?? node.label
      #expect(here.isDifferentiable[index], "no gradient reaches \(label)")
      let pairs = [
        ("slope", here.first[index], (above.value[index] - below.value[index]) / (2 * step)),
        ("curvature", here.second[index], (above.first[index] - below.first[index]) / (2 * step)),
      ]
      for (name, found, numeric) in pairs {
        #expect(
          abs(found - numeric) <= tolerance * max(1, abs(numeric)),
          "\(name) \(found) against \(numeric): \(label)")
      }
    }
  }
}

/// A weighted sum of each node's first output and its derivatives along one direction.
private struct Differentiation {
  struct Slopes {
    var value: [Double] = []
    var first: [Double] = []
    var second: [Double] = []
    var isDifferentiable: [Bool] = []
  }

  let model: Model
  let nodes: [Node]
  let directions: [String: Tensor]
  let weights: [String: Tensor]

  func slopes(at point: [String: Tensor]) throws -> Slopes {
    var leaves = point
    for name in directions.keys { leaves[name] = try point[name]?.detached().requireGradient() }
    let outputs = try model.run(leaves)
    var result = Slopes()
    var losses: [Tensor] = []
    for node in nodes {
      let name = node.outputs[0]
      let output = try #require(outputs[name])
      let loss = try (output * #require(weights[name])).sum()
      losses.append(loss)
      result.value.append(try loss.scalar())
      result.isDifferentiable.append(output.requiresGradient)
    }
    let first = try along(losses, leaves)
    result.first = try first.map { try $0.scalar() }
    result.second = try along(first, leaves).map { try $0.scalar() }
    return result
  }

  /// For each node, the derivative of `values` along the direction of its own inputs.
  private func along(_ values: [Tensor], _ leaves: [String: Tensor]) throws -> [Tensor] {
    let names = directions.keys.sorted()
    let sources = values.filter(\.requiresGradient)
    var found: [String: Tensor] = [:]
    if !sources.isEmpty {
      let all = try gradients(
        of: sources, with: names.compactMap { leaves[$0] }, createGraph: true, allowUnused: true)
      for (name, gradient) in zip(names, all) { found[name] = gradient }
    }
    return try nodes.map { node in
      var sum = try Tensor(0.0)
      for name in node.inputs {
        guard let gradient = found[name], let direction = directions[name] else { continue }
        sum = try sum + (gradient * direction).sum()
      }
      return sum
    }
  }
}

extension Operand {
  /// The same tensor, carried by the network.
  var fixed: Operand { tensor.map(Operand.constant) ?? .none }

  /// The same integers in another type of elements.
  func narrowed<T: TensorElement & BinaryInteger>(_: T.Type) throws -> Operand {
    guard let tensor, let integers = tensor.integers else { return self }
    return .value(try TensorData(integers.map { T(truncatingIfNeeded: $0) }, shape: tensor.shape))
  }

  /// The tensor, where there is one.
  var tensor: TensorData? {
    switch self {
    case .value(let tensor), .constant(let tensor): tensor
    case .none: nil
    }
  }
}

extension Trials {
  /// A number from `range`.
  mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }

  /// Either of both with equal probability.
  mutating func coin() -> Bool { Bool.random(using: &random) }

  /// One of `choices`.
  mutating func pick<T>(_ choices: [T]) -> T { choices[number(0...choices.count - 1)] }

  /// Floats evenly distributed in `range`.
  mutating func floats(_ shape: [Int], _ range: ClosedRange<Float> = -2...2) throws -> Operand {
    let count = shape.reduce(1, *)
    return .value(
      try TensorData((0..<count).map { _ in Float.random(in: range, using: &random) }, shape: shape)
    )
  }

  /// Integers evenly distributed in `range`.
  mutating func integers(_ shape: [Int], _ range: ClosedRange<Int64>) throws -> Operand {
    let count = shape.reduce(1, *)
    return .value(
      try TensorData((0..<count).map { _ in Int64.random(in: range, using: &random) }, shape: shape)
    )
  }

  /// Truth values.
  mutating func truths(_ shape: [Int]) throws -> Operand {
    let count = shape.reduce(1, *)
    return .value(
      try TensorData((0..<count).map { _ in Bool.random(using: &random) }, shape: shape))
  }

  /// A shape of `rank` axes with extents from `range`.
  mutating func shape(_ rank: Int, _ range: ClosedRange<Int> = 1...4) -> [Int] {
    (0..<rank).map { _ in number(range) }
  }
}
