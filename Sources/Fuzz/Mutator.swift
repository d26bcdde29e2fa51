// Makes broken and odd models out of sound ones: the same input for the same seed and number.

import Network

/// Makes broken and odd models out of sound ones.
///
/// Most changes are made to fields, knowing what they mean: extents, types, axes and attributes get
/// numbers that are negative, huge or one off; edges are led elsewhere; operators and attributes are
/// exchanged with those of other models; graphs are put into each other. The rest changes bytes.
struct Mutator {
  private let samples: [[UInt8]]
  private let models: [Message]
  /// Parts of all samples by their kind, for transplanting.
  private let donors: [MessageKind: [Message]]
  private let operators: [[UInt8]]

  /// The first samples, which are taken as often as all others together.
  private let favourites: Int

  /// A mutator of the given encoded models, of which the first `favourites` are whole networks.
  init(_ samples: [[UInt8]], favourites: Int) {
    self.samples = samples
    self.favourites = favourites
    models = samples.compactMap { Message(.model, $0[...]) }
    var donors: [MessageKind: [Message]] = [:]
    var operators: Set<[UInt8]> = []
    for model in models {
      model.visit { message in
        if message.kind != .model, message.fields.count < 64 {
          donors[message.kind, default: []].append(message)
        }
        guard message.kind == .node else { return }
        for case .text(let name) in message.fields.filter({ $0.number == 4 }).map(\.value) {
          operators.insert(name)
        }
      }
    }
    self.donors = donors
    self.operators = operators.sorted { $0.lexicographicallyPrecedes($1) }
  }

  /// The number of samples.
  var count: Int { samples.count }

  /// The input `number` of the stream `seed`.
  func input(_ number: Int, seed: UInt64) -> [UInt8] {
    var random = SeededGenerator(seed: seed, name: "\(number)")
    guard !models.isEmpty else { return [] }
    if Int.random(in: 0..<16, using: &random) == 0 {
      var bytes = samples[Int.random(in: 0..<samples.count, using: &random)]
      damage(&bytes, &random)
      return bytes
    }
    let isFavourite = favourites > 0 && Bool.random(using: &random)
    let choice = isFavourite ? min(favourites, models.count) : models.count
    var model = models[Int.random(in: 0..<choice, using: &random)]
    let changes = [1, 1, 1, 1, 2, 2, 3, 5][Int.random(in: 0..<8, using: &random)]
    for _ in 0..<changes { change(&model, &random) }
    var bytes = model.encoded
    if Int.random(in: 0..<32, using: &random) == 0 { damage(&bytes, &random) }
    return bytes
  }

  /// The input `number` of the stream `seed`, made from samples that need not be models.
  func damaged(_ number: Int, seed: UInt64) -> [UInt8] {
    var random = SeededGenerator(seed: seed, name: "\(number)")
    guard !samples.isEmpty else { return [] }
    var bytes = samples[Int.random(in: 0..<samples.count, using: &random)]
    damage(&bytes, &random)
    return bytes
  }

  // MARK: fields

  private func change(_ model: inout Message, _ random: inout SeededGenerator) {
    let paths = model.paths
    guard !paths.isEmpty else { return }
    var generator = random
    let path = paths[Int.random(in: 0..<paths.count, using: &generator)]
    let action = Int.random(in: 0..<20, using: &generator)
    // A text or a field of another place, chosen before the tree is open for change.
    let other = paths[Int.random(in: 0..<paths.count, using: &generator)]
    var donated: Message.Field?
    model.change(other[...]) { message, index in donated = message.fields[index] }
    let root = model
    model.change(path[...]) { message, index in
      switch action {
      case 0: message.fields.remove(at: index)
      case 1: message.fields.insert(message.fields[index], at: index)
      case 2:
        message.fields.swapAt(index, Int.random(in: 0..<message.fields.count, using: &generator))
      case 3:
        if let parts = donors[message.kind],
          let field = parts[Int.random(in: 0..<parts.count, using: &generator)].fields
            .randomElement(using: &generator)
        {
          message.fields.insert(field, at: index)
        }
      case 4: message.fields[index].number = Int.random(in: 1...26, using: &generator)
      case 5:
        if message.kind == .attribute, let graph = root.fields.first(where: { $0.number == 7 }) {
          message.fields[index] = Message.Field(number: 6, value: graph.value)
        } else {
          alter(&message, index, donated, &generator)
        }
      default: alter(&message, index, donated, &generator)
      }
    }
    random = generator
  }

