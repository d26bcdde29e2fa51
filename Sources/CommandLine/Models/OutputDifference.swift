// How far two runs' outputs lie apart, and where.

import Network

/// How far one output of two runs lies apart.
struct OutputDifference: Encodable {
  /// The output's name.
  let output: String
  /// The largest absolute difference; `nil` where the shapes differ.
  let maxAbsDiff: Double?
  /// The largest absolute difference over the largest absolute value of the first run's output.
  let relative: Double?
  /// The index of the largest difference.
  let at: [Int]
  /// The values there, of the first run and of the second.
  let values: [Double]
  /// What is wrong beside the numbers: another shape, another type.
  let remark: String?

  /// Compares two tensors element by element; two values that are not numbers are the same.
  init(_ output: String, _ a: TensorData, _ b: TensorData) {
    self.output = output
    guard a.shape == b.shape, let x = Self.numbers(a), let y = Self.numbers(b) else {
      maxAbsDiff = nil
      relative = nil
      at = []
      values = []
      remark =
        a.shape == b.shape
        ? "elements of type \(a.type) and \(b.type) cannot be compared"
        : "the shapes are \(a.shape) and \(b.shape)"
      return
    }
    var (worst, place, scale) = (0.0, 0, 0.0)
    for index in x.indices {
      if x[index].isFinite { scale = max(scale, abs(x[index])) }
      if x[index] == y[index] || (x[index].isNaN && y[index].isNaN) { continue }
      let gap = abs(x[index] - y[index])
      let difference = gap.isNaN ? .infinity : gap
      if difference > worst { (worst, place) = (difference, index) }
    }
    maxAbsDiff = worst
    relative = worst == 0 ? 0 : scale > 0 ? worst / scale : .infinity
    at = x.isEmpty ? [] : Self.index(place, a.shape)
    values = x.isEmpty ? [] : [x[place], y[place]]
    remark = a.type == b.type ? nil : "the types are \(a.type) and \(b.type)"
  }

  /// Whether the outputs are the same up to a relative difference of `tolerance`.
  func holds(within tolerance: Double) -> Bool {
    relative.map { $0 <= tolerance } ?? false
  }

  private static func numbers(_ tensor: TensorData) -> [Double]? {
    tensor.reals ?? tensor.integers?.map(Double.init)
  }

  private static func index(_ flat: Int, _ shape: [Int]) -> [Int] {
    var (rest, index) = (flat, [Int](repeating: 0, count: shape.count))
    for axis in shape.indices.reversed() where shape[axis] > 0 {
      index[axis] = rest % shape[axis]
      rest /= shape[axis]
    }
    return index
  }
}
