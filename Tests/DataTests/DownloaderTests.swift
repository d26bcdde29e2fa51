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
    process.arguments = ["python3", "-c", serverScript, log]
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
  return DatasetCard.File(name: "data.bin", size: size, sha256: checksum.finish())
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
    guard case .checksumMismatch(let path, let expected, _) = try #require(error) else {
      Issue.record("expected a checksum mismatch, got \(String(describing: error))")
      return
    }
    #expect(path == target + "/data.bin" && expected == file().sha256)
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
    let lock = try PartLock(part)
    #expect(throws: DataError.unwritable(path: part, reason: "another process is fetching it")) {
      try downloader.fetch(file(), from: mirrors("good"), into: target)
    }
    lock.release()
    #expect(
      try FileBytes.read(downloader.fetch(file(), from: mirrors("good"), into: target)) == body)
  }

  @Test func aWholeDataSetIsFetched() throws {
    let card = DatasetCard(
      name: "made", title: "made", origin: "a test", licence: "none", format: .idx,
      classNames: ["0"], normalization: nil, files: [file()], mirrors: mirrors("good"))
    #expect(try downloader.fetch(card, into: folder.path + "/sets") == folder.path + "/sets/made")
    #expect(FileBytes.exists(folder.path + "/sets/made/data.bin"))
    let imdb = try #require(DatasetCatalog.card(named: "imdb"))
    #expect(throws: DataError.self) { try downloader.fetch(imdb, into: folder.path) }
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
    for file in card.files where file.size < 100_000 {
      #expect(try FileBytes.sha256(of: "\(folder)/\(file.name)") == file.sha256)
      #expect(try FileBytes.size(of: "\(folder)/\(file.name)") == file.size)
    }
  }
}
