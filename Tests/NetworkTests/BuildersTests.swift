// The networks that can be built by name, against the counts that papers and PyTorch give for them.

import Testing

@testable import Network

@Suite struct BuildersTests {
  struct Row: Sendable, CustomTestStringConvertible {
    let name: String
    let parameters: Int
    let macs: Int

    init(_ name: String, _ parameters: Int, _ macs: Int) {
      self.name = name
      self.parameters = parameters
      self.macs = macs
    }

    var testDescription: String { name }
  }

  static let table = [
    Row("lenet-300-100", 266_610, 266_200),
    Row("lenet-5", 431_080, 2_293_000),
    Row("lenet-5-relu", 431_080, 2_293_000),
    Row("conv-2", 4_301_642, 43_780_608),
    Row("conv-4", 2_425_930, 98_306_560),
    Row("conv-6", 2_262_602, 153_881_088),
    Row("vgg-16-bias", 14_728_266, 313_201_664),
    Row("vgg-16", 14_724_042, 313_201_664),
    Row("vgg-19-bias", 20_040_522, 398_136_320),
    Row("vgg-19", 20_035_018, 398_136_320),
    Row("resnet-20", 269_722, 40_551_040),
    Row("resnet-32", 464_154, 68_862_592),
    Row("resnet-44", 658_586, 97_174_144),
    Row("resnet-56", 853_018, 125_485_696),
    Row("resnet-110", 1_727_962, 252_887_680),
    Row("resnet-20-b", 272_474, 40_813_184),
    Row("resnet-56-b", 855_770, 125_747_840),
    Row("resnet-18-cifar", 11_173_962, 555_422_720),
    Row("wideresnet-16-8", 10_961_370, 1_548_145_664),
    Row("wideresnet-22-2", 1_079_642, 157_730_048),
    Row("wideresnet-28-2", 1_467_610, 214_353_152),
    Row("wideresnet-28-10", 36_479_194, 5_243_328_768),
    Row("mobilenet-v1-cifar", 3_217_226, 46_354_432),
    Row("mobilenet-v1-imagenet", 4_231_976, 568_740_352),
    Row("vgg-16-imagenet", 138_365_992, 15_470_264_320),
    Row("vgg-19-imagenet", 143_678_248, 19_632_062_464),
    Row("resnet-18-imagenet", 11_689_512, 1_814_073_344),
    Row("resnet-50", 25_557_032, 4_089_184_256),
    Row("resnet-101", 44_549_160, 7_801_405_440),
    Row("densenet-121", 7_978_856, 2_834_161_664),
    Row("densenet-169", 14_149_480, 3_359_843_328),
    Row("densenet-201", 20_013_928, 4_291_365_888),
    Row("mobilenet-v2", 3_504_872, 300_774_272),
  ]

  @Test(arguments: table) func countsAreExact(_ row: Row) throws {
    let network = try Architectures.named(row.name).network(seed: nil)
    try network.validate()
    #expect(network.name == row.name)
    #expect(network.parameterCount == row.parameters)
    let inference = try network.infer()
    #expect(inference.gaps.isEmpty)
    #expect(network.cost(inference).total.macs == row.macs)
    let classes = try Architectures.named(row.name).classes
    #expect(inference.types["logits"]?.shape == [1, classes])
    #expect(network.outputs == [ValueInfo("logits", .float32, ["batch", .fixed(classes)])])
    #expect(network.coupling(inference).barriers.isEmpty)
  }
}

@Suite struct ArchitecturesTests {
  @Test func sameSeedSameBytes() throws {
    let lenet = try Architectures.named("lenet-5")
    #expect(try lenet.network(seed: 3) == lenet.network(seed: 3))
    let (a, b) = (try lenet.network(seed: 3), try lenet.network(seed: 4))
    #expect(a.nodes == b.nodes)
    #expect(a.initializers["conv1.weight"] != b.initializers["conv1.weight"])
    #expect(a.initializers["conv1.weight"] != a.initializers["conv2.weight"])
    let bare = try lenet.network(seed: nil).initializers["fc1.weight"]
    #expect(try #require(bare).tensor.values(as: Float.self).allSatisfy { $0 == 0 })
  }

  @Test func aLayerDoesNotDependOnItsNeighbours() throws {
    let (shallow, deep) = (try Network.resNetCIFAR(depth: 8), try Network.resNetCIFAR(depth: 14))
    let name = "layer3.0.conv2.weight"
    #expect(shallow.initializers[name] == deep.initializers[name])
  }

