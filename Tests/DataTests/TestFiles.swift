// Files that the tests of the Data room write for themselves.

import CZlib
import Foundation
import Testing

@testable import Data

/// A folder that exists for the time of one test.
final class TemporaryFolder {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "bonsai-data-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Writes a file, making folders on the way, and returns its path.
  @discardableResult
  func write(_ bytes: [UInt8], to name: String) throws -> String {
    let file = "\(path)/\(name)"
    try FileManager.default.createDirectory(
      atPath: (file as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
    try FileBytes.write(bytes, to: file)
    return file
  }
}

/// Compresses with zlib itself; window bits choose the container (31 gzip, 15 zlib, -15 raw).
func deflated(_ bytes: [UInt8], windowBits: Int32 = 31) throws -> [UInt8] {
  var stream = z_stream()
  let size = Int32(MemoryLayout<z_stream>.size)
  try #require(
    deflateInit2_(&stream, 6, Z_DEFLATED, windowBits, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, size)
      == Z_OK)
  defer { deflateEnd(&stream) }
  var input = bytes
  var output = [UInt8](repeating: 0, count: Int(deflateBound(&stream, UInt(bytes.count))) + 64)
  let status = input.withUnsafeMutableBufferPointer { source in
    output.withUnsafeMutableBufferPointer { target in
      stream.next_in = source.baseAddress
      stream.avail_in = UInt32(source.count)
      stream.next_out = target.baseAddress
      stream.avail_out = UInt32(target.count)
      return deflate(&stream, Z_FINISH)
    }
  }
  try #require(status == Z_STREAM_END)
  return Array(output.prefix(Int(stream.total_out)))
}

/// The bytes of an IDX file.
func idx(_ shape: [Int], _ elements: [UInt8]) -> [UInt8] {
  [0, 0, 8, UInt8(shape.count)] + shape.flatMap { UInt32($0).bytes } + elements
}

/// The bytes of a tokenized review file.
func imdb(labels: [UInt8], reviews: [[UInt16]], version: UInt32 = 1) -> [UInt8] {
  var bytes = Array("IMDB".utf8) + version.littleEndianBytes
  bytes += UInt32(labels.count).littleEndianBytes
  bytes += UInt32(reviews.map(\.count).reduce(0, +)).littleEndianBytes
  bytes += labels
  bytes += labels.map { $0 == 1 ? 9 : 2 }
  bytes += labels.indices.flatMap { UInt16($0).littleEndianBytes }
  var offset: UInt32 = 0
  bytes += offset.littleEndianBytes
  for review in reviews {
    offset += UInt32(review.count)
    bytes += offset.littleEndianBytes
  }
  return bytes + reviews.flatMap { $0.flatMap(\.littleEndianBytes) }
}

/// A line of the published text files of the USPS digits: first values, the others -1.
func zipCodeLine(_ label: Int, _ values: [String]) -> String {
  let others = [String](repeating: "-1.0000", count: 256 - values.count)
  return (["\(label).0000"] + values + others).joined(separator: " ") + " \n"
}

/// The bytes of an `.npy` file of pickled Python objects.
func pickledNPY(count: Int, _ pickle: [UInt8]) -> [UInt8] {
  let header = Array("{'descr': '|O', 'fortran_order': False, 'shape': (\(count),), }\n".utf8)
  return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.count), 0] + header + pickle
}

/// A pickle of protocol 2 of an array of lists, as NumPy makes it.
func pickle(_ lists: [[Int32]]) -> [UInt8] {
  var bytes: [UInt8] = [0x80, 2] + Array("cnumpy.core.multiarray\n_reconstruct\nq\0".utf8)
  bytes += Array(
    "cnumpy\nndarray\nq\u{1}K\0\u{85}U\u{1}b\u{87}R".unicodeScalars.map { UInt8($0.value) })
  bytes += Array("(K\u{1}".utf8) + Array("J".utf8) + Int32(lists.count).littleEndianBytes + [0x85]
  bytes +=
    Array("cnumpy\ndtype\nU\u{2}O8K\0K\u{1}".utf8) + [0x87] + Array("R(K\u{3}U\u{1}|NNN".utf8)
  bytes +=
    Array("J".utf8) + Int32(-1).littleEndianBytes + Array("J".utf8) + Int32(-1).littleEndianBytes
  bytes += Array("K?tb".utf8) + [0x89] + Array("](".utf8)
  for list in lists {
    bytes += Array("](".utf8)
    for number in list { bytes += Array("J".utf8) + number.littleEndianBytes }
    bytes += Array("e".utf8)
  }
  return bytes + Array("etb.".utf8)
}

/// The bytes of reviews as Keras publishes them.
func kerasNPZ(
  train: [[Int32]], trainLabels: [Int64], test: [[Int32]], testLabels: [Int64]
) throws -> [UInt8] {
  try Zip.archive(
    [
      ("x_train.npy", pickledNPY(count: train.count, pickle(train))),
      ("y_train.npy", NPY.bytes(of: NDArray(trainLabels, shape: [trainLabels.count]))),
      ("x_test.npy", pickledNPY(count: test.count, pickle(test))),
      ("y_test.npy", NPY.bytes(of: NDArray(testLabels, shape: [testLabels.count]))),
    ], path: "made")
}

/// Small pictures `[count, channels, side, side]` whose bytes are all different runs.
func pictures(_ count: Int, channels: Int = 1, side: Int = 4, classes: Int = 3) throws
  -> ImageDataset
{
  let size = channels * side * side
  return try ImageDataset(
    name: "made", path: "made",
    pixels: (0..<count * size).map { UInt8(truncatingIfNeeded: $0 &* 37) },
    shape: [channels, side, side], labels: (0..<count).map { $0 % classes },
    classNames: (0..<classes).map { "class \($0)" },
    normalization: .identity(channels: channels))
}
