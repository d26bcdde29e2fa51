// The LASSO by coordinate descent on a Gram matrix, and the support of a wanted size.
//
// Y. He, X. Zhang, J. Sun, "Channel Pruning for Accelerating Very Deep Neural Networks", ICCV 2017:
//   min over beta of 1/(2R) |y - Z beta|^2 + lambda |beta|_1   with at most c' non-zeros,
// lambda growing until they are so few. With G = Z^T Z / R and q = Z^T y / R one coordinate's minimum is
//   beta_j <- S(q_j - sum over k != j of G_jk beta_k, lambda) / G_jj,   S(a, l) = sign(a) max(0, |a| - l).

/// `min 1/2 beta^T G beta - q^T beta + lambda |beta|_1`.
struct Lasso {
  /// The Gram matrix G, row by row.
  let gram: [Double]
  /// The products q with what is explained.
  let products: [Double]

  var count: Int { products.count }
  /// Where all are zero.
  var largest: Double { products.reduce(0) { max($0, abs($1)) } }

  /// The problem of some of the variables.
  func part(_ variables: [Int]) -> Lasso {
    Lasso(
      gram: variables.flatMap { row in variables.map { gram[row * count + $0] } },
      products: variables.map { products[$0] })
  }

  /// The solution for `lambda`, from `start` on.
  func solve(_ lambda: Double, from start: [Double]) -> [Double] {
    var beta = start
    // G beta, kept up to date.
    var sums = (0..<count).map { row in
      (0..<count).reduce(0) { $0 + gram[row * count + $1] * beta[$1] }
    }
    for _ in 0..<10_000 {
      var (change, size) = (0.0, 0.0)
      for j in 0..<count {
        let diagonal = gram[j * count + j]
        let rest = products[j] - sums[j] + diagonal * beta[j]
        let next =
          diagonal > 0 && abs(rest) > lambda
          ? (rest > 0 ? rest - lambda : rest + lambda) / diagonal : 0
        let step = next - beta[j]
        if step != 0 {
          for k in 0..<count { sums[k] += gram[k * count + j] * step }
          beta[j] = next
        }
        change = max(change, abs(step))
        size = max(size, abs(next))
      }
      if change <= 1e-9 * size { break }
    }
    return beta
  }

  /// The `wanted` variables that stay longest as lambda grows, ascending.
  ///
  /// lambda is found by bisection between 0 and ``largest``. Where several variables leave at once, so
  /// that no lambda leaves as many as are wanted, those with the largest coefficients just before fill up
  /// what is missing; variables that explain nothing leave first.
  func support(_ wanted: Int) -> [Int] {
    guard wanted < count else { return Array(0..<count) }
    var (low, high) = (0.0, largest)
    var above = [Double](repeating: 0, count: count)
    var below = solve(0, from: above)
    for _ in 0..<50 where below.count(where: { $0 != 0 }) > wanted {
      let middle = (low + high) / 2
      let beta = solve(middle, from: above)
      let left = beta.count { $0 != 0 }
      if left <= wanted { (high, above) = (middle, beta) } else { (low, below) = (middle, beta) }
      if left == wanted { break }
    }
    let order = (0..<count).sorted { a, b in
      let (first, second) = (above[a] != 0, above[b] != 0)
      if first != second { return first }
      let (x, y) = (abs(below[a]), abs(below[b]))
      return x != y ? x > y : a < b
    }
    return order.prefix(wanted).sorted()
  }
}
