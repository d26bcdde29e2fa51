// IDX, CIFAR-10 and IMDB files: literal ones, and every way to be broken.

import Testing

@testable import Data

@Suite struct GzipTests {
  @Test func roundTripsAndJoinsMembers() throws {
    let bytes = (0..<700_000).map { UInt8(truncatingIfNeeded: $0 * $0 >> 7) }
    let packed = try deflated(bytes)
    #expect(try Gzip.decompress(packed, path: "a.gz") == bytes)
    #expect(try Gzip.decompress(packed + packed + [0, 0, 0], path: "a.gz") == bytes + bytes)
    #expect(try Gzip.decompress(deflated([]), path: "a.gz") == [])
  }

  @Test func everyTruncationIsAnError() throws {
    let packed = try deflated(Array("the quick brown fox jumps".utf8))
    for length in 2..<packed.count {
      #expect(throws: DataError.self) {
        try Gzip.decompress(Array(packed.prefix(length)), path: "cut.gz")
      }
    }
  }

  @Test func damageNamesTheFileAndTheOffset() throws {
    var packed = try deflated([UInt8](repeating: 7, count: 5000))
    packed[packed.count - 6] ^= 0xff  // the stored CRC
    let error = #expect(throws: DataError.self) { try Gzip.decompress(packed, path: "bad.gz") }
    #expect(error?.description.contains("bad.gz: at byte") == true)
    #expect(throws: DataError.self) { try Gzip.decompress(deflated([1]) + [9], path: "tail.gz") }
  }

  @Test func aBombIsStopped() throws {
    let bomb = try deflated([UInt8](repeating: 0, count: 3_000_000))
    #expect(throws: DataError.tooLarge(path: "bomb.gz", size: 1_048_576, limit: 1_000_000)) {
      try Gzip.decompress(bomb, path: "bomb.gz", limit: 1_000_000)
    }
  }

  @Test func filesMayBePlainUnlessTheirNameSaysOtherwise() throws {
    let folder = try TemporaryFolder()
    #expect(try Gzip.read(folder.write([1, 2, 3], to: "plain")) == [1, 2, 3])
    let wrong = try folder.write([1, 2, 3], to: "wrong.gz")
    #expect(throws: DataError.self) { try Gzip.read(wrong) }
    #expect(throws: DataError.unreadable(path: "/nowhere/x", reason: "No such file or directory")) {
      try Gzip.read("/nowhere/x")
    }
    #expect(throws: DataError.unreadable(path: folder.path, reason: "it is not a regular file")) {
      try Gzip.read(folder.path)
    }
  }
}

@Suite struct IDXTests {
  @Test func readsImagesAndLabels() throws {
    let folder = try TemporaryFolder()
    let images = try folder.write(deflated(idx([2, 1, 3], [1, 2, 3, 4, 5, 6])), to: "images.gz")
    #expect(try IDX.read(images, rank: 3) == IDX(shape: [2, 1, 3], elements: [1, 2, 3, 4, 5, 6]))
    #expect(try IDX.parse(idx([3], [9, 8, 7]), path: "labels", rank: 1).elements == [9, 8, 7])
  }

  @Test func refusesWhatIsNotIDX() {
    let good = idx([2, 1, 3], [1, 2, 3, 4, 5, 6])
    #expect(
      throws: DataError.malformed(
        path: "x", offset: 0, expected: "the magic number 00 00 08 01 of IDX bytes of rank 1",
        found: "00 00 08 03")
    ) { try IDX.parse(good, path: "x", rank: 1) }
    for length in good.indices {
      #expect(throws: DataError.self) {
        try IDX.parse(Array(good.prefix(length)), path: "x", rank: 3)
      }
    }
    #expect(
      throws: DataError.inconsistent(
        path: "x", expected: "6 bytes after the header for shape [2, 1, 3]", found: "7")
    ) { try IDX.parse(good + [0], path: "x", rank: 3) }
    let huge: [UInt8] = [0, 0, 8, 3] + [UInt8](repeating: 255, count: 12)
    #expect(throws: DataError.self) { try IDX.parse(huge, path: "x", rank: 3) }
  }
}

@Suite struct CIFARTests {
  static func record(_ label: UInt8, _ value: UInt8) -> [UInt8] {
    [label] + [UInt8](repeating: value, count: 1024)
      + [UInt8](repeating: value + 1, count: 1024) + [UInt8](repeating: value + 2, count: 1024)
  }

  @Test func joinsFilesInOrder() throws {
    let folder = try TemporaryFolder()
    let first = try folder.write(Self.record(3, 10) + Self.record(9, 20), to: "a.bin")
    let second = try folder.write(deflated(Self.record(0, 30)), to: "b.bin.gz")
    let (pixels, labels) = try CIFARBinary.read([first, second])
    #expect(labels == [3, 9, 0])
    #expect(pixels.count == 3 * 3072)
    #expect(
      [pixels[0], pixels[1024], pixels[2048], pixels[3072], pixels[6144]] == [10, 11, 12, 20, 30])
  }

  @Test func refusesPartsOfRecordsAndWrongLabels() throws {
    let folder = try TemporaryFolder()
    let short = try folder.write(Array(Self.record(1, 0).dropLast()), to: "short.bin")
    #expect(throws: DataError.self) { try CIFARBinary.read([short]) }
    let wrong = try folder.write(Self.record(1, 0) + Self.record(10, 0), to: "wrong.bin")
    #expect(throws: DataError.labelOutOfRange(path: wrong, index: 1, label: 10, classCount: 10)) {
      try CIFARBinary.read([wrong])
    }
    let empty = try folder.write([], to: "empty.bin")
    #expect(throws: DataError.empty(path: empty)) { try CIFARBinary.read([empty]) }
  }
}

@Suite struct IMDBTests {
  let good = imdb(labels: [1, 0], reviews: [[1, 5, 300], [1]])

  @Test func readsReviews() throws {
    let reviews = try IMDBTokens.parse(good, path: "r")
    #expect(reviews == IMDBTokens(labels: [1, 0], offsets: [0, 3, 4], tokens: [1, 5, 300, 1]))
  }

  @Test func everyTruncationIsAnError() {
    for length in good.indices {
      #expect(throws: DataError.self) {
        try IMDBTokens.parse(Array(good.prefix(length)), path: "r")
      }
    }
    #expect(throws: DataError.self) { try IMDBTokens.parse(good + [0], path: "r") }
  }

  @Test func refusesDamage() {
    #expect(throws: DataError.self) {
      try IMDBTokens.parse(imdb(labels: [1], reviews: [[1]], version: 2), path: "r")
    }
    #expect(throws: DataError.labelOutOfRange(path: "r", index: 0, label: 2, classCount: 2)) {
      try IMDBTokens.parse(imdb(labels: [2], reviews: [[1]]), path: "r")
    }
    #expect(throws: DataError.empty(path: "r")) {
      try IMDBTokens.parse(imdb(labels: [], reviews: []), path: "r")
    }
    var falling = good
    falling[16 + 2 + 2 + 4 + 4] = 9  // the middle offset, now beyond the last
    #expect(throws: DataError.self) { try IMDBTokens.parse(falling, path: "r") }
  }
}
