// The SHA-256 checksum of files. Written here because the package that has it costs a minute of build.

import CSHA256

/// SHA-256 (FIPS 180-4), fed piece by piece.
struct SHA256: BlockChecksum {
  private var state: [UInt32] = [
    0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab,
    0x5be0_cd19,
  ]
  var waiting: [UInt8] = []
  var length: UInt64 = 0

  static func lengthBytes(_ bits: UInt64) -> [UInt8] { bits.littleEndianBytes.reversed() }

  var digest: [UInt8] { state.flatMap(\.bytes) }

  mutating func absorb(_ bytes: [UInt8], at start: Int, blocks: Int) {
    bytes.withUnsafeBufferPointer { bytes in
      sha256_absorb(&state, bytes.baseAddress.map { $0 + start }, blocks)
    }
  }
}
