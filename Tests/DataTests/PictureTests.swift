// PNG and Netpbm pictures, made in the test, and folders of them.

import CZlib
import Testing

@testable import Data

/// A PNG chunk with its CRC.
private func chunk(_ type: String, _ content: [UInt8]) -> [UInt8] {
  let typed = Array(type.utf8) + content
  let checksum = UInt32(truncatingIfNeeded: crc32_z(0, typed, typed.count))
  return UInt32(content.count).bytes + typed + checksum.bytes
}

/// A PNG file of the given lines, each with its filter byte.
private func png(
  width: Int, height: Int, colour: UInt8, lines: [UInt8], palette: [UInt8] = [], depth: UInt8 = 8,
  interlace: UInt8 = 0
) throws -> [UInt8] {
  let header =
    UInt32(width).bytes + UInt32(height).bytes + [depth, colour, 0, 0, interlace]
  let data = try deflated(lines, windowBits: 15)
  return [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a] + chunk("IHDR", header)
    + (palette.isEmpty ? [] : chunk("PLTE", palette)) + chunk("tEXt", Array("a\0b".utf8))
    + chunk("IDAT", Array(data.prefix(data.count / 2)))
    + chunk("IDAT", Array(data.dropFirst(data.count / 2))) + chunk("IEND", [])
}

/// Applies a filter to every line by its definition, as an encoder does.
private func filtered(_ samples: [UInt8], line: Int, pixel: Int, filter: UInt8) -> [UInt8] {
  func sample(_ row: Int, _ column: Int) -> Int {
    row < 0 || column < 0 ? 0 : Int(samples[row * line + column])
  }
  var output: [UInt8] = []
  for row in 0..<samples.count / line {
    output.append(filter)
    for column in 0..<line {
      let (a, b) = (sample(row, column - pixel), sample(row - 1, column))
      let c = row == 0 || column < pixel ? 0 : sample(row - 1, column - pixel)
      let p = a + b - c
      let nearest = [(abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c)].min {
        ($0.0, $0.1) < ($1.0, $1.1)
      }
      let prediction = [0, a, b, (a + b) / 2, nearest?.2 ?? 0][Int(filter)]
      output.append(UInt8(truncatingIfNeeded: sample(row, column) - prediction))
    }
  }
  return output
}

@Suite struct PNGTests {
  @Test(arguments: 0...4 as ClosedRange<UInt8>, [0, 2, 4, 6] as [UInt8])
  func everyFilterAndColourType(_ filter: UInt8, _ colour: UInt8) throws {
    let samples = [0: 1, 2: 3, 4: 2, 6: 4][Int(colour)] ?? 0
    let channels = colour & 2 == 0 ? 1 : 3
    let (width, height) = (7, 5)
    var random = RandomState(seed: UInt64(filter), keys: UInt64(colour))
    let stored = (0..<width * height * samples).map { _ in UInt8(random.uniform(in: 0...255)) }
    let lines = filtered(stored, line: width * samples, pixel: samples, filter: filter)
    let file = try png(width: width, height: height, colour: colour, lines: lines)
    let image = try PNG.decode(file, path: "p")
    #expect(image.shape == [channels, height, width])
    let expected = (0..<channels).flatMap { channel in
      (0..<width * height).map { stored[$0 * samples + channel] }
    }
    #expect(image.pixels == expected)
  }

  @Test func palettesBecomeColours() throws {
    let palette: [UInt8] = [10, 20, 30, 40, 50, 60]
    let file = try png(width: 2, height: 1, colour: 3, lines: [0, 1, 0], palette: palette)
    #expect(try PNG.decode(file, path: "p").pixels == [40, 10, 50, 20, 60, 30])
    let wrong = try png(width: 2, height: 1, colour: 3, lines: [0, 2, 0], palette: palette)
    #expect(throws: DataError.self) { try PNG.decode(wrong, path: "p") }
  }

  @Test func everyTruncationAndEveryFlippedByteIsAnError() throws {
    let file = try png(width: 3, height: 2, colour: 0, lines: [0, 1, 2, 3, 1, 4, 5, 6])
    for length in file.indices {
      #expect(throws: DataError.self) { try PNG.decode(Array(file.prefix(length)), path: "p") }
    }
    for place in file.indices {
      var bad = file
      bad[place] ^= 0x10
      #expect(throws: DataError.self) { try PNG.decode(bad, path: "p") }
    }
  }

