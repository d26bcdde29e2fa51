// Tests of numbers as people read them.

import Testing

@testable import Reporting

@Suite("Format")
struct FormatTests {
  @Test(
    arguments: [
      (0, "0"), (7, "7"), (999, "999"), (1000, "1,000"), (431_080, "431,080"),
      (-1_234_567, "−1,234,567"), (Int.max, "9,223,372,036,854,775,807"),
      (Int.min, "−9,223,372,036,854,775,808"),
    ])
  func integers(_ value: Int, _ text: String) {
    #expect(Format.integer(value) == text)
  }

  @Test(
    arguments: [
      (0, "0"), (999, "999"), (1000, "1.00 k"), (43_100, "43.1 k"), (431_080, "431 k"),
      (999_499, "999 k"), (999_500, "1.00 M"), (1_234_567, "1.23 M"), (4_089_284_608, "4.09 G"),
      (9_995_000, "10.0 M"), (-22_694, "−22.7 k"), (Int.max, "9.22 E"),
    ])
  func counts(_ value: Int, _ text: String) {
    #expect(Format.count(value) == text)
  }

  @Test(
    arguments: [
      (0, "0 B"), (956, "956 B"), (43_100, "43.1 kB"), (1_724_880, "1.72 MB"),
      (12_000_000_000, "12.0 GB"),
    ])
  func sizes(_ value: Int, _ text: String) {
    #expect(Format.bytes(value) == text)
  }

  @Test(
    arguments: [
      (0.9908, 2, "99.08 %"), (0, 2, "0.00 %"), (1, 0, "100 %"), (0.12345, 1, "12.3 %"),
      (-0.000001, 2, "0.00 %"), (Double.nan, 2, "not a number"), (.infinity, 2, "∞"),
    ] as [(Double, Int, String)])
  func percents(_ value: Double, _ digits: Int, _ text: String) {
    #expect(Format.percent(value, digits: digits) == text)
  }

  @Test(
    arguments: [
      (0.0423, "0.0423 ms"), (1.2345, "1.23 ms"), (12.345, "12.3 ms"), (123.45, "123 ms"),
      (1234.5, "1,234 ms"), (0, "0 ms"), (0.000_001_23, "1.23e-6 ms"), (9.999, "10.0 ms"),
    ] as [(Double, String)])
  func times(_ value: Double, _ text: String) {
    #expect(Format.milliseconds(value) == text)
  }

  @Test(
    arguments: [
      (12.04, "12×"), (3.14, "3.1×"), (19.4, "19×"), (1.02, "1.02×"), (0.5, "0.50×"),
      (9.96, "10×"), (1.996, "2.0×"), (1234, "1,234×"), (0.0123, "0.012×"), (.infinity, "∞×"),
    ] as [(Double, String)])
  func ratios(_ value: Double, _ text: String) {
    #expect(Format.ratio(value) == text)
  }

  @Test(
    arguments: [
      (0, "0 s"), (0.42, "0.42 s"), (0.999, "1.0 s"), (4.21, "4.2 s"), (9.96, "10 s"),
      (42.4, "42 s"), (59.6, "1 min 00 s"), (192, "3 min 12 s"), (7500, "2 h 05 min"),
      (273_600, "3 d 4 h"), (.nan, "not a number"), (1e18, "1,000,000,000,000,000,000"),
    ] as [(Double, String)])
  func durations(_ value: Double, _ text: String) {
    #expect(Format.duration(value) == text)
  }

  @Test(
    arguments: [
      (3.1e-7, "3.10e-7"), (0.000_12, "0.000120"), (1.4e-15, "1.40e-15"), (1e12, "1.00e12"),
      (-2.5, "−2.50"), (0, "0"), (-.infinity, "−∞"),
    ] as [(Double, String)])
  func significantDigits(_ value: Double, _ text: String) {
    #expect(Format.significant(value) == text)
  }

  @Test func pointsHaveASign() {
    #expect(Format.points(from: 0.9908, to: 0.9895) == "−0.13 points")
    #expect(Format.points(from: 0.98, to: 0.9901) == "+1.01 points")
    #expect(Format.points(from: 0.5, to: 0.500001) == "0.00 points")
  }

  @Test(arguments: [("1.00 M", "1 M"), ("0.0500", "0.05"), ("100", "100"), ("1.20e-7", "1.2e-7")])
  func ticksLoseTheirZeros(_ text: String, _ expected: String) {
    #expect(Format.trimmed(text) == expected)
  }

  @Test func threeDigitsSayTheNumberWithinHalfAPercent() throws {
    var value = 1000.0
    while value < 1e15 {
      let parts = Format.count(Int(value)).split(separator: " ")
      let unit = try #require(["k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12][parts[1]])
      let read = try #require(Double(parts[0])) * unit
      #expect(abs(read / value - 1) < 0.0051, "\(value) was written as \(parts)")
      value *= 1.37
    }
  }
}
