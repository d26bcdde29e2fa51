// Distances to the other filters: the numbers of the paper's definition, its invariances, its mix with norms.

import Network
import Testing

@testable import Pruning

@Suite struct GeometricMedianTests {
  /// The scores of filters given as rows; three inputs wide at most.
  private func scores(
    _ rows: [[Float]], _ settings: [String: String] = [:]
  ) throws -> [Double] {
    var network = try Graphs.graph(
      input: ["batch", .fixed(rows[0].count)],
      parameters: [("a.weight", [rows.count, rows[0].count]), ("b.weight", [2, rows.count])],
      [
        Node(
          "Gemm", name: "a", inputs: ["x", "a.weight"], outputs: ["a"],
          attributes: ["transB": .int(1)]),
        Node(
          "Gemm", name: "b", inputs: ["a", "b.weight"], outputs: ["y"],
          attributes: ["transB": .int(1)]),
      ])
    network.initializers["a.weight"]?.tensor = try TensorData(
      rows.flatMap { $0 }, shape: [rows.count, rows[0].count])
    let criterion = try Criteria.named(
      "fpgm", PartSettings(settings.mapValues(PartSettings.Value.text)))
    let group = try network.coupling().group(named: "a")
    return try criterion.unitScores(of: group, in: Subject(network))
  }

  private func order(_ scores: [Double]) -> [Int] {
    scores.indices.sorted { (scores[$0], $0) < (scores[$1], $1) }
  }

  private func rows(_ count: Int, seed: UInt64) -> [[Float]] {
    let numbers = Graphs.numbers(count * 6, seed: seed)
    return (0..<count).map { Array(numbers[$0 * 6..<($0 + 1) * 6]) }
  }

  @Test func sumsOfDistancesOnALine() throws {
    let found = try scores([[0.1], [1], [3], [4], [10]])
    for (a, b) in zip(found, [17.6, 14.9, 12.9, 13.9, 31.9]) { #expect(abs(a * 4 - b) < 1e-5) }
    #expect(order(found) == [2, 3, 1, 0, 4])
    // A duplicate is not necessarily chosen.
    let twins = try scores([[0], [1], [2], [10], [10]])
    for (a, b) in zip(twins, [23.0, 20, 19, 27, 27]) { #expect(abs(a * 4 - b) < 1e-6) }
  }

  @Test func movingAllFiltersChangesNothing() throws {
    let rows = rows(12, seed: 4)
    let moved = rows.map { row in zip(row, [1.5, -2, 0.5, 3, 0, 1] as [Float]).map { $0 + $1 } }
    let (first, second) = (try scores(rows), try scores(moved))
    #expect(zip(first, second).allSatisfy { abs($0 - $1) < 1e-5 })
    #expect(order(first) == order(second))
  }

  @Test func ofOrthogonalFiltersTheOrderIsThatOfNorms() throws {
    let sizes: [Float] = [3, 0.5, 2, 1, 4, 0.1]
    let found = try scores(
      sizes.enumerated().map { index, size in
        (0..<6).map { $0 == index ? size : 0 }
      })
    #expect(order(found) == [5, 1, 3, 2, 0, 4])
    let expected = sizes.indices.map { o in
      sizes.indices.reduce(0.0) { sum, j in
        j == o ? sum : sum + Double(sizes[o] * sizes[o] + sizes[j] * sizes[j]).squareRoot()
      } / 5
    }
    #expect(zip(found, expected).allSatisfy { abs($0 - $1) < 1e-5 })
  }

  @Test(arguments: ["l1", "cosine"])
  func otherDistances(kind: String) throws {
    let rows = rows(7, seed: 8)
    func distance(_ a: [Float], _ b: [Float]) -> Double {
      let pairs = zip(a, b).map { (Double($0), Double($1)) }
      if kind == "l1" { return pairs.reduce(0) { $0 + abs($1.0 - $1.1) } }
      let product = pairs.reduce(0) { $0 + $1.0 * $1.1 }
      let (x, y) = (pairs.reduce(0) { $0 + $1.0 * $1.0 }, pairs.reduce(0) { $0 + $1.1 * $1.1 })
      return 1 - product / (x * y).squareRoot()
    }
    let found = try scores(rows, ["distance": kind])
    for o in 0..<7 {
      let sum = (0..<7).filter { $0 != o }.reduce(0.0) { $0 + distance(rows[o], rows[$1]) }
      #expect(abs(found[o] * 6 - sum) < 1e-5)
    }
  }

  /// One in ten leaves by its norm, then those near the median of the others.
  @Test func theMixTakesNormsFirst() throws {
    let rows = rows(10, seed: 3)
    let found = try scores(rows, ["norm": "0.1"])
    let norms = rows.map { $0.reduce(0) { $0 + $1 * $1 } }
    let least = try #require(norms.indices.min { norms[$0] < norms[$1] })
    #expect(order(found)[0] == least && found[least] < 0)
    let others = rows.indices.filter { $0 != least }
    let among = try scores(others.map { rows[$0] })
    for (index, other) in others.enumerated() { #expect(abs(found[other] - among[index]) < 1e-9) }
    let leaving = Set(order(found).prefix(4))
    #expect(leaving.count == 4 && leaving.contains(least))
    #expect(try scores(rows, ["norm": "0.0"]) == scores(rows))
    #expect(throws: PruningError.self) { try scores(rows, ["norm": "1.5"]) }
  }
}
