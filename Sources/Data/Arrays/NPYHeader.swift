// The Python dictionary at the start of an .npy file.

/// Parses `{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }`, the keys in any order.
struct NPYHeader {
  /// What the header says.
  struct Fields: Equatable {
    /// The type of the elements; nil for Python objects, which are pickled.
    var type: NDArray.ElementType?
    var bigEndian: Bool
    var fortranOrder: Bool
    var shape: [Int]
  }

  private var rest: Substring
  private let text: String
  private let path: String
  private let offset: Int

  init(text: String, path: String, offset: Int) {
    self.text = text
    self.rest = text[...]
    self.path = path
    self.offset = offset
  }

  mutating func parse() throws(DataError) -> Fields {
    var type: (element: NDArray.ElementType?, bigEndian: Bool)?
    var fortranOrder: Bool?
    var shape: [Int]?
    try expect("{")
    while !accept("}") {
      let key = try quoted()
      try expect(":")
      switch key {
      case "descr": type = try elementType()
      case "fortran_order": fortranOrder = try boolean()
      case "shape": shape = try tuple()
      default: throw wrong("the keys descr, fortran_order and shape", found: "'\(key)'")
      }
      if !accept(",") {
        try expect("}")
        break
      }
    }
    guard let type, let fortranOrder, let shape else {
      throw wrong("the keys descr, fortran_order and shape", found: text)
    }
    return Fields(
      type: type.element, bigEndian: type.bigEndian, fortranOrder: fortranOrder, shape: shape)
  }

  private mutating func elementType() throws(DataError) -> (
    element: NDArray.ElementType?, bigEndian: Bool
  ) {
    guard !accept("[") else { throw unsupported("a structured array") }
    let code = try quoted()
    let bare = code.drop { "<>|=".contains($0) }
    if bare == "O" { return (nil, bigEndian: false) }
    guard let type = NDArray.ElementType(rawValue: bare == "?" ? "b1" : String(bare)) else {
      throw unsupported("element type '\(code)'")
    }
    return (type, bigEndian: code.hasPrefix(">"))
  }

  private mutating func boolean() throws(DataError) -> Bool {
    if accept("True") { return true }
    try expect("False")
    return false
  }

  private mutating func tuple() throws(DataError) -> [Int] {
    try expect("(")
    var sizes: [Int] = []
    while !accept(")") {
      skipSpaces()
      let digits = rest.prefix { $0.isNumber }
      guard let size = Int(digits) else { throw wrong("a size", found: "\(rest.prefix(12))") }
      rest = rest.dropFirst(digits.count)
      _ = accept("L")
      sizes.append(size)
      if !accept(",") {
        try expect(")")
        break
      }
    }
    return sizes
  }

  private mutating func quoted() throws(DataError) -> String {
    skipSpaces()
    guard let quote = rest.first, quote == "'" || quote == "\"",
      let end = rest.dropFirst().firstIndex(of: quote)
    else { throw wrong("a quoted string", found: "\(rest.prefix(12))") }
    let content = rest[rest.index(after: rest.startIndex)..<end]
    rest = rest[rest.index(after: end)...]
    return String(content)
  }

  private mutating func skipSpaces() { rest = rest.drop { $0.isWhitespace } }

  private mutating func accept(_ token: String) -> Bool {
    skipSpaces()
    guard rest.hasPrefix(token) else { return false }
    rest = rest.dropFirst(token.count)
    return true
  }

  private mutating func expect(_ token: String) throws(DataError) {
    guard accept(token) else { throw wrong("'\(token)'", found: "'\(rest.prefix(12))'") }
  }

  private func wrong(_ expected: String, found: String) -> DataError {
    let position = text.utf8.distance(from: text.startIndex, to: rest.startIndex)
    return .malformed(
      path: path, offset: offset + position, expected: "\(expected) in the array's header",
      found: found)
  }

  /// An error for elements that are not numbers.
  func unsupported(_ what: String) -> DataError {
    .unsupported(
      path: path, what: what, advice: "store numbers: bool, integers, or floats of 16 to 64 bits")
  }
}
