// The layers that networks are written with.

import OrderedCollections

extension NetworkBuilder {
  /// A two-dimensional convolution to `filters` channels.
  ///
  /// - Throws: ``NetworkError`` where it does not fit what it is applied to.
  public mutating func conv(
    _ name: String, _ x: String, _ filters: Int, kernel: Int, stride: Int = 1, padding: Int = 0,
    groups: Int = 1, bias: Bool = true, _ scheme: Initialization? = nil
  ) throws(NetworkError) -> String {
    let inputs = try channels(x)
    guard groups > 0, filters > 0, kernel > 0, inputs % groups == 0 else {
      throw impossible(
        "'\(name)': \(filters) filters of \(kernel) by \(kernel) in \(groups) groups")
    }
    let shape = [filters, inputs / groups, kernel, kernel]
    var operands = [x, try weight("\(name).weight", shape, scheme)]
    if bias { operands.append(try self.bias("\(name).bias", of: shape, scheme)) }
    return try add(
      "Conv", name: name, operands,
      [
        "kernel_shape": .ints([Int64(kernel), Int64(kernel)]),
        "strides": .ints([Int64(stride), Int64(stride)]),
        "pads": .ints(Array(repeating: Int64(padding), count: 4)),
        "dilations": .ints([1, 1]), "group": .int(Int64(groups)),
      ])
  }

  /// A linear layer to `features` outputs: `y = x W^T + b`.
  ///
  /// - Throws: ``NetworkError`` where x is not a matrix.
  public mutating func linear(
    _ name: String, _ x: String, _ features: Int, bias: Bool = true,
    _ scheme: Initialization? = nil
  ) throws(NetworkError) -> String {
    guard features > 0 else { throw impossible("'\(name)' would have \(features) outputs") }
    let shape = [features, try channels(x)]
    var operands = [x, try weight("\(name).weight", shape, scheme)]
    if bias { operands.append(try self.bias("\(name).bias", of: shape, scheme)) }
    return try add("Gemm", name: name, operands, ["transB": .int(1)])
  }

  /// Batch normalisation with scale 1 and shift 0 at first; epsilon 1e-5, and 0.9 of the running
  /// statistics stay at each step.
  ///
  /// - Throws: ``NetworkError`` where x has no channels.
  public mutating func batchNorm(_ name: String, _ x: String) throws(NetworkError) -> String {
    let count = try channels(x)
    let operands = [
      x, vector("\(name).weight", 1, count: count), vector("\(name).bias", 0, count: count),
      vector("\(name).running_mean", 0, count: count, role: .buffer),
      vector("\(name).running_var", 1, count: count, role: .buffer),
    ]
    return try add(
      "BatchNormalization", name: name, operands,
      ["epsilon": .float(1e-5), "momentum": .float(0.9)])
  }

  /// `max(x, 0)`.
  public mutating func relu(_ x: String) throws(NetworkError) -> String {
    try add("Relu", name: "\(x).relu", [x])
  }

  /// `-1`, `0` or `1` as x is below, at or above 0.
  public mutating func sign(_ x: String) throws(NetworkError) -> String {
    try add("Sign", name: "\(x).sign", [x])
  }

  /// `min(max(x, 0), 6)`.
  public mutating func relu6(_ x: String) throws(NetworkError) -> String {
    let bounds = [
      tensor("zero", TensorData(scalar: Float(0)), role: .constant),
      tensor("six", TensorData(scalar: Float(6)), role: .constant),
    ]
    return try add("Clip", name: "\(x).relu6", [x] + bounds)
  }

  /// `1 / (1 + exp(-x))`.
  public mutating func sigmoid(_ x: String) throws(NetworkError) -> String {
    try add("Sigmoid", name: "\(x).sigmoid", [x])
  }

  /// The maximum over windows of `kernel` by `kernel`, `stride` apart (`kernel` by default).
  ///
  /// - Throws: ``NetworkError`` where the window is larger than x.
  public mutating func maxPool(
    _ x: String, _ kernel: Int, stride: Int? = nil, padding: Int = 0
  ) throws(NetworkError) -> String {
    try pool("MaxPool", "\(x).pool", x, kernel, stride ?? kernel, padding)
  }

  /// The mean over windows of `kernel` by `kernel`, `stride` apart (`kernel` by default).
  ///
  /// - Throws: ``NetworkError`` where the window is larger than x.
  public mutating func averagePool(
    _ x: String, _ kernel: Int, stride: Int? = nil
  ) throws(NetworkError) -> String {
    try pool("AveragePool", "\(x).pool", x, kernel, stride ?? kernel, 0)
  }

  private mutating func pool(
    _ op: String, _ name: String, _ x: String, _ kernel: Int, _ stride: Int, _ padding: Int
  ) throws(NetworkError) -> String {
    try add(
      op, name: name, [x],
      [
        "kernel_shape": .ints([Int64(kernel), Int64(kernel)]),
        "strides": .ints([Int64(stride), Int64(stride)]),
        "pads": .ints(Array(repeating: Int64(padding), count: 4)),
      ])
  }

