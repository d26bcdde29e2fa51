// The processor's instructions for SHA-256 give what plain C gives.

import CSHA256
import Testing

@testable import Data

@Suite struct ChecksumTests {
  @Test func instructionsAgreeWithPlainC() {
    var random = RandomState(seed: 5)
    for count in 0...9 {
      let blocks = (0..<64 * count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
      let start = (0..<8).map { _ in UInt32(truncatingIfNeeded: random.next()) }
      var (fast, plain) = (start, start)
      sha256_absorb(&fast, blocks, count)
      sha256_absorb_portably(&plain, blocks, count)
      #expect(fast == plain, "\(count) blocks")
      #expect(count == 0 || fast != start)
    }
  }

  @Test func piecesOfEveryLengthGiveOneChecksum() {
    let bytes = (0..<1000).map { UInt8(truncatingIfNeeded: $0 * 7) }
    var whole = SHA256()
    whole.update(bytes)
    let expected = whole.finish()
    for length in [1, 3, 63, 64, 65, 127, 128, 129, 999] {
      var pieces = SHA256()
      for start in stride(from: 0, to: bytes.count, by: length) {
        pieces.update(Array(bytes[start..<min(start + length, bytes.count)]))
      }
      #expect(pieces.finish() == expected, "pieces of \(length)")
    }
  }
}
