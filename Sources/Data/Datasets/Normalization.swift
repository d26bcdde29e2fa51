// Turning pixel bytes into the numbers that networks like.

/// Per-channel standardization of pixels: `(byte / 255 - mean) / standardDeviation`, computed in single
/// precision in this order.
public struct Normalization: Sendable, Equatable, Codable {
  /// The mean of each channel, of pixels over 255.
  public var mean: [Float]
  /// The standard deviation of each channel, of pixels over 255.
  public var standardDeviation: [Float]

  /// Statistics given by hand, one of each a channel.
  public init(mean: [Float], standardDeviation: [Float]) {
    self.mean = mean
    self.standardDeviation = standardDeviation
  }

  /// No standardization: pixels over 255.
  public static func identity(channels: Int) -> Normalization {
    Normalization(
      mean: [Float](repeating: 0, count: channels),
      standardDeviation: [Float](repeating: 1, count: channels))
  }

  /// The statistics of pixels `[N, C, H, W]`, rounded to four decimals as they are usually published.
  ///
  /// The standard deviation is that of the population. A constant channel keeps 1.
  public static func measured(_ pixels: [UInt8], channels: Int, planeSize: Int) -> Normalization {
    guard channels > 0, planeSize > 0, !pixels.isEmpty else { return identity(channels: channels) }
    var histograms = [[Int]](repeating: [Int](repeating: 0, count: 256), count: channels)
    for start in stride(from: 0, to: pixels.count, by: planeSize) {
      let channel = start / planeSize % channels
      histograms[channel].withUnsafeMutableBufferPointer { histogram in
        for pixel in pixels[start..<min(start + planeSize, pixels.count)] {
          histogram[Int(pixel)] += 1
        }
      }
    }
    var result = identity(channels: channels)
    for (channel, histogram) in histograms.enumerated() {
      let count = Double(histogram.reduce(0, +))
      let mean = histogram.enumerated().reduce(0) { $0 + Double($1.offset * $1.element) } / count
      let variance =
        histogram.enumerated().reduce(0.0) { sum, bin in
          let distance = Double(bin.offset) - mean
          return sum + distance * distance * Double(bin.element)
        } / count
      result.mean[channel] = rounded(mean / 255)
      let deviation = rounded(variance.squareRoot() / 255)
      result.standardDeviation[channel] = deviation > 0 ? deviation : 1
    }
    return result
  }

  private static func rounded(_ value: Double) -> Float { Float((value * 1e4).rounded() / 1e4) }

  /// The number that each byte becomes, 256 a channel.
  func table() -> [Float] {
    zip(mean, standardDeviation).flatMap { mean, deviation in
      (0..<256).map { (Float($0) / 255 - mean) / deviation }
    }
  }
}
