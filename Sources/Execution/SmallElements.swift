// Elements smaller than a byte: packed as files hold them, one to a byte as the engine does.

import Network

/// Elements of four and two bits. A byte holds two or four of them, the first in its low bits.
enum SmallElements {
  /// Float8E4M3FN codes of the eight magnitudes of float4E2M1: 0, 1/2, 1, 3/2, 2, 3, 4, 6.
  private static let magnitudes: [UInt8] = [0x00, 0x30, 0x38, 0x3C, 0x40, 0x44, 0x48, 0x4C]

  /// One byte for each element: sign-extended, zero-extended, or a float8 number.
  static func unpacked(_ data: TensorData) -> [UInt8] {
    let width = data.type.bitWidth
    let perByte = 8 / width
    let mask = UInt8(1 << width) &- 1
    let packed = data.bytes.array
    return (0..<data.count).map { index in
      let code = packed[index / perByte] >> UInt8(index % perByte * width) & mask
      switch data.type {
      case .int4, .int2:
        let unused = UInt8(8 - width)
        return UInt8(bitPattern: Int8(bitPattern: code << unused) >> Int8(unused))
      case .float4E2M1: return magnitudes[Int(code & 7)] | (code & 8) << 4
      default: return code
      }
    }
  }

  /// The elements packed; what does not fit loses its high bits.
  static func packed(_ elements: [UInt8], _ type: ElementType) -> [UInt8] {
    let width = type.bitWidth
    let perByte = 8 / width
    let mask = UInt8(1 << width) &- 1
    var bytes = [UInt8](repeating: 0, count: type.byteCount(of: elements.count))
    for (index, element) in elements.enumerated() {
      var code = element & mask
      if type == .float4E2M1 {
        let magnitude = magnitudes.lastIndex { $0 <= element & 0x7F } ?? 0
        code = UInt8(magnitude) | (element & 0x80) >> 4
      }
      bytes[index / perByte] |= code << UInt8(index % perByte * width)
    }
    return bytes
  }
}
