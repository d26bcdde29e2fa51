// Order: sorting, largest elements, distinct values.

extension Tensor {
  /// The elements sorted along one axis, and where they stood.
  ///
  /// With `stable`, equal elements keep their order.
  public func sorted(
    axis: Int = -1, descending: Bool = false, stable: Bool = true
  ) throws(TorchError) -> (values: Tensor, indices: Tensor) {
    try Operator.sort.pair(.tensor(self), .bool(stable), .int(axis), .bool(descending))
  }

  /// The indices that sort the elements along one axis, equal ones in their order.
  public func argsort(axis: Int = -1, descending: Bool = false) throws(TorchError) -> Tensor {
    try sorted(axis: axis, descending: descending).indices
  }

  /// The `count` largest (or smallest) elements along one axis, and where they stand.
  public func topK(
    _ count: Int, axis: Int = -1, largest: Bool = true, sorted: Bool = true
  ) throws(TorchError) -> (values: Tensor, indices: Tensor) {
    try Operator.topK.pair(
      .tensor(self), .int(count), .int(axis), .bool(largest), .bool(sorted))
  }

  /// The `rank`-th smallest element along one axis, counted from 1, and where it stands.
  public func kthValue(
    _ rank: Int, axis: Int = -1, keepAxis: Bool = false
  ) throws(TorchError) -> (values: Tensor, indices: Tensor) {
    try Operator.kthValue.pair(.tensor(self), .int(rank), .int(axis), .bool(keepAxis))
  }

  /// The middle element of all; of an even number the smaller one.
  public func median() throws(TorchError) -> Tensor { try Operator.median.tensor(.tensor(self)) }

  /// The value below which a fraction `q` of all elements lies, interpolated linearly.
  public func quantile(_ q: Double) throws(TorchError) -> Tensor {
    try Operator.quantile.tensor(.tensor(self), .double(q))
  }

  /// The distinct elements, sorted; for every element the place of its value; and how often each
  /// value occurs.
  public func unique() throws(TorchError) -> (values: Tensor, inverse: Tensor, counts: Tensor) {
    try Operator.unique.triple(.tensor(self), true, true, true)
  }

  /// The positions of the elements that are not zero, one row each.
  public func nonzero() throws(TorchError) -> Tensor {
    try Operator.nonzero.tensor(.tensor(self))
  }

  /// How often each of 0, 1, ... occurs among non-negative integers.
  public func bincount(minimumLength: Int = 0) throws(TorchError) -> Tensor {
    try Operator.bincount.tensor(.tensor(self), nil, .int(minimumLength))
  }
}

extension Operator {
  fileprivate static let sort = Operator("sort", "stable")
  fileprivate static let topK = Operator("topk")
  fileprivate static let kthValue = Operator("kthvalue")
  fileprivate static let median = Operator("median")
  fileprivate static let quantile = Operator("quantile", "scalar")
  fileprivate static let unique = Operator("_unique2")
  fileprivate static let nonzero = Operator("nonzero")
  fileprivate static let bincount = Operator("bincount")
}
