// The part of Python's pickle format that arrays of lists of whole numbers need; nothing in it is run.

/// A reader of pickles of protocols 2 to 5 that hold a NumPy array of lists of whole numbers.
///
/// A pickle is a program for a small stack machine, which may call any Python function by name. This machine
/// knows the plain data that such arrays consist of, and four names: `_reconstruct`, `ndarray` and `dtype` of
/// NumPy, and `_codecs.encode`, which Python 3 uses to write bytes in protocol 2. They are understood here, not
/// called. Every other name and every other instruction is refused.
struct Pickle {
  /// What lies on the stack. Tuples and lists are numbers of `collections`, so that no depth of nesting
  /// can exhaust the program's own stack.
  enum Value: Equatable {
    case mark
    case none
    case integer(Int)
    case text([UInt8])
    case tuple(Int)
    case list(Int)
    case name(Name)
    /// An element type, by NumPy's code for it.
    case elementType([UInt8])
    /// An array whose content is not set yet.
    case emptyArray
    /// An array by its elements in row-major order: the number of a list.
    case array(count: Int, elements: Int)
  }

  /// The Python names that are understood.
  enum Name: Equatable {
    case reconstruct, array, elementType, encode
  }

  /// The items of a tuple or list; those of whole numbers only are kept small.
  private enum Items {
    case integers([Int])
    case values([Value])
  }

  private var reader: ByteReader
  private var stack: [Value] = []
  private var collections: [Items] = []
  private var memo: [Int: Value] = [:]

  private init(_ bytes: [UInt8], from offset: Int, path: String) {
    reader = ByteReader(bytes, path: path, offset: offset)
  }

  /// The lists of a one-dimensional array of objects.
  ///
  /// - Parameters:
  ///   - offset: where the pickle starts; it must end with the bytes.
  ///   - count: the length of the array.
  /// - Throws: `DataError.malformed`, `truncated`, and `unsupported` for a name or an instruction that such
  ///   arrays do not need.
  static func integerLists(
    _ bytes: [UInt8], from offset: Int, count: Int, path: String
  ) throws(DataError) -> [[Int]] {
    var machine = Pickle(bytes, from: offset, path: path)
    let result = try machine.run()
    guard case .array(count, let elements) = result,
      case let lists = machine.values(elements), lists.count == count
    else { throw machine.malformed("an array of \(count) lists") }
    var numbers: [[Int]] = []
    numbers.reserveCapacity(count)
    for list in lists {
      guard case .list(let index) = list, let items = machine.integers(index) else {
        throw machine.malformed("an array of lists of whole numbers")
      }
      numbers.append(items)
    }
    return numbers
  }

  /// The items of a collection.
  private func values(_ index: Int) -> [Value] {
    switch collections[index] {
    case .integers(let items): items.map(Value.integer)
    case .values(let items): items
    }
  }

  /// The items of a collection, if all are whole numbers.
  private func integers(_ index: Int) -> [Int]? {
    switch collections[index] {
    case .integers(let items): items
    case .values(let items): items.isEmpty ? [] : nil
    }
  }

  private func malformed(_ expected: String) -> DataError {
    reader.malformed("\(expected) in the pickled array", found: "something else")
  }

  // MARK: The machine

  private mutating func run() throws(DataError) -> Value {
    while true {
      let code = try reader.byte()
      switch code {
      case UInt8(ascii: "."):
        guard stack.count == 1, let result = stack.last, reader.remaining == 0 else {
          throw malformed("one value and then the end")
        }
        return result
      case 0x80:  // PROTO
        let version = try reader.byte()
        guard (2...5).contains(version) else { throw malformed("protocol 2, 3, 4 or 5") }
      case 0x95: try reader.skip(8)  // FRAME
      case UInt8(ascii: "("): stack.append(.mark)
      // None, True and False: nothing that is needed depends on them.
      case UInt8(ascii: "N"), 0x88, 0x89: stack.append(.none)
      case UInt8(ascii: "K"): stack.append(.integer(Int(try reader.byte())))
      case UInt8(ascii: "M"): stack.append(.integer(Int(try reader.littleEndian(UInt16.self))))
      case UInt8(ascii: "J"): stack.append(.integer(Int(try reader.littleEndian(Int32.self))))
      case 0x8a: try longInteger()  // LONG1
      case UInt8(ascii: "U"), UInt8(ascii: "C"), 0x8c:  // strings and bytes of up to 255
        stack.append(.text(Array(try reader.read(Int(try reader.byte())))))
      case UInt8(ascii: "T"), UInt8(ascii: "B"), UInt8(ascii: "X"):
        stack.append(.text(Array(try reader.read(Int(try reader.littleEndian(UInt32.self))))))
      case UInt8(ascii: "c"): stack.append(.name(try name(line(), line())))
      case 0x93: try stackName()  // STACK_GLOBAL
      case UInt8(ascii: ")"): push([])
      case 0x85...0x87: push(try pop(Int(code - 0x84)))  // TUPLE1 to TUPLE3
      case UInt8(ascii: "t"): push(try popToMark())
      case UInt8(ascii: "]"):
        stack.append(.list(collections.count))
        collections.append(.integers([]))
      case UInt8(ascii: "a"): try append(pop(1))
      case UInt8(ascii: "e"): try append(popToMark())
      case UInt8(ascii: "q"): memo[Int(try reader.byte())] = try top()
      case UInt8(ascii: "r"): memo[Int(try reader.littleEndian(UInt32.self))] = try top()
      case 0x94: memo[memo.count] = try top()  // MEMOIZE
      case UInt8(ascii: "h"): try recall(Int(try reader.byte()))
      case UInt8(ascii: "j"): try recall(Int(try reader.littleEndian(UInt32.self)))
      case UInt8(ascii: "R"): try reduce()
      case UInt8(ascii: "b"): try build()
      default:
        throw unsupported("the pickle instruction 0x\([code].hexadecimal)")
      }
    }
  }

