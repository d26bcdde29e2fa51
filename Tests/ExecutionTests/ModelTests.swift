// A whole model: modes, layouts, observation, parametrizations, snapshots, and what it refuses.

import OrderedCollections
import Testing
import Torch

@testable import Execution
@testable import Network

@Suite struct ModelTests {
  private func images(_ shape: [Int], seed: UInt64 = 1, type: ScalarType = .float64) throws
    -> Tensor
  {
    try Tensor.randn(shape, Generator(seed: seed), type: type)
  }

  /// conv, batch normalisation, ReLU, mean over space.
  private func block(seed: UInt64 = 3) throws -> Network {
    var b = NetworkBuilder("block", input: ["batch", 2, 5, 5], seed: seed)
    var x = try b.conv("conv", b.input, 3, kernel: 3, padding: 1)
    x = try b.batchNorm("bn", x)
    x = try b.relu(x)
    x = try b.globalAveragePool(x)
    return try b.finish(b.flatten(x))
  }

  // MARK: modes

  @Test func trainingNormalizesByTheBatch() throws {
    var network = Network.single(
      "BatchNormalization", inputs: [TensorData(vector: [Float(0)])],
      attributes: ["momentum": .float(0.75), "epsilon": .float(0.5)])
    network.inputs = [ValueInfo("x0", .float64, ["batch", 2, 2])]
    network.nodes[0].inputs = ["x0", "scale", "bias", "mean", "var"]
    for (name, values, role) in [
      ("scale", [2, 3], Initializer.Role.parameter), ("bias", [1, -1], .parameter),
      ("mean", [8, 16], .buffer), ("var", [4, 32], .buffer),
    ] as [(String, [Double], Initializer.Role)] {
      network.initializers[name] = Initializer(TensorData(vector: values), role: role)
    }
    let model = try Model(network)
    // Channel 0 holds 1, 3, 5, 7: mean 4, variance 5 (20/3 with Bessel's correction).
    // Channel 1 holds 0, 0, 2, 2: mean 1, variance 1 (4/3).
    let x = try Tensor([1, 3, 0, 0, 5, 7, 2, 2] as [Double], shape: [2, 2, 2])
    let y = try model(x, mode: .training(Generator(seed: 1)))
    let scales = [2 / 5.5.squareRoot(), 3 / 1.5.squareRoot()]
    let expected = [
      -3 * scales[0] + 1, -scales[0] + 1, -scales[1] - 1, -scales[1] - 1, scales[0] + 1,
      3 * scales[0] + 1, scales[1] - 1, scales[1] - 1,
    ]
    for (found, wanted) in zip(try y.values(as: Double.self), expected) {
      #expect(abs(found - wanted) < 1e-12)
    }
    let mean = try #require(model.buffers["mean"]).values(as: Double.self)
    #expect(mean == [0.75 * 8 + 0.25 * 4, 0.75 * 16 + 0.25 * 1])
    let variance = try #require(model.buffers["var"]).values(as: Double.self)
    #expect(abs(variance[0] - (0.75 * 4 + 0.25 * 20 / 3)) < 1e-12)
    #expect(abs(variance[1] - (0.75 * 32 + 0.25 * 4 / 3)) < 1e-12)
    // Evaluation uses what training left and changes nothing.
    let evaluated = try model(x).values(as: Double.self)
    #expect(abs(evaluated[0] - (2 * (1 - mean[0]) / (variance[0] + 0.5).squareRoot() + 1)) < 1e-12)
    #expect(try #require(model.buffers["mean"]).values(as: Double.self) == mean)
    let stored = try model.snapshot().initializers["mean"]?.tensor
    #expect(stored == TensorData(vector: mean))
  }

