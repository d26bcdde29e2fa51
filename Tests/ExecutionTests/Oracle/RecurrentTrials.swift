// Recurrent layers against ONNX Runtime and central differences.

import Network
import OrderedCollections
import Runtimes
import Testing
import Torch

@testable import Execution

@Suite struct RecurrentTrials {
  private static func strings(_ list: [String]) -> Attribute { .strings(list) }

  static func layers(_ op: String) throws -> Trials {
    var t = Trials(opset: 14, seed: 25)
    let gates = ["LSTM": 4, "GRU": 3, "RNN": 1][op] ?? 1
    for trial in 0..<24 {
      let direction = t.pick(["forward", "reverse", "bidirectional"])
      let directions = direction == "bidirectional" ? 2 : 1
      let (steps, batch, inputs, hidden) = (
        t.number(1...4), t.number(1...3), t.number(1...3), t.number(1...3)
      )
      var attributes: OrderedDictionary<String, Attribute> = [
        "hidden_size": .int(Int64(hidden)), "direction": .string(direction),
      ]
      var operands = [
        try t.floats([steps, batch, inputs]),
        try t.floats([directions, gates * hidden, inputs], -1...1),
        try t.floats([directions, gates * hidden, hidden], -1...1),
        t.coin() ? try t.floats([directions, 2 * gates * hidden], -1...1) : .none,
      ]
      if trial % 4 == 1 {
        let lengths = (0..<batch).map { _ in Int32(t.number(1...steps)) }
        operands.append(.constant(TensorData(vector: lengths)))
      } else {
        operands.append(.none)
      }
      if t.coin() {
        operands.append(try t.floats([directions, batch, hidden], -1...1))
        if op == "LSTM" {
          operands.append(try t.floats([directions, batch, hidden], -1...1))
          if trial % 3 == 1 { operands.append(try t.floats([directions, 3 * hidden], -1...1)) }
        }
      }
      if trial % 4 == 2 {
        let names = Array(
          [
            ["HardSigmoid", "Softsign", "Tanh"], ["Sigmoid", "ScaledTanh", "LeakyRelu"],
            ["Sigmoid", "Affine", "Tanh"],
          ][trial / 4 % 3].prefix(op == "LSTM" ? 3 : op == "GRU" ? 2 : 1))
        let all = Array(repeating: names, count: directions).flatMap(\.self)
        attributes["activations"] = .strings(all)
        let taking = all.filter {
          ["HardSigmoid", "ScaledTanh", "Affine", "LeakyRelu"].contains($0)
        }
        let two = taking.filter { $0 != "LeakyRelu" }
        if !taking.isEmpty { attributes["activation_alpha"] = .floats(taking.map { _ in 0.4 }) }
        if !two.isEmpty { attributes["activation_beta"] = .floats(two.map { _ in 0.3 }) }
      }
      if trial % 4 == 3, op != "RNN" { attributes["clip"] = .float(0.6) }
      if op == "GRU", t.coin() { attributes["linear_before_reset"] = .int(1) }
      if op == "LSTM", trial % 6 == 3 { attributes["input_forget"] = .int(1) }
      try t.add(op, operands, attributes, outputs: op == "LSTM" ? 3 : 2)
    }
    return t
  }

  @Test(.enabled(if: hasRuntime, whyNoRuntime), arguments: ["LSTM", "GRU", "RNN"])
  func layersAgree(op: String) throws { try Self.layers(op).compare() }

  /// The engine has special kernels for single precision; they must have second derivatives too.
  @Test(arguments: ["LSTM", "GRU"]) func curvatureInSinglePrecision(op: String) throws {
    let gates = op == "LSTM" ? 4 : 3
    var t = Trials(opset: 14, seed: 29)
    try t.add(
      op, [t.floats([3, 2, 4]), t.floats([1, gates * 5, 4]), t.floats([1, gates * 5, 5])],
      ["hidden_size": .int(5), "linear_before_reset": .int(op == "GRU" ? 1 : 0)])
    let curvatures = try [ScalarType.float32, .float64].map { type in
      let model = try Model(t.network, type: type)
      var given: [String: Tensor] = [:]
      for (name, data) in t.given {
        given[name] = try data.tensor(named: name).to(type: type).requireGradient()
      }
      let names = given.keys.sorted()
      let leaves = names.compactMap { given[$0] }
      let y = try #require(model.run(given)["0.y0"])
      let first = try gradients(of: y.square().sum(), with: leaves, createGraph: true)
      let second = try gradients(of: first[0].square().sum(), with: leaves)
      return try second.flatMap { try $0.values(as: Double.self) }
    }
    let scale = curvatures[1].map(abs).max() ?? 0
    let worst = zip(curvatures[0], curvatures[1]).map { abs($0 - $1) }.max() ?? .infinity
    #expect(scale > 0 && worst < 1e-4 * scale)
  }

  @Test(arguments: ["LSTM", "GRU", "RNN"]) func layersDifferentiate(op: String) throws {
    try Self.layers(op).differentiate()
  }
}
