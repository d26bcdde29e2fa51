// .npy and .npz files: literal ones, round trips, damage, and NumPy itself.

import Foundation
import Testing

@testable import Data

/// An .npy file with a header of our choice.
private func npy(_ header: String, _ elements: [UInt8], version: UInt8 = 1) -> [UInt8] {
  let length = header.utf8.count
  let size =
    version == 1 ? UInt16(length).littleEndianBytes : UInt32(length).littleEndianBytes
  return [0x93] + Array("NUMPY".utf8) + [version, 0] + size + Array(header.utf8) + elements
}

@Suite struct NPYTests {
  @Test func writesWhatNumPyWrites() throws {
    let bytes = NPY.bytes(of: try NDArray([1, 2, 3] as [Int16], shape: [3]))
    let header = "{'descr': '<i2', 'fortran_order': False, 'shape': (3,), }"
    #expect(bytes.count == 128 + 6)
    #expect(Array(bytes[..<10]) == [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, 118, 0])
    #expect(String(decoding: bytes[10..<10 + header.utf8.count], as: UTF8.self) == header)
    #expect(bytes[127] == 10)
    #expect(Array(bytes[128...]) == [1, 0, 2, 0, 3, 0])
  }

  @Test func everyTypeAndShapeRoundTrips() throws {
    func check<Element: NDArrayElement>(_ elements: [Element]) throws {
      for shape in [[elements.count], [2, elements.count / 2], [elements.count, 1, 1]] {
        let array = try NDArray(elements, shape: shape)
        #expect(try NPY.parse(NPY.bytes(of: array), path: "a") == array)
      }
    }
    try check([Int8.min, -1, 0, .max])
    try check([Int16.min, -1, 0, .max])
    try check([Int32.min, -1, 0, .max])
    try check([Int64.min, -1, 0, .max])
    try check([UInt8.min, 1, 2, .max])
    try check([UInt16.min, 1, 2, .max])
    try check([UInt32.min, 1, 2, .max])
    try check([UInt64.min, 1, 2, .max])
    try check([Float16.zero, -1.5, .greatestFiniteMagnitude, .infinity])
    try check([Float.zero, -1.5, .leastNonzeroMagnitude, .infinity])
    try check([Double.zero, -1.5, .pi, -.infinity])
    for shape in [[], [0], [3, 0, 2]] {
      let count = shape.reduce(1, *)
      let array = try NDArray([Float](repeating: 2.5, count: count), shape: shape)
      #expect(try NPY.parse(NPY.bytes(of: array), path: "a") == array)
    }
    let flags = try NDArray(.bool, shape: [2], bytes: [0, 1])
    #expect(try NPY.parse(NPY.bytes(of: flags), path: "a") == flags)
  }

  @Test func readsBothByteOrdersAndBothMemoryOrders() throws {
    let big = npy(
      "{'descr': '>i4', 'fortran_order': False, 'shape': (2,), }", [0, 0, 1, 2, 0, 0, 0, 5])
    #expect(try NPY.parse(big, path: "a").elements() == [258, 5] as [Int32])
    // Column by column: the array is 0 1 2 / 3 4 5.
    let columns = npy(
      "{\"shape\": (2, 3), 'fortran_order': True, 'descr': '|u1'}", [0, 3, 1, 4, 2, 5])
    #expect(
      try NPY.parse(columns, path: "a") == NDArray([0, 1, 2, 3, 4, 5] as [UInt8], shape: [2, 3]))
    let version2 = npy("{'descr': '|b1', 'fortran_order': False, 'shape': (), }\n", [1], version: 2)
    #expect(try NPY.parse(version2, path: "a") == NDArray(.bool, shape: [], bytes: [1]))
  }

  @Test func everyTruncationIsAnError() throws {
    let good = NPY.bytes(of: try NDArray([1, 2] as [Float], shape: [2]))
    for length in good.indices {
      #expect(throws: DataError.self) { try NPY.parse(Array(good.prefix(length)), path: "a") }
    }
    #expect(throws: DataError.self) { try NPY.parse(good + [0], path: "a") }
  }

  @Test(arguments: [
    "", "{", "{}", "{'descr': '<f4'}", "{'descr': '<f4', 'fortran_order': Maybe, 'shape': (1,)}",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (1}", "{'descr': <f4}",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904, 4)}",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'more': 1}",
  ]) func refusesBrokenHeaders(_ header: String) {
    let error = #expect(throws: DataError.self) {
      try NPY.parse(npy(header, [0, 0, 0, 0]), path: "broken.npy")
    }
    #expect(error?.description.contains("broken.npy") == true)
  }

  @Test(arguments: ["<c8", "|O", "<U5", "<M8[ns]", "|S3"]) func refusesWhatIsNotNumbers(
    _ code: String
  ) {
    let header = "{'descr': '\(code)', 'fortran_order': False, 'shape': (1,), }"
    #expect(
      throws: DataError.unsupported(
        path: "a", what: "element type '\(code)'",
        advice: "store numbers: bool, integers, or floats of 16 to 64 bits")
    ) { try NPY.parse(npy(header, [0, 0, 0, 0, 0, 0, 0, 0]), path: "a") }
  }

  @Test func convertsBetweenTypes() throws {
    let halves = try NDArray([0.5, -2] as [Float16], shape: [2])
    #expect(halves.floats() == [0.5, -2])
    #expect(throws: DataError.self) { try halves.integers() }
    #expect(throws: DataError.self) { try halves.elements() as [Float] }
    #expect(try NDArray([3, -4] as [Double], shape: [2]).integers() == [3, -4])
    #expect(throws: DataError.self) { try NDArray([UInt64.max], shape: [1]).integers() }
    #expect(try NDArray(.bool, shape: [2], bytes: [0, 1]).floats() == [0, 1])
    #expect(throws: DataError.self) { try NDArray([1, 2] as [Float], shape: [3]) }
    #expect(throws: DataError.self) { try NDArray([1] as [Float], shape: [-1, -1]) }
  }
}

