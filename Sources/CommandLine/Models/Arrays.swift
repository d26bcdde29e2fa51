// Between NumPy's arrays in .npz files and the tensors of models.

import Data
import Network

/// The element types of models, told apart from those of arrays.
private typealias ModelElement = ElementType

extension NDArray.ElementType {
  /// The model's name for the type.
  fileprivate var element: ModelElement {
    switch self {
    case .bool: .bool
    case .int8: .int8
    case .int16: .int16
    case .int32: .int32
    case .int64: .int64
    case .uint8: .uint8
    case .uint16: .uint16
    case .uint32: .uint32
    case .uint64: .uint64
    case .float16: .float16
    case .float32: .float32
    case .float64: .float64
    }
  }
}

/// Reads and writes the tensors of a run as `.npz` files.
enum Arrays {
  /// The arrays of the file at `path`, checked against the inputs of a model.
  ///
  /// - Parameter widening: floating-point arrays of any width are taken.
  /// - Throws: `DataError` for a broken file, `CommandError.arrays` where a name is missing or
  ///   unknown, or a type or shape does not fit.
  static func read(
    _ path: String, for inputs: [ValueInfo], widening: Bool = false
  ) throws -> [String: TensorData] {
    let arrays = try NPZ.read(path)
    let names = inputs.map(\.name)
    func list(_ names: [String]) -> String {
      names.isEmpty ? "none" : names.map { "'\($0)'" }.joined(separator: ", ")
    }
    if let stranger = arrays.keys.filter({ !names.contains($0) }).min() {
      throw CommandError.arrays(
        path: path,
        reason: "the model has no input '\(stranger)'; its inputs: \(list(names))")
    }
    var tensors: [String: TensorData] = [:]
    for input in inputs {
      guard let array = arrays[input.name] else {
        throw CommandError.arrays(
          path: path,
          reason: "it holds no array for the input '\(input.name)'; it holds: "
            + list(arrays.keys.sorted()))
      }
      if let problem = mismatch(array, input, widening: widening) {
        throw CommandError.arrays(path: path, reason: problem)
      }
      tensors[input.name] = try TensorData(
        type: array.elementType.element, shape: array.shape, bytes: Bytes(array.bytes))
    }
    return tensors
  }

  /// What keeps an array from being given to an input.
  private static func mismatch(_ array: NDArray, _ input: ValueInfo, widening: Bool) -> String? {
    if let type = input.type, type != array.elementType.element,
      !(widening && type.isFloatingPoint && array.elementType.isFloatingPoint)
    {
      return "the array '\(input.name)' holds \(array.elementType.element), the model's input "
        + "expects \(type); convert it (NumPy: x.astype('\(type)'))"
    }
    guard let shape = input.shape else { return nil }
    let fits =
      shape.count == array.shape.count
      && zip(shape, array.shape).allSatisfy { stated, extent in
        if case .fixed(let n) = stated { n == extent } else { true }
      }
    return fits
      ? nil
      : "the array '\(input.name)' has shape \(array.shape), the model's input expects "
        + "[\(shape.map(\.description).joined(separator: ", "))]"
  }

  /// Writes tensors under their names, in one step.
  ///
  /// - Throws: `CommandError.arrays` for an element type NumPy lacks; `DataError.unwritable`.
  static func write(_ tensors: [String: TensorData], to path: String) throws {
    var arrays: [String: NDArray] = [:]
    for (name, tensor) in tensors {
      guard let type = NDArray.ElementType.allCases.first(where: { $0.element == tensor.type })
      else {
        throw CommandError.arrays(
          path: path,
          reason: "the output '\(name)' holds \(tensor.type), which .npz files cannot hold; "
            + "compute in another type with --type float32")
      }
      arrays[name] = try NDArray(type, shape: tensor.shape, bytes: tensor.bytes.array)
    }
    try NPZ.write(arrays, to: path)
  }
}
