// Examples from two arrays, as an .npz file holds them.

/// Examples `x` of shape `[N, ...]` with targets `y`: integers of shape `[N]` are classes, anything else
/// is a target of numbers. Without `y` the examples can be looked at, not learned from.
public struct ArrayDataset: Dataset {
  /// The name shown to people.
  public let name: String
  /// The shape of one example.
  public let exampleShape: [Int]
  /// The name of each class, "0" to the largest label; empty where targets are numbers.
  public let classNames: [String]
  private let values: [Float]
  private let targets: Targets

  private enum Targets: Sendable {
    case classes([Int64])
    case values([Float], shape: [Int])
    case none
  }

  /// The number of examples.
  public let count: Int

  /// Reads two arrays of an `.npz` file, or only the first where `y` is `nil`.
  ///
  /// - Throws: `DataError.missingEntry`, `inconsistent`, `empty`, and what `NPZ.read` throws.
  public init(
    name: String, path: String, x: String = "x", y: String? = "y"
  ) throws(DataError) {
    let arrays = try NPZ.read(path)
    guard let inputs = arrays[x] else {
      throw .missingEntry(path: path, name: x, present: arrays.keys.sorted())
    }
    let targets = y.flatMap { arrays[$0] }
    if let y, targets == nil {
      throw .missingEntry(path: path, name: y, present: arrays.keys.sorted())
    }
    try self.init(name: name, path: path, x: inputs, y: targets)
  }

  /// Examples from two arrays. Numbers are used as they are: nothing is scaled.
  ///
  /// - Throws: `DataError.empty`, `inconsistent` if counts disagree, `labelOutOfRange` for a negative
  ///   label or one above 65,535.
  public init(name: String, path: String, x: NDArray, y: NDArray?) throws(DataError) {
    guard let count = x.shape.first, count > 0 else { throw .empty(path: path) }
    if let y, y.shape.first != count {
      throw .inconsistent(
        path: path, expected: "\(count) targets, one an example of shape \(x.shape)",
        found: "targets of shape \(y.shape)")
    }
    self.name = name
    self.count = count
    exampleShape = Array(x.shape[1...])
    values = x.floats()
    guard let y else {
      (targets, classNames) = (.none, [])
      return
    }
    if y.shape.count == 1, !y.elementType.isFloatingPoint {
      let labels = try y.integers()
      let largest = Int(labels.max() ?? 0)
      if let index = labels.firstIndex(where: { $0 < 0 || $0 > 65_535 }) {
        throw .labelOutOfRange(
          path: path, index: index, label: Int(labels[index]), classCount: 65_536)
      }
      targets = .classes(labels)
      classNames = (0...largest).map { "\($0)" }
    } else {
      targets = .values(y.floats(), shape: Array(y.shape[1...]))
      classNames = []
    }
  }

  /// The arrays of a split: `x_train` and `y_train` and so on, or, in a file that is not divided, `x`
  /// and `y` as the training split; `y` is `nil` where the file has no targets for `x`.
  static func names(
    of split: Split, in path: String
  ) throws(DataError) -> (x: String, y: String?)? {
    let present = try NPZ.names(path)
    let suffixes =
      switch split {
      case .train: ["_train", ""]
      case .validation: ["_validation", "_val"]
      case .test: ["_test"]
      }
    return suffixes.first { present.contains("x\($0)") }
      .map { (x: "x\($0)", y: present.contains("y\($0)") ? "y\($0)" : nil) }
  }

  /// The class of an example, or nil where targets are numbers.
  public func label(at index: Int) -> Int? {
    guard case .classes(let labels) = targets else { return nil }
    return Int(labels[index])
  }

  /// Gathers examples; those of shape `[C, H, W]` can be augmented, positions outside being 0.
  public func batch(
    _ indices: [Int], augmentation: EpochAugmentation?
  ) throws(DataError) -> Batch {
    try check(indices)
    if augmentation != nil, exampleShape.count != 3 {
      throw .invalidOption(
        name: "augmentation", value: "set",
        expected: "none: the examples of '\(name)' have shape \(exampleShape), not [C, H, W]")
    }
    let gathered = Self.gather(values, indices, size: values.count / count) {
      source, slot, target in
      guard let augmentation else { return false }
      let (height, width) = (exampleShape[1], exampleShape[2])
      let view = augmentation.view(of: indices[slot], height: height, width: width)
      for channel in 0..<exampleShape[0] {
        let plane = channel * height * width
        view.write(source + plane, fill: 0, to: target + plane) { $0 }
      }
      return true
    }
    let targets: Batch.Targets =
      switch self.targets {
      case .classes(let labels): .classes(indices.map { labels[$0] })
      case .none: .none
      case .values(let values, let shape):
        .values(
          Self.gather(values, indices, size: values.count / count), shape: [indices.count] + shape)
      }
    return Batch(
      inputs: .values(gathered, shape: [indices.count] + exampleShape), targets: targets,
      indices: indices)
  }

  /// Copies rows of `size` numbers; `place` may write a row itself and return true.
  private static func gather(
    _ values: [Float], _ indices: [Int], size: Int,
    place: (UnsafePointer<Float>, Int, UnsafeMutablePointer<Float>) -> Bool = { _, _, _ in false }
  ) -> [Float] {
    [Float](unsafeUninitializedCapacity: indices.count * size) { target, initialized in
      initialized = indices.count * size
      values.withUnsafeBufferPointer { values in
        guard let values = values.baseAddress, let target = target.baseAddress else { return }
        for (slot, index) in indices.enumerated() {
          let row = target + slot * size
          if !place(values + index * size, slot, row) {
            row.update(from: values + index * size, count: size)
          }
        }
      }
    }
  }
}