@Suite struct NPZTests {
  private func arrays() throws -> [String: NDArray] {
    [
      "x": try NDArray((0..<24).map(Float.init), shape: [2, 3, 4]),
      "y": try NDArray([7, -1] as [Int64], shape: [2]),
      "dir/name é": try NDArray([UInt8](), shape: [0]),
    ]
  }

  @Test func roundTripsAndIsReproducible() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/a.npz"
    try NPZ.write(arrays(), to: path)
    #expect(try NPZ.read(path) == arrays())
    #expect(try NPZ.names(path) == ["dir/name é", "x", "y"])
    #expect(try FileBytes.read(path) == NPZ.bytes(of: arrays()))
    try NPZ.write(["z": NDArray([1] as [Float], shape: [1])], to: path)
    #expect(try NPZ.names(path) == ["z"])
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["a.npz"])
  }

  @Test func everyTruncationIsAnError() throws {
    let good = try NPZ.bytes(of: arrays())
    for length in stride(from: 0, to: good.count, by: 3) {
      #expect(throws: DataError.self) { try NPZ.parse(Array(good.prefix(length)), path: "a") }
    }
  }

  @Test func anyFlippedByteIsAnErrorOrHarmless() throws {
    let expected = try arrays()
    let good = try NPZ.bytes(of: expected)
    for place in good.indices {
      var bad = good
      bad[place] ^= 0x41
      // Names, dates and attributes carry no check; values must never change unnoticed.
      guard let found = try? NPZ.parse(bad, path: "a") else { continue }
      for (name, array) in found where expected[name] != nil { #expect(array == expected[name]) }
    }
  }

  @Test func writingIntoNowhereLeavesNothing() throws {
    #expect(throws: DataError.self) { try NPZ.write(arrays(), to: "/nowhere/a.npz") }
  }

  @Test func limitsHold() throws {
    let bytes = try NPZ.bytes(of: arrays())
    #expect(throws: DataError.self) { try NPZ.parse(bytes, path: "a", limit: 100) }
  }
}

/// What NumPy reads from our files and we read from NumPy's.
@Suite(.enabled(if: NumPy.python != nil, "no Python with NumPy on this machine"))
struct NumPyTests {
  @Test func numPyReadsWhatWeWrite() throws {
    let folder = try TemporaryFolder()
    try NPZ.write(
      [
        "f2": NDArray([1.5, -0.25] as [Float16], shape: [2]),
        "f4": NDArray([1, 2, 3, 4, 5, 6] as [Float], shape: [3, 2]),
        "u8": NDArray([UInt64.max], shape: []),
        "b1": NDArray(.bool, shape: [1, 2], bytes: [1, 0]),
      ], to: folder.path + "/ours.npz")
    let printed = try NumPy.run(
      """
      a = np.load("ours.npz")
      for name in sorted(a.files):
          print(name, a[name].dtype, a[name].shape, a[name].tolist())
      """, in: folder)
    #expect(
      printed == """
        b1 bool (1, 2) [[True, False]]
        f2 float16 (2,) [1.5, -0.25]
        f4 float32 (3, 2) [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]
        u8 uint64 () 18446744073709551615

        """)
  }

  @Test func weReadWhatNumPyWrites() throws {
    let folder = try TemporaryFolder()
    _ = try NumPy.run(
      """
      x = np.arange(24).reshape(2, 3, 4)
      names = "b1 i1 i2 i4 i8 u1 u2 u4 u8 f2 f4 f8".split()
      every = {n: (x % 2 if n == "b1" else x).astype(n) for n in names}
      np.savez("stored.npz", **every)
      np.savez_compressed("deflated.npz", **every)
      np.savez("fortran.npz", **{n: np.asfortranarray(a) for n, a in every.items()})
      np.savez("big.npz", **{n: a.astype(a.dtype.newbyteorder(">")) for n, a in every.items()})
      import io, zipfile
      with zipfile.ZipFile("zip64.npz", "w") as z:
          for n, a in every.items():
              with z.open(n + ".npy", "w", force_zip64=True) as f:
                  np.lib.format.write_array(f, a)
      """, in: folder)
    for file in ["stored", "deflated", "fortran", "big", "zip64"] {
      let arrays = try NPZ.read("\(folder.path)/\(file).npz")
      #expect(arrays.count == 12)
      for (name, array) in arrays {
        #expect(array.shape == [2, 3, 4])
        #expect(array.elementType.rawValue == name)
        #expect(array.doubles() == (0..<24).map { Double(name == "b1" ? $0 % 2 : $0) })
      }
    }
  }
}

/// Runs NumPy where it is installed.
enum NumPy {
  static let python: String? = {
    let local = "\(TestData.project)/.venv/bin/python3"
    for candidate in [local, "python3"] {
      if let status = try? launch(candidate, "import numpy", in: NSTemporaryDirectory()).status,
        status == 0
      {
        return candidate
      }
    }
    return nil
  }()

  static func run(_ script: String, in folder: TemporaryFolder) throws -> String {
    let python = try #require(python)
    let result = try launch(python, "import numpy as np\n" + script, in: folder.path)
    try #require(result.status == 0, "NumPy failed")
    return result.output
  }

  private static func launch(
    _ python: String, _ script: String, in folder: String
  ) throws -> (status: Int32, output: String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [python, "-c", script]
    process.currentDirectoryURL = URL(fileURLWithPath: folder)
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return (process.terminationStatus, text)
  }
}
