// Downloads from a server on loopback: whole, resumed, from the next mirror, and every way to fail.

import Foundation
import Testing

@testable import Data

/// The server, alive for the time of one test.
private final class Server {
  private let process = Process()
  private let input = Pipe()
  let address: String
  let log: String

  init(in folder: TemporaryFolder) throws {
    log = folder.path + "/requests"
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["python3", "-c", serverScript, log, folder.path + "/published"]
    let output = Pipe()
    process.standardInput = input
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
    let port = try #require(Int(line.trimmingCharacters(in: .whitespacesAndNewlines)))
    address = "http://127.0.0.1:\(port)"
  }

  /// The requests so far: the mirror's behaviour and the range asked for.
  func requests() throws -> [String] {
    try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n").map(String.init)
  }

  // Closing its standard input ends the server.
  deinit { try? input.fileHandleForWriting.close() }
}

private let body = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 * 31 + $0 / 256) }

private func file(size: Int = body.count) -> DatasetCard.File {
  var checksum = SHA256()
  checksum.update(body)
  return DatasetCard.File(name: "data.bin", size: size, check: .sha256(checksum.finish()))
}

@Suite struct DownloaderTests {
  private let folder: TemporaryFolder
  private let server: Server
  private var target: String { folder.path + "/cache/set" }
  private var part: String { target + "/data.bin.part" }
  private let downloader = Downloader(patience: 5)

  init() throws {
    folder = try TemporaryFolder()
    server = try Server(in: folder)
  }

  private func mirrors(_ kinds: String...) -> [String] { kinds.map { "\(server.address)/\($0)" } }

