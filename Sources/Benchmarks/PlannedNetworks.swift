// Networks that only planning is measured on: a vision transformer and a detector, of usual sizes.

import Network

/// Networks that only planning is measured on; their weights are zero.
enum PlannedNetworks {
  /// The network of that name; `nil` where it is not one of these.
  static func named(_ name: String) throws -> Network? {
    switch name {
    case "vit-12": try visionTransformer()
    case "detector": try detector()
    case "chain": try chain(blocks: 2_500)
    default: nil
    }
  }

  // MARK: a vision transformer

  /// Twelve layers of 12 heads on 196 patches, as ViT-B/16: about 45 M parameters in the perceptrons
  /// and attention, written out operator by operator as exporters do it.
  private static func visionTransformer() throws -> Network {
    let (width, heads) = (768, 12)
    var b = NetworkBuilder("vit-12", input: ["batch", 3, 224, 224], seed: nil)
    var x = try b.conv("patches", b.input, width, kernel: 16, stride: 16)
    x = try b.add("Reshape", name: "rows", [x, b.integers("rows.shape", [0, width, 196])])
    x = try b.add("Transpose", name: "tokens", [x], ["perm": .ints([0, 2, 1])])
    x = try b.add("Add", name: "positions", [x, b.weight("position", [1, 196, width])])
    for layer in 0..<12 {
      let name = "layer\(layer)"
      let y = try attention(&b, name, normalized(&b, "\(name).ln1", x), width, heads)
      x = try b.sum("\(name).s1", x, y)
      var z = try linear(&b, "\(name).up", normalized(&b, "\(name).ln2", x), 4 * width)
      z = try b.add("Mul", name: "\(name).gelu", [z, b.add("Erf", name: "erf", [z])])
      x = try b.sum("\(name).s2", x, linear(&b, "\(name).down", z, width))
    }
    x = try normalized(&b, "last", x)
    x = try b.add("ReduceMean", name: "mean", [x], ["axes": .ints([1]), "keepdims": .int(0)])
    return try b.finish(b.linear("head", x, 1000))
  }

  private static func linear(
    _ b: inout NetworkBuilder, _ name: String, _ x: String, _ features: Int
  ) throws -> String {
    let weight = try b.weight("\(name).weight", [b.shape(x).last ?? 0, features])
    let y = try b.add("MatMul", name: name, [x, weight])
    return try b.add("Add", name: "\(name).add", [y, b.weight("\(name).bias", [features])])
  }

  /// Layer normalisation written out.
  private static func normalized(
    _ b: inout NetworkBuilder, _ name: String, _ x: String
  ) throws -> String {
    func mean(_ part: String, _ x: String) throws -> String {
      try b.add("ReduceMean", name: "\(name).\(part)", [x], ["axes": .ints([-1])])
    }
    let centred = try b.add("Sub", name: "\(name).sub", [x, mean("mean", x)])
    let squares = try b.add("Mul", name: "\(name).squares", [centred, centred])
    let variance = try mean("var", squares)
    let small = b.tensor("epsilon", TensorData(scalar: Float(1e-6)), role: .constant)
    let root = try b.add(
      "Sqrt", name: "\(name).root", [b.add("Add", name: "\(name).sum", [variance, small])])
    let normal = try b.add("Div", name: "\(name).div", [centred, root])
    let width = try b.shape(x).last ?? 0
    let scaled = try b.add(
      "Mul", name: "\(name).mul", [normal, b.weight("\(name).weight", [width])])
    return try b.add("Add", name: name, [scaled, b.weight("\(name).bias", [width])])
  }

  private static func attention(
    _ b: inout NetworkBuilder, _ name: String, _ x: String, _ width: Int, _ heads: Int
  ) throws -> String {
    let fused = try linear(&b, "\(name).qkv", x, 3 * width)
    let split = b.integers("split", [0, 196, 3, heads, width / heads])
    let apart = try b.add("Reshape", name: "\(name).split", [fused, split])
    let first = try b.add(
      "Transpose", name: "\(name).first", [apart], ["perm": .ints([2, 0, 3, 1, 4])])
    var parts: [String] = []
    for index in 0..<3 {
      let place = b.tensor("at.\(index)", TensorData(scalar: Int64(index)), role: .constant)
      parts.append(
        try b.add("Gather", name: "\(name).part\(index)", [first, place], ["axis": .int(0)]))
    }
    let across = try b.add(
      "Transpose", name: "\(name).across", [parts[1]], ["perm": .ints([0, 1, 3, 2])])
    let scores = try b.add("MatMul", name: "\(name).scores", [parts[0], across])
    let scale = b.tensor("scale", TensorData(scalar: Float(0.125)), role: .constant)
    let scaled = try b.add("Mul", name: "\(name).scaled", [scores, scale])
    let weights = try b.add("Softmax", name: "\(name).softmax", [scaled], ["axis": .int(-1)])
    let mixed = try b.add("MatMul", name: "\(name).mixed", [weights, parts[2]])
    let back = try b.add(
      "Transpose", name: "\(name).back", [mixed], ["perm": .ints([0, 2, 1, 3])])
    let joined = try b.add(
      "Reshape", name: "\(name).join", [back, b.integers("join", [0, 196, width])])
    return try linear(&b, "\(name).out", joined, width)
  }

