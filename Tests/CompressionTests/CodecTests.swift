// Codecs: every tensor they take comes back bit for bit; wrong bytes are errors.

import Foundation
import Network
import Testing

@testable import Compression

@Suite struct CodecTests {
  static let names = Codecs.all.map { type(of: $0).name }

  @Test(arguments: names)
  func tensorsComeBackBitForBit(name: String) throws {
    let codec = try Codecs.named(name)
    var taken = 0
    for tensor in try Samples.tensors() {
      guard let encoded = codec.encode(tensor) else { continue }
      taken += 1
      let decoded = try type(of: codec).decode(
        encoded.bytes[...], type: tensor.type, shape: tensor.shape)
      #expect(decoded == tensor)
    }
    // A codec may be made for few tensors, but not for none.
    #expect(taken > 0)
  }

  @Test func everyWidthOfStepsComesBack() throws {
    for bits in RelativeIndex.widths {
      let codec = try DeepCompression(indexBits: bits)
      for tensor in try Samples.tensors() {
        guard let encoded = codec.encode(tensor) else { continue }
        let decoded = try DeepCompression.decode(
          encoded.bytes[...], type: tensor.type, shape: tensor.shape)
        #expect(decoded == tensor)
        if let spending = encoded.spending, spending.indexBits > 0 {
          #expect(spending.indexBits == bits)
        }
      }
    }
    #expect(throws: CompressionError.self) { try DeepCompression(indexBits: 9) }
  }

  @Test func theChosenWidthTakesTheFewestBytes() throws {
    let tensor = try #require(try Samples.shared(keeping: 0.05).initializers["fc.weight"]?.tensor)
    let sizes = try RelativeIndex.widths.map {
      try DeepCompression(indexBits: $0).encode(tensor)?.bytes.count ?? 0
    }
    #expect(DeepCompression().encode(tensor)?.bytes.count == sizes.min())
    #expect(Set(sizes).count > 1)
  }

  /// The spending is what the paper's tables count, by an independent count.
  @Test func spendingIsWhatTheBytesHold() throws {
    var values = [Float](repeating: 0, count: 4000)
    var generator = SeededGenerator(seed: 6)
    for _ in 0..<300 {
      values[Int.random(in: 0..<4000, using: &generator)] =
        [0.5, -0.5, 0.25, 1][Int.random(in: 0..<4, using: &generator)]
    }
    let tensor = try TensorData(values, shape: [40, 100])
    let encoded = try #require(DeepCompression().encode(tensor))
    let spending = try #require(encoded.spending)
    #expect(spending.kept == values.count { $0 != 0 })
    #expect(spending.values == 4)
    #expect(spending.weightBits == 2)
    #expect(spending.codebookBytes == 16)
    // Everything but the fields and the two tables of lengths.
    let paid =
      Double(spending.kept) * (spending.codedWeightBits + spending.codedIndexBits)
      + Double(8 * spending.codebookBytes)
    let rest = Double(encoded.bytes.count * 8) - paid
    let tables = 5 * 3 + 6 + Double(1 << spending.indexBits) * 4 + 6
    #expect(rest > 0 && rest <= 1 + 32 + 17 + 4 + 40 + tables + 8)
  }

  @Test func wrongBytesAreErrorsAndNeverTrap() throws {
    var generator = SeededGenerator(seed: 77)
    var errors = 0
    for tensor in try Samples.tensors() {
      for codec in Codecs.all {
        guard let encoded = codec.encode(tensor) else { continue }
        for _ in 0..<12 {
          var bytes = encoded.bytes
          switch Int.random(in: 0..<3, using: &generator) {
          case 0 where !bytes.isEmpty:
            bytes[Int.random(in: 0..<bytes.count, using: &generator)] ^=
              1 << UInt8.random(in: 0..<8, using: &generator)
          case 1: bytes.removeLast(Int.random(in: 0...bytes.count, using: &generator))
          default: bytes.append(UInt8.random(in: 0...255, using: &generator))
          }
          do {
            _ = try type(of: codec).decode(bytes[...], type: tensor.type, shape: tensor.shape)
          } catch {
            errors += 1
          }
        }
      }
    }
    #expect(errors > 500)
  }

  @Test func bytesCannotClaimMoreThanTheyPayFor() throws {
    let tensor = try TensorData([Float](repeating: 0, count: 10), shape: [10])
    for codec in Codecs.all {
      guard let encoded = codec.encode(tensor) else { continue }
      for shape in [[1 << 40], [1 << 30, 1 << 15], [1 << 62, 8], [-1]] {
        #expect(throws: DecodingFault.self) {
          try type(of: codec).decode(encoded.bytes[...], type: .float32, shape: shape)
        }
      }
    }
  }
}
