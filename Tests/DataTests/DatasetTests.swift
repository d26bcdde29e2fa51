// Data sets in memory: normalization, held-out parts, texts and arrays.

import Testing

@testable import Data

@Suite struct NormalizationTests {
  @Test func measuresEachChannel() {
    // Channel 0 holds 0 and 255, channel 1 only 51.
    let measured = Normalization.measured([0, 255, 51, 51], channels: 2, planeSize: 2)
    #expect(measured == Normalization(mean: [0.5, 0.2], standardDeviation: [0.5, 1]))
    #expect(Normalization.measured([], channels: 1, planeSize: 1) == .identity(channels: 1))
  }

  @Test func isComputedInSinglePrecisionInOrder() {
    let table = Normalization(mean: [0.1307], standardDeviation: [0.3081]).table()
    #expect(table.count == 256)
    for byte in 0..<256 { #expect(table[byte] == (Float(byte) / 255 - 0.1307) / 0.3081) }
  }

  @Test func wrongPicturesAreRefused() {
    func make(_ pixels: [UInt8], _ shape: [Int], _ labels: [Int]) throws(DataError) -> ImageDataset
    {
      try ImageDataset(
        name: "a", path: "a", pixels: pixels, shape: shape, labels: labels, classNames: ["x", "y"])
    }
    #expect(throws: DataError.empty(path: "a")) { try make([], [1, 1, 1], []) }
    #expect(throws: DataError.self) { try make([1, 2], [1, 1, 1], [0]) }
    #expect(throws: DataError.self) { try make([1], [1, 0, 1], [0]) }
    #expect(throws: DataError.self) { try make([1], [1, 1], [0]) }
    #expect(throws: DataError.labelOutOfRange(path: "a", index: 1, label: 2, classCount: 2)) {
      try make([1, 2], [1, 1, 1], [0, 2])
    }
    #expect(throws: DataError.self) {
      try ImageDataset(
        name: "a", path: "a", pixels: [1], shape: [1, 1, 1], labels: [0], classNames: ["x"],
        normalization: .identity(channels: 3))
    }
  }
}

@Suite struct HoldOutTests {
  @Test func isStratifiedAndDeterministic() throws {
    let dataset = try pictures(300, classes: 3)
    let holdOut = try HoldOut(fraction: 0.1, seed: 4)
    let (rest, heldOut) = try holdOut.divide(dataset)
    #expect((rest.indices + heldOut.indices).sorted() == Array(0..<300))
    #expect(rest.indices == rest.indices.sorted() && heldOut.indices == heldOut.indices.sorted())
    for label in 0..<3 {
      #expect((0..<heldOut.count).filter { heldOut.label(at: $0) == label }.count == 10)
    }
    #expect(try holdOut.divide(dataset).heldOut.indices == heldOut.indices)
    #expect(
      try HoldOut(fraction: 0.1, seed: 5).divide(dataset).heldOut.indices != heldOut.indices)
  }

  @Test func partsGiveTheExamplesOfTheWhole() throws {
    let dataset = try pictures(10)
    let part = try Subset(of: dataset, at: [7, 2, 5])
    let (whole, batch) = (try dataset.batch([5, 7]), try part.batch([2, 0]))
    #expect(batch.inputs == whole.inputs && batch.targets == whole.targets)
    #expect(batch.indices == [2, 0])
    #expect(throws: DataError.indexOutOfRange(index: 3, count: 3)) { try part.batch([3]) }
    #expect(throws: DataError.indexOutOfRange(index: 10, count: 10)) {
      try Subset(of: dataset, at: [10])
    }
    #expect(throws: DataError.self) { try Subset(of: dataset, at: []) }
  }

  @Test func refusesImpossibleParts() throws {
    for fraction in [0, 1, -0.1, 2, .nan] as [Double] {
      #expect(throws: DataError.self) { try HoldOut(fraction: fraction) }
    }
    #expect(throws: DataError.self) { try HoldOut(fraction: 0.01).divide(pictures(3)) }
  }
}

@Suite struct TokenDatasetTests {
  private let reviews = IMDBTokens(
    labels: [1, 0, 1], offsets: [0, 3, 3, 5], tokens: [1, 5, 2, 1, 4])

  private func make(_ vocabulary: [String] = [], maximum: Int? = nil) throws(DataError)
    -> TokenDataset
  {
    try TokenDataset(
      name: "r", path: "r", reviews: reviews, classNames: ["bad", "good"], vocabulary: vocabulary,
      maximumLength: maximum)
  }

