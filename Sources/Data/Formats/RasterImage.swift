// A decoded picture.

/// Pixels of 8 bits in planes.
public struct RasterImage: Sendable, Equatable {
  /// 1 for grey, 3 for colour.
  public let channels: Int
  /// Rows.
  public let height: Int
  /// Columns.
  public let width: Int
  /// `[C, H, W]`.
  public let pixels: [UInt8]

  /// The most pixels a picture may have: 64 million.
  static let largestArea = 1 << 26

  /// `[C, H, W]`.
  public var shape: [Int] { [channels, height, width] }

  /// A picture from interleaved samples, of which the first `channels` of every `samples` are kept.
  init(interleaved bytes: [UInt8], samples: Int, channels: Int, height: Int, width: Int) {
    self.channels = channels
    self.height = height
    self.width = width
    let area = height * width
    pixels = [UInt8](unsafeUninitializedCapacity: channels * area) { target, initialized in
      for channel in 0..<channels {
        for position in 0..<area {
          target[channel * area + position] = bytes[position * samples + channel]
        }
      }
      initialized = channels * area
    }
  }

  /// Reads a picture of any format known here, told by its first bytes.
  ///
  /// - Throws: `DataError.unsupported` for another format, and what the decoders throw.
  public static func read(_ path: String) throws(DataError) -> RasterImage {
    let bytes = try FileBytes.read(path, limit: 1 << 30)
    if PNG.isPNG(bytes) { return try PNG.decode(bytes, path: path) }
    if bytes.starts(with: "P5".utf8) || bytes.starts(with: "P6".utf8) {
      return try Netpbm.decode(bytes, path: path)
    }
    let what =
      bytes.starts(with: [0xff, 0xd8])
      ? "a JPEG picture" : "a picture that is neither PNG, PPM nor PGM"
    throw .unsupported(path: path, what: what, advice: "convert the pictures to PNG or PPM")
  }
}