  @Test func whatIsNotDecodedSaysWhatToDo() throws {
    let deep = try png(width: 1, height: 1, colour: 0, lines: [0, 1, 2], depth: 16)
    let laced = try png(width: 1, height: 1, colour: 0, lines: [0, 1], interlace: 1)
    for (file, word) in [(deep, "16 bits"), (laced, "interlaced")] {
      let error = #expect(throws: DataError.self) { try PNG.decode(file, path: "p") }
      #expect(error?.description.contains(word) == true)
    }
    let folder = try TemporaryFolder()
    let jpeg = try folder.write([0xff, 0xd8, 0xff, 0xe0], to: "a.jpg")
    #expect(
      throws: DataError.unsupported(
        path: jpeg, what: "a JPEG picture", advice: "convert the pictures to PNG or PPM")
    ) { try RasterImage.read(jpeg) }
    let filter = try png(width: 1, height: 1, colour: 0, lines: [5, 1])
    #expect(throws: DataError.self) { try PNG.decode(filter, path: "p") }
    let long = try png(width: 1, height: 1, colour: 0, lines: [0, 1, 2])
    #expect(throws: DataError.self) { try PNG.decode(long, path: "p") }
    let vast = try png(width: 1 << 30, height: 1 << 30, colour: 0, lines: [0, 1])
    #expect(throws: DataError.self) { try PNG.decode(vast, path: "p") }
  }
}

@Suite struct NetpbmTests {
  @Test func greyAndColour() throws {
    let grey = Array("P5 # a comment\n2 1\n255\n".utf8) + [3, 4]
    #expect(try Netpbm.decode(grey, path: "p").pixels == [3, 4])
    let colour = Array("P6\n1 2\n255\n".utf8) + [1, 2, 3, 4, 5, 6]
    let image = try Netpbm.decode(colour, path: "p")
    #expect(image.shape == [3, 2, 1] && image.pixels == [1, 4, 2, 5, 3, 6])
    let few = Array("P5\n3 1\n2\n".utf8) + [0, 1, 2]
    #expect(try Netpbm.decode(few, path: "p").pixels == [0, 128, 255])
  }

  @Test func refusesDamage() {
    let good = Array("P6\n1 2\n255\n".utf8) + [1, 2, 3, 4, 5, 6]
    for length in good.indices {
      #expect(throws: DataError.self) { try Netpbm.decode(Array(good.prefix(length)), path: "p") }
    }
    for text in [
      "P6\n0 2\n255\n", "P6\nx 2\n255\n", "P5\n1 1\n65535\n\0\0", "P5\n99999999999 1\n1\n",
    ] {
      #expect(throws: DataError.self) { try Netpbm.decode(Array(text.utf8), path: "p") }
    }
  }
}

@Suite struct ImageFolderTests {
  private func grey(_ values: [UInt8], width: Int = 2) -> [UInt8] {
    Array("P5\n\(width) \(values.count / width)\n255\n".utf8) + values
  }

  @Test func classesAreSubfolders() throws {
    let folder = try TemporaryFolder()
    try folder.write(grey([1, 2]), to: "dog/b.pgm")
    try folder.write(grey([3, 4]), to: "cat/z.pgm")
    try folder.write(png(width: 2, height: 1, colour: 0, lines: [0, 5, 6]), to: "cat/a.PNG")
    try folder.write([1], to: "cat/notes.txt")
    let source = try DatasetCatalog.source(folder.path)
    #expect(source.format == .images && source.splits == [.train])
    let dataset = try #require(try source.load(.train) as? ImageDataset)
    #expect(dataset.classNames == ["cat", "dog"])
    #expect(dataset.labels == [0, 0, 1])
    #expect(dataset.pixels == [5, 6, 3, 4, 1, 2])
    #expect(source.splitForEvaluation == .train)
    #expect(throws: DataError.self) { try source.load(.test) }
  }

  @Test func splitsShareTheTrainingStatistics() throws {
    let folder = try TemporaryFolder()
    try folder.write(grey([0, 255]), to: "train/a/1.pgm")
    try folder.write(grey([255, 255]), to: "test/a/1.pgm")
    let source = try DatasetCatalog.source(folder.path + "/")
    #expect(source.splits == [.train, .test])
    let test = try #require(try source.load(.test) as? ImageDataset)
    #expect(test.normalization == Normalization(mean: [0.5], standardDeviation: [0.5]))
    #expect(try test.batch([0]).inputs == .values([1, 1], shape: [1, 1, 1, 2]))
  }

  @Test func differentSizesAreNamed() throws {
    let folder = try TemporaryFolder()
    try folder.write(grey([1, 2]), to: "a/1.pgm")
    let wrong = try folder.write(grey([1, 2, 3, 4]), to: "a/2.pgm")
    let error = #expect(throws: DataError.self) {
      try ImageFolder.read(folder.path, name: "pictures")
    }
    #expect(error?.description.contains(wrong) == true)
  }
}
