// Where the entries of a sparse tensor stand, as steps from one to the next.
//
// S. Han et al., "Deep Compression", ICLR 2016, section 2 and figure 2. An entry's place is written
// as the number of elements skipped since the entry before, in b bits. Where more than 2^b - 1 are
// skipped, a filler (an entry that holds the background, zero) is put in. Fillers also mark the way to
// the tensor's end, so that no archive can claim more elements than its bytes can pay for.

/// Where the entries of a sparse tensor stand, as steps from one to the next.
public struct RelativeIndex: Sendable, Hashable {
  /// The bits of a step before Huffman coding.
  public let bits: Int
  /// How many elements are skipped before each entry: 0 to 2^bits - 1.
  public private(set) var steps: [UInt8] = []
  /// The number of each entry among the true ones; -1 where it is a filler.
  public private(set) var entries: [Int] = []

  /// The widths of steps.
  public static let widths = 3...8

  /// The steps to `positions`, ascending, in a tensor of `count` elements.
  ///
  /// - Parameter bits: one of ``widths``.
  public init(of positions: [Int], in count: Int, bits: Int) {
    self.bits = bits
    let widest = 1 << bits - 1
    steps.reserveCapacity(positions.count)
    entries.reserveCapacity(positions.count)
    var next = 0
    func fill(upTo position: Int, _ steps: inout [UInt8], _ entries: inout [Int]) {
      while position - next > widest {
        steps.append(UInt8(widest))
        entries.append(-1)
        next += widest + 1
      }
    }
    for (number, position) in positions.enumerated() {
      fill(upTo: position, &steps, &entries)
      steps.append(UInt8(position - next))
      entries.append(number)
      next = position + 1
    }
    fill(upTo: count, &steps, &entries)
  }

  /// How many entries are fillers.
  public var fillers: Int { entries.count { $0 < 0 } }
}
