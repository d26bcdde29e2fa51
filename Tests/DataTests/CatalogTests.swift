// Finding data sets: by name, by path, or with a message that says how to get them.

import Foundation
import Testing

@testable import Data

/// A tar archive with correct checksums.
private func tar(_ files: [(name: String, content: [UInt8])]) -> [UInt8] {
  var bytes: [UInt8] = []
  for (name, content) in files {
    var header = [UInt8](repeating: 0, count: 512)
    func put(_ text: String, at place: Int) {
      header.replaceSubrange(place..<place + text.utf8.count, with: Array(text.utf8))
    }
    put(name, at: 0)
    let size = String(content.count, radix: 8)
    put(String(repeating: "0", count: 11 - size.count) + size, at: 124)
    put("0", at: 156)
    put("ustar", at: 257)
    put("        ", at: 148)
    put(String(header.reduce(0) { $0 + Int($1) }, radix: 8) + "\0 ", at: 148)
    bytes += header + content
    bytes += [UInt8](repeating: 0, count: (512 - content.count % 512) % 512)
  }
  return bytes + [UInt8](repeating: 0, count: 1024)
}

@Suite struct TarTests {
  @Test func findsFiles() throws {
    let bytes = tar([("a.txt", [1, 2, 3]), ("dir/b.bin", [UInt8](repeating: 7, count: 513))])
    let entries = try Tar.entries(bytes, path: "t")
    #expect(entries.map(\.name) == ["a.txt", "dir/b.bin"])
    #expect(Array(bytes[try #require(entries.first).range]) == [1, 2, 3])
    #expect(try #require(entries.last).range.count == 513)
  }

  @Test func refusesDamage() {
    var bytes = tar([("a.txt", [UInt8](repeating: 1, count: 600))])
    for length in stride(from: 1, to: 512 + 600, by: 97) {
      #expect(throws: DataError.self) { try Tar.entries(Array(bytes.prefix(length)), path: "t") }
    }
    bytes[3] ^= 1
    #expect(throws: DataError.self) { try Tar.entries(bytes, path: "t") }
  }
}

