// Stripe-wise convolution: a filter's window taken apart into the places it still reads.
//
// F. Meng et al., "Pruning Filter in Filter", NeurIPS 2020: a stripe W[o, :, y, x] is a 1x1 filter over the
// input moved to (y, x), and the convolution the sum of its stripes' outputs. Places that no filter reads
// cost nothing, at the others only the filters that read them are computed.

extension Network {
  /// The network with every plain convolution that has stripes of zeros run stripe by stripe, by operators of ONNX: padding, a slice for each place, a 1x1 convolution of the
  /// filters that read it, and a gather that puts their outputs where they belong.
  ///
  /// Plain are two-dimensional convolutions of one group with padding that is written down. The outputs
  /// are the same to rounding: sums are added in another order.
  ///
  /// - Parameter names: only convolutions with these weights; all where it is `nil`.
  /// - Throws: ``NetworkError`` where a weight is no float32.
  public func stripeWise(only names: Set<String>? = nil) throws(NetworkError) -> Network {
    var result = self
    result.nodes = []
    for node in nodes {
      guard let weight = node.input(1), names?.contains(weight) ?? true,
        opset >= 13, let plan = try Stripes(node, weight, in: self)
      else {
        result.nodes.append(node)
        continue
      }
      try plan.write(to: &result)
    }
    let used = Set(result.nodes.flatMap(\.uses) + result.outputs.map(\.name))
    for name in initializers.keys where !used.contains(name) { result.initializers[name] = nil }
    return result
  }
}

/// A convolution by stripes.
private struct Stripes {
  let node: Node
  let weight: String
  let shape: [Int]
  let values: [Float]
  /// For each place of the window the filters that read it.
  let readers: [[Int]]
  let pads: [Int]
  let strides: [Int]
  let dilations: [Int]

  /// `nil` where the convolution is not plain, or has no stripe of zeros.
  init?(_ node: Node, _ weight: String, in network: Network) throws(NetworkError) {
    guard node.op == "Conv", node.domain.isEmpty, node.int("group", default: 1) == 1,
      let initializer = network.initializers[weight], initializer.role == .parameter,
      initializer.tensor.type == .float32, initializer.tensor.shape.count == 4,
      ["NOTSET", "VALID"].contains(node.string("auto_pad", default: "NOTSET"))
    else { return nil }
    self.node = node
    self.weight = weight
    shape = initializer.tensor.shape
    values = try initializer.tensor.values(as: Float.self)
    pads = node.ints("pads") ?? [0, 0, 0, 0]
    strides = node.ints("strides") ?? [1, 1]
    dilations = node.ints("dilations") ?? [1, 1]
    let (shape, values) = (shape, values)
    let places = shape[2] * shape[3]
    readers = (0..<places).map { place in
      (0..<shape[0]).filter { filter in
        (0..<shape[1]).contains { values[(filter * shape[1] + $0) * places + place] != 0 }
      }
    }
    let left = readers.reduce(0) { $0 + $1.count }
    guard places > 1, left > 0, left < places * shape[0] else { return nil }
  }

  func write(to network: inout Network) throws(NetworkError) {
    let base = node.outputs[0]
    func name(_ part: String) -> String { "\(base)/\(part)" }
    func constant(_ part: String, _ values: [Int]) throws(NetworkError) -> String {
      network.initializers[name(part)] = Initializer(
        try TensorData(values.map(Int64.init), shape: [values.count]), role: .constant)
      return name(part)
    }
    func add(_ op: String, _ part: String, _ inputs: [String]) -> String {
      network.nodes.append(Node(op, name: name(part), inputs: inputs, outputs: [name(part)]))
      return name(part)
    }
    let source = add(
      "Pad", "padded",
      [
        node.inputs[0],
        try constant("pads", [0, 0, pads[0], pads[1], 0, 0, pads[2], pads[3]]),
      ])
    let axes = try constant("axes", [2, 3])
    let steps = try constant("steps", strides)
    let channel = try constant("channel", [0, 0, 0, 0, 0, 1, 0, 0])
    var sums: [String] = []
    for (place, filters) in readers.enumerated() where !filters.isEmpty {
      let (y, x) = (place / shape[3], place % shape[3])
      let begin = [y * dilations[0], x * dilations[1]]
      // The last place of the window is the last that is read.
      let behind = [(shape[2] - 1 - y) * dilations[0], (shape[3] - 1 - x) * dilations[1]]
      let end = behind.map { $0 == 0 ? Int(Int32.max) : -$0 }
      let slice = add(
        "Slice", "place\(place)",
        [
          source, try constant("begin\(place)", begin), try constant("end\(place)", end), axes,
          steps,
        ])
      let stripes = filters.flatMap { filter in
        (0..<shape[1]).map { values[(filter * shape[1] + $0) * readers.count + place] }
      }
      let stripe = name("weight\(place)")
      network.initializers[stripe] = Initializer(
        try TensorData(stripes, shape: [filters.count, shape[1], 1, 1]), role: .parameter)
      var made = add("Conv", "stripes\(place)", [slice, stripe])
      if filters.count < shape[0] {
        // A channel of zeros stands for every filter that does not read the place.
        made = add("Pad", "widened\(place)", [made, channel])
        let positions = (0..<shape[0]).map { filters.firstIndex(of: $0) ?? filters.count }
        let indices = try constant("filters\(place)", positions)
        network.nodes.append(
          Node(
            "Gather", name: name("spread\(place)"), inputs: [made, indices],
            outputs: [name("spread\(place)")], attributes: ["axis": .int(1)]))
        made = name("spread\(place)")
      }
      sums.append(made)
    }
    var inputs = sums
    if let bias = node.input(2), let tensor = network.initializers[bias]?.tensor {
      let spread = name("bias")
      network.initializers[spread] = Initializer(
        try TensorData(type: tensor.type, shape: [1, shape[0], 1, 1], bytes: tensor.bytes),
        role: .parameter)
      inputs.append(spread)
    }
    network.nodes.append(
      Node("Sum", name: node.name, inputs: inputs, outputs: [base]))
  }
}
