// NumPy's format for several named arrays.

/// The `.npz` format: a zip archive with one `.npy` file an array.
public enum NPZ {
  /// Reads every array of a file.
  ///
  /// - Parameter limit: the most bytes that one array may have.
  /// - Throws: `DataError.malformed`, `truncated`, `unsupported`, `tooLarge`.
  public static func read(
    _ path: String, limit: Int = FileBytes.defaultLimit
  ) throws(DataError) -> [String: NDArray] {
    try parse(FileBytes.read(path), path: path, limit: limit)
  }

  /// The names of the arrays of a file in its order, without reading them.
  public static func names(_ path: String) throws(DataError) -> [String] {
    try Zip.entries(FileBytes.read(path), path: path).compactMap { arrayName($0.name) }
  }

  /// Writes arrays atomically, in the order of their names.
  ///
  /// - Throws: `DataError.unwritable`, `tooLarge` beyond 4 GiB.
  public static func write(_ arrays: [String: NDArray], to path: String) throws(DataError) {
    try FileBytes.write(bytes(of: arrays, path: path), to: path)
  }

  /// Parses the bytes of a file; entries that are not arrays are passed over.
  public static func parse(
    _ bytes: [UInt8], path: String, limit: Int = FileBytes.defaultLimit
  ) throws(DataError) -> [String: NDArray] {
    var arrays: [String: NDArray] = [:]
    for entry in try Zip.entries(bytes, path: path) {
      guard let name = arrayName(entry.name) else { continue }
      let contents = try Zip.contents(of: entry, in: bytes, path: path, limit: limit)
      arrays[name] = try NPY.parse(contents, path: "\(path):\(entry.name)")
    }
    return arrays
  }

  /// The bytes of one array's `.npy` file.
  ///
  /// - Throws: `DataError.missingEntry`, and what reading the archive throws.
  static func contents(
    of name: String, in bytes: [UInt8], path: String, limit: Int
  ) throws(DataError) -> [UInt8] {
    let entries = try Zip.entries(bytes, path: path)
    guard let entry = entries.first(where: { arrayName($0.name) == name }) else {
      throw .missingEntry(
        path: path, name: name, present: entries.compactMap { arrayName($0.name) })
    }
    return try Zip.contents(of: entry, in: bytes, path: path, limit: limit)
  }

  /// The bytes of a file that holds the arrays.
  public static func bytes(
    of arrays: [String: NDArray], path: String = "archive"
  ) throws(DataError) -> [UInt8] {
    try Zip.archive(
      arrays.sorted { $0.key < $1.key }.map { ("\($0.key).npy", NPY.bytes(of: $0.value)) },
      path: path)
  }

  private static func arrayName(_ entry: String) -> String? {
    entry.hasSuffix(".npy") ? String(entry.dropLast(4)) : nil
  }
}
