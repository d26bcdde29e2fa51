// Labelled pictures held as bytes and normalized when they are batched.

/// Pictures as bytes `[N, C, H, W]` with one class each.
public struct ImageDataset: Dataset {
  /// The name shown to people.
  public let name: String
  /// Channels, height and width of every picture.
  public let exampleShape: [Int]
  /// The bytes of all pictures, `[N, C, H, W]`.
  public let pixels: [UInt8]
  /// The class of each picture.
  public let labels: [Int]
  /// The name of each class.
  public let classNames: [String]
  /// How bytes become numbers.
  public let normalization: Normalization
  private let table: [Float]

  /// The number of pictures.
  public var count: Int { labels.count }

  /// Checked pictures.
  ///
  /// - Parameters:
  ///   - path: where they came from, for errors.
  ///   - shape: `[C, H, W]`.
  ///   - normalization: statistics, or nil to measure these pictures.
  /// - Throws: `DataError.empty`, `inconsistent` if counts disagree, `labelOutOfRange`.
  public init(
    name: String, path: String, pixels: [UInt8], shape: [Int], labels: [Int],
    classNames: [String], normalization: Normalization? = nil
  ) throws(DataError) {
    guard !labels.isEmpty else { throw .empty(path: path) }
    guard shape.count == 3, let size = Int.product(shape), size > 0 else {
      throw .inconsistent(
        path: path, expected: "pictures of at least one pixel, as [C, H, W]", found: "\(shape)")
    }
    guard pixels.count == labels.count * size else {
      throw .inconsistent(
        path: path, expected: "\(labels.count) pictures, one a label",
        found: "\(pixels.count / size) pictures of shape \(shape)")
    }
    if let index = labels.firstIndex(where: { $0 < 0 || $0 >= classNames.count }) {
      throw .labelOutOfRange(
        path: path, index: index, label: labels[index], classCount: classNames.count)
    }
    let normalization =
      normalization
      ?? .measured(pixels, channels: shape[0], planeSize: shape[1] * shape[2])
    guard normalization.mean.count == shape[0], normalization.standardDeviation.count == shape[0]
    else {
      throw .inconsistent(
        path: path, expected: "a mean and a standard deviation for each of \(shape[0]) channels",
        found: "\(normalization.mean.count) and \(normalization.standardDeviation.count)")
    }
    self.name = name
    self.exampleShape = shape
    self.pixels = pixels
    self.labels = labels
    self.classNames = classNames
    self.normalization = normalization
    self.table = normalization.table()
  }

  /// The class of a picture.
  public func label(at index: Int) -> Int? { labels[index] }

  /// Gathers pictures `[B, C, H, W]`, moved at random if asked and then normalized.
  public func batch(
    _ indices: [Int], augmentation: EpochAugmentation?
  ) throws(DataError) -> Batch {
    try check(indices)
    let (channels, height, width) = (exampleShape[0], exampleShape[1], exampleShape[2])
    let (plane, size) = (height * width, channels * height * width)
    let values = [Float](unsafeUninitializedCapacity: indices.count * size) { target, initialized in
      initialized = indices.count * size
      guard let target = target.baseAddress else { return }
      pixels.withUnsafeBufferPointer { pixels in
        table.withUnsafeBufferPointer { table in
          guard let pixels = pixels.baseAddress, let table = table.baseAddress else { return }
          for (slot, index) in indices.enumerated() {
            let view = augmentation?.view(of: index, height: height, width: width)
            for channel in 0..<channels {
              let source = pixels + index * size + channel * plane
              let values = table + channel * 256
              let line = target + slot * size + channel * plane
              if let view {
                view.write(source, fill: values[0], to: line) { values[Int($0)] }
              } else {
                for position in 0..<plane { line[position] = values[Int(source[position])] }
              }
            }
          }
        }
      }
    }
    return Batch(
      inputs: .values(values, shape: [indices.count] + exampleShape),
      targets: .classes(indices.map { Int64(labels[$0]) }), indices: indices)
  }
}