  /// The mean of each channel over the whole image.
  public mutating func globalAveragePool(_ x: String) throws(NetworkError) -> String {
    try add("GlobalAveragePool", name: "\(x).mean", [x])
  }

  /// All axes after the batch merged into one.
  public mutating func flatten(_ x: String) throws(NetworkError) -> String {
    try add("Flatten", name: "\(x).flat", [x], ["axis": .int(1)])
  }

  /// The sum of two values.
  ///
  /// - Throws: ``NetworkError`` where their shapes do not broadcast.
  public mutating func sum(
    _ name: String, _ x: String, _ y: String
  ) throws(NetworkError) -> String {
    try add("Add", name: name, [x, y])
  }

  /// The values joined along the channel axis.
  ///
  /// - Throws: ``NetworkError`` where they differ elsewhere.
  public mutating func concat(_ name: String, _ values: [String]) throws(NetworkError) -> String {
    try add("Concat", name: name, values, ["axis": .int(1)])
  }

  /// Dropout of the given probability, active in training only.
  public mutating func dropout(_ x: String, _ ratio: Float) throws(NetworkError) -> String {
    let ratio = tensor("dropout.\(ratio)", TensorData(scalar: ratio), role: .constant)
    return try add("Dropout", name: "\(x).dropout", [x, ratio])
  }

  /// The shortcut without parameters (option A of He et al., 2016): every `stride`-th pixel, and new
  /// channels of zeros, half of them before and half behind the old ones.
  ///
  /// - Throws: ``NetworkError`` where `filters` is less than the channels of x.
  public mutating func paddingShortcut(
    _ name: String, _ x: String, _ filters: Int, stride: Int
  ) throws(NetworkError) -> String {
    let added = filters - (try channels(x))
    guard added >= 0 else { throw impossible("'\(name)' would have to take channels away") }
    var y = x
    if stride > 1 {
      let lists = [
        integers("pixels.starts", [0, 0]),
        integers("pixels.ends", [Int(Int32.max), Int(Int32.max)]),
        integers("pixels.axes", [2, 3]), integers("pixels.step\(stride)", [stride, stride]),
      ]
      y = try add("Slice", name: "\(name).pixels", [x] + lists)
    }
    guard added > 0 else { return y }
    let pads = integers(
      "\(name).pads", [0, added / 2, 0, 0, 0, added - added / 2, 0, 0])
    return try add("Pad", name: name, [y, pads])
  }

  /// Squeeze and excitation (Hu et al., 2018): each channel scaled by what two small linear layers
  /// make of all channels' means.
  ///
  /// - Throws: ``NetworkError`` where x is not an image.
  public mutating func squeezeExcitation(
    _ name: String, _ x: String, hidden: Int
  ) throws(NetworkError) -> String {
    let count = try channels(x)
    var gate = try globalAveragePool(x)
    gate = try relu(conv("\(name).fc1", gate, hidden, kernel: 1))
    gate = try sigmoid(conv("\(name).fc2", gate, count, kernel: 1))
    return try add("Mul", name: name, [x, gate])
  }

  /// The rows of a table of `count` vectors of `width` numbers that the integers x name.
  public mutating func embedding(
    _ name: String, _ x: String, count: Int, width: Int, _ scheme: Initialization = .normal(1)
  ) throws(NetworkError) -> String {
    let table = try weight("\(name).weight", [count, width], scheme)
    return try add("Gather", name: name, [table, x], ["axis": .int(0)])
  }

  /// The last hidden state [batch, `hidden`] of an LSTM over x [batch, steps, inputs].
  ///
  /// All parameters are uniform in +-1 / sqrt(hidden), as PyTorch draws them.
  /// - Throws: ``NetworkError`` where x does not have three axes.
  public mutating func lstm(
    _ name: String, _ x: String, hidden: Int
  ) throws(NetworkError) -> String {
    let shape = try shape(x)
    guard shape.count == 3, hidden > 0 else {
      throw impossible("'\(name)' needs [batch, steps, inputs], found \(shape)")
    }
    let scheme = Initialization.uniform(1 / Double(hidden).squareRoot())
    let steps = try add("Transpose", name: "\(name).steps", [x], ["perm": .ints([1, 0, 2])])
    let operands = [
      steps, try weight("\(name).weight_ih", [1, 4 * hidden, shape[2]], scheme),
      try weight("\(name).weight_hh", [1, 4 * hidden, hidden], scheme),
      try weight("\(name).bias", [1, 8 * hidden], scheme),
    ]
    let every = try add(
      "LSTM", name: name, operands, ["hidden_size": .int(Int64(hidden))], outputs: 2)
    let axes = integers("\(name).direction", [0])
    return try add("Squeeze", name: "\(name).last", ["\(every).1", axes])
  }
}