@Suite struct CatalogTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func locations(_ name: String = "none") -> DataLocations {
    DataLocations(
      folder: nil, environmentFolder: "\(folder.path)/\(name)", origins: [],
      cache: "\(folder.path)/cache")
  }

  private func writeDigits(_ place: String, test: String = "t10k") throws {
    for (prefix, count) in [("train", 4), (test, 2)] {
      let pixels = (0..<count * 4).map { UInt8(truncatingIfNeeded: $0 * 16) }
      try folder.write(
        deflated(idx([count, 2, 2], pixels)), to: "\(place)/\(prefix)-images-idx3-ubyte.gz")
      try folder.write(
        idx([count], (0..<count).map { UInt8($0 % 10) }), to: "\(place)/\(prefix)-labels-idx1-ubyte"
      )
    }
  }

  @Test func cardsAreComplete() {
    #expect(DatasetCatalog.names == ["mnist", "fashion-mnist", "cifar10", "imdb", "usps"])
    for card in DatasetCatalog.cards {
      #expect(card.classNames.count == (card.name == "imdb" ? 2 : 10))
      #expect(!card.files.isEmpty && !card.mirrors.isEmpty && !card.formats.isEmpty)
      for file in card.files {
        switch file.check {
        case .sha256(let sum): #expect(sum.count == 64)
        case .md5(let sum): #expect(sum.count == 32)
        case .digits(let counts): #expect([7291, 2007].contains(counts.reduce(0, +)))
        }
      }
    }
  }

  @Test func namesAreFoundInFolderEnvironmentProjectAndCache() throws {
    for place in ["sets/usps", "project/Data/usps", "cache/usps"] {
      try writeDigits(place, test: "test")
    }
    var places = locations("sets")
    places.origins = [folder.path + "/project/deep/inside"]
    #expect(try DatasetCatalog.source("usps", in: places).path == folder.path + "/sets/usps")
    places.folder = folder.path + "/cache"
    #expect(try DatasetCatalog.source("usps", in: places).path == folder.path + "/cache/usps")
    places.folder = nil
    places.environmentFolder = nil
    #expect(
      try DatasetCatalog.source("usps", in: places).path == folder.path + "/project/Data/usps")
    places.origins = []
    #expect(try DatasetCatalog.source("usps", in: places).path == folder.path + "/cache/usps")
    // The folder itself may be given too, but never that of another data set.
    places.environmentFolder = folder.path + "/sets/usps"
    #expect(try DatasetCatalog.source("usps", in: places).path == folder.path + "/sets/usps")
    #expect(throws: DataError.self) { try DatasetCatalog.source("mnist", in: places) }
  }

  @Test func unitIsTheSamePicturesWithPixelsFromZeroToOne() throws {
    try writeDigits("sets/mnist")
    let places = locations("sets")
    let usual = try DatasetCatalog.source("mnist", in: places).load(.train)
    let source = try DatasetCatalog.source("mnist-unit", in: places)
    #expect(source.name == "mnist-unit")
    let unit = try source.load(.train)
    #expect(unit.count == usual.count)
    guard case .values(let plain, _) = try unit.batch([0, 3], augmentation: nil).inputs,
      case .values(let normalized, _) = try usual.batch([0, 3], augmentation: nil).inputs
    else { throw DataError.empty(path: "batch") }
    // Pixels are 0, 16, 32, ... of four a picture.
    #expect(plain == [0, 1, 2, 3, 12, 13, 14, 15].map { Float($0) * 16 / 255 })
    for (pixel, value) in zip(plain, normalized) {
      #expect(abs((pixel - 0.1307) / 0.3081 - value) < 1e-5)
    }
    #expect(throws: DataError.unknownDataset(name: "imdb-unit", known: DatasetCatalog.names)) {
      try DatasetCatalog.source("imdb-unit", in: places)
    }
  }

  @Test func aMissingDataSetSaysHowToGetIt() throws {
    let text = try #require(
      #expect(throws: DataError.self) { try DatasetCatalog.source("cifar10", in: locations()) }
    ).description
    for part in [
      "'cifar10' is not on this machine", "\(folder.path)/none/cifar10",
      "bonsai data fetch cifar10",
      "cifar-10-binary.tar.gz", "\(folder.path)/cache/cifar10", "BONSAI_DATA",
    ] {
      #expect(text.contains(part))
    }
    let imdb = try #require(
      #expect(throws: DataError.self) { try DatasetCatalog.source("imdb", in: locations()) }
    ).description
    #expect(imdb.contains("train.bin.gz") && imdb.contains("bonsai data fetch imdb"))
    #expect(imdb.contains("imdb.npz and imdb_word_index.json"))
  }

  @Test func whatIsNeitherNameNorPathIsRefused() throws {
    #expect(throws: DataError.unknownDataset(name: "mnits", known: DatasetCatalog.names)) {
      try DatasetCatalog.source("mnits", in: locations())
    }
    let file = try folder.write([1], to: "a.csv")
    #expect(throws: DataError.self) { try DatasetCatalog.source(file, in: locations()) }
    #expect(throws: DataError.self) { try DatasetCatalog.source(folder.path, in: locations()) }
  }

  @Test func aFolderInTheFormatOfANamedSetIsRead() throws {
    try writeDigits("mine")
    let mine = try DatasetCatalog.source(folder.path + "/mine", in: locations())
    #expect(mine.format == .idx && mine.card == nil && mine.splits == [.train, .test])
    let train = try #require(try mine.load(.train) as? ImageDataset)
    let test = try #require(try mine.load(.test) as? ImageDataset)
    #expect(train.exampleShape == [1, 2, 2] && train.count == 4 && test.count == 2)
    #expect(test.normalization == train.normalization)
    #expect(train.normalization != .identity(channels: 1))
    try writeDigits("mnist")
    let named = try DatasetCatalog.source(folder.path + "/mnist", in: locations())
    #expect(named.card?.name == "mnist")
    #expect(named.splitForEvaluation == .test)
    #expect(throws: DataError.self) { try named.load(.validation) }
    let holdOut = try HoldOut(fraction: 0.5, seed: 1)
    // One example a class rounds to one held out, which leaves nothing: it is refused.
    #expect(throws: DataError.self) { try named.loadForTraining(holdingOut: holdOut) }
  }

  @Test func countsOfPicturesAndLabelsMustAgree() throws {
    try writeDigits("usps")
    try folder.write(idx([3], [0, 1, 2]), to: "usps/train-labels-idx1-ubyte")
    let source = try DatasetCatalog.source("usps", in: locations("."))
    let error = #expect(throws: DataError.self) { try source.load(.train) }
    #expect(error?.description.contains("expected 4 labels") == true)
    try folder.write(idx([4], [0, 1, 2, 10]), to: "usps/train-labels-idx1-ubyte")
    let label = #expect(throws: DataError.self) { try source.load(.train) }
    #expect(label?.description.contains("example 3 has label 10, expected 0 to 9") == true)
  }

  @Test func cifarIsReadFromBatchesAndFromTheArchive() throws {
    let names = (1...5).map { "cifar-10-batches-bin/data_batch_\($0).bin" }
    var files = names.enumerated().map { ($0.element, CIFARTests.record(UInt8($0.offset), 9)) }
    files.append(("cifar-10-batches-bin/test_batch.bin", CIFARTests.record(7, 1)))
    try folder.write(deflated(tar(files)), to: "archive/cifar10/cifar-10-binary.tar.gz")
    for (name, content) in files { try folder.write(content, to: "unpacked/cifar10/\(name)") }
    try folder.write(CIFARTests.record(3, 3), to: "parts/cifar10/train_1.bin")
    try folder.write(deflated(CIFARTests.record(4, 3)), to: "parts/cifar10/train_2.bin.gz")
    func labels(_ place: String, _ split: Split) throws -> [Int] {
      let source = try DatasetCatalog.source("cifar10", in: locations(place))
      return try #require(try source.load(split) as? ImageDataset).labels
    }
    for place in ["archive", "unpacked"] {
      #expect(try labels(place, .train) == [0, 1, 2, 3, 4])
      #expect(try labels(place, .test) == [7])
    }
    #expect(try labels("parts", .train) == [3, 4])
    #expect(throws: DataError.self) { try labels("parts", .test) }
    try folder.write(deflated(tar([files[0]])), to: "half/cifar10/cifar-10-binary.tar.gz")
    let error = #expect(throws: DataError.self) { try labels("half", .train) }
    #expect(error?.description.contains("no entry 'data_batch_2.bin'") == true)
  }

  @Test func imdbUsesItsOwnValidationSplit() throws {
    for (file, label) in [("train", 1), ("val", 0), ("test", 1)] as [(String, UInt8)] {
      try folder.write(imdb(labels: [label], reviews: [[1, 2]]), to: "imdb/\(file).bin")
    }
    try folder.write(Array("<pad>\n<start>\n<unk>\n".utf8), to: "imdb/vocab.txt")
    let source = try DatasetCatalog.source("imdb", in: locations("."))
    let parts = try source.loadForTraining(holdingOut: HoldOut(fraction: 0.1))
    #expect(parts.train.label(at: 0) == 1 && parts.validation.label(at: 0) == 0)
    #expect((parts.train as? TokenDataset)?.vocabulary == ["<pad>", "<start>", "<unk>"])
  }

  @Test func eitherFormOfTheDigitsAndReviewsIsFound() throws {
    let text = Array((zipCodeLine(3, []) + zipCodeLine(8, [])).utf8)
    for name in ["zip.train", "zip.test"] { try folder.write(text, to: "a/usps/\(name)") }
    let usps = try DatasetCatalog.source("usps", in: locations("a"))
    #expect(usps.format == .zipCode && usps.splits == [.train, .test])
    #expect(try usps.load(.test).label(at: 1) == 8)
    // IDX files beside them come first, by name and by path.
    try writeDigits("a/usps")
    for found in [
      try DatasetCatalog.source("usps", in: locations("a")),
      try DatasetCatalog.source(folder.path + "/a/usps", in: locations()),
    ] {
      #expect(found.format == .idx && found.card?.name == "usps")
    }
    try folder.write(text, to: "mine/zip.train")
    let mine = try DatasetCatalog.source(folder.path + "/mine", in: locations())
    #expect(mine.format == .zipCode && mine.card == nil && mine.splits == [.train])
    #expect(try mine.load(.train).count == 2)

    try folder.write(
      kerasNPZ(train: [[5]], trainLabels: [0], test: [[6]], testLabels: [1]), to: "a/imdb/imdb.npz")
    let imdb = try DatasetCatalog.source("imdb", in: locations("a"))
    #expect(imdb.format == .kerasReviews && imdb.splits == [.train, .test])
    let test = try #require(try imdb.load(.test) as? TokenDataset)
    #expect(test.text(at: 0) == [1, 9] && test.vocabulary.isEmpty)
    try folder.write(Foundation.Data("[1]".utf8).map { $0 }, to: "a/imdb/imdb_word_index.json")
    #expect(throws: DataError.self) { try imdb.load(.test) }
  }
}
