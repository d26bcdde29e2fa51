// Arithmetic on small constants: what the shapes that a graph computes are made of.

/// A small constant of whole numbers or truth values, widened, while a graph's own shape arithmetic
/// is followed. Floating-point constants count where they hold few, and whole, numbers.
struct Folding {
  /// Constants with more elements than this are not folded: they are data, not shapes.
  static let limit = 4096

  let type: ElementType
  let shape: [Int]
  let values: [Int]

  init?(_ tensor: TensorData?) {
    guard let tensor, let count = tensor.shape.elementCount, count <= Self.limit,
      let values = tensor.integers ?? Self.whole(tensor, count)
    else { return nil }
    type = tensor.type
    shape = tensor.shape
    self.values = values
  }

  /// Floating-point constants with more elements than this are weights, not extents.
  private static let fewest = 32

  private static func whole(_ tensor: TensorData, _ count: Int) -> [Int]? {
    guard count <= fewest, isReal(tensor.type), let reals = tensor.reals else { return nil }
    let values = reals.compactMap { abs($0) <= 1e9 ? Int(exactly: $0) : nil }
    return values.count == count ? values : nil
  }

  /// Whether elements are floating-point numbers that are computed with.
  static func isReal(_ type: ElementType) -> Bool {
    [.float16, .float32, .float64, .bfloat16].contains(type)
  }

  /// The value of a floating-point constant with one element; `nil` for any other.
  static func number(_ tensor: TensorData?) -> Double? {
    guard let tensor, isReal(tensor.type), tensor.shape.elementCount == 1,
      let value = tensor.reals?.first, value.isFinite
    else { return nil }
    return value
  }

  /// A floating-point tensor of one element; `nil` for a type that is not followed.
  static func tensor(_ value: Double, shape: [Int], type: ElementType) -> TensorData? {
    guard value.isFinite else { return nil }
    return switch type {
    case .float32: try? TensorData([Float(value)], shape: shape)
    case .float64: try? TensorData([value], shape: shape)
    default: nil
    }
  }

  /// A tensor of `type` that holds `values`; `nil` where a value or the type does not fit.
  static func tensor(_ values: [Int], shape: [Int], type: ElementType) -> TensorData? {
    func narrow<T: TensorElement & FixedWidthInteger>(_: T.Type) -> TensorData? {
      let narrowed = values.compactMap { T(exactly: $0) }
      return narrowed.count == values.count ? try? TensorData(narrowed, shape: shape) : nil
    }
    return switch type {
    case .int64: narrow(Int64.self)
    case .int32: narrow(Int32.self)
    case .int16: narrow(Int16.self)
    case .int8: narrow(Int8.self)
    case .uint8: narrow(UInt8.self)
    case .uint16: narrow(UInt16.self)
    case .uint32: narrow(UInt32.self)
    case .uint64: narrow(UInt64.self)
    case .bool: try? TensorData(values.map { $0 != 0 }, shape: shape)
    case .float32: try? TensorData(values.map { Float($0) }, shape: shape)
    case .float64: try? TensorData(values.map { Double($0) }, shape: shape)
    default: nil
    }
  }

  /// The elements at the given `indices` of each new axis; new axis `i` is old axis
  /// `permutation[i]`.
  func gathered(_ indices: [[Int]], permutation: [Int]) -> TensorData? {
    var steps = Array(repeating: 1, count: shape.count)
    for axis in shape.indices.reversed().dropFirst() {
      steps[axis] = steps[axis + 1] * shape[axis + 1]
    }
    var places = [0]
    for (axis, own) in zip(permutation, indices) {
      places = places.flatMap { place in own.map { place + $0 * steps[axis] } }
    }
    return Self.tensor(places.map { values[$0] }, shape: indices.map(\.count), type: type)
  }

  /// Applies `function` to the operands' elements at each index of the broadcast `shape`.
  static func combine(
    _ operands: [Folding], _ shape: [Int], _ type: ElementType, _ function: ([Int]) -> Int?
  ) -> [TensorData?]? {
    guard let count = shape.elementCount, count <= limit else { return nil }
    var result: [Int] = []
    for flat in 0..<count {
      var elements: [Int] = []
      for operand in operands {
        // Walk the axes from the last, dropping those along which the operand is stretched.
        var (rest, offset, step) = (flat, 0, 1)
        for (axis, extent) in shape.enumerated().reversed() {
          let index = rest % extent
          rest /= extent
          let own = axis - (shape.count - operand.shape.count)
          guard own >= 0 else { continue }
          offset += operand.shape[own] == 1 ? 0 : index * step
          step *= operand.shape[own]
        }
        elements.append(operand.values[offset])
      }
      guard let value = function(elements) else { return nil }
      result.append(value)
    }
    return tensor(result, shape: shape, type: type).map { [$0] }
  }
}
