// NumPy's format for one array.

/// The `.npy` format: a magic number, a version, a header that is the text of a Python dictionary, and
/// the elements. Versions 1 to 3 are read, in both byte orders and both memory orders; version 1 is
/// written, little-endian, row-major.
public enum NPY {
  private static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)

  /// Reads an `.npy` file.
  ///
  /// - Throws: `DataError.malformed`, `truncated`, `unsupported` for element types that are not numbers.
  public static func read(_ path: String) throws(DataError) -> NDArray {
    try parse(FileBytes.read(path), path: path)
  }

  /// Writes an `.npy` file atomically.
  public static func write(_ array: NDArray, to path: String) throws(DataError) {
    try FileBytes.write(bytes(of: array), to: path)
  }

  /// Parses the bytes of a file.
  public static func parse(_ bytes: [UInt8], path: String) throws(DataError) -> NDArray {
    var reader = ByteReader(bytes, path: path)
    let (header, fields) = try self.header(&reader)
    guard let type = fields.type else { throw header.unsupported("element type '|O'") }
    guard let size = Int.product(fields.shape + [type.size]) else {
      throw reader.malformed("a shape that fits in memory", found: "\(fields.shape)")
    }
    var elements = Array(try reader.read(size))
    guard reader.remaining == 0 else {
      throw reader.malformed("the end of the array", found: "\(reader.remaining) more bytes")
    }
    if fields.bigEndian { swapBytes(&elements, size: type.size) }
    if fields.fortranOrder, fields.shape.count > 1 {
      elements = rowMajor(elements, shape: fields.shape, size: type.size)
    }
    return try NDArray(type, shape: fields.shape, bytes: elements)
  }

  /// Parses the bytes of a file that holds a one-dimensional array of pickled lists of whole numbers.
  ///
  /// - Throws: `DataError.malformed`, `truncated`, `unsupported` for any other array and for any other
  ///   Python object.
  static func integerLists(_ bytes: [UInt8], path: String) throws(DataError) -> [[Int]] {
    var reader = ByteReader(bytes, path: path)
    let (_, fields) = try header(&reader)
    guard fields.type == nil, fields.shape.count == 1 else {
      throw reader.malformed(
        "an array of lists",
        found: "shape \(fields.shape) of \(fields.type.map { "\($0)" } ?? "objects")")
    }
    return try Pickle.integerLists(
      bytes, from: reader.offset, count: fields.shape[0], path: path)
  }

  /// Reads what comes before the elements.
  private static func header(
    _ reader: inout ByteReader
  ) throws(DataError) -> (header: NPYHeader, fields: NPYHeader.Fields) {
    let start = try reader.read(magic.count)
    guard start.elementsEqual(magic) else {
      throw reader.malformed("NumPy's magic number", found: start.hexadecimal, back: magic.count)
    }
    let version = try reader.littleEndian(UInt8.self)
    guard (1...3).contains(version) else {
      throw reader.malformed("version 1, 2 or 3", found: "version \(version)", back: 1)
    }
    try reader.skip(1)
    let length =
      version == 1
      ? Int(try reader.littleEndian(UInt16.self)) : Int(try reader.littleEndian(UInt32.self))
    let headerOffset = reader.offset
    var header = NPYHeader(
      text: String(decoding: try reader.read(length), as: UTF8.self), path: reader.path,
      offset: headerOffset)
    let fields = try header.parse()
    return (header, fields)
  }

  /// The bytes of a file that holds the array; the elements start at a multiple of 64.
  public static func bytes(of array: NDArray) -> [UInt8] {
    let order = array.elementType.size == 1 ? "|" : "<"
    let sizes = array.shape.map(String.init).joined(separator: ", ")
    let shape = array.shape.count == 1 ? "(\(sizes),)" : "(\(sizes))"
    var header =
      "{'descr': '\(order)\(array.elementType.rawValue)', 'fortran_order': False, 'shape': \(shape), }"
    let unpadded = magic.count + 4 + header.utf8.count + 1
    header += String(repeating: " ", count: (64 - unpadded % 64) % 64) + "\n"
    let length = header.utf8.count
    return magic + [1, 0, UInt8(length & 255), UInt8(length >> 8 & 255)] + Array(header.utf8)
      + array.bytes
  }

  private static func swapBytes(_ bytes: inout [UInt8], size: Int) {
    guard size > 1 else { return }
    for start in stride(from: 0, to: bytes.count, by: size) {
      bytes[start..<start + size].reverse()
    }
  }

  /// Column-major elements in row-major order.
  private static func rowMajor(_ bytes: [UInt8], shape: [Int], size: Int) -> [UInt8] {
    var strides: [Int] = []
    var stride = size
    for length in shape {
      strides.append(stride)
      stride *= length
    }
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count)
    var index = [Int](repeating: 0, count: shape.count)
    var source = 0
    for _ in 0..<bytes.count / size {
      result.append(contentsOf: bytes[source..<source + size])
      for axis in shape.indices.reversed() {
        index[axis] += 1
        source += strides[axis]
        if index[axis] < shape[axis] { break }
        source -= strides[axis] * shape[axis]
        index[axis] = 0
      }
    }
    return result
  }
}
