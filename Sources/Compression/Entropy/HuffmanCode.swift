// Canonical Huffman codes: the shortest prefix codes, written down as nothing but their lengths.
//
// D. A. Huffman, "A Method for the Construction of Minimum-Redundancy Codes", 1952. The two rarest
// symbols are joined until one is left; how often a symbol was joined is the length of its code. In
// the canonical code symbols are ordered by length, then by number, and their codes count upwards,
// so that the lengths alone say which code is whose. The mean length L keeps H <= L < H + 1, where H
// is the entropy of the symbols' frequencies.

/// A canonical Huffman code over the symbols `0..<lengths.count`.
public struct HuffmanCode: Sendable, Hashable {
  /// The length in bits of each symbol's code; 0 where a symbol does not occur.
  public let lengths: [Int]
  /// The code of each symbol, in the lowest bits.
  public let codes: [UInt64]
  /// For each length, the first code and where its symbol stands in `order`.
  private let first: [(code: UInt64, index: Int, count: Int)]
  private let order: [Int]

  /// No code is longer: a longer one would need more symbols than can be counted here.
  public static let longest = 56

  /// The code that writes symbols which occur as often as `counts` says in the fewest bits.
  ///
  /// A symbol that is the only one gets a code of one bit.
  public init(counts: [Int]) {
    let used = counts.indices.filter { counts[$0] > 0 }
    var lengths = [Int](repeating: 0, count: counts.count)
    if used.count == 1 { lengths[used[0]] = 1 }
    if used.count > 1 {
      for (symbol, depth) in zip(used, Self.depths(used.map { counts[$0] })) {
        lengths[symbol] = depth
      }
    }
    self.init(sound: lengths)
  }

  /// The code with the given lengths.
  ///
  /// - Throws: ``DecodingFault`` where no prefix code has such lengths, or one that leaves bits
  ///   without meaning.
  public init(lengths: [Int]) throws(DecodingFault) {
    let used = lengths.filter { $0 > 0 }
    guard used.allSatisfy({ $0 <= Self.longest }) else {
      throw DecodingFault("a code of more than \(Self.longest) bits is stated")
    }
    // Kraft: the codes fill the tree exactly; a code of a single symbol takes half of it.
    let whole = UInt64(1) << UInt64(Self.longest)
    var sum: UInt64 = 0
    for length in used {
      sum += whole >> UInt64(length)
      guard sum <= whole else { throw DecodingFault("its code lengths fit no prefix code") }
    }
    guard used.isEmpty || sum == whole || used == [1] else {
      throw DecodingFault("its code lengths leave codes without a symbol")
    }
    self.init(sound: lengths)
  }

  private init(sound lengths: [Int]) {
    self.lengths = lengths
    let order = lengths.indices.filter { lengths[$0] > 0 }.sorted {
      (lengths[$0], $0) < (lengths[$1], $1)
    }
    var codes = [UInt64](repeating: 0, count: lengths.count)
    var first = [(code: UInt64, index: Int, count: Int)](
      repeating: (0, 0, 0), count: (lengths.max() ?? 0) + 1)
    var (code, length): (UInt64, Int) = (0, 0)
    for (index, symbol) in order.enumerated() {
      if lengths[symbol] > length {
        code <<= UInt64(lengths[symbol] - length)
        length = lengths[symbol]
        first[length] = (code, index, 0)
      }
      first[length].count += 1
      codes[symbol] = code
      code += 1
    }
    (self.codes, self.first, self.order) = (codes, first, order)
  }

  /// How deep each of at least two counts lies in Huffman's tree.
  private static func depths(_ counts: [Int]) -> [Int] {
    let leaves = counts.indices.sorted { (counts[$0], $0) < (counts[$1], $1) }
    // Joined nodes come about in ascending order, so that two queues take the place of a heap.
    var weights = leaves.map { counts[$0] }
    var parents = [Int](repeating: 0, count: 2 * counts.count - 1)
    var (leaf, joined) = (0, counts.count)
    func next() -> Int {
      defer { if leaf < counts.count, isLeafNext() { leaf += 1 } else { joined += 1 } }
      return leaf < counts.count && isLeafNext() ? leaf : joined
    }
    func isLeafNext() -> Bool { joined >= weights.count || weights[leaf] <= weights[joined] }
    while weights.count < parents.count {
      let (a, b) = (next(), next())
      parents[a] = weights.count
      parents[b] = weights.count
      weights.append(weights[a] + weights[b])
    }
    var depths = [Int](repeating: 0, count: parents.count)
    for node in (0..<parents.count - 1).reversed() { depths[node] = depths[parents[node]] + 1 }
    var result = [Int](repeating: 0, count: counts.count)
    for (position, symbol) in leaves.enumerated() { result[symbol] = depths[position] }
    return result
  }

  /// The bits that symbols take which occur as often as `counts` says.
  public func bits(of counts: [Int]) -> Int { zip(counts, lengths).reduce(0) { $0 + $1.0 * $1.1 } }

  /// Writes a symbol.
  public func put(_ symbol: Int, to bits: inout BitWriter) {
    bits.put(codes[symbol], lengths[symbol])
  }

  /// Reads a symbol.
  public func take(from bits: inout BitReader) throws(DecodingFault) -> Int {
    var code: UInt64 = 0
    for length in first.indices.dropFirst() {
      code = code << 1 | (try bits.bit())
      let group = first[length]
      if group.count > 0, code >= group.code, code - group.code < UInt64(group.count) {
        return order[group.index + Int(code - group.code)]
      }
    }
    throw DecodingFault("the bits before bit \(bits.position) are no code")
  }

  /// Writes the lengths down: the longest in 6 bits, then each in as many bits as that takes.
  public func putLengths(to bits: inout BitWriter) {
    let longest = lengths.max() ?? 0
    let width = Self.width(longest)
    bits.put(UInt64(longest), 6)
    for length in lengths { bits.put(UInt64(length), width) }
  }

  /// Reads the code of `count` symbols that ``putLengths(to:)`` wrote.
  public init(symbols count: Int, from bits: inout BitReader) throws(DecodingFault) {
    let width = Self.width(try bits.count(6))
    guard count * width <= bits.left else {
      throw DecodingFault("\(count) code lengths were expected, where \(bits.left) bits are left")
    }
    var lengths: [Int] = []
    lengths.reserveCapacity(count)
    for _ in 0..<count { lengths.append(try bits.count(width)) }
    try self.init(lengths: lengths)
  }

  private static func width(_ longest: Int) -> Int { Int.bitWidth - longest.leadingZeroBitCount }

  public static func == (a: HuffmanCode, b: HuffmanCode) -> Bool { a.lengths == b.lengths }

  public func hash(into hasher: inout Hasher) { hasher.combine(lengths) }
}
