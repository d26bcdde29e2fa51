// How long products of matrices of -1 and +1 take: on packed bits, and in libtorch as float32.

import Compression
import Network
import Torch

/// Two random matrices of -1 and +1, `[rows, inner]` and `[columns, inner]`, and the product of the first
/// with the transpose of the second.
struct ProductBenchmark {
  private let bits: (BinaryMatrix, BinaryMatrix)
  private let floats: (Tensor, Tensor)

  /// - Throws: ``BenchmarkError/notRepeatable`` where both ways do not give the same product.
  init(rows: Int, columns: Int, inner: Int) throws {
    var random = SeededGenerator(seed: 3)
    func signs(_ rows: Int) -> [Float] {
      (0..<rows * inner).map { _ in Bool.random(using: &random) ? 1 : -1 }
    }
    let (a, b) = (signs(rows), signs(columns))
    guard let x = BinaryMatrix(signsOf: a, rows: rows, columns: inner),
      let y = BinaryMatrix(signsOf: b, rows: columns, columns: inner)
    else { throw BenchmarkError.notRepeatable }
    bits = (x, y)
    floats = try (Tensor(a, shape: [rows, inner]), Tensor(b, shape: [columns, inner]))
    let expected = try floats.0.matmul(floats.1.transpose(0, 1)).values(as: Float.self)
    guard x.product(transposed: y)?.map(Float.init) == expected else {
      throw BenchmarkError.notRepeatable
    }
  }

  /// The seconds of `times` products on bits that are packed already, as hidden layers find them.
  func measureBits(times: Int) throws -> [Double] {
    try measured(times) { bits.0.product(transposed: bits.1)?.count ?? 0 }
  }

  /// The seconds of `times` products in libtorch.
  func measureFloats(times: Int) throws -> [Double] {
    try measured(times) { try floats.0.matmul(floats.1.transpose(0, 1)).count }
  }

  private func measured(_ times: Int, _ body: () throws -> Int) throws -> [Double] {
    try withoutGradients { () throws in
      try (0..<times).map { _ in
        let clock = ContinuousClock()
        let start = clock.now
        guard try body() > 0 else { throw BenchmarkError.notRepeatable }
        return (clock.now - start) / .seconds(1)
      }
    }
  }
}