  // MARK: a detector

  /// A backbone of C2f blocks, pyramid pooling, a neck that goes up and down again, and a head on
  /// three scales, as YOLOv8.
  private static func detector() throws -> Network {
    var b = NetworkBuilder("detector", input: ["batch", 3, 640, 640], seed: nil)
    var x = try layer(&b, "stem", b.input, 32, stride: 2)
    var scales: [String] = []
    for (stage, (width, depth)) in [(64, 1), (128, 2), (256, 2), (512, 1)].enumerated() {
      x = try layer(&b, "down\(stage)", x, width, stride: 2)
      x = try block(&b, "stage\(stage)", x, width, depth: depth, adds: true)
      scales.append(x)
    }
    // Pooling three times over.
    var pools = [try layer(&b, "pyramid.in", x, 256, kernel: 1)]
    for _ in 0..<3 {
      pools.append(
        try b.add(
          "MaxPool", name: "pyramid.pool", [pools[pools.count - 1]],
          ["kernel_shape": .ints([5, 5]), "pads": .ints([2, 2, 2, 2]), "strides": .ints([1, 1])]))
    }
    let deep = try layer(&b, "pyramid.out", b.concat("pyramid", pools), 512, kernel: 1)
    let factors = b.tensor("up", TensorData(vector: [Float(1), 1, 2, 2]), role: .constant)
    func up(_ x: String) throws -> String { try b.add("Resize", name: "up", [x, "", factors]) }
    let n1 = try b.concat("n1.cat", [up(deep), scales[2]])
    let middle = try block(&b, "n1", n1, 256, depth: 1, adds: false)
    let n2 = try b.concat("n2.cat", [up(middle), scales[1]])
    let fine = try block(&b, "n2", n2, 128, depth: 1, adds: false)
    let n3 = try b.concat("n3.cat", [layer(&b, "n3.down", fine, 128, stride: 2), middle])
    let coarse = try block(&b, "n3", n3, 256, depth: 1, adds: false)
    let n4 = try b.concat("n4.cat", [layer(&b, "n4.down", coarse, 256, stride: 2), deep])
    let coarsest = try block(&b, "n4", n4, 512, depth: 1, adds: false)
    var rows: [String] = []
    for (level, x) in [fine, coarse, coarsest].enumerated() {
      var branches: [String] = []
      for (part, (width, made)) in [(64, 64), (128, 80)].enumerated() {
        let name = "head\(level).\(part)"
        let y = try layer(&b, "\(name).b", layer(&b, "\(name).a", x, width), width)
        branches.append(try b.conv("\(name).c", y, made, kernel: 1))
      }
      let both = try b.concat("head\(level)", branches)
      let flat = b.integers("flat", [0, 144, -1])
      rows.append(try b.add("Reshape", name: "head\(level).rows", [both, flat]))
    }
    return try b.finish(b.add("Concat", name: "all", rows, ["axis": .int(2)]))
  }

  /// A convolution with batch normalisation and SiLU.
  private static func layer(
    _ b: inout NetworkBuilder, _ name: String, _ x: String, _ width: Int, kernel: Int = 3,
    stride: Int = 1
  ) throws -> String {
    let y = try b.conv(
      name, x, width, kernel: kernel, stride: stride, padding: kernel / 2, bias: false)
    let normal = try b.batchNorm("\(name).bn", y)
    return try b.add("Mul", name: "\(name).silu", [normal, b.sigmoid(normal)])
  }

  /// A C2f block: halves, of which one goes on through bottlenecks; all pieces are joined.
  private static func block(
    _ b: inout NetworkBuilder, _ name: String, _ x: String, _ width: Int, depth: Int, adds: Bool
  ) throws -> String {
    let wide = try layer(&b, "\(name).in", x, width, kernel: 1)
    let halves = try b.add("Split", name: "\(name).split", [wide], ["axis": .int(1)], outputs: 2)
    var pieces = [halves, "\(halves).1"]
    for k in 0..<depth {
      let last = pieces[pieces.count - 1]
      let first = try layer(&b, "\(name).m\(k).a", last, width / 2)
      let y = try layer(&b, "\(name).m\(k).b", first, width / 2)
      pieces.append(adds ? try b.sum("\(name).m\(k).s", last, y) : y)
    }
    return try layer(&b, "\(name).out", b.concat("\(name).cat", pieces), width, kernel: 1)
  }

  // MARK: a long chain

  /// Residual blocks one after another, four nodes each.
  private static func chain(blocks: Int) throws -> Network {
    var b = NetworkBuilder("chain", input: ["batch", 3, 8, 8], seed: nil)
    var x = try b.conv("stem", b.input, 16, kernel: 1)
    for k in 0..<blocks {
      let y = try b.relu(b.conv("a\(k)", x, 16, kernel: 1))
      x = try b.sum("s\(k)", x, b.conv("b\(k)", y, 16, kernel: 1))
    }
    return try b.finish(b.linear("head", b.flatten(b.globalAveragePool(x)), 10))
  }
}
