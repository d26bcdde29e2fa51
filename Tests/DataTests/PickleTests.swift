// Pickled lists: what NumPy writes, what Keras's reviews become, and everything that must be refused.

import Testing

@testable import Data

@Suite struct PickleTests {
  private func lists(_ bytes: [UInt8], count: Int) throws -> [[Int]] {
    try NPY.integerLists(pickledNPY(count: count, bytes), path: "p")
  }

  private func refusal(_ bytes: [UInt8], count: Int = 1) -> String {
    let error = #expect(throws: DataError.self) { try lists(bytes, count: count) }
    return error?.description ?? ""
  }

  @Test func listsAreRead() throws {
    let small: [[Int32]] = [[1, 2, 3], [], [70_000, -5], [.max, .min]]
    #expect(try lists(pickle(small), count: 4) == small.map { $0.map(Int.init) })
    #expect(try lists(pickle([]), count: 0) == [])
    #expect(refusal(pickle(small), count: 3).contains("an array of 3 lists"))
  }

  @Test func otherArraysAreRefused() {
    let error = #expect(throws: DataError.self) {
      try NPY.integerLists(NPY.bytes(of: NDArray([1, 2] as [Int64], shape: [2])), path: "p")
    }
    #expect(error?.description.contains("an array of lists") == true)
  }

  @Test(.enabled(if: NumPy.python != nil, "NumPy is not installed"), arguments: [2, 3, 4, 5])
  func whatPythonPicklesIsRead(_ version: Int) throws {
    let folder = try TemporaryFolder()
    _ = try NumPy.run(
      """
      import pickle
      shared = [7, 8, 9]
      lists = [[0, 255, 256, 65535, 65536, 2**31 - 1, -1, -2**31, 2**31, 2**40, -2**40],
               [], [5], shared, list(range(3000)), shared, [1] * 1000]
      array = np.empty(len(lists), dtype=object)
      for index, item in enumerate(lists):
          array[index] = item
      with open("a.npy", "wb") as f:
          np.lib.format.write_array_header_1_0(f, np.lib.format.header_data_from_array_1_0(array))
          pickle.dump(array, f, protocol=\(version))
      """, in: folder)
    let read = try NPY.integerLists(FileBytes.read(folder.path + "/a.npy"), path: "p")
    let first = [0, 255, 256, 65_535, 65_536, 2_147_483_647, -1, -2_147_483_648, 2_147_483_648]
    #expect(
      read == [
        first + [1_099_511_627_776, -1_099_511_627_776], [], [5], [7, 8, 9], Array(0..<3000),
        [7, 8, 9], [Int](repeating: 1, count: 1000),
      ])
  }

  @Test(.enabled(if: NumPy.python != nil, "NumPy is not installed"))
  func whatNumPySavesForKerasIsRead() throws {
    let folder = try TemporaryFolder()
    _ = try NumPy.run(
      """
      def lists(*items):
          array = np.empty(len(items), dtype=object)
          array[:] = items
          return array
      np.savez_compressed(
          "imdb.npz", x_train=lists([11, 19, 13, 40], [5] * 2000), y_train=np.array([1, 0]),
          x_test=lists([9996, 9997], [1]), y_test=np.array([0, 1], dtype=np.uint8))
      """, in: folder)
    let train = try KerasReviews.read(folder.path + "/imdb.npz", .train)
    #expect(train.tokens.prefix(5) == [1, 14, 22, 16, 43] && train.offsets == [0, 5, 2006])
    let test = try KerasReviews.read(folder.path + "/imdb.npz", .test)
    #expect(test.tokens == [1, 9999, 2, 1, 4] && test.labels == [0, 1])
  }

  /// The first review of the published training set begins with these ranks, and Keras's documentation and
  /// many lessons print it with these numbers.
  @Test func theFirstReviewIsThePublishedOne() throws {
    let folder = try TemporaryFolder()
    let ranks: [Int32] = [
      11, 19, 13, 40, 527, 970, 1619, 1382, 62, 455, 4465, 63, 3938, 1, 170, 33, 253, 2, 22, 97, 40,
      835, 109, 47, 667, 22_662, 6, 32, 477,
    ]
    let path = try folder.write(
      kerasNPZ(train: [ranks], trainLabels: [1], test: [[1]], testLabels: [0]), to: "imdb.npz")
    #expect(
      try KerasReviews.read(path, .train).tokens == [
        1, 14, 22, 16, 43, 530, 973, 1622, 1385, 65, 458, 4468, 66, 3941, 4, 173, 36, 256, 5, 25,
        100,
        43, 838, 112, 50, 670, 2, 9, 35, 480,
      ])
  }

  @Test func reviewsThatDisagreeAreRefused() throws {
    let folder = try TemporaryFolder()
    func error(_ bytes: [UInt8]) throws -> String {
      let path = try folder.write(bytes, to: "imdb.npz")
      let error = #expect(throws: DataError.self) { try KerasReviews.read(path, .train) }
      return error?.description ?? ""
    }
    func made(_ train: [[Int32]], _ labels: [Int64]) throws -> [UInt8] {
      try kerasNPZ(train: train, trainLabels: labels, test: [[1]], testLabels: [0])
    }
    #expect(try error(made([[1], [2]], [1])).contains("expected 1 reviews, one a label, found 2"))
    #expect(try error(made([[1]], [2])).contains("label 2, expected 0 to 1"))
    #expect(try error(made([[1, 0]], [1])).contains("ranks from 1 on in review 0, found 0"))
    #expect(try error(made([[-3]], [1])).contains("found -3"))
    #expect(try error(made([], [])).contains("holds no example"))
    #expect(try error(Zip.archive([], path: "z")).contains("no entry 'x_train'"))
    let whole = try made([[1, 2]], [1])
    for length in stride(from: 0, to: whole.count, by: 31) {
      let path = try folder.write(Array(whole.prefix(length)), to: "imdb.npz")
      #expect(throws: DataError.self) { try KerasReviews.read(path, .train) }
    }
  }

  @Test func theVocabularyIsCheckedToo() throws {
    let folder = try TemporaryFolder()
    func words(_ text: String) throws -> [String] {
      try KerasReviews.vocabulary(folder.write(Array(text.utf8), to: "words.json"))
    }
    let good = try words(#"{"the": 1, "caf\u00e9": 2, "last": 9996, "beyond": 9997}"#)
    #expect(good.prefix(7) == ["<pad>", "<start>", "<unk>", "<unused>", "the", "café", "<unused>"])
    #expect(good.count == 10_000 && good.last == "last")
    for text in ["", "{", "[]", #"{"a": "b"}"#, #"{"a": 0}"#, #"{"a": -4}"#, #"{"a": 1.5}"#] {
      #expect(throws: DataError.self) { try words(text) }
    }
  }

  // MARK: What must be refused

  @Test func namesThatAreNotUnderstoodAreRefused() {
    for (module, name) in [
      ("os", "system"), ("posix", "system"), ("builtins", "eval"), ("builtins", "exec"),
      ("subprocess", "Popen"), ("numpy", "load"), ("_codecs", "decode"),
    ] {
      let global =
        [0x80, 2] + Array("c\(module)\n\(name)\nU\u{2}id".utf8) + [0x85] + Array("R.".utf8)
      #expect(refusal(global).contains("'\(module).\(name)' is not supported"))
      #expect(refusal(global).contains("nothing that a file holds is run"))
      let stacked: [UInt8] =
        [0x80, 4, 0x8c, UInt8(module.utf8.count)] + Array(module.utf8)
        + [0x8c, UInt8(name.utf8.count)] + Array(name.utf8) + [0x93] + Array(")R.".utf8)
      #expect(refusal(stacked).contains("'\(module).\(name)' is not supported"))
    }
  }

  /// INST, OBJ, NEWOBJ, NEWOBJ_EX, EXT1, PERSID, BINPERSID, SETITEM, DICT, EMPTY_DICT, FLOAT, DUP, POP,
  /// NEXT_BUFFER, BINUNICODE8: nothing that is not in the table is taken for anything.
  @Test func instructionsThatAreNotNeededAreRefused() {
    let codes: [UInt8] =
      [0x81, 0x92, 0x82, 0x97, 0x8d] + Array("ioPQsd}F20".utf8)
    for code in codes {
      let text = refusal([0x80, 4, 0x4b, 1, code] + Array("os\nsystem\n.".utf8))
      #expect(text.contains("the pickle instruction 0x\([code].hexadecimal) is not supported"))
    }
  }

  @Test func aStackThatDoesNotFitIsRefused() {
    for program in [
      ".", "R.", "b.", "a.", "e.", "t.", "(.", "((.", "K\u{1}a.", "]K\u{1}.", "h\u{5}.", "q\u{0}.",
      ")R.", "])R.", "K\u{1}K\u{1}R.", "))b.", "]]]a.", "cnumpy\nndarray\n)R.",
      "cnumpy\ndtype\n)R.",
      "K\u{1}", "", "c", "cnumpy", "U\u{9}x.", "]]a.",
    ] {
      _ = refusal([0x80, 2] + Array(program.utf8))
    }
    _ = refusal([0x80, 1, 0x5d, 0x2e])
    _ = refusal([0x80, 2, 0x8a, 9, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0x2e])
  }

  @Test func noDepthOfNestingBreaksTheProgram() {
    let tuples: [UInt8] = [0x80, 2, 0x4e] + [UInt8](repeating: 0x85, count: 200_000) + [0x2e]
    #expect(refusal(tuples).contains("an array of 1 lists"))
    let lists = [0x80, 2] + [UInt8](repeating: 0x5d, count: 100_000)
    #expect(refusal(lists + [UInt8](repeating: 0x61, count: 99_999) + [0x2e]).contains("lists"))
    // A list that holds itself.
    #expect(refusal([0x80, 2, 0x5d, 0x71, 0, 0x68, 0, 0x61, 0x2e]).contains("lists"))
  }

  @Test func damageIsRefusedOrHarmless() throws {
    let good = pickle([[1, 2], [3]])
    for length in 0..<good.count { _ = refusal(Array(good.prefix(length)), count: 2) }
    _ = refusal(good + [0], count: 2)
    for place in good.indices {
      for change in stride(from: 1, to: 256, by: 5) {
        var bytes = good
        bytes[place] ^= UInt8(change)
        // A changed number is another number; everything else must end in an error, never in a trap.
        if let read = try? lists(bytes, count: 2) { #expect(read.count == 2) }
      }
    }
  }
}