  @Test func namesAreThoseOfPyTorch() throws {
    let network = try Network.resNetCIFAR(depth: 8, shortcut: .projection, seed: nil)
    let expected = [
      "conv1.weight", "bn1.weight", "bn1.bias", "bn1.running_mean", "bn1.running_var",
      "layer1.0.conv1.weight", "layer1.0.bn1.weight",
    ]
    #expect(Array(network.initializers.keys.prefix(7)) == expected)
    #expect(network.initializers["layer2.0.downsample.0.weight"]?.tensor.shape == [32, 16, 1, 1])
    #expect(network.initializers["layer2.0.downsample.1.running_var"]?.role == .buffer)
    #expect(network.initializers["fc.bias"]?.role == .parameter)
    #expect(network.inputs == [ValueInfo("input", .float32, ["batch", 3, 32, 32])])
    #expect(network.nodes.map(\.name).count == Set(network.nodes.map(\.name)).count)
  }

  /// Mean 0 and the variance of each scheme, within five standard errors.
  @Test func firstWeightsHaveTheirVariance() throws {
    let shape = [64, 32, 3, 3]
    let (fanIn, fanOut) = (32.0 * 9, 64.0 * 9)
    let schemes: [(Initialization, Double)] = [
      (.kaimingUniform, 1 / fanIn / 3), (.kaimingNormalFanIn, 2 / fanIn),
      (.kaimingNormalFanOut, 2 / fanOut), (.glorotNormal, 2 / (fanIn + fanOut)),
      (.leCunNormal, 1 / fanIn),
      (.normal(0.01), 1e-4), (.uniform(0.3), 0.03),
    ]
    for (scheme, variance) in schemes {
      let draw = scheme.weight(shape, from: SeededGenerator(seed: 1, name: "\(scheme)")).map(
        Double.init)
      let count = Double(draw.count)
      let mean = draw.reduce(0, +) / count
      let spread = draw.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count
      #expect(abs(mean) < 5 * (variance / count).squareRoot(), "\(scheme)")
      #expect(abs(spread / variance - 1) < 5 * (2 / count).squareRoot(), "\(scheme)")
    }
    let bias = Initialization.kaimingUniform.bias(shape, from: SeededGenerator(seed: 1))
    #expect(bias.count == 64 && bias.allSatisfy { abs($0) <= Float(1 / fanIn.squareRoot()) })
    #expect(
      Initialization.glorotNormal.bias(shape, from: SeededGenerator(seed: 1)).allSatisfy { $0 == 0 }
    )
  }

  /// Nothing lies beyond two deviations of the normal distribution that is cut off, and with so many
  /// draws something comes near.
  @Test func leCunNormalIsCutOff() throws {
    let draws = Initialization.leCunNormal.weight([300, 784], from: SeededGenerator(seed: 3))
    let bound = Float(2 / 28 / 0.879625661)
    let furthest = draws.map(abs).max() ?? 0
    #expect(furthest <= bound && furthest > 0.999 * bound)
  }

  /// By its builder's own scheme and seed a network stays, bit for bit; by another one the weights of
  /// its layers change alone, biases with them, and not the statistics beside.
  @Test(arguments: [("lenet-300-100", Initialization.glorotNormal), ("lenet-5", .kaimingUniform)])
  func drawingAnewIsDrawingWithAnotherScheme(name: String, own: Initialization) throws {
    let network = try Architectures.named(name).network(seed: 5)
    #expect(try network.drawn(by: own, seed: 5) == network)
    let other = try network.drawn(by: .kaimingNormalFanIn, seed: 5)
    for (name, weight) in network.initializers where weight.role == .parameter {
      let drawn = try #require(other.initializers[name]?.tensor)
      #expect(drawn.shape == weight.tensor.shape)
      #expect(name.hasSuffix("bias") || drawn != weight.tensor, "\(name)")
      if name.hasSuffix("bias") {
        #expect(try drawn.values(as: Float.self).allSatisfy { $0 == 0 }, "\(name)")
      }
    }
    let residual = try Architectures.named("resnet-20").network(seed: 2)
    let redrawn = try residual.drawn(by: .leCunNormal, seed: 9)
    for (name, value) in residual.initializers {
      let isLayer = name.contains("conv") || name.hasPrefix("fc") || value.tensor.shape.count > 1
      #expect((redrawn.initializers[name] == value) == !isLayer, "\(name)")
    }
  }

  @Test func randomNumbersAreThoseOfSplitMix64() {
    // The published sequence of SplitMix64 from the state 0 begins so.
    var plain = SeededGenerator(state: 0)
    #expect(plain.next() == 0xE220_A839_7B1D_CDAF)
    #expect(plain.next() == 0x6E78_9E6A_A1B9_65F4)
    #expect(plain.next() == 0x06C4_5D18_8009_454F)
    var generator = SeededGenerator(seed: 0)
    var same = SeededGenerator(state: 0xE220_A839_7B1D_CDAF ^ 0xCBF2_9CE4_8422_2325)
    #expect((0..<5).map { _ in generator.next() } == (0..<5).map { _ in same.next() })
    let draws = (0..<1000).map { _ in generator.uniform() }
    #expect(draws.allSatisfy { (0..<1).contains($0) })
  }

  /// The first weights of a network under a seed stay the same bits for ever: runs are repeated by them.
  @Test func theSameSeedGivesTheSameBits() throws {
    let network = try Architectures.named("lenet-300-100").network(seed: 4)
    let bytes = try #require(network.initializers["fc1.weight"]).tensor.bytes.withUnsafeBytes {
      Array($0.prefix(16))
    }
    #expect(
      bytes == [
        0x53, 0x52, 0x15, 0xbc, 0x8e, 0x6f, 0x2d, 0xbd, 0x8e, 0x75, 0xe1, 0xbc, 0x19, 0x9c, 0x83,
        0x3d,
      ])
  }

  @Test func catalogueHasNoDoubles() throws {
    #expect(Set(Architectures.names).count == Architectures.names.count)
    for architecture in Architectures.all {
      #expect(try Architectures.named(architecture.name).input == architecture.input)
    }
  }

  @Test func familiesGoBeyondTheCatalogue() throws {
    #expect(try Architectures.named("resnet-26").network(seed: nil).name == "resnet-26")
    #expect(try Architectures.named("wideresnet-10-1").network(seed: nil).parameterCount > 70_000)
    let small = try Architectures.named("resnet-20").network(
      classes: 100, input: [1, 28, 28], seed: nil)
    #expect(try small.infer().types["logits"]?.shape == [1, 100])
    #expect(small.initializers["conv1.weight"]?.tensor.shape == [16, 1, 3, 3])
  }

  @Test(arguments: [
    "resnet-21", "resnet--20", "wideresnet-28-0", "wideresnet-27-10", "lenet", "", "resnet-20-c",
    "resnet-99999999999999999998",
  ])
  func impossibleNamesSayWhy(_ name: String) throws {
    #expect(throws: NetworkError.self) { try Architectures.named(name).network(seed: nil) }
  }

  @Test func impossibleInputsSayWhy() throws {
    let lenet = try Architectures.named("lenet-5")
    for input in [[], [1], [1, 4, 4], [0, 28, 28], [1, -28, 28], [1, .max, .max], [1, 28]] {
      #expect(throws: NetworkError.self) { try lenet.network(input: input, seed: nil) }
    }
    #expect(throws: NetworkError.self) { try lenet.network(classes: 0, seed: nil) }
    #expect(throws: NetworkError.self) { try lenet.network(classes: .max, seed: nil) }
    #expect(throws: NetworkError.self) {
      try Architectures.named("lstm").network(input: [3, 4], seed: nil)
    }
  }

  /// Every group of a network, cut to a random half: the rest is a network, with smaller tensors.
  @Test(arguments: [
    "lenet-300-100", "lenet-5", "conv-4", "vgg-16", "resnet-20", "resnet-20-b", "se-resnet-20",
    "resnet-18-cifar", "wideresnet-10-1", "mobilenet-v1-cifar", "mobilenet-v2", "lstm",
  ])
  func everyGroupCanBeCut(_ name: String) throws {
    let network = try Architectures.named(name).network(seed: nil)
    let before = try network.infer()
    var random = SeededGenerator(state: 5)
    let kept = try network.coupling(before).groups.map { group in
      let units = (0..<group.size).shuffled(using: &random).prefix(max(group.size / 2, 1))
      return try Kept(group, units: units)
    }
    #expect(!kept.isEmpty)
    let small = try network.cut(keeping: kept)
    try small.validate()
    let after = try small.infer()
    #expect(after.gaps.isEmpty)
    #expect(after.types["logits"] == before.types["logits"])
    #expect(small.parameterCount * 10 < network.parameterCount * 6)
    #expect(small.cost(after).total.macs * 10 < network.cost(before).total.macs * 6)
    // What is left hangs together as before.
    let again = try small.coupling()
    #expect(again.groups.map(\.size) == kept.map(\.units.count))
  }
}
