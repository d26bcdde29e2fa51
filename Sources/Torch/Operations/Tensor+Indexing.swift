// Parts of tensors: slices, gathered elements, masks. Negative axes and indices count from the end.

extension Tensor {
  /// The view of one index of an axis, without that axis.
  public func select(axis: Int, _ index: Int) throws(TorchError) -> Tensor {
    try Operator.select.tensor(.tensor(self), .int(axis), .int(index))
  }

  /// The view of every `step`-th index from `start` (nil: first) to below `end` (nil: all).
  public func slice(
    axis: Int, from start: Int? = nil, to end: Int? = nil, step: Int = 1
  ) throws(TorchError) -> Tensor {
    try Operator.slice.tensor(
      .tensor(self), .int(axis), .optional(start), .optional(end), .int(step))
  }

  /// The view of `length` indices of an axis beginning at `start`.
  public func narrow(axis: Int, start: Int, length: Int) throws(TorchError) -> Tensor {
    try Operator.narrow.tensor(.tensor(self), .int(axis), .int(start), .int(length))
  }

  /// The slices at `indices`, a vector of integers, along one axis.
  public func indexSelect(axis: Int, _ indices: Tensor) throws(TorchError) -> Tensor {
    try Operator.indexSelect.tensor(.tensor(self), .int(axis), .tensor(indices))
  }

  /// A copy whose slices at `indices` are those of `source`.
  public func indexCopy(
    axis: Int, _ indices: Tensor, _ source: Tensor
  ) throws(TorchError) -> Tensor {
    try Operator.indexCopy.tensor(.tensor(self), .int(axis), .tensor(indices), .tensor(source))
  }

  /// A copy with `alpha * source` added to the slices at `indices`.
  public func indexAdd(
    axis: Int, _ indices: Tensor, _ source: Tensor, alpha: Scalar = 1
  ) throws(TorchError) -> Tensor {
    try Operator.indexAdd.tensor(
      .tensor(self), .int(axis), .tensor(indices), .tensor(source), .scalar(alpha))
  }

  /// The elements at positions given by one index tensor (or mask) for each axis; nil takes all.
  public func index(_ indices: [Tensor?]) throws(TorchError) -> Tensor {
    try Operator.index.tensor(.tensor(self), .optionalTensors(indices))
  }

  /// A copy with `values` at the positions that `index(_:)` would read.
  public func indexPut(
    _ indices: [Tensor?], _ values: Tensor, accumulate: Bool = false
  ) throws(TorchError) -> Tensor {
    try Operator.indexPut.tensor(
      .tensor(self), .optionalTensors(indices), .tensor(values), .bool(accumulate))
  }

  /// Along `axis` the element at each index: `result[i][j] = self[index[i][j]][j]` for axis 0.
  public func gather(axis: Int, _ index: Tensor) throws(TorchError) -> Tensor {
    try Operator.gather.tensor(.tensor(self), .int(axis), .tensor(index))
  }

  /// A copy with the elements of `source` written where `index` says, the reverse of `gather`.
  public func scatter(
    axis: Int, _ index: Tensor, _ source: Tensor
  ) throws(TorchError) -> Tensor {
    try Operator.scatter.tensor(.tensor(self), .int(axis), .tensor(index), .tensor(source))
  }

  /// A copy with `value` written where `index` says.
  public func scatter(axis: Int, _ index: Tensor, _ value: Scalar) throws(TorchError) -> Tensor {
    try Operator.scatterValue.tensor(.tensor(self), .int(axis), .tensor(index), .scalar(value))
  }

  /// A copy with the elements of `source` added where `index` says.
  public func scatterAdd(
    axis: Int, _ index: Tensor, _ source: Tensor
  ) throws(TorchError) -> Tensor {
    try Operator.scatterAdd.tensor(.tensor(self), .int(axis), .tensor(index), .tensor(source))
  }

  /// A copy with `value` where `mask` is true.
  public func maskedFill(_ mask: Tensor, _ value: Scalar) throws(TorchError) -> Tensor {
    try Operator.maskedFill.tensor(.tensor(self), .tensor(mask), .scalar(value))
  }

  /// The elements where `mask` is true, as a vector.
  public func maskedSelect(_ mask: Tensor) throws(TorchError) -> Tensor {
    try Operator.maskedSelect.tensor(.tensor(self), .tensor(mask))
  }

  /// A last axis of `classes` elements, 1 at the class each integer names and 0 elsewhere.
  public func oneHot(classes: Int) throws(TorchError) -> Tensor {
    try Operator.oneHot.tensor(.tensor(self), .int(classes))
  }

  /// The rows of `self`, a table, that the integers in `indices` name.
  public func embedding(_ indices: Tensor) throws(TorchError) -> Tensor {
    try Operator.embedding.tensor(.tensor(self), .tensor(indices))
  }
}

extension Operator {
  fileprivate static let select = Operator("select", "int")
  fileprivate static let slice = Operator("slice", "Tensor")
  fileprivate static let narrow = Operator("narrow")
  fileprivate static let indexSelect = Operator("index_select")
  fileprivate static let indexCopy = Operator("index_copy")
  fileprivate static let indexAdd = Operator("index_add")
  fileprivate static let index = Operator("index", "Tensor")
  fileprivate static let indexPut = Operator("index_put")
  fileprivate static let gather = Operator("gather")
  fileprivate static let scatter = Operator("scatter", "src")
  fileprivate static let scatterValue = Operator("scatter", "value")
  fileprivate static let scatterAdd = Operator("scatter_add")
  fileprivate static let maskedFill = Operator("masked_fill", "Scalar")
  fileprivate static let maskedSelect = Operator("masked_select")
  fileprivate static let oneHot = Operator("one_hot")
  fileprivate static let embedding = Operator("embedding")
}
