// A protobuf message as a tree of fields that can be changed and written again.

/// A protobuf message as a tree of fields.
struct Message: Hashable {
  /// What the message is; decides which of its fields are messages.
  var kind: MessageKind
  /// The fields in order.
  var fields: [Field]

  /// One field.
  struct Field: Hashable {
    var number: Int
    var value: Value
  }

  /// What a field holds.
  enum Value: Hashable {
    case number(UInt64)
    case word(UInt32)
    case doubleWord(UInt64)
    case text([UInt8])
    case bytes([UInt8])
    case numbers([UInt64])
    case message(Message)
  }

  /// A message without fields.
  init(_ kind: MessageKind) {
    self.kind = kind
    fields = []
  }

  /// The message in `bytes`; `nil` where they are none.
  init?(_ kind: MessageKind, _ bytes: ArraySlice<UInt8>) {
    self.kind = kind
    fields = []
    var rest = bytes
    while !rest.isEmpty {
      guard let key = Self.number(&rest), key >> 3 > 0, key >> 3 < 1 << 29 else { return nil }
      let number = Int(key >> 3)
      switch key & 7 {
      case 0:
        guard let value = Self.number(&rest) else { return nil }
        fields.append(Field(number: number, value: .number(value)))
      case 1:
        guard rest.count >= 8 else { return nil }
        fields.append(Field(number: number, value: .doubleWord(Self.fixed(rest.prefix(8)))))
        rest = rest.dropFirst(8)
      case 5:
        guard rest.count >= 4 else { return nil }
        let word = UInt32(truncatingIfNeeded: Self.fixed(rest.prefix(4)))
        fields.append(Field(number: number, value: .word(word)))
        rest = rest.dropFirst(4)
      case 2:
        guard let length = Self.number(&rest), length <= UInt64(rest.count) else { return nil }
        let payload = rest.prefix(Int(length))
        rest = rest.dropFirst(Int(length))
        fields.append(Field(number: number, value: Self.value(payload, kind.content(of: number))))
      default: return nil
      }
    }
  }

  private static func value(_ payload: ArraySlice<UInt8>, _ content: MessageKind.Content) -> Value {
    switch content {
    case .message(let inner):
      return Message(inner, payload).map(Value.message) ?? .bytes(Array(payload))
    case .text: return .text(Array(payload))
    case .numbers:
      var (rest, numbers) = (payload, [UInt64]())
      while !rest.isEmpty {
        guard let next = number(&rest) else { return .bytes(Array(payload)) }
        numbers.append(next)
      }
      return .numbers(numbers)
    case .bytes, .words, .doubleWords: return .bytes(Array(payload))
    }
  }

  private static func number(_ bytes: inout ArraySlice<UInt8>) -> UInt64? {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 70, by: 7) {
      guard let byte = bytes.popFirst() else { return nil }
      value |= UInt64(byte & 0x7F) << shift
      if byte & 0x80 == 0 { return value }
    }
    return nil
  }

  private static func fixed(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  // MARK: writing

  /// The message as bytes.
  var encoded: [UInt8] {
    var bytes: [UInt8] = []
    append(to: &bytes)
    return bytes
  }

  private func append(to bytes: inout [UInt8]) {
    for field in fields {
      let key = UInt64(field.number) << 3
      switch field.value {
      case .number(let value):
        Self.append(key, to: &bytes)
        Self.append(value, to: &bytes)
      case .word(let value):
        Self.append(key | 5, to: &bytes)
        for shift in 0..<4 { bytes.append(UInt8(truncatingIfNeeded: value >> (8 * UInt32(shift)))) }
      case .doubleWord(let value):
        Self.append(key | 1, to: &bytes)
        for shift in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: value >> (8 * UInt64(shift)))) }
      case .text(let value), .bytes(let value):
        Self.append(key | 2, to: &bytes)
        Self.append(UInt64(value.count), to: &bytes)
        bytes += value
      case .numbers(let values):
        var packed: [UInt8] = []
        for value in values { Self.append(value, to: &packed) }
        Self.append(key | 2, to: &bytes)
        Self.append(UInt64(packed.count), to: &bytes)
        bytes += packed
      case .message(let message):
        let inner = message.encoded
        Self.append(key | 2, to: &bytes)
        Self.append(UInt64(inner.count), to: &bytes)
        bytes += inner
      }
    }
  }

  private static func append(_ value: UInt64, to bytes: inout [UInt8]) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  // MARK: places

  /// Where a field stands: its index in its message, below the indices of the messages around it.
  typealias Path = [Int]

  /// The places of all fields, outer ones first.
  var paths: [Path] {
    var paths: [Path] = []
    collect([], &paths)
    return paths
  }

  private func collect(_ prefix: Path, _ paths: inout [Path]) {
    for (index, field) in fields.enumerated() {
      paths.append(prefix + [index])
      if case .message(let inner) = field.value { inner.collect(prefix + [index], &paths) }
    }
  }

  /// Changes the message that holds the field at `path`, given the field's index in it.
  mutating func change(_ path: ArraySlice<Int>, _ body: (inout Message, Int) -> Void) {
    guard let index = path.first, fields.indices.contains(index) else { return }
    guard path.count > 1 else { return body(&self, index) }
    guard case .message(var inner) = fields[index].value else { return }
    // The tree must not be shared while it is changed, or it would be copied.
    fields[index].value = .number(0)
    inner.change(path.dropFirst(), body)
    fields[index].value = .message(inner)
  }

  /// Calls `body` with every message in this one, itself first.
  func visit(_ body: (Message) -> Void) {
    body(self)
    for case .message(let inner) in fields.map(\.value) { inner.visit(body) }
  }
}