  @Test func padsAtTheEnd() throws {
    let batch = try make().batch([2, 0, 1])
    #expect(
      batch.inputs == .tokens([1, 4, 0, 1, 5, 2, 0, 0, 0], shape: [3, 3], lengths: [2, 3, 0]))
    #expect(batch.targets == .classes([1, 1, 0]))
  }

  @Test func cutsLongTexts() throws {
    let batch = try make(maximum: 2).batch([0, 2])
    #expect(batch.inputs == .tokens([1, 5, 1, 4], shape: [2, 2], lengths: [2, 2]))
    #expect(throws: DataError.self) { try make(maximum: 0) }
  }

  @Test func tokensMustBeInTheVocabulary() throws {
    #expect(try make(["a", "b", "c", "d", "e", "f"]).count == 3)
    #expect(throws: DataError.self) { try make(["a", "b", "c", "d", "e"]) }
  }

  @Test func textsAreNotAugmented() throws {
    #expect(throws: DataError.self) {
      try DataLoader(make(), batchSize: 1, augmentation: .padCropFlip)
    }
    #expect(throws: DataError.self) {
      try make().batch([0], augmentation: EpochAugmentation(.padCropFlip, seed: 0, epoch: 0))
    }
  }
}

@Suite struct ArrayDatasetTests {
  private func array(_ shape: [Int]) throws -> NDArray {
    try NDArray((0..<shape.reduce(1, *)).map(Float.init), shape: shape)
  }

  @Test func integersAreClassesAndFloatsAreTargets() throws {
    let labels = try NDArray([2, 0] as [UInt8], shape: [2])
    let classes = try ArrayDataset(name: "a", path: "a", x: array([2, 3]), y: labels)
    #expect(classes.classNames == ["0", "1", "2"] && classes.label(at: 0) == 2)
    let batch = try classes.batch([1, 0, 1])
    #expect(batch.inputs == .values([3, 4, 5, 0, 1, 2, 3, 4, 5], shape: [3, 3]))
    #expect(batch.targets == .classes([0, 2, 0]))
    let numbers = try ArrayDataset(name: "a", path: "a", x: array([2, 1]), y: array([2, 2]))
    #expect(numbers.label(at: 0) == nil && numbers.classNames.isEmpty)
    #expect(try numbers.batch([1]).targets == .values([2, 3], shape: [1, 2]))
  }

  @Test func picturesCanBeAugmented() throws {
    let dataset = try ArrayDataset(
      name: "a", path: "a", x: array([1, 2, 1, 2]), y: NDArray([0] as [Int32], shape: [1]))
    let flip = try EpochAugmentation(
      Augmentation([.horizontalFlip(probability: 1)]), seed: 0, epoch: 0)
    #expect(
      try dataset.batch([0], augmentation: flip).inputs
        == .values([1, 0, 3, 2], shape: [1, 2, 1, 2]))
  }

  @Test func readsWholeAndDividedFiles() throws {
    let folder = try TemporaryFolder()
    let labels = try NDArray([0, 1] as [Int64], shape: [2])
    let whole = folder.path + "/whole.npz"
    try NPZ.write(["x": array([2, 3]), "y": labels], to: whole)
    let source = try DatasetCatalog.source(whole)
    #expect(source.splits == [.train] && source.splitForEvaluation == .train)
    #expect(try source.load(.train).count == 2)
    let divided = folder.path + "/divided.npz"
    try NPZ.write(
      [
        "x_train": array([2, 3]), "y_train": labels, "x_test": array([1, 3]),
        "y_test": NDArray([1] as [Int64], shape: [1]),
      ], to: divided)
    let parts = try DatasetCatalog.source(divided)
    #expect(parts.splits == [.train, .test] && parts.splitForEvaluation == .test)
    #expect(try parts.load(.test).count == 1)
  }

  @Test func refusesArraysThatDoNotFit() throws {
    let y = try NDArray([0, 1] as [Int64], shape: [2])
    #expect(throws: DataError.self) {
      try ArrayDataset(name: "a", path: "a", x: array([3, 1]), y: y)
    }
    #expect(throws: DataError.empty(path: "a")) {
      try ArrayDataset(name: "a", path: "a", x: array([0, 1]), y: array([0]))
    }
    #expect(throws: DataError.labelOutOfRange(path: "a", index: 0, label: -1, classCount: 65_536)) {
      try ArrayDataset(
        name: "a", path: "a", x: array([1, 1]), y: NDArray([-1] as [Int64], shape: [1]))
    }
    let folder = try TemporaryFolder()
    try NPZ.write(["a": y], to: folder.path + "/a.npz")
    #expect(
      throws: DataError.missingEntry(path: folder.path + "/a.npz", name: "x", present: ["a"])
    ) { try ArrayDataset(name: "a", path: folder.path + "/a.npz") }
  }
}