  private func unsupported(_ what: String) -> DataError {
    .unsupported(
      path: reader.path, what: what,
      advice:
        "of Python's objects only arrays of lists of whole numbers are read, and nothing that a "
        + "file holds is run")
  }

  private mutating func longInteger() throws(DataError) {
    let bytes = try reader.read(Int(try reader.byte()))
    guard bytes.count <= 8 else { throw malformed("whole numbers of at most 64 bits") }
    let start: UInt64 = (bytes.last ?? 0) < 128 ? 0 : .max
    let bits = bytes.reversed().reduce(start) { $0 << 8 | UInt64($1) }
    stack.append(.integer(Int(truncatingIfNeeded: bits)))
  }

  private mutating func line() throws(DataError) -> [UInt8] {
    var bytes: [UInt8] = []
    while true {
      let byte = try reader.byte()
      if byte == UInt8(ascii: "\n") { return bytes }
      bytes.append(byte)
    }
  }

  private func name(_ module: [UInt8], _ name: [UInt8]) throws(DataError) -> Name {
    let text = String(decoding: module, as: UTF8.self) + "." + String(decoding: name, as: UTF8.self)
    switch text {
    case "numpy.core.multiarray._reconstruct", "numpy._core.multiarray._reconstruct":
      return .reconstruct
    case "numpy.ndarray": return .array
    case "numpy.dtype": return .elementType
    case "_codecs.encode": return .encode
    default: throw unsupported("the Python name '\(text)'")
    }
  }

  private mutating func stackName() throws(DataError) {
    let pair = try pop(2)
    guard case .text(let module) = pair[0], case .text(let name) = pair[1] else {
      throw malformed("a module and a name")
    }
    stack.append(.name(try self.name(module, name)))
  }

  private mutating func push(_ items: [Value]) {
    stack.append(.tuple(collections.count))
    collections.append(.values(items))
  }

  private func top() throws(DataError) -> Value {
    guard let value = stack.last, value != .mark else { throw malformed("a value on the stack") }
    return value
  }

  private mutating func pop(_ count: Int) throws(DataError) -> [Value] {
    guard stack.count >= count, !stack.suffix(count).contains(.mark) else {
      throw malformed("\(count) values on the stack")
    }
    defer { stack.removeLast(count) }
    return Array(stack.suffix(count))
  }

  private mutating func popToMark() throws(DataError) -> [Value] {
    guard let mark = stack.lastIndex(of: .mark) else { throw malformed("a mark on the stack") }
    defer { stack.removeSubrange(mark...) }
    return Array(stack[(mark + 1)...])
  }

  private mutating func recall(_ index: Int) throws(DataError) {
    guard let value = memo[index] else { throw malformed("a value that was kept under \(index)") }
    stack.append(value)
  }

  private mutating func append(_ items: [Value]) throws(DataError) {
    guard case .list(let index) = try top() else { throw malformed("a list to append to") }
    // The collection is taken out while it grows: a copy of it for each batch would be slow.
    var grown = Items.values([])
    swap(&grown, &collections[index])
    var numbers: [Int] = []
    numbers.reserveCapacity(items.count)
    for case .integer(let number) in items { numbers.append(number) }
    switch grown {
    case .integers(var old) where numbers.count == items.count:
      grown = .values([])
      old += numbers
      collections[index] = .integers(old)
    case .integers(let old): collections[index] = .values(old.map(Value.integer) + items)
    case .values(var old):
      grown = .values([])
      old += items
      collections[index] = .values(old)
    }
  }

  // MARK: What the four names mean

  private func items(_ value: Value) throws(DataError) -> [Value] {
    guard case .tuple(let index) = value else { throw malformed("a tuple") }
    return values(index)
  }

  /// Understands a call: the stack holds a name and the tuple of its arguments.
  private mutating func reduce() throws(DataError) {
    let call = try pop(2)
    let arguments = try items(call[1])
    switch (call[0], arguments.first) {
    case (.name(.reconstruct), .name(.array)): stack.append(.emptyArray)
    case (.name(.elementType), .text(let code)): stack.append(.elementType(code))
    case (.name(.encode), .text(let text)): stack.append(.text(text))
    default: throw malformed("an array, an element type or bytes")
    }
  }

  /// Sets the content of the object below the top: for an array `(1, shape, element type, column-major,
  /// elements)`.
  private mutating func build() throws(DataError) {
    let pair = try pop(2)
    switch pair[0] {
    case .elementType: stack.append(pair[0])
    case .emptyArray:
      let state = try items(pair[1])
      guard state.count == 5, case .elementType(let code) = state[2],
        code.first == UInt8(ascii: "O"),
        case .list(let elements) = state[4]
      else { throw malformed("an array of objects") }
      let shape = try items(state[1])
      guard shape.count == 1, case .integer(let count) = shape[0] else {
        throw malformed("an array of one axis")
      }
      stack.append(.array(count: count, elements: elements))
    default: throw malformed("an array or an element type to set")
    }
  }
}