  @Test func dropoutFollowsTheGenerator() throws {
    let x = try images([64, 64])
    let data = try TensorData(x)
    let network = Network.single(
      "Dropout", inputs: [data], constants: [1: TensorData(scalar: Double(0.25))], outputs: 2)
    let model = try Model(network)
    let generator = try Generator(seed: 5)
    let state = try generator.state()
    func draw() throws -> (TensorData, TensorData) {
      let found = try model.run(["x0": x], mode: .training(generator))
      return (try TensorData(#require(found["y0"])), try TensorData(#require(found["y1"])))
    }
    let (first, mask) = try draw()
    let (second, _) = try draw()
    #expect(first != second)
    try generator.restore(state)
    #expect(try draw() == (first, mask))

    let kept = try #require(mask.integers)
    let fraction = Double(kept.reduce(0, +)) / Double(kept.count)
    // Four standard deviations of the mean of 4096 draws.
    #expect(abs(fraction - 0.75) < 4 * (0.75 * 0.25 / 4096).squareRoot())
    for ((y, x), keep) in zip(zip(try #require(first.reals), try #require(data.reals)), kept) {
      #expect(keep == 1 ? abs(y - x / 0.75) < 1e-12 : y == 0)
    }
    let evaluated = try model.run(["x0": x])
    #expect(try TensorData(#require(evaluated["y0"])) == data)
    #expect(try TensorData(#require(evaluated["y1"])).integers?.allSatisfy { $0 == 1 } == true)
  }

  @Test func dropoutWithoutMaskDrawsTheSame() throws {
    let x = try images([8, 8], type: .float32)
    let data = try TensorData(x)
    let runs = try (1...2).map { outputs in
      try evaluate(
        "Dropout", [data], attributes: ["ratio": .float(0.5)], outputs: outputs, opset: 11,
        mode: .training(Generator(seed: 9)))[0]
    }
    #expect(try runs[0].values(as: Float.self) == runs[1].values(as: Float.self))
  }

  // MARK: gradients

  @Test(arguments: [false, true]) func curvatureOfABlock(trains: Bool) throws {
    let network = try block()
    let model = try Model(network, type: .float64)
    let x = try images([4, 2, 5, 5])
    let target = try images([4, 3], seed: 2)
    let generator = try Generator(seed: 1)
    let names = Array(model.parameters.keys)
    let directions = try names.map { name in
      try Tensor.randn(#require(model.parameters[name]).shape, generator, type: .float64)
    }
    /// Half the squared norm of the gradient: its own gradient needs second derivatives.
    func energy() throws -> Tensor {
      let mode: Mode = trains ? .training(generator) : .evaluation
      let loss = try model(x, mode: mode).meanSquaredError(target)
      let found = try gradients(
        of: loss, with: Array(model.parameters.values), createGraph: true)
      var sum = try Tensor(0.0)
      for gradient in found { sum = try sum + gradient.square().sum() / 2.0 }
      return sum
    }
    let found = try gradients(of: energy(), with: Array(model.parameters.values))
    var slope = 0.0
    for (gradient, direction) in zip(found, directions) {
      slope += try (gradient * direction).sum().scalar()
    }
    func move(_ distance: Double) throws {
      try withoutGradients {
        for (name, direction) in zip(names, directions) {
          try model.parameters[name]?.addInPlace(direction, alpha: .double(distance))
        }
      }
    }
    let step = 1e-6
    try move(step)
    let above = try energy().scalar()
    try move(-2 * step)
    let below = try energy().scalar()
    let numeric = (above - below) / (2 * step)
    #expect(abs(numeric) > 1e-6)
    #expect(abs(slope - numeric) <= 1e-6 * max(1, abs(numeric)))
  }

  @Test func activationsAndTheirGradientsAreSeen() throws {
    let network = try block()
    let model = try Model(network, type: .float64)
    let relu = try #require(network.nodes.first { $0.op == "Relu" }?.outputs.first)
    let found = try model.run(["input": images([4, 2, 5, 5])], observing: [relu, "conv"])
    let logits = try #require(found["logits"])
    let activation = try #require(found[relu])
    #expect(activation.shape == [4, 3, 5, 5])
    #expect(found["conv"]?.shape == [4, 3, 5, 5])
    let gradient = try gradients(of: logits.sum(), with: [activation])[0]
    // The mean over 25 places spreads the gradient evenly.
    #expect(try gradient.isClose(to: gradient.fullLike(0.04)))
  }

  @Test func masksHideWeightsAndTheirGradients() throws {
    let model = try Model(block(), type: .float64)
    let weight = try #require(model.parameters["conv.weight"])
    let mask = try weight.onesLike()
    try mask.select(axis: 0, 1).zeroInPlace()
    model.parametrizations["conv.weight"] = Mask(mask)
    let found = try model.run(["input": images([4, 2, 5, 5])], observing: ["conv"])
    let gradient = try gradients(of: #require(found["logits"]).square().sum(), with: [weight])[0]
    #expect(try gradient.select(axis: 0, 1).abs().sum().scalar() == 0)
    #expect(try gradient.select(axis: 0, 0).abs().sum().scalar() > 0)
    let stored = try #require(model.snapshot().initializers["conv.weight"]?.tensor.reals)
    #expect(stored[18..<36].allSatisfy { $0 == 0 })
    #expect(stored[..<18].allSatisfy { $0 != 0 })
  }

  // MARK: layouts and types

  @Test(arguments: ["resnet-20", "mobilenet-v1-cifar"])
  func layoutsAgree(name: String) throws {
    let network = try Samples.random(Architectures.named(name), seed: 4)
    let x = try images([2, 3, 32, 32])
    let plain = try Model(network, type: .float64)
    let channelsLast = try Model(network, type: .float64, layout: .channelsLast)
    let convolution = try #require(channelsLast.parameters.values.first { $0.rank == 4 })
    #expect(convolution.isContiguous(.channelsLast))
    let (a, b) = (try plain(x), try channelsLast(x))
    #expect(try a.isClose(to: b, relative: 1e-10, absolute: 1e-10))
    let gradientsOf = { (model: Model, y: Tensor) in
      try gradients(of: y.square().sum(), with: Array(model.parameters.values))
    }
    for (left, right) in zip(try gradientsOf(plain, a), try gradientsOf(channelsLast, b)) {
      #expect(try left.isClose(to: right, relative: 1e-8, absolute: 1e-8))
    }
  }

  @Test func castsAndConstantsFollowTheModelsType() throws {
    var network = Network.single("Cast", inputs: [ints(1, 2)], attributes: ["to": .int(1)])
    network.nodes.append(
      Node(
        "Constant", name: "c", inputs: [], outputs: ["c"], attributes: ["value_float": .float(2)])
    )
    network.nodes.append(Node("MatMul", name: "m", inputs: ["y0", "w"], outputs: ["m"]))
    network.nodes.append(Node("Mul", name: "p", inputs: ["m", "c"], outputs: ["p"]))
    network.initializers["w"] = Initializer(
      TensorData(vector: [3, 4] as [Float]), role: .parameter)
    network.outputs = [ValueInfo("p", .float32)]
    let y = try Model(network, type: .float64)(Tensor([1, 2] as [Int64]))
    #expect(y.type == .float64)
    #expect(try y.scalar() == 22)
  }

  // MARK: refusals

  private func message(_ body: () throws -> Void) -> String {
    do { try body() } catch { return "\(error)" }
    return "nothing went wrong"
  }

  @Test func missingInputIsNamed() throws {
    let model = try Model(block())
    let text = message { _ = try model.run(["picture": images([1, 2, 5, 5], type: .float32)]) }
    #expect(text == "the input 'input' is missing; given: picture")
  }

  @Test func wrongShapeIsNamed() throws {
    let model = try Model(block())
    let text = message { _ = try model(images([1, 3, 5, 5], type: .float32)) }
    #expect(
      text == "the input 'input' has shape [1, 3, 5, 5]; the network expects [batch, 2, 5, 5]")
  }

  @Test func unknownOperatorsAreAllNamed() throws {
    var network = try block()
    network.nodes[1].op = "Frobnicate"
    network.nodes[2].domain = "acme"
    let text = message { _ = try Model(network) }
    #expect(text.contains("bn (Frobnicate)"))
    #expect(text.contains("(acme.Relu)"))
  }

  @Test func unknownValuesAreNamed() throws {
    let model = try Model(block())
    let text = message {
      _ = try model.run(["input": images([1, 2, 5, 5], type: .float32)], observing: ["conv9"])
    }
    #expect(text == "the network has no value 'conv9'")
  }

  @Test func engineErrorsNameNodeAndShapes() throws {
    let text = message {
      _ = try evaluate("MatMul", [floats([1, 2], [1, 2]), floats([1, 2, 3], [3, 1])])
    }
    #expect(text.hasPrefix("node node (MatMul): "))
    #expect(text.contains("float32[1, 2], float32[3, 1]"))
  }

  @Test func impossibleAttributesAreRefused() throws {
    let x = try floats([1, 2, 3, 4], [1, 1, 2, 2])
    let refusals: [(String, OrderedDictionary<String, Attribute>, String)] = [
      ("Cast", ["to": .int(99)], "'to' is 99"),
      ("Dropout", ["ratio": .float(1.5)], "1.5 is no probability"),
      ("MaxPool", [:], "kernel_shape"),
      ("AveragePool", ["kernel_shape": .ints([0, 2])], "kernel_shape"),
      ("DepthToSpace", ["blocksize": .int(0)], "blocksize is 0"),
      ("LRN", ["size": .int(-1)], "size is -1"),
      ("Pad", ["mode": .string("sideways")], "sideways"),
      ("Resize", ["mode": .string("psychic")], "psychic"),
      ("LSTM", ["direction": .string("up")], "'up'"),
      ("GRU", ["activations": .strings(["Sigmoid", "Magic"])], "magic"),
      ("Constant", [:], "holds no tensor"),
    ]
    for (op, attributes, words) in refusals {
      let text = message { _ = try evaluate(op, [x], attributes: attributes) }
      #expect(text.hasPrefix("node node (\(op)): "), "\(text)")
      #expect(text.contains(words), "\(text)")
    }
  }

  @Test func impossibleInputsAreRefused() throws {
    let x = try floats([1, 2, 3, 4, 5, 6], [1, 2, 3])
    let refusals: [(String, [Int: TensorData], OrderedDictionary<String, Attribute>, String)] = [
      ("Softmax", [:], ["axis": .int(3)], "softmax"),
      ("Flatten", [:], ["axis": .int(4)], "axis 4 does not exist"),
      ("Squeeze", [1: ints(2)], [:], "axis 2 has extent 3"),
      ("Reshape", [1: ints(0, 0, 0, 0)], [:], "keeps axis 3"),
      ("Slice", [1: ints(0), 2: ints(1), 3: ints(0), 4: ints(0)], [:], "goes nowhere"),
      ("Slice", [1: ints(0), 2: ints(1, 2)], [:], "differ in length"),
      ("TopK", [1: ints(7)], [:], "7 elements cannot be taken of 3"),
      ("Pad", [1: ints(1, 1)], [:], "do not fit the axes"),
      ("Gemm", [1: TensorData(vector: [1 as Float])], [:], "must be matrices"),
      ("Reshape", [:], [:], "no shape is given"),
      (
        "MaxPool", [:], ["kernel_shape": .ints([9]), "auto_pad": .string("SAME")], "'SAME'"
      ),
      ("Relu", [0: ints()], [:], "nothing went wrong"),
    ]
    for (op, constants, attributes, words) in refusals {
      let text = message {
        _ = try evaluate(op, [x], constants: constants, attributes: attributes)
      }
      #expect(text.contains(words), "\(op): \(text)")
    }
  }

  @Test func everyOperatorThatHasAStructureIsComputed() {
    let known = Set(Operators.all.flatMap { $0.domain.isEmpty ? $0.names : [] })
    #expect(known.subtracting(Computations.names).sorted() == [])
  }
}
