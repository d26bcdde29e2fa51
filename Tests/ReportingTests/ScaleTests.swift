// Tests of axes and their ticks.

import Foundation
import Testing

@testable import Reporting

@Suite("Scale")
struct ScaleTests {
  @Test func ticksAreRound() {
    #expect(Scale.linear([0, 1]).ticks == [0, 0.5, 1])
    #expect(Scale.linear([0, 1], count: 6).ticks == [0, 0.2, 0.4, 0.6, 0.8, 1])
    #expect(Scale.linear([0, 8], count: 5).ticks == [0, 2, 4, 6, 8])
    #expect(Scale.linear([-3, 17], count: 5).ticks == [-5, 0, 5, 10, 15, 20])
    #expect(Scale.linear([0, 14], count: 7, isTight: true).ticks == [0, 5, 10])
    #expect(Scale.logarithmic([0.02, 2.3]).ticks == [0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5])
    #expect(Scale.logarithmic([1e-6, 1]).ticks == [1e-6, 1e-4, 1e-2, 1])
  }

  @Test(
    arguments: [
      [0, 1], [0.9713, 0.9908], [-1, 1], [3, 3], [0, 0], [1e-9, 2e-9], [1e12, 3e12], [-7e5, 3],
      [1e6, 1e6 + 1], [], [.nan, 2, .infinity], [1e15, 1e15 + 2], [-.infinity],
      [.leastNonzeroMagnitude, 0], [1e-289, 3e289],
    ] as [[Double]])
  func everyAxisHoldsItsValuesAndSomeTicks(_ values: [Double]) {
    for isTight in [false, true] {
      for count in 2...8 {
        let scale = Scale.linear(values, count: count, isTight: isTight)
        check(scale, values.filter(\.isFinite))
        #expect((isTight ? 1 : 2)...(2 * count + 2) ~= scale.ticks.count, "\(scale)")
      }
    }
  }

  @Test(
    arguments: [[1], [0.01, 5], [1e-12, 1e9], [2, 2.1], [], [0, 1], [-1, .nan]] as [[Double]])
  func logarithmicAxesToo(_ values: [Double]) {
    let scale = Scale.logarithmic(values)
    check(scale, values.filter { $0.isFinite && $0 > 0 })
    #expect(scale.ticks.count >= 1 && scale.ticks.count <= 12, "\(scale)")
  }

  private func check(_ scale: Scale, _ values: [Double]) {
    #expect(scale.lower < scale.upper)
    #expect(scale.position(of: scale.lower) == 0)
    #expect(abs(scale.position(of: scale.upper) - 1) < 1e-12)
    #expect(zip(scale.ticks, scale.ticks.dropFirst()).allSatisfy { $0 < $1 })
    for value in values + scale.ticks {
      let position = scale.position(of: value)
      #expect(position >= -1e-6 && position <= 1 + 1e-6, "\(value) lies at \(position) of \(scale)")
    }
  }

  @Test(
    arguments: [
      (0.7, 1), (1, 1), (1.1, 2), (2.3, 5), (5.1, 10), (0.013, 0.02), (340, 500),
      (0.000_000_6, 0.000_001),
    ])
  func steps(_ raw: Double, _ step: Double) {
    #expect(abs(Scale.niceStep(raw) / step - 1) < 1e-12)
  }

  @Test func decimalsTellTicksApart() {
    for values in [[0, 1], [0.97, 0.99], [0, 3000], [0.001, 0.0012]] as [[Double]] {
      let scale = Scale.linear(values)
      let texts = scale.ticks.map { Format.decimal($0, digits: scale.decimals) }
      #expect(Set(texts).count == texts.count, "\(texts)")
    }
  }
}
