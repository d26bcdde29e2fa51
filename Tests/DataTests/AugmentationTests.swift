// Shifted and mirrored pictures: literal cases, and against moving the pixels step by step.

import Testing

@testable import Data

/// A picture of one channel, moved by the plain definition of each step.
private struct Picture: Equatable {
  var rows: [[Float]]

  func shifted(down: Int, right: Int) -> Picture {
    Picture(
      rows: rows.indices.map { row in
        rows[row].indices.map { column in
          rows.indices.contains(row + down) && rows[row].indices.contains(column + right)
            ? rows[row + down][column + right] : -1
        }
      })
  }

  func mirrored() -> Picture { Picture(rows: rows.map { $0.reversed() }) }

  func seen(through view: PixelView) -> Picture {
    let (height, width) = (rows.count, rows[0].count)
    let plane = rows.flatMap { $0 }
    let values = [Float](unsafeUninitializedCapacity: plane.count) { target, count in
      count = plane.count
      guard let target = target.baseAddress else { return }
      plane.withUnsafeBufferPointer { source in
        guard let source = source.baseAddress else { return }
        view.write(source, fill: -1, to: target) { $0 }
      }
    }
    return Picture(rows: (0..<height).map { Array(values[$0 * width..<($0 + 1) * width]) })
  }
}

@Suite struct AugmentationTests {
  private let picture = Picture(rows: [[1, 2, 3], [4, 5, 6]])

  @Test func literalMoves() {
    var view = PixelView(height: 2, width: 3)
    #expect(picture.seen(through: view) == picture)
    view.columns.shift(by: 1)
    #expect(picture.seen(through: view).rows == [[2, 3, -1], [5, 6, -1]])
    view.rows.shift(by: -1)
    #expect(picture.seen(through: view).rows == [[-1, -1, -1], [2, 3, -1]])
    view.columns.mirror()
    #expect(picture.seen(through: view).rows == [[-1, -1, -1], [-1, 3, 2]])
    view.columns.shift(by: 5)
    #expect(picture.seen(through: view).rows == [[-1, -1, -1], [-1, -1, -1]])
  }

  @Test func whatLeftThePictureDoesNotComeBack() {
    var view = PixelView(height: 2, width: 3)
    view.columns.shift(by: 2)
    view.columns.shift(by: -2)
    #expect(picture.seen(through: view).rows == [[-1, -1, 3], [-1, -1, 6]])
  }

  @Test func anySequenceIsTheSameAsStepByStep() {
    var random = RandomState(seed: 21)
    for _ in 0..<500 {
      let (height, width) = (random.uniform(in: 1...5), random.uniform(in: 1...6))
      let start = Picture(
        rows: (0..<height).map { row in (0..<width).map { Float(row * width + $0) } })
      var expected = start
      var view = PixelView(height: height, width: width)
      for _ in 0..<random.uniform(in: 0...5) {
        if random.bernoulli(0.4) {
          expected = expected.mirrored()
          view.columns.mirror()
        } else {
          let (down, right) = (random.uniform(in: -3...3), random.uniform(in: -3...3))
          expected = expected.shifted(down: down, right: right)
          view.rows.shift(by: down)
          view.columns.shift(by: right)
        }
      }
      #expect(start.seen(through: view) == expected)
    }
  }

  @Test func allPlacesAndBothSidesAreDrawnEvenly() throws {
    var counts: [Picture.Key: Int] = [:]
    let augmentation = try Augmentation([
      .padCrop(padding: 1), .horizontalFlip(probability: 0.5),
    ])
    for index in 0..<9000 {
      let view = EpochAugmentation(augmentation, seed: 3, epoch: 1)
        .view(of: index, height: 8, width: 8)
      counts[Picture.Key(view), default: 0] += 1
    }
    #expect(counts.count == 18)
    #expect(counts.values.allSatisfy { abs($0 - 500) < 135 })
  }

  @Test func aPictureDependsOnSeedEpochAndIndexAlone() throws {
    let dataset = try pictures(20, channels: 3, side: 8)
    let epoch = EpochAugmentation(.padCropFlip, seed: 5, epoch: 2)
    let together = try dataset.batch(Array(0..<20), augmentation: epoch)
    let reversed = try dataset.batch((0..<20).reversed(), augmentation: epoch)
    guard case .values(let forward, _) = together.inputs,
      case .values(let backward, _) = reversed.inputs
    else {
      Issue.record("pictures should give values")
      return
    }
    let size = 3 * 64
    for index in 0..<20 {
      #expect(
        forward[index * size..<(index + 1) * size].elementsEqual(
          backward[(19 - index) * size..<(20 - index) * size]))
    }
    let later = EpochAugmentation(.padCropFlip, seed: 5, epoch: 3)
    let other = EpochAugmentation(.padCropFlip, seed: 6, epoch: 2)
    #expect(try dataset.batch(Array(0..<20), augmentation: later) != together)
    #expect(try dataset.batch(Array(0..<20), augmentation: other) != together)
  }

  @Test func paddingIsBlackAfterNormalization() throws {
    let dataset = try ImageDataset(
      name: "white", path: "white", pixels: [255, 255, 255, 255], shape: [1, 2, 2], labels: [0],
      classNames: ["a"], normalization: Normalization(mean: [0.5], standardDeviation: [0.25]))
    let far = try Augmentation([.padCrop(padding: 40)])
    let batch = try dataset.batch([0], augmentation: EpochAugmentation(far, seed: 0, epoch: 0))
    #expect(batch.inputs == .values([-2, -2, -2, -2], shape: [1, 1, 2, 2]))
    #expect(try dataset.batch([0]).inputs == .values([2, 2, 2, 2], shape: [1, 1, 2, 2]))
  }

  @Test func refusesOptionsThatMakeNoSense() {
    #expect(throws: DataError.self) { try Augmentation([.padCrop(padding: -1)]) }
    #expect(throws: DataError.self) { try Augmentation([.horizontalFlip(probability: 1.5)]) }
    #expect(throws: DataError.self) { try Augmentation([.horizontalFlip(probability: .nan)]) }
  }
}

extension Picture {
  /// What is drawn for a picture.
  fileprivate struct Key: Hashable {
    let row: Int
    let column: Int
    let mirrored: Bool
    init(_ view: PixelView) {
      row = view.rows.source(0)
      column = view.columns.mirrored ? view.columns.source(0) - 7 : view.columns.source(0)
      mirrored = view.columns.mirrored
    }
  }
}
