// Pictures in the portable greymap and pixmap formats.

/// Binary PGM (`P5`) and PPM (`P6`): a header of words, one white space, then bytes row by row.
enum Netpbm {
  /// Decodes a picture of at most 8 bits a sample; samples are scaled to 0 ... 255.
  static func decode(_ bytes: [UInt8], path: String) throws(DataError) -> RasterImage {
    var reader = ByteReader(bytes, path: path)
    let magic = try reader.read(2)
    guard magic.elementsEqual("P5".utf8) || magic.elementsEqual("P6".utf8) else {
      throw reader.malformed("P5 or P6", found: magic.hexadecimal, back: 2)
    }
    let channels = magic.elementsEqual("P6".utf8) ? 3 : 1
    let width = try number(&reader)
    let height = try number(&reader)
    let largest = try number(&reader)
    guard width > 0, height > 0 else {
      throw reader.malformed("at least one pixel", found: "\(width) x \(height)")
    }
    guard width <= RasterImage.largestArea / height else {
      throw .tooLarge(path: path, size: width, limit: RasterImage.largestArea / height)
    }
    guard (1...255).contains(largest) else {
      throw .unsupported(
        path: path, what: "a picture of \(largest + 1) levels", advice: "convert it to 8 bits")
    }
    var samples = Array(try reader.read(channels * width * height))
    if largest < 255 {
      for index in samples.indices {
        samples[index] = UInt8(min(255, (Int(samples[index]) * 255 + largest / 2) / largest))
      }
    }
    return RasterImage(
      interleaved: samples, samples: channels, channels: channels, height: height, width: width)
  }

  /// A decimal number after white space and comments, and the one white space after it.
  private static func number(_ reader: inout ByteReader) throws(DataError) -> Int {
    var byte = try reader.littleEndian(UInt8.self)
    while isSpace(byte) || byte == UInt8(ascii: "#") {
      if byte == UInt8(ascii: "#") {
        while byte != 10 { byte = try reader.littleEndian(UInt8.self) }
      }
      byte = try reader.littleEndian(UInt8.self)
    }
    var value = 0
    var digits = 0
    while (48...57).contains(byte), digits < 9 {
      value = value * 10 + Int(byte) - 48
      digits += 1
      byte = try reader.littleEndian(UInt8.self)
    }
    guard digits > 0, isSpace(byte) else {
      throw reader.malformed("a number and white space", found: "byte \(byte)", back: 1)
    }
    return value
  }

  private static func isSpace(_ byte: UInt8) -> Bool { byte == 32 || (9...13).contains(byte) }
}
