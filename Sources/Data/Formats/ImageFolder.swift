// A folder of pictures with one sub-folder a class.

/// Reads pictures sorted into sub-folders by class. The folder may be divided once more, into `train`,
/// `val` or `validation`, and `test`.
public enum ImageFolder {
  private static let suffixes = [".png", ".ppm", ".pgm", ".jpg", ".jpeg"]

  private static func isPicture(_ name: String) -> Bool {
    suffixes.contains { name.lowercased().hasSuffix($0) }
  }

  /// The sub-folders that hold pictures, sorted by name.
  private static func classes(in folder: String) -> [String] {
    let names = (try? FileBytes.names(in: folder)) ?? []
    return names.filter { name in
      let path = "\(folder)/\(name)"
      return FileBytes.isFolder(path)
        && ((try? FileBytes.names(in: path)) ?? []).contains(where: isPicture)
    }
  }

  /// True if the folder is laid out in this way.
  static func isOne(_ folder: String) -> Bool {
    Split.allCases.contains { self.folder(of: $0, in: folder) != nil }
  }

  /// The folder of a split; an undivided folder is its own training split.
  static func folder(of split: Split, in folder: String) -> String? {
    let names =
      switch split {
      case .train: ["train"]
      case .validation: ["val", "validation"]
      case .test: ["test"]
      }
    let divided = names.map { "\(folder)/\($0)" }.first { !classes(in: $0).isEmpty }
    return divided ?? (split == .train && !classes(in: folder).isEmpty ? folder : nil)
  }

  /// Reads every picture, class by class, in the order of the names.
  ///
  /// - Parameter normalization: statistics, or nil to measure these pictures.
  /// - Throws: `DataError.inconsistent` if two pictures differ in shape, `empty`, and what
  ///   `RasterImage.read` throws.
  public static func read(
    _ folder: String, name: String, normalization: Normalization? = nil
  ) throws(DataError) -> ImageDataset {
    let classes = classes(in: folder)
    var pixels: [UInt8] = []
    var labels: [Int] = []
    var first: (path: String, shape: [Int])?
    for (label, className) in classes.enumerated() {
      for file in try FileBytes.names(in: "\(folder)/\(className)").filter(isPicture) {
        let path = "\(folder)/\(className)/\(file)"
        let image = try RasterImage.read(path)
        if let first, first.shape != image.shape {
          throw .inconsistent(
            path: path, expected: "shape \(first.shape) [C, H, W], as \(first.path) has",
            found: "\(image.shape)")
        }
        first = first ?? (path, image.shape)
        pixels += image.pixels
        labels.append(label)
      }
    }
    guard let first else { throw .empty(path: folder) }
    return try ImageDataset(
      name: name, path: folder, pixels: pixels, shape: first.shape, labels: labels,
      classNames: classes, normalization: normalization)
  }
}
