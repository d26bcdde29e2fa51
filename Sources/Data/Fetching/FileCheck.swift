// How a fetched file is known to be the published one.

/// What a fetched file must pass before it takes its name.
public enum FileCheck: Sendable, Equatable {
  /// The SHA-256 of its bytes, in hexadecimal, as its publisher or its main distributor states it.
  case sha256(String)
  /// The MD5 of its bytes, in hexadecimal, where nothing stronger is stated.
  case md5(String)
  /// No checksum is published, but how many pictures of each digit there are: the file must decompress
  /// whole (gzip carries a CRC and the length) and hold so many of them, each of 256 numbers in [-1, 1].
  case digits(counts: [Int])

  /// What is wrong with a file, or nil if it is the published one.
  ///
  /// - Throws: `DataError.unreadable`.
  func problem(with path: String) throws(DataError) -> String? {
    switch self {
    case .sha256(let expected):
      let found = try FileBytes.sha256(of: path)
      return found == expected ? nil : "sha256 is \(found), expected \(expected)"
    case .md5(let expected):
      let found = try FileBytes.md5(of: path)
      return found == expected ? nil : "md5 is \(found), expected \(expected)"
    case .digits(let expected):
      let bytes = try FileBytes.read(path)
      do throws(DataError) {
        let text = try Gzip.decompress(bytes, path: "its content", limit: 1 << 26)
        let digits = try ZIPCode.parse(text, path: "its content")
        var found = [Int](repeating: 0, count: expected.count)
        for label in digits.labels where label < expected.count { found[label] += 1 }
        guard found == expected, digits.labels.count == expected.reduce(0, +) else {
          return "pictures of each digit: \(found), expected \(expected)"
        }
        return nil
      } catch {
        return error.description
      }
    }
  }

  /// What is checked, for people.
  public var description: String {
    switch self {
    case .sha256: "SHA-256"
    case .md5: "MD5"
    case .digits: "gzip's CRC and the published count of each digit (no checksum is published)"
    }
  }
}