  /// Gives a field another value.
  private func alter(
    _ message: inout Message, _ index: Int, _ donated: Message.Field?,
    _ random: inout SeededGenerator
  ) {
    switch message.fields[index].value {
    case .number(let value):
      message.fields[index].value = .number(number(near: value, &random))
    case .word:
      message.fields[index].value = .word(
        [
          0, 0x8000_0000, 0x3F80_0000, 0xBF80_0000, 0x7F80_0000, 0x7FC0_0000, 1, 0x7F7F_FFFF,
          0x4F00_0000, 0x5F80_0000, UInt32(truncatingIfNeeded: random.next()),
        ].randomElement(using: &random) ?? 0)
    case .doubleWord: message.fields[index].value = .doubleWord(random.next())
    case .text(let text):
      message.fields[index].value = .text(
        self.text(
          text, isOperator: message.kind == .node && message.fields[index].number == 4,
          donated, &random))
    case .bytes(var bytes):
      if message.kind == .tensor, message.fields[index].number == 9, bytes.count % 8 == 0,
        !bytes.isEmpty, Bool.random(using: &random)
      {
        // Perhaps a list of sizes, axes or indices.
        let position = Int.random(in: 0..<bytes.count / 8, using: &random) * 8
        var value = number(near: UInt64(bytes[position]), &random)
        for offset in 0..<8 {
          bytes[position + offset] = UInt8(truncatingIfNeeded: value)
          value >>= 8
        }
      } else {
        damage(&bytes, &random)
      }
      message.fields[index].value = .bytes(bytes)
    case .numbers(var numbers):
      let position = Int.random(in: 0...numbers.count, using: &random)
      switch Int.random(in: 0..<4, using: &random) {
      case 0 where position < numbers.count: numbers.remove(at: position)
      case 1: numbers.insert(number(near: 1, &random), at: position)
      case _ where position < numbers.count:
        numbers[position] = number(near: numbers[position], &random)
      default: numbers.append(1)
      }
      message.fields[index].value = .numbers(numbers)
    case .message(let inner):
      if let parts = donors[inner.kind] {
        message.fields[index].value = .message(
          parts[Int.random(in: 0..<parts.count, using: &random)])
      }
    }
  }

  private static let numbers: [Int64] = [
    0, 1, -1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 16, 21, 22, 23, 25, -2, -3, -4, 127, 128, 255,
    4096, 65_536, 1 << 24, 1 << 31 - 1, 1 << 31, -(1 << 31), 1 << 32, 1 << 40, 1 << 47, 1 << 48,
    1 << 49, 1 << 61, 1 << 62, .max, .max - 1, .min, .min + 1,
  ]

  private func number(near value: UInt64, _ random: inout SeededGenerator) -> UInt64 {
    switch Int.random(in: 0..<8, using: &random) {
    case 0: value &+ 1
    case 1: value &- 1
    case 2: value &* 2
    case 3: 0 &- value
    case 4: UInt64.random(in: 0..<32, using: &random)
    default:
      UInt64(bitPattern: Self.numbers[Int.random(in: 0..<Self.numbers.count, using: &random)])
    }
  }

  private func text(
    _ text: [UInt8], isOperator: Bool, _ donated: Message.Field?, _ random: inout SeededGenerator
  ) -> [UInt8] {
    if isOperator, Int.random(in: 0..<8, using: &random) > 0, !operators.isEmpty {
      return operators[Int.random(in: 0..<operators.count, using: &random)]
    }
    switch Int.random(in: 0..<8, using: &random) {
    case 0: return []
    case 1: return text + text
    case 2: return Array(repeating: 0x41, count: 5000)
    case 3: return [0xFF, 0xFE]
    default:
      if case .text(let other)? = donated?.value { return other }
      return Array("x".utf8)
    }
  }

  // MARK: bytes

  private func damage(_ bytes: inout [UInt8], _ random: inout SeededGenerator) {
    for _ in 0..<Int.random(in: 1...4, using: &random) {
      guard !bytes.isEmpty else { return }
      let position = Int.random(in: 0..<bytes.count, using: &random)
      switch Int.random(in: 0..<7, using: &random) {
      case 0: bytes[position] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      case 1: bytes[position] = UInt8.random(in: 0...255, using: &random)
      case 2: bytes.remove(at: position)
      case 3: bytes.insert(0xFF, at: position)
      case 4: bytes.removeSubrange(position...)
      case 5:
        let end = min(bytes.count, position + Int.random(in: 1...64, using: &random))
        bytes.insert(contentsOf: Array(bytes[position..<end]), at: position)
      default:
        let end = min(bytes.count, position + Int.random(in: 1...64, using: &random))
        bytes.removeSubrange(position..<end)
      }
    }
  }
}
