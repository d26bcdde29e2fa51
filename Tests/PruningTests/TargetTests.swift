// Targets as they are written, and what they mean for a cost.

import Network
import Testing

@testable import Pruning

@Suite struct TargetTests {
  private static let right: [(String, Target.Quantity, Target.Amount)] = [
    ("macs=0.5", .macs, .fraction(0.5)), ("macs=1", .macs, .fraction(1)),
    ("params=200k", .params, .absolute(200_000)), ("params=1.5M", .params, .absolute(1_500_000)),
    ("macs=2G", .macs, .absolute(2e9)), ("params=1000", .params, .absolute(1000)),
    ("params=25%", .params, .fraction(0.25)), ("bytes=1.5MB", .bytes, .absolute(1_500_000)),
    ("bytes=3kB", .bytes, .absolute(3000)), ("bytes=100B", .bytes, .absolute(100)),
    ("bytes=1GB", .bytes, .absolute(1e9)), ("bytes=2M", .bytes, .absolute(2e6)),
    ("bytes=0.25", .bytes, .fraction(0.25)), ("sparsity=0.9", .sparsity, .fraction(0.9)),
    ("sparsity=90%", .sparsity, .fraction(0.9)), ("sparsity=0", .sparsity, .fraction(0)),
    ("latency=0.5", .latency, .fraction(0.5)), ("latency=60%", .latency, .fraction(0.6)),
    ("latency=2ms", .latency, .absolute(0.002)), ("latency=0.3ms", .latency, .absolute(0.3 / 1e3)),
    ("latency=750us", .latency, .absolute(0.00075)),
    ("latency=750µs", .latency, .absolute(0.00075)),
    ("latency=1.5s", .latency, .absolute(1.5)), ("latency=1", .latency, .fraction(1)),
    ("params=1e5", .params, .absolute(1e5)), ("params=7%", .params, .fraction(0.07)),
  ]

  @Test func isReadAsWritten() throws {
    for (text, quantity, amount) in Self.right {
      #expect(try Target(parsing: text) == Target(quantity, amount), "\(text)")
    }
  }

  @Test func isReadAgainAsItDescribesItself() throws {
    for (text, _, _) in Self.right {
      let target = try Target(parsing: text)
      #expect(try Target(parsing: "\(target)") == target, "\(text) -> \(target)")
    }
  }

  private static let wrong: [(String, String)] = [
    ("", "quantity=amount"), ("macs", "quantity=amount"), ("0.5", "quantity=amount"),
    ("=0.5", "params, macs, bytes, sparsity"), ("flops=0.5", "params, macs, bytes, sparsity"),
    ("MACs=0.5", "params, macs, bytes, sparsity"), ("macs=", "''"), ("macs=k", "'k'"),
    ("macs=lots", "'lots'"), ("macs=1B", "'1B'"), ("params=1MB", "'1MB'"),
    ("macs=0.5 ", "'0.5 '"), ("macs= 0.5", "' 0.5'"), ("macs=1_000", "'1_000'"),
    ("macs=nan", "'nan'"), ("macs=inf", "'inf'"), ("macs=1e999", "'1e999'"),
    ("macs=0", "(0, 1]"), ("macs=-0.5", "(0, 1]"), ("macs=0%", "(0, 1]"), ("macs=200%", "(0, 1]"),
    ("params=0.0001k", "at least 1"), ("params=-3k", "at least 1"),
    ("sparsity=1", "from 0 to below 1"),
    ("sparsity=-0.1", "from 0 to below 1"), ("sparsity=90", "such as 0.9 or 90%"),
    ("sparsity=100%", "from 0 to below 1"),
    ("sparsity=1k", "fraction"), ("latency=2", "latency=2ms"), ("latency=0ms", "above 0"),
    ("latency=0", "(0, 1]"), ("latency=2k", "'2k'"), ("latency=-1ms", "above 0"),
    ("macs=2ms", "'2ms'"), ("latency=fast", "'fast'"), ("latency=ms", "'ms'"),
  ]

  @Test(arguments: wrong.indices)
  func badTextIsRefusedWithTheReason(index: Int) throws {
    let (text, reason) = Self.wrong[index]
    let error = #expect(throws: PruningError.self) { try Target(parsing: text) }
    let found = "\(try #require(error))"
    #expect(found.contains(reason) && found.contains("'\(text)'"), "\(found)")
  }

  @Test func measuresAndLimits() throws {
    let before = Cost(parameters: 1000, macs: 5000, bytesMoved: 9, weightBytes: 4000)
    let after = Cost(parameters: 250, macs: 500, bytesMoved: 9, weightBytes: 1000)
    let cases: [(String, Double, Double)] = [
      ("params=0.3", 300, 0.25), ("macs=0.3", 1500, 0.1), ("bytes=0.5", 2000, 0.25),
      ("params=400", 400, 250), ("sparsity=0.6", 400, 0.75), ("bytes=2kB", 2000, 1000),
    ]
    for (text, limit, reading) in cases {
      let target = try Target(parsing: text)
      #expect(target.limit(before: before) == limit, "\(text)")
      #expect(target.reading(before: before, after: after) == reading, "\(text)")
    }
  }
}
