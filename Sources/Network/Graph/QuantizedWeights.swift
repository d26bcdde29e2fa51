// Weights kept as integers: where their scales and zero points are, and what numbers they stand for.

/// How the integers of a weight stand for numbers: `w = (q - zero) scale`.
struct WeightCode: Sendable, Hashable {
  /// The scale, one number, one an index of `axis`, or one a block; `nil` where it comes later.
  var scale: String?
  /// The zero points, as many as scales; 0 where left out.
  var zero: String?
  /// The axis along which scales and zero points differ.
  var axis: Int
  /// Successive indices of `axis` that share a scale, where they are given by blocks.
  var block: Int
}

extension Network {
  /// The integer weights, by name, with their codes.
  var quantizedWeights: [String: WeightCode] {
    var codes: [String: WeightCode] = [:]
    for node in nodes {
      /// Where in the inputs weight, scale and zero point stand, and their axis from a rank.
      let places: (weight: Int, scale: Int?, zero: Int)
      let axis: Int
      switch node.op {
      case "DequantizeLinear": (places, axis) = ((0, 1, 2), node.int("axis", default: 1))
      case "QLinearConv": (places, axis) = ((3, 4, 5), 0)
      case "QLinearMatMul": (places, axis) = ((3, 4, 5), -1)
      case "ConvInteger": (places, axis) = ((1, nil, 3), 0)
      case "MatMulInteger": (places, axis) = ((1, nil, 3), -1)
      case "DynamicQuantizeMatMul": (places, axis) = ((1, 2, 3), -1)
      case "MatMulIntegerToFloat": (places, axis) = ((1, 3, 5), -1)
      default: continue
      }
      guard let name = node.input(places.weight), let weight = initializers[name]?.tensor,
        codes[name] == nil
      else { continue }
      codes[name] = WeightCode(
        scale: places.scale.flatMap { node.input($0) }, zero: node.input(places.zero),
        axis: min(axis < 0 ? axis + weight.shape.count : axis, max(weight.shape.count - 1, 0)),
        block: node.int("block_size", default: 0))
    }
    return codes
  }

  /// The numbers that the integers of the weight `name` stand for, up to a common factor where its
  /// scale is applied later; `nil` where it is no quantized weight.
  public func dequantized(_ name: String) -> [Float]? {
    guard let code = quantizedWeights[name], let tensor = initializers[name]?.tensor,
      let integers = tensor.integers
    else { return nil }
    let scale = code.scale.flatMap { initializers[$0]?.tensor }
    let zero = code.zero.flatMap { initializers[$0]?.tensor }
    guard scale?.count != 0, zero?.count != 0 else { return nil }
    let (scales, zeros) = (scale?.reals, zero?.integers)
    return integers.indices.map { flat in
      let origin = zeros.map { $0[code.place(of: flat, in: tensor.shape, zero?.shape ?? [])] } ?? 0
      let factor =
        scales.map { $0[code.place(of: flat, in: tensor.shape, scale?.shape ?? [])] } ?? 1
      return Float(integers[flat] - origin) * Float(factor)
    }
  }

  /// The integers that stand for zero, for each element of the weight; `nil` where all of them are 0.
  ///
  /// - Throws: ``NetworkError/impossibleCut(reason:)`` where the zero points are not known.
  func zeros(of name: String, _ code: WeightCode) throws(NetworkError) -> TensorData? {
    guard let zero = code.zero, let weight = initializers[name]?.tensor else { return nil }
    guard let points = initializers[zero]?.tensor, points.type == weight.type, points.count > 0
    else {
      throw .impossibleCut(
        reason:
          "'\(name)' cannot be masked: its zero point '\(zero)' is computed or of another type")
    }
    guard points.integers?.allSatisfy({ $0 == 0 }) != true else { return nil }
    var indices: [Int] = []
    indices.reserveCapacity(weight.count)
    for flat in 0..<weight.count {
      indices.append(code.place(of: flat, in: weight.shape, points.shape))
    }
    return try points.flattened().gathering(indices, axis: 0)
  }
}

extension WeightCode {
  /// Where the scale or zero point of an element stands in a tensor of `shape`.
  fileprivate func place(of flat: Int, in weight: [Int], _ shape: [Int]) -> Int {
    let count = shape.reduce(1, *)
    if count == 1 { return 0 }
    guard weight.indices.contains(axis) else { return 0 }
    let inner = weight.dropFirst(axis + 1).reduce(1, *)
    if shape.count == 1 { return min(flat / inner % weight[axis], count - 1) }
    guard shape.count == weight.count else { return 0 }
    // One a block: the same place, but fewer along the axis.
    var (rest, place, step) = (flat, 0, 1)
    for other in weight.indices.reversed() {
      let index = rest % weight[other]
      rest /= weight[other]
      let own = other == axis && block > 0 ? index / block : min(index, shape[other] - 1)
      place += own * step
      step *= shape[other]
    }
    return min(place, count - 1)
  }
}
