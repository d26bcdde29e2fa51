// Other views of the same elements, joins and repetitions. Negative axes count from the last.

extension Tensor {
  /// The elements in another shape; one size may be -1. A view where that is possible.
  public func reshape(_ shape: Shape) throws(TorchError) -> Tensor {
    try Operator.reshape.tensor(.tensor(self), .ints(shape))
  }

  /// A view in another shape; fails where the strides do not allow one.
  public func view(_ shape: Shape) throws(TorchError) -> Tensor {
    try Operator.view.tensor(.tensor(self), .ints(shape))
  }

  /// The axes from `start` to `end` (both included) made one.
  public func flatten(from start: Int = 0, to end: Int = -1) throws(TorchError) -> Tensor {
    try Operator.flatten.tensor(.tensor(self), .int(start), .int(end))
  }

  /// Without the axes of size 1 among `axes`, among all if nil.
  public func squeeze(_ axes: [Int]? = nil) throws(TorchError) -> Tensor {
    guard let axes else { return try Operator.squeeze.tensor(.tensor(self)) }
    return try Operator.squeezeAxes.tensor(.tensor(self), .ints(axes))
  }

  /// With a new axis of size 1 at position `axis`.
  public func unsqueeze(_ axis: Int) throws(TorchError) -> Tensor {
    try Operator.unsqueeze.tensor(.tensor(self), .int(axis))
  }

  /// The axes in another order: axis `i` of the result is axis `axes[i]`.
  public func permute(_ axes: [Int]) throws(TorchError) -> Tensor {
    try Operator.permute.tensor(.tensor(self), .ints(axes))
  }

  /// Two axes exchanged; the last two if none are named.
  public func transpose(_ first: Int = -2, _ second: Int = -1) throws(TorchError) -> Tensor {
    try Operator.transpose.tensor(.tensor(self), .int(first), .int(second))
  }

  /// Axes of size 1 repeated to `shape` without copying; -1 keeps a size.
  public func expand(_ shape: Shape) throws(TorchError) -> Tensor {
    try Operator.expand.tensor(.tensor(self), .ints(shape))
  }

  /// The whole tensor repeated `counts` times along each axis.
  public func `repeat`(_ counts: [Int]) throws(TorchError) -> Tensor {
    try Operator.repetition.tensor(.tensor(self), .ints(counts))
  }

  /// The whole tensor repeated; missing counts at the front are 1.
  public func tile(_ counts: [Int]) throws(TorchError) -> Tensor {
    try Operator.tile.tensor(.tensor(self), .ints(counts))
  }

  /// Every element repeated `count` times in place along `axis`.
  public func repeatInterleave(_ count: Int, axis: Int? = nil) throws(TorchError) -> Tensor {
    try Operator.repeatInterleave.tensor(.tensor(self), .int(count), .optional(axis))
  }

  /// The order of the elements reversed along `axes`.
  public func flip(_ axes: [Int]) throws(TorchError) -> Tensor {
    try Operator.flip.tensor(.tensor(self), .ints(axes))
  }

  /// The elements moved on by `shifts` along `axes`, those that fall out coming in again.
  public func roll(_ shifts: [Int], axes: [Int]) throws(TorchError) -> Tensor {
    try Operator.roll.tensor(.tensor(self), .ints(shifts), .ints(axes))
  }

  /// The lower triangle of matrices, 0 above diagonal number `diagonal`.
  public func tril(_ diagonal: Int = 0) throws(TorchError) -> Tensor {
    try Operator.tril.tensor(.tensor(self), .int(diagonal))
  }

  /// The upper triangle of matrices, 0 below diagonal number `diagonal`.
  public func triu(_ diagonal: Int = 0) throws(TorchError) -> Tensor {
    try Operator.triu.tensor(.tensor(self), .int(diagonal))
  }

  /// Of a vector the matrix with it on the diagonal; of a matrix its diagonal.
  public func diagonal(_ offset: Int = 0) throws(TorchError) -> Tensor {
    try Operator.diag.tensor(.tensor(self), .int(offset))
  }

