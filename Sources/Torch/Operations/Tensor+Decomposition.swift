// Linear systems and decompositions of matrices; leading axes are batches.

extension Tensor {
  /// `x` with `self @ x = right`, for square matrices.
  public func solve(_ right: Tensor) throws(TorchError) -> Tensor {
    try Operator.solve.tensor(.tensor(self), .tensor(right))
  }

  /// `x` that minimises `|self @ x - right|`.
  public func leastSquares(_ right: Tensor) throws(TorchError) -> Tensor {
    let results = try Operator.lstsq(.tensor(self), .tensor(right))
    guard case .tensor(let solution)? = results.first else {
      throw .unexpectedResult(operation: "linalg_lstsq", expected: "a solution", found: "nothing")
    }
    return solution
  }

  /// The inverse of square matrices.
  public func inverse() throws(TorchError) -> Tensor { try Operator.inv.tensor(.tensor(self)) }

  /// The Moore-Penrose inverse.
  public func pseudoInverse() throws(TorchError) -> Tensor {
    try Operator.pinv.tensor(.tensor(self))
  }

  /// The determinant of square matrices.
  public func determinant() throws(TorchError) -> Tensor {
    try Operator.det.tensor(.tensor(self))
  }

  /// `self = u @ diag(s) @ vh` with singular values `s` in descending order, reduced in size.
  public func svd() throws(TorchError) -> (u: Tensor, s: Tensor, vh: Tensor) {
    try Operator.svd.triple(.tensor(self), false)
  }

  /// The singular values, in descending order.
  public func singularValues() throws(TorchError) -> Tensor {
    try Operator.svdvals.tensor(.tensor(self))
  }

  /// `self = q @ r` with orthonormal columns in `q` and a triangle in `r`.
  public func qr() throws(TorchError) -> (q: Tensor, r: Tensor) {
    try Operator.qr.pair(.tensor(self))
  }

  /// Eigenvalues in ascending order and eigenvectors (columns) of symmetric matrices.
  public func symmetricEigen() throws(TorchError) -> (values: Tensor, vectors: Tensor) {
    try Operator.eigh.pair(.tensor(self))
  }

  /// The triangle `l` with `self = l @ l^T` (`upper`: `u^T @ u`), for positive definite matrices.
  public func cholesky(upper: Bool = false) throws(TorchError) -> Tensor {
    try Operator.cholesky.tensor(.tensor(self), .bool(upper))
  }

  /// The inverse of a positive definite matrix of which `self` is the Cholesky triangle.
  public func choleskyInverse(upper: Bool = false) throws(TorchError) -> Tensor {
    try Operator.choleskyInverse.tensor(.tensor(self), .bool(upper))
  }

  /// `x` with `A @ x = right`, where `self` is the Cholesky triangle of `A`.
  public func choleskySolve(_ right: Tensor, upper: Bool = false) throws(TorchError) -> Tensor {
    try Operator.choleskySolve.tensor(.tensor(right), .tensor(self), .bool(upper))
  }
}

extension Operator {
  fileprivate static let solve = Operator("linalg_solve")
  fileprivate static let lstsq = Operator("linalg_lstsq")
  fileprivate static let inv = Operator("linalg_inv")
  fileprivate static let pinv = Operator("linalg_pinv", "atol_rtol_float")
  fileprivate static let det = Operator("linalg_det")
  fileprivate static let svd = Operator("linalg_svd")
  fileprivate static let svdvals = Operator("linalg_svdvals")
  fileprivate static let qr = Operator("linalg_qr")
  fileprivate static let eigh = Operator("linalg_eigh")
  fileprivate static let cholesky = Operator("linalg_cholesky")
  fileprivate static let choleskyInverse = Operator("cholesky_inverse")
  fileprivate static let choleskySolve = Operator("cholesky_solve")
}
