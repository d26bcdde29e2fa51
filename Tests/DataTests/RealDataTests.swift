// The real data sets: counts, labels and statistics as published.

import Foundation
import Testing

@testable import Data

@Suite struct RealDataTests {
  private func labelCounts(_ dataset: any Dataset) -> [Int] {
    var counts = [Int](repeating: 0, count: dataset.classNames.count)
    for index in 0..<dataset.count { counts[dataset.label(at: index) ?? 0] += 1 }
    return counts
  }

  @Test func theCarriedMNISTIsFoundAndWhole() throws {
    let locations = DataLocations(
      folder: nil, environmentFolder: nil, origins: [TestData.project + "/Tests/DataTests"],
      cache: "/nowhere")
    let source = try DatasetCatalog.source("mnist", in: locations)
    let test = try #require(try source.load(.test) as? ImageDataset)
    #expect(test.count == 10_000 && test.exampleShape == [1, 28, 28])
    #expect(test.labels.prefix(10) == [7, 2, 1, 0, 4, 1, 4, 9, 5, 9])
    #expect(labelCounts(test) == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009])
    let train = try #require(try source.load(.train) as? ImageDataset)
    #expect(train.labels.prefix(10) == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4])
    #expect(train.count == 60_000)
  }

  @Test func theTestPicturesHaveKnownStatistics() throws {
    let images = try IDX.read(TestData.mnist() + "/t10k-images-idx3-ubyte.gz", rank: 3)
    let measured = Normalization.measured(images.elements, channels: 1, planeSize: 784)
    #expect(measured == Normalization(mean: [0.1325], standardDeviation: [0.3105]))
  }

  @Test(.enabled(if: TestData.has("fashion-mnist"), TestData.reason("fashion-mnist")))
  func fashion() throws {
    let test = try DatasetCatalog.source("fashion-mnist", in: TestData.locations).load(.test)
    #expect(labelCounts(test) == [Int](repeating: 1000, count: 10))
    #expect(test.classNames[9] == "Ankle boot")
  }

  @Test(.enabled(if: TestData.has("cifar10"), TestData.reason("cifar10")))
  func cifar10() throws {
    let test = try DatasetCatalog.source("cifar10", in: TestData.locations).load(.test)
    #expect(labelCounts(test) == [Int](repeating: 1000, count: 10))
    #expect(test.exampleShape == [3, 32, 32])
  }

  @Test(.enabled(if: TestData.has("imdb"), TestData.reason("imdb")))
  func imdb() throws {
    let source = try DatasetCatalog.source("imdb", in: TestData.locations)
    let validation = try #require(try source.load(.validation) as? TokenDataset)
    #expect(labelCounts(validation) == [2500, 2500])
    #expect(validation.vocabulary.count == 10_000)
    #expect((0..<validation.count).reduce(0) { $0 + validation.text(at: $1).count } == 1_159_800)
    #expect((0..<100).allSatisfy { validation.text(at: $0).first == 1 })
  }

  /// The published text has steps of 0.001; each byte is written as the step nearest to it.
  @Test(.enabled(if: TestData.has("usps"), TestData.reason("usps")))
  func theTextOfTheDigitsGivesTheSameBytes() throws {
    let source = try DatasetCatalog.source("usps", in: TestData.locations)
    let test = try #require(try source.load(.test) as? ImageDataset)
    let steps = (0...255).map { String(format: "%.3f0", Double($0) / 127.5 - 1) }
    var text = ""
    for (index, label) in test.labels.enumerated() {
      text += "\(label)"
      for pixel in test.pixels[256 * index..<256 * (index + 1)] { text += " " + steps[Int(pixel)] }
      text += "\n"
    }
    let read = try ZIPCode.parse(Array(text.utf8), path: "made")
    #expect(read.labels == test.labels && read.pixels == test.pixels)
  }

  @Test(.enabled(if: TestData.has("usps"), TestData.reason("usps")))
  func usps() throws {
    let source = try DatasetCatalog.source("usps", in: TestData.locations)
    #expect(
      try labelCounts(source.load(.train))
        == [1194, 1005, 731, 658, 652, 556, 664, 645, 542, 644])
    #expect(
      try labelCounts(source.load(.test)) == [359, 264, 198, 166, 200, 160, 170, 147, 166, 177])
  }
}