  /// Surrounded by `value`: `padding` holds before and after of the last axis, then of the one
  /// before it, and so on; negative numbers cut away.
  public func pad(_ padding: [Int], value: Scalar = 0) throws(TorchError) -> Tensor {
    try Operator.padConstant.tensor(.tensor(self), .ints(padding), .scalar(value))
  }

  /// Surrounded by its own elements; `padding` as in `pad(_:value:)`.
  public func pad(_ padding: [Int], mode: PaddingMode) throws(TorchError) -> Tensor {
    try Operator.pad.tensor(.tensor(self), .ints(padding), .string(mode.rawValue))
  }

  /// Which elements surround a tensor.
  public enum PaddingMode: String, Sendable {
    /// Mirrored at the edge, the edge itself not repeated.
    case reflect
    /// The edge repeated.
    case replicate
    /// Those of the other side.
    case circular
  }

  /// The blocks a convolution sees, as columns: shape `[N, C * k1 * k2, positions]`.
  public func unfold(
    kernel: [Int], dilation: [Int] = [1, 1], padding: [Int] = [0, 0], stride: [Int] = [1, 1]
  ) throws(TorchError) -> Tensor {
    try Operator.im2col.tensor(
      .tensor(self), .ints(kernel), .ints(dilation), .ints(padding), .ints(stride))
  }

  /// Tensors joined along an axis they have.
  public static func cat(_ tensors: [Tensor], axis: Int = 0) throws(TorchError) -> Tensor {
    try Operator.cat.tensor(.tensors(tensors), .int(axis))
  }

  /// Tensors of one shape joined along a new axis.
  public static func stack(_ tensors: [Tensor], axis: Int = 0) throws(TorchError) -> Tensor {
    try Operator.stack.tensor(.tensors(tensors), .int(axis))
  }

  /// Views of the given sizes along one axis.
  public func split(_ sizes: [Int], axis: Int = 0) throws(TorchError) -> [Tensor] {
    try Operator.split.tensors(.tensor(self), .ints(sizes), .int(axis))
  }

  /// Views of `size` elements along one axis, the last one perhaps smaller.
  public func split(size: Int, axis: Int = 0) throws(TorchError) -> [Tensor] {
    try Operator.splitSize.tensors(.tensor(self), .int(size), .int(axis))
  }

  /// At most `count` views of about equal size along one axis.
  public func chunk(_ count: Int, axis: Int = 0) throws(TorchError) -> [Tensor] {
    try Operator.chunk.tensors(.tensor(self), .int(count), .int(axis))
  }

  /// One view for each index of an axis, without that axis.
  public func unbind(axis: Int = 0) throws(TorchError) -> [Tensor] {
    try Operator.unbind.tensors(.tensor(self), .int(axis))
  }
}

extension Operator {
  fileprivate static let reshape = Operator("reshape")
  fileprivate static let view = Operator("view")
  fileprivate static let flatten = Operator("flatten", "using_ints")
  fileprivate static let squeeze = Operator("squeeze")
  fileprivate static let squeezeAxes = Operator("squeeze", "dims")
  fileprivate static let unsqueeze = Operator("unsqueeze")
  fileprivate static let permute = Operator("permute")
  fileprivate static let transpose = Operator("transpose", "int")
  fileprivate static let expand = Operator("expand")
  fileprivate static let repetition = Operator("repeat")
  fileprivate static let tile = Operator("tile")
  fileprivate static let repeatInterleave = Operator("repeat_interleave", "self_int")
  fileprivate static let flip = Operator("flip")
  fileprivate static let roll = Operator("roll")
  fileprivate static let tril = Operator("tril")
  fileprivate static let triu = Operator("triu")
  fileprivate static let diag = Operator("diag")
  fileprivate static let padConstant = Operator("constant_pad_nd")
  fileprivate static let pad = Operator("pad")
  fileprivate static let im2col = Operator("im2col")
  fileprivate static let cat = Operator("cat")
  fileprivate static let stack = Operator("stack")
  fileprivate static let split = Operator("split_with_sizes")
  fileprivate static let splitSize = Operator("split", "Tensor")
  fileprivate static let chunk = Operator("chunk")
  fileprivate static let unbind = Operator("unbind", "int")
}
