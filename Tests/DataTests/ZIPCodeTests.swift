// The published text of the USPS digits: literal bytes, and every way to be wrong.

import Testing

@testable import Data

@Suite struct ZIPCodeTests {
  private func parse(_ text: String) throws -> ZIPCode {
    try ZIPCode.parse(Array(text.utf8), path: "zip")
  }

  /// Values of the first published pictures beside the bytes that IDX copies of them hold; -0.4, 0 and 0.8
  /// fall half-way between two bytes.
  @Test func valuesBecomeTheBytesOfTheIDXCopies() throws {
    let pairs: [(String, UInt8)] = [
      ("-0.6310", 47), ("0.8620", 237), ("-0.1670", 106), ("-0.9920", 1), ("0.2970", 165),
      ("1.0000", 255), ("0.3070", 167), ("-0.4100", 75), ("0.9860", 253), ("-0.5650", 55),
      ("-0.6830", 40), ("0.8250", 233), ("0.5620", 199), ("-0.8130", 24), ("-0.6710", 42),
      ("-0.7740", 29), ("-0.1800", 105), ("0.0520", 134), ("-0.2410", 97), ("-0.0000", 128),
      ("0.8000", 230), ("-0.4", 76), ("-1", 0), ("1", 255), (".5", 191), ("0.", 128),
    ]
    let digits = try parse(zipCodeLine(6, pairs.map(\.0)) + zipCodeLine(5, []))
    #expect(digits.labels == [6, 5])
    #expect(digits.pixels.count == 512)
    #expect(digits.pixels.prefix(pairs.count) == pairs.map(\.1)[...])
    #expect(digits.pixels.dropFirst(pairs.count).allSatisfy { $0 == 0 })
  }

  @Test func everyStepIsWithinHalfAByte() throws {
    for start in stride(from: -1000, through: 1000, by: 256) {
      let steps = (start..<start + 256).map { Double(min($0, 1000)) / 1000 }
      let digits = try parse(zipCodeLine(0, steps.map { "\($0)" }))
      for (value, byte) in zip(steps, digits.pixels) {
        #expect(abs((value + 1) * 127.5 - Double(byte)) < 0.5 + 1e-9)
      }
    }
  }

  @Test func otherLineEndsAndBlankLinesAreRead() throws {
    let line = zipCodeLine(7, []).dropLast(2)
    #expect(try parse("\(line)\r\n\n  \n\(line)").labels == [7, 7])
    #expect(try parse("9" + line.dropFirst(6)).labels == [9])
  }

  static let wrong: [(String, String)] = [
    (zipCodeLine(1, []) + "1.0000 -1.0000\n", "found 2 numbers"),
    (String(zipCodeLine(1, []).dropLast(2)) + " 0.5\n", "found 258 numbers"),
    (zipCodeLine(10, []), "0 to 9"), (zipCodeLine(-1, []), "0 to 9"),
    (zipCodeLine(1, ["1.001"]), "from -1 to 1"), (zipCodeLine(1, ["-2"]), "from -1 to 1"),
    (zipCodeLine(1, ["x"]), "a decimal number"), (zipCodeLine(1, ["1e-1"]), "a decimal number"),
    (zipCodeLine(1, ["nan"]), "a decimal number"), (zipCodeLine(1, ["-"]), "a decimal number"),
    (zipCodeLine(1, ["."]), "a decimal number"), (zipCodeLine(1, ["0..1"]), "a decimal number"),
    (zipCodeLine(1, ["0.1234567890123456"]), "at most 15 digits"),
    ("<html>404</html>", "a decimal number"), ("", "holds no example"),
    ("\n\n", "holds no example"),
  ]

  @Test func refusesWhatIsNotADigit() {
    for (text, message) in Self.wrong {
      let error = #expect(throws: DataError.self) { try parse(text) }
      #expect(error?.description.contains(message) == true, "\(text.prefix(40))")
    }
  }

  @Test func aBrokenArchiveIsRefused() throws {
    let folder = try TemporaryFolder()
    let bytes = try deflated(Array((zipCodeLine(1, []) + zipCodeLine(2, ["0.5"])).utf8))
    for length in stride(from: 0, to: bytes.count, by: 5) {
      let path = try folder.write(Array(bytes.prefix(length)), to: "zip.train.gz")
      #expect(throws: DataError.self) { try ZIPCode.read(path) }
    }
    #expect(try ZIPCode.read(folder.write(bytes, to: "zip.train.gz")).labels == [1, 2])
  }
}
