// Looking at a picture through a shifted or mirrored window.

/// A window of the size of the picture whose pixels come from elsewhere in the picture.
struct PixelView: Equatable {
  /// One axis: position `x` of the window shows `source(x)` where `x` is in `visible`, black elsewhere.
  struct Axis: Equatable {
    let size: Int
    private(set) var mirrored = false
    private(set) var origin = 0
    private(set) var visible: Range<Int>

    init(size: Int) {
      self.size = size
      visible = 0..<size
    }

    /// The position in the picture that shows at `position`.
    func source(_ position: Int) -> Int { mirrored ? origin - position : origin + position }

    /// Moves the window so that `position` shows what `position + distance` showed.
    mutating func shift(by distance: Int) {
      origin += mirrored ? -distance : distance
      visible = (visible.lowerBound - distance..<visible.upperBound - distance)
        .clamped(to: 0..<size)
    }

    /// Mirrors the window: the first position shows what the last one showed.
    mutating func mirror() {
      origin += mirrored ? -(size - 1) : size - 1
      mirrored.toggle()
      visible = size - visible.upperBound..<size - visible.lowerBound
    }
  }

  var rows: Axis
  var columns: Axis

  init(height: Int, width: Int) {
    rows = Axis(size: height)
    columns = Axis(size: width)
  }

  /// Writes one plane as seen through the window.
  ///
  /// - Parameters:
  ///   - plane: `height * width` pixels, row by row.
  ///   - fill: the value of positions outside the picture.
  ///   - target: room for `height * width` values.
  ///   - value: the number that a pixel becomes.
  @inline(__always)
  func write<Pixel>(
    _ plane: UnsafePointer<Pixel>, fill: Float, to target: UnsafeMutablePointer<Float>,
    value: (Pixel) -> Float
  ) {
    let width = columns.size
    let step = columns.mirrored ? -1 : 1
    let visible = columns.visible
    for row in 0..<rows.size {
      let line = target + row * width
      guard rows.visible.contains(row), !visible.isEmpty else {
        line.update(repeating: fill, count: width)
        continue
      }
      line.update(repeating: fill, count: visible.lowerBound)
      var source = plane + rows.source(row) * width + columns.source(visible.lowerBound)
      for column in visible {
        line[column] = value(source.pointee)
        source += step
      }
      (line + visible.upperBound).update(repeating: fill, count: width - visible.upperBound)
    }
  }
}
