// What the loader hands to the trainer: a few examples as plain arrays.

/// Examples ready to become tensors. Arrays are row-major and live in host memory.
public struct Batch: Sendable, Equatable {
  /// What goes into the network.
  public enum Inputs: Sendable, Equatable {
    /// Numbers of shape `[B, ...]`; pictures are `[B, C, H, W]`.
    case values([Float], shape: [Int])
    /// Word numbers of shape `[B, T]`, shorter texts padded at the end with 0; `lengths` holds the
    /// number of real tokens in each row.
    case tokens([Int64], shape: [Int], lengths: [Int64])
  }

  /// What should come out of the network.
  public enum Targets: Sendable, Equatable {
    /// One class number an example, shape `[B]`.
    case classes([Int64])
    /// Numbers of shape `[B, ...]`.
    case values([Float], shape: [Int])
    /// Nothing is known: the examples can be looked at, not learned from.
    case none
  }

  /// What goes into the network.
  public var inputs: Inputs
  /// What should come out.
  public var targets: Targets
  /// The position of each example in its data set.
  public var indices: [Int]

  /// A batch of the given parts.
  public init(inputs: Inputs, targets: Targets, indices: [Int]) {
    self.inputs = inputs
    self.targets = targets
    self.indices = indices
  }

  /// The number of examples.
  public var count: Int { indices.count }
}
