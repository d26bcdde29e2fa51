// Images made larger or smaller by interpolation.

extension Tensor {
  /// How new elements are found between old ones.
  public enum Interpolation: Sendable, Hashable {
    /// The element at `floor(position * oldSize / newSize)`.
    case nearest
    /// A weighted mean of the neighbours; `alignCorners` keeps the corner elements in place.
    case linear(alignCorners: Bool)
  }

  /// The spatial axes of `[N, C, spatial...]` resized to `size`, in one to three dimensions.
  public func interpolate(
    to size: [Int], _ interpolation: Interpolation = .nearest
  ) throws(TorchError) -> Tensor {
    let variant = Swift.min(Swift.max(size.count, 1), 3) - 1
    switch interpolation {
    case .nearest:
      return try Operator.nearest[variant].tensor(.tensor(self), .ints(size))
    case .linear(let alignCorners):
      return try Operator.linearly[variant].tensor(
        .tensor(self), .ints(size), .bool(alignCorners))
    }
  }
}

extension Operator {
  fileprivate static let nearest = (1...3).map { Operator("upsample_nearest\($0)d") }
  fileprivate static let linearly = [
    Operator("upsample_linear1d"), Operator("upsample_bilinear2d"),
    Operator("upsample_trilinear3d"),
  ]
}
