// Pictures in the PNG format.

import CZlib

/// PNG (ISO/IEC 15948): pictures of 8 bits a sample, not interlaced; grey, colour, palette, with or
/// without alpha, which is dropped.
enum PNG {
  private static let signature: [UInt8] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]

  /// What the header chunk says.
  private struct Header {
    let width: Int
    let height: Int
    let colour: UInt8
    /// Samples a pixel as stored.
    let samples: Int
  }

  static func isPNG(_ bytes: [UInt8]) -> Bool { bytes.starts(with: signature) }

  /// Decodes a picture.
  ///
  /// - Throws: `DataError.malformed` (also for a wrong chunk CRC), `truncated`, `unsupported`, `tooLarge`.
  static func decode(_ bytes: [UInt8], path: String) throws(DataError) -> RasterImage {
    var reader = ByteReader(bytes, path: path)
    let start = try reader.read(signature.count)
    guard start.elementsEqual(signature) else {
      throw reader.malformed("PNG's signature", found: start.hexadecimal, back: signature.count)
    }
    var header: Header?
    var palette: [UInt8] = []
    var compressed: [UInt8] = []
    chunks: while true {
      let offset = reader.offset
      let length = Int(try reader.bigEndian(UInt32.self))
      let typed = Array(try reader.read(4 + length))
      let checksum = try reader.bigEndian(UInt32.self)
      guard UInt32(truncatingIfNeeded: crc32_z(0, typed, typed.count)) == checksum else {
        throw .malformed(
          path: path, offset: offset, expected: "a chunk whose CRC fits", found: "another CRC")
      }
      let content = Array(typed.dropFirst(4))
      switch String(decoding: typed.prefix(4), as: UTF8.self) {
      case "IHDR": header = try self.header(content, path: path, offset: offset)
      case "PLTE": palette = content
      case "IDAT": compressed += content
      case "IEND": break chunks
      default: continue
      }
    }
    guard let header else {
      throw .malformed(path: path, offset: 8, expected: "a header chunk IHDR", found: "none")
    }
    let lineSize = header.width * header.samples
    let size = (lineSize + 1) * header.height
    var lines = try Inflate.decompress(
      compressed, container: .zlib, path: path, limit: size, hint: size
    ).bytes
    guard lines.count == size else {
      throw .inconsistent(
        path: path, expected: "\(size) bytes of picture data", found: "\(lines.count)")
    }
    try undoFilters(&lines, header: header, path: path)
    guard header.colour == 3 else {
      let channels = header.colour & 2 == 0 ? 1 : 3
      return RasterImage(
        interleaved: lines, samples: header.samples, channels: channels, height: header.height,
        width: header.width)
    }
    guard let largest = lines.max(), (Int(largest) + 1) * 3 <= palette.count else {
      throw .malformed(
        path: path, offset: 8, expected: "colours below the palette's \(palette.count / 3)",
        found: "colour \(lines.max() ?? 0)")
    }
    let colours = lines.flatMap { palette[Int($0) * 3..<Int($0) * 3 + 3] }
    return RasterImage(
      interleaved: colours, samples: 3, channels: 3, height: header.height, width: header.width)
  }

  private static func header(
    _ content: [UInt8], path: String, offset: Int
  ) throws(DataError) -> Header {
    var reader = ByteReader(content, path: path)
    let width = Int(try reader.bigEndian(UInt32.self))
    let height = Int(try reader.bigEndian(UInt32.self))
    let depth = try reader.bigEndian(UInt8.self)
    let colour = try reader.bigEndian(UInt8.self)
    try reader.skip(2)
    let interlace = try reader.bigEndian(UInt8.self)
    let samples = [0: 1, 2: 3, 3: 1, 4: 2, 6: 4][colour]
    guard let samples, width > 0, height > 0 else {
      throw .malformed(
        path: path, offset: offset, expected: "a size and a colour type of PNG",
        found: "\(width) x \(height), colour type \(colour)")
    }
    guard width <= RasterImage.largestArea / height else {
      throw .tooLarge(path: path, size: width, limit: RasterImage.largestArea / height)
    }
    guard depth == 8, interlace == 0 else {
      throw .unsupported(
        path: path, what: interlace == 0 ? "a PNG of \(depth) bits a sample" : "an interlaced PNG",
        advice: "store it with 8 bits a sample, not interlaced")
    }
    return Header(width: width, height: height, colour: colour, samples: samples)
  }

  /// Undoes the filter of each line, in place, and removes the filter bytes.
  private static func undoFilters(
    _ bytes: inout [UInt8], header: Header, path: String
  ) throws(DataError) {
    let size = header.width * header.samples
    let pixel = header.samples
    var output = [UInt8](repeating: 0, count: size * header.height)
    for row in 0..<header.height {
      let filter = bytes[row * (size + 1)]
      guard filter <= 4 else {
        throw .malformed(
          path: path, offset: row * (size + 1), expected: "a line filter from 0 to 4",
          found: "\(filter) in line \(row)")
      }
      for column in 0..<size {
        let target = row * size + column
        let left = column >= pixel ? output[target - pixel] : 0
        let above = row > 0 ? output[target - size] : 0
        let corner = row > 0 && column >= pixel ? output[target - size - pixel] : 0
        let prediction: UInt8 =
          switch filter {
          case 1: left
          case 2: above
          case 3: UInt8((Int(left) + Int(above)) / 2)
          case 4: paeth(left, above, corner)
          default: 0
          }
        output[target] = bytes[row * (size + 1) + 1 + column] &+ prediction
      }
    }
    bytes = output
  }

  /// The one of three neighbours that is nearest to left + above - corner.
  private static func paeth(_ left: UInt8, _ above: UInt8, _ corner: UInt8) -> UInt8 {
    let estimate = Int(left) + Int(above) - Int(corner)
    let toLeft = abs(estimate - Int(left))
    let toAbove = abs(estimate - Int(above))
    let toCorner = abs(estimate - Int(corner))
    if toLeft <= toAbove, toLeft <= toCorner { return left }
    return toAbove <= toCorner ? above : corner
  }
}
