// JSON as the verbs print and write it: keys in order, numbers in full.

import Data
import Foundation

/// JSON as the verbs print and write it.
enum JSONOutput {
  /// The text of `value`: indented, keys sorted, the same every time.
  static func text(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }

  /// Prints `value` to standard output.
  static func print(_ value: some Encodable) throws {
    Swift.print(try text(value))
  }

  /// Writes `value` to a file in one step, or prints it where the file is called `-`.
  static func write(_ value: some Encodable, to path: String) throws {
    if path == "-" { return try print(value) }
    try FileBytes.write(Array("\(try text(value))\n".utf8), to: path)
  }
}
