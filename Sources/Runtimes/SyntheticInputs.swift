// Made-up inputs for measuring and for comparing runtimes: same seed, same bytes.

import Network

/// Makes inputs from their declarations: floating-point elements uniform in [-1, 1), Booleans and
/// integers zero (an index that is in range for every table) unless more is allowed.
public struct SyntheticInputs: Sendable {
  /// The extent of a first axis that the model leaves open.
  public var batch: Int
  /// The seed of the generator.
  public var seed: UInt64

  /// The largest integer; below it all are equally likely. Where every integer is the same, what a
  /// normalisation divides by may be rounding noise.
  public var largest: UInt8
  /// Shapes that stand in for the declared ones, by name.
  public var shapes: [String: [Int]]

  /// Inputs of the given batch size.
  public init(
    batch: Int, seed: UInt64 = 0, largest: UInt8 = 0, shapes: [String: [Int]] = [:]
  ) {
    self.batch = batch
    self.seed = seed
    self.largest = largest
    self.shapes = shapes
  }

  /// One tensor for each declaration.
  ///
  /// - Throws: ``RuntimeError/unknownInputShape(name:model:declared:)`` where an axis other than the
  ///   first is open, ``RuntimeError/unsupportedValue(name:model:reason:)`` for other element types.
  public func make(
    _ inputs: [ValueInfo], model: String
  ) throws(RuntimeError) -> [String: TensorData] {
    var random = SeededGenerator(state: seed)
    var tensors: [String: TensorData] = [:]
    for input in inputs {
      tensors[input.name] = try tensor(input, model: model, random: &random)
    }
    return tensors
  }

  private func tensor(
    _ input: ValueInfo, model: String, random: inout SeededGenerator
  ) throws(RuntimeError) -> TensorData {
    let stated = shapes[input.name]?.map(Extent.fixed)
    guard let declared = stated ?? input.shape else {
      throw .unknownInputShape(name: input.name, model: model, declared: nil)
    }
    var shape: [Int] = []
    for (axis, extent) in declared.enumerated() {
      switch extent {
      case .fixed(let count): shape.append(count)
      case .symbol, .unknown:
        guard axis == 0 else {
          throw .unknownInputShape(name: input.name, model: model, declared: declared)
        }
        shape.append(batch)
      }
    }
    guard let count = shape.elementCount else {
      throw .unknownInputShape(name: input.name, model: model, declared: declared)
    }
    do {
      switch input.type {
      case .float32:
        return try TensorData(
          (0..<count).map { _ in Float(2 * random.uniform() - 1) }, shape: shape)
      case .float64:
        return try TensorData((0..<count).map { _ in 2 * random.uniform() - 1 }, shape: shape)
      case .float16:
        return try TensorData(
          (0..<count).map { _ in Float16(2 * random.uniform() - 1) }, shape: shape)
      case .bool, .int8, .int16, .int32, .int64, .uint8, .uint16, .uint32, .uint64:
        let type = input.type ?? .int64
        var bytes = [UInt8](repeating: 0, count: type.byteCount(of: count))
        if largest > 0, type != .bool {
          // The lowest byte of an element stands first.
          for index in 0..<count {
            bytes[index * type.bitWidth / 8] = UInt8.random(in: 0...largest, using: &random)
          }
        }
        return try TensorData(type: type, shape: shape, bytes: Bytes(bytes))
      default:
        let type = input.type.map { "\($0)" } ?? "unknown"
        throw RuntimeError.unsupportedValue(
          name: input.name, model: model, reason: "no elements of type \(type) can be made up")
      }
    } catch let error as RuntimeError {
      throw error
    } catch {
      throw .unsupportedValue(name: input.name, model: model, reason: "\(error)")
    }
  }
}
