// The text format in which the USPS digits are published.

/// The "ZIP code" files of the data page of *The Elements of Statistical Learning* (Hastie, Tibshirani,
/// Friedman): a picture a line, the digit and then 256 grey values from -1 (background) to 1 (ink), row by
/// row, 16 x 16. May be gzip-compressed.
///
/// The values have steps of 0.001. A value v is kept as the byte `round((v + 1) * 127.5)`, halves to even,
/// so that at most 0.004 of it is lost; this is how the USPS digits in IDX files are made, too.
public struct ZIPCode: Sendable, Equatable {
  /// Channels, height and width of every picture.
  public static let shape = [1, 16, 16]

  /// The digit of each picture.
  public let labels: [Int]
  /// The bytes of all pictures, 0 background and 255 ink.
  public let pixels: [UInt8]

  /// Reads a plain or gzip-compressed file.
  ///
  /// - Throws: `DataError.malformed` for a line that is not a digit and 256 numbers in [-1, 1],
  ///   `labelOutOfRange`, `empty`, and what `Gzip.read` throws.
  public static func read(_ path: String) throws(DataError) -> ZIPCode {
    try parse(Gzip.read(path, limit: 1 << 28), path: path)
  }

  /// Parses the bytes of an uncompressed file.
  public static func parse(_ bytes: [UInt8], path: String) throws(DataError) -> ZIPCode {
    var labels: [Int] = []
    var pixels: [UInt8] = []
    var numbers: [Double] = []
    var start = 0
    while start < bytes.count {
      let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
      try read(bytes, start..<end, into: &numbers, path: path)
      if numbers.count == 257 {
        guard let label = Int(exactly: numbers[0]), (0...9).contains(label) else {
          throw .malformed(
            path: path, offset: start, expected: "a digit, 0 to 9", found: "\(numbers[0])")
        }
        labels.append(label)
        for value in numbers.dropFirst() {
          guard abs(value) <= 1 else {
            throw .malformed(
              path: path, offset: start, expected: "grey values from -1 to 1", found: "\(value)")
          }
          pixels.append(UInt8(((value + 1) * 127.5).rounded(.toNearestOrEven)))
        }
      } else if !numbers.isEmpty {
        throw .malformed(
          path: path, offset: start, expected: "a line of 257 numbers, a digit and 256 grey values",
          found: "\(numbers.count) numbers")
      }
      start = end + 1
    }
    guard !labels.isEmpty else { throw .empty(path: path) }
    return ZIPCode(labels: labels, pixels: pixels)
  }

  /// Reads the numbers of a line. They have a sign or none, digits, and a fraction or none.
  private static func read(
    _ bytes: [UInt8], _ line: Range<Int>, into numbers: inout [Double], path: String
  ) throws(DataError) {
    numbers.removeAll(keepingCapacity: true)
    var place = line.lowerBound
    while place < line.upperBound {
      let byte = bytes[place]
      if byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\r") {
        place += 1
        continue
      }
      let start = place
      let isNegative = byte == UInt8(ascii: "-")
      if isNegative { place += 1 }
      // At most 15 digits are exact in a Double, and so is the power of ten: one rounding, the last.
      var (mantissa, scale, digits, hasPoint) = (0.0, 1.0, 0, false)
      while place < line.upperBound, bytes[place] > UInt8(ascii: " ") {
        if bytes[place] == UInt8(ascii: "."), !hasPoint {
          hasPoint = true
        } else if (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[place]), digits < 15 {
          mantissa = mantissa * 10 + Double(bytes[place] - UInt8(ascii: "0"))
          if hasPoint { scale *= 10 }
          digits += 1
        } else {
          digits = 0
          break
        }
        place += 1
      }
      guard digits > 0 else {
        throw .malformed(
          path: path, offset: start, expected: "a decimal number of at most 15 digits",
          found: bytes[start..<min(start + 12, line.upperBound)].hexadecimal)
      }
      numbers.append((isNegative ? -mantissa : mantissa) / scale)
    }
  }
}