  private func leftovers() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: target).sorted()
  }

  @Test func bringsAFileAndLeavesItAloneTheSecondTime() throws {
    var last: Downloader.Progress?
    let path = try downloader.fetch(file(), from: mirrors("good"), into: target) { last = $0 }
    #expect(try FileBytes.read(path) == body)
    #expect(try leftovers() == ["data.bin"])
    #expect(last?.received == body.count && last?.total == body.count)
    try downloader.fetch(file(), from: mirrors("good"), into: target)
    #expect(try server.requests() == ["good -"])
  }

  @Test func resumesWhereItBrokeOff() throws {
    let error = #expect(throws: DataError.self) {
      try downloader.fetch(file(), from: mirrors("broken"), into: target)
    }
    #expect(error?.description.contains("broke after 150000 of 300000 bytes") == true)
    #expect(try FileBytes.size(of: part) == 150_000)
    let path = try downloader.fetch(file(), from: mirrors("good"), into: target)
    #expect(try FileBytes.read(path) == body)
    #expect(try server.requests() == ["broken -", "good bytes=150000-"])
  }

  @Test func theNextMirrorGoesOn() throws {
    let path = try downloader.fetch(
      file(), from: ["http://127.0.0.1:1"] + mirrors("missing", "broken", "good"), into: target)
    #expect(try FileBytes.read(path) == body)
    #expect(try server.requests() == ["missing -", "broken -", "good bytes=150000-"])
  }

  @Test func startsAgainWhereAServerSendsNoParts() throws {
    try folder.write(Array(body.prefix(1000)), to: "cache/set/data.bin.part")
    let path = try downloader.fetch(file(), from: mirrors("norange"), into: target)
    #expect(try FileBytes.read(path) == body)
  }

  @Test func aPartOfAnotherFileIsNotUsed() throws {
    try folder.write([UInt8](repeating: 9, count: 1000), to: "cache/set/data.bin.part")
    let path = try downloader.fetch(file(), from: mirrors("good"), into: target)
    #expect(try FileBytes.read(path) == body)
    #expect(try server.requests() == ["good bytes=1000-", "good -"])
  }

  @Test func aPartThatIsTooLongIsNotUsed() throws {
    try folder.write([UInt8](repeating: 9, count: 400_000), to: "cache/set/data.bin.part")
    #expect(
      try FileBytes.read(downloader.fetch(file(), from: mirrors("good"), into: target)) == body)
  }

  @Test func aWholePartNeedsNoTransfer() throws {
    try folder.write(body, to: "cache/set/data.bin.part")
    #expect(
      try FileBytes.read(downloader.fetch(file(), from: mirrors("good"), into: target)) == body)
    #expect(try server.requests().isEmpty)
  }

  @Test func wrongContentIsDeleted() throws {
    let error = #expect(throws: DataError.self) {
      try downloader.fetch(file(), from: mirrors("wrong"), into: target)
    }
    guard case .wrongContent(let path, let problem) = try #require(error) else {
      Issue.record("expected a checksum mismatch, got \(String(describing: error))")
      return
    }
    #expect(path == target + "/data.bin" && problem.hasPrefix("sha256 is "))
    guard case .sha256(let expected) = file().check else { return }
    #expect(problem.hasSuffix("expected \(expected)"))
    #expect(try leftovers().isEmpty)
  }

  @Test func everyMirrorIsListedWhenAllFail() throws {
    let error = #expect(throws: DataError.self) {
      try downloader.fetch(file(), from: mirrors("missing", "wrong", "short"), into: target)
    }
    let text = try #require(error).description
    #expect(text.contains("/missing/data.bin: the server answered 404"))
    #expect(text.contains("/wrong/data.bin: sha256 is "))
    #expect(text.contains("/short/data.bin: sent 1000 bytes, expected 300000"))
    #expect(!FileBytes.exists(target + "/data.bin"))
  }

  @Test func aMissingProgramIsNamed() throws {
    let error = #expect(throws: DataError.self) {
      try Downloader(program: "no-such-curl").fetch(file(), from: mirrors("good"), into: target)
    }
    #expect(error?.description.contains("'no-such-curl' is not installed") == true)
  }

  @Test func anotherProcessIsNotDisturbed() throws {
    try folder.write([], to: "cache/set/placeholder")
    let lock = try FileLock("\(part).lock")
    #expect(throws: DataError.locked(path: "\(part).lock", process: Int(getpid()))) {
      try downloader.fetch(file(), from: mirrors("good"), into: target)
    }
    lock.release()
    #expect(
      try FileBytes.read(downloader.fetch(file(), from: mirrors("good"), into: target)) == body)
  }

  @Test func aWholeDataSetIsFetched() throws {
    let card = DatasetCard(
      name: "made", title: "made", origin: "a test", licence: "none", formats: [.idx],
      classNames: ["0"], normalization: nil, files: [file()], mirrors: mirrors("good"))
    #expect(try downloader.fetch(card, into: folder.path + "/sets") == folder.path + "/sets/made")
    #expect(FileBytes.exists(folder.path + "/sets/made/data.bin"))
    // A mirror given by hand comes before the published ones.
    try downloader.fetch(card, from: mirrors("missing")[0], into: folder.path + "/others")
    #expect(try server.requests() == ["good -", "missing -", "good -"])
  }

  // MARK: USPS and IMDB, as they are published

  /// The card of a data set with small files: what is published here is on the server.
  private func card(_ name: String, _ files: [DatasetCard.File], _ mirrors: [String]) throws
    -> DatasetCard
  {
    let card = try #require(DatasetCatalog.card(named: name))
    return DatasetCard(
      name: name, title: card.title, origin: card.origin, licence: card.licence,
      formats: card.formats, classNames: card.classNames, normalization: card.normalization,
      files: files, mirrors: mirrors)
  }

  private func load(_ name: String, _ split: Split) throws -> any Dataset {
    let places = DataLocations(
      folder: folder.path + "/cache", environmentFolder: nil, origins: [], cache: "/nowhere")
    return try DatasetCatalog.source(name, in: places).load(split)
  }

  private func usps(_ kinds: String...) throws -> DatasetCard {
    try card(
      "usps",
      [
        .init(
          name: "zip.train.gz", size: nil, check: .digits(counts: [1, 0, 2, 0, 0, 0, 0, 0, 0, 0])),
        .init(
          name: "zip.test.gz", size: nil, check: .digits(counts: [0, 0, 0, 0, 0, 0, 0, 0, 0, 1])),
      ], kinds.map { "\(server.address)/\($0)" })
  }

  private func publishUSPS(train: [Int] = [2, 0, 2]) throws {
    for (name, labels) in [("train", train), ("test", [9])] {
      let lines = labels.map { zipCodeLine($0, ["0.8620", "-0.6310"]) }
      try folder.write(deflated(Array(lines.joined().utf8)), to: "published/zip.\(name).gz")
    }
  }

  @Test func theDigitsComeAsTheyArePublishedAndAreRead() throws {
    try publishUSPS()
    var totals: [Int?] = []
    try downloader.fetch(usps("missing", "good"), into: folder.path + "/cache") {
      totals.append($0.total)
    }
    #expect(totals.allSatisfy { $0 == nil } && !totals.isEmpty)
    let train = try #require(try load("usps", .train) as? ImageDataset)
    #expect(train.labels == [2, 0, 2] && train.exampleShape == [1, 16, 16])
    #expect(train.pixels.prefix(3) == [237, 47, 0])
    #expect(try load("usps", .test).label(at: 0) == 9)
    // What is there is left alone.
    let before = try server.requests().count
    try downloader.fetch(usps("good"), into: folder.path + "/cache")
    #expect(try server.requests().count == before)
  }

  @Test func aBrokenDownloadOfUnknownLengthGoesOn() throws {
    try publishUSPS()
    let error = #expect(throws: DataError.self) {
      try downloader.fetch(usps("broken"), into: folder.path + "/cache")
    }
    #expect(error?.description.contains("the connection broke after") == true)
    let part = folder.path + "/cache/usps/zip.train.gz.part"
    let held = try FileBytes.size(of: part)
    #expect(held > 0 && !FileBytes.exists(folder.path + "/cache/usps/zip.train.gz"))
    try downloader.fetch(usps("good"), into: folder.path + "/cache")
    #expect(try server.requests().prefix(2) == ["broken -", "good bytes=\(held)-"])
    #expect(try load("usps", .train).count == 3)
    // A part that is whole needs no transfer, although its length is not known.
    try FileBytes.rename(folder.path + "/cache/usps/zip.train.gz", to: part)
    let before = try server.requests().count
    try downloader.fetch(usps("missing"), into: folder.path + "/cache")
    #expect(try server.requests().count == before)
  }

  @Test(arguments: ["cut", "wrong"]) func digitsThatAreNotWholeAreDeleted(_ kind: String) throws {
    try publishUSPS()
    let error = #expect(throws: DataError.self) {
      try downloader.fetch(usps(kind), into: folder.path + "/cache")
    }
    guard case .wrongContent(_, let problem) = error else {
      Issue.record("expected wrong content, got \(String(describing: error))")
      return
    }
    #expect(problem.contains(kind == "cut" ? "ends too early" : "expected deflate data"))
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path + "/cache/usps") == [])
    try downloader.fetch(usps(kind, "good"), into: folder.path + "/cache")
    #expect(try load("usps", .train).count == 3)
  }

  @Test func digitsOfOtherCountsAreRefused() throws {
    try publishUSPS(train: [2, 0, 3])
    let error = #expect(throws: DataError.self) {
      try downloader.fetch(usps("good"), into: folder.path + "/cache")
    }
    #expect(
      error?.description.contains(
        "pictures of each digit: [1, 0, 1, 1, 0, 0, 0, 0, 0, 0], expected [1, 0, 2, 0") == true)
  }

  @Test func theReviewsComeAsKerasPublishesThemAndAreRead() throws {
    let npz = try kerasNPZ(
      train: [[11, 19, 13], [9996, 9997, 22_665]], trainLabels: [1, 0], test: [[1]], testLabels: [1]
    )
    let words = Array(#"{"film": 19, "this": 11, "was": 13, "rare": 9997}"#.utf8)
    let names = ["imdb.npz", "imdb_word_index.json"]
    for (name, bytes) in zip(names, [npz, words]) {
      try folder.write(bytes, to: "published/\(name)")
    }
    func imdb(_ kind: String, md5: String? = nil) throws -> DatasetCard {
      let published = folder.path + "/published/"
      return try card(
        "imdb",
        [
          .init(
            name: names[0], size: npz.count,
            check: .sha256(FileBytes.sha256(of: published + names[0]))),
          .init(
            name: names[1], size: words.count,
            check: .md5(md5 ?? FileBytes.md5(of: published + names[1]))),
        ], ["\(server.address)/\(kind)"])
    }
    let error = #expect(throws: DataError.self) {
      try downloader.fetch(imdb("good", md5: "00"), into: folder.path + "/cache")
    }
    #expect(error?.description.contains("md5 is ") == true)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder.path + "/cache/imdb") == [names[0]]
    )
    try downloader.fetch(imdb("good"), into: folder.path + "/cache")
    let train = try #require(try load("imdb", .train) as? TokenDataset)
    #expect(train.text(at: 0) == [1, 14, 22, 16] && train.text(at: 1) == [1, 9999, 2, 2])
    #expect(train.label(at: 0) == 1 && train.label(at: 1) == 0)
    #expect(train.vocabulary[22] == "film" && train.vocabulary[16] == "was")
    #expect(train.vocabulary.count == 10_000 && train.vocabulary[9999] == "<unused>")
    #expect(try load("imdb", .test).count == 1)
    #expect(throws: DataError.self) { try load("imdb", .validation) }
  }
}

@Suite struct MD5Tests {
  private func checksum(_ bytes: [UInt8], pieces: Int = 1 << 20) -> String {
    var checksum = MD5()
    for start in stride(from: 0, to: bytes.count, by: pieces) {
      checksum.update(Array(bytes[start..<min(start + pieces, bytes.count)]))
    }
    return checksum.finish()
  }

  /// The values of RFC 1321, A.5.
  @Test func publishedValues() {
    #expect(checksum([]) == "d41d8cd98f00b204e9800998ecf8427e")
    #expect(checksum(Array("abc".utf8)) == "900150983cd24fb0d6963f7d28e17f72")
    #expect(checksum(Array("message digest".utf8)) == "f96b697d7cb7938d525a2f31aaf161d0")
    let digits = Array(String(repeating: "1234567890", count: 8).utf8)
    for pieces in [1, 7, 64, 80] {
      #expect(checksum(digits, pieces: pieces) == "57edf4a22be3c955ac49da2e2107b67a")
    }
  }
}

@Suite struct SHA256Tests {
  private func checksum(_ bytes: [UInt8], pieces: Int = 1 << 20) -> String {
    var checksum = SHA256()
    for start in stride(from: 0, to: bytes.count, by: pieces) {
      checksum.update(Array(bytes[start..<min(start + pieces, bytes.count)]))
    }
    return checksum.finish()
  }

  @Test func publishedValues() {
    #expect(
      checksum([]) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    #expect(
      checksum(Array("abc".utf8))
        == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    #expect(
      checksum(Array("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq".utf8))
        == "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1")
  }

  @Test func piecesDoNotMatter() {
    let bytes = (0..<517).map { UInt8(truncatingIfNeeded: $0 * 7) }
    let whole = checksum(bytes)
    for pieces in [1, 3, 55, 56, 63, 64, 65, 200] {
      #expect(checksum(bytes, pieces: pieces) == whole)
    }
    // Every length around the block and padding limits gives its own value.
    #expect(Set((0..<130).map { checksum([UInt8](repeating: 0, count: $0)) }).count == 130)
  }

  @Test func theCarriedFilesAreThePublishedOnes() throws {
    let card = try #require(DatasetCatalog.card(named: "mnist"))
    let folder = try TestData.mnist()
    for file in card.files where try #require(file.size) < 100_000 {
      #expect(try file.check.problem(with: "\(folder)/\(file.name)") == nil)
      #expect(try FileBytes.size(of: "\(folder)/\(file.name)") == file.size)
    }
  }
}
