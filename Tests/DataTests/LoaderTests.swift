// The loader: order, batches, resuming, errors from the worker, and no thread left behind.

import Foundation
import Testing

@testable import Data

/// A data set that fails at one example.
private struct Failing: Dataset {
  let base: ImageDataset
  let failure: Int
  var name: String { "failing" }
  var count: Int { base.count }
  var exampleShape: [Int] { base.exampleShape }
  var classNames: [String] { base.classNames }
  func label(at index: Int) -> Int? { base.label(at: index) }
  func batch(_ indices: [Int], augmentation: EpochAugmentation?) throws(DataError) -> Batch {
    if indices.contains(failure) { throw .empty(path: "example \(failure)") }
    return try base.batch(indices, augmentation: augmentation)
  }
}

/// Counts how often it is asked, slowly.
private final class Slow: Dataset {
  let base: ImageDataset
  let calls = Counter()
  init(_ base: ImageDataset) { self.base = base }
  var name: String { "slow" }
  var count: Int { base.count }
  var exampleShape: [Int] { base.exampleShape }
  var classNames: [String] { base.classNames }
  func label(at index: Int) -> Int? { base.label(at: index) }
  func batch(_ indices: [Int], augmentation: EpochAugmentation?) throws(DataError) -> Batch {
    calls.increment()
    return try base.batch(indices, augmentation: augmentation)
  }
}

extension BatchStream {
  fileprivate func all() throws -> [Batch] {
    var batches: [Batch] = []
    while let batch = try next() { batches.append(batch) }
    return batches
  }
}

@Suite struct LoaderTests {
  @Test func everyExampleOnceAnEpoch() throws {
    let loader = try DataLoader(pictures(23), batchSize: 5, seed: 1)
    #expect(loader.batchesPerEpoch == 5)
    let first = try loader.batches(epoch: 0).all()
    #expect(first.map(\.count) == [5, 5, 5, 5, 3])
    #expect(first.flatMap(\.indices).sorted() == Array(0..<23))
    let second = try loader.batches(epoch: 1).all()
    #expect(second.flatMap(\.indices).sorted() == Array(0..<23))
    #expect(first.flatMap(\.indices) != second.flatMap(\.indices))
    #expect(first.flatMap(\.indices) != Array(0..<23))
  }

  @Test func batchesHoldTheirExamples() throws {
    let dataset = try pictures(7, channels: 2)
    let loader = try DataLoader(dataset, batchSize: 3, seed: 9)
    for batch in try loader.batches().all() {
      guard case .values(let values, let shape) = batch.inputs,
        case .classes(let labels) = batch.targets
      else {
        Issue.record("pictures should give values and classes")
        continue
      }
      #expect(shape == [batch.count, 2, 4, 4])
      #expect(labels == batch.indices.map { Int64($0 % 3) })
      for (slot, index) in batch.indices.enumerated() {
        let expected = dataset.pixels[index * 32..<index * 32 + 32].map { Float($0) / 255 }
        #expect(Array(values[slot * 32..<slot * 32 + 32]) == expected)
      }
    }
  }

  @Test func theLastSmallBatchCanBeDropped() throws {
    let loader = try DataLoader(pictures(23), batchSize: 5, dropsLast: true)
    #expect(try loader.batches().all().map(\.count) == [5, 5, 5, 5])
  }

  @Test func evaluationKeepsTheOrder() throws {
    let loader = try DataLoader.evaluation(pictures(10), batchSize: 4)
    #expect(
      try loader.batches(epoch: 3).all().map(\.indices) == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]])
  }

  @Test func resumesToTheSameBatches() throws {
    let loader = try DataLoader(
      pictures(40, channels: 3, side: 8), batchSize: 6, seed: 4, augmentation: .padCropFlip)
    let whole = try loader.batches(epoch: 2).all()
    for start in 0...whole.count {
      let stream = loader.batches(epoch: 2)
      for _ in 0..<start { _ = try stream.next() }
      let saved = try JSONEncoder().encode(stream.position)
      let position = try JSONDecoder().decode(DataLoader.Position.self, from: saved)
      #expect(position == DataLoader.Position(epoch: 2, batch: start))
      #expect(try loader.batches(from: position).all() == Array(whole[start...]))
      if start < whole.count { #expect(try loader.batch(at: position) == whole[start]) }
    }
    #expect(throws: DataError.self) {
      try loader.batch(at: DataLoader.Position(epoch: 2, batch: whole.count))
    }
    #expect(try loader.batches(epoch: 2, from: 99).all().isEmpty)
  }

  @Test(arguments: [1, 2, 16]) func prefetchDoesNotChangeTheBatches(_ prefetch: Int) throws {
    let dataset = try pictures(30, side: 6)
    let one = try DataLoader(
      dataset, batchSize: 4, seed: 8, augmentation: .padCropFlip, prefetch: prefetch)
    let other = try DataLoader(dataset, batchSize: 4, seed: 8, augmentation: .padCropFlip)
    #expect(try one.batches().all() == other.batches().all())
  }

  @Test func errorsOfTheWorkerReachTheConsumer() throws {
    let dataset = try Failing(base: pictures(12), failure: 7)
    let stream = try DataLoader.evaluation(dataset, batchSize: 3).batches()
    #expect(try stream.next()?.indices == [0, 1, 2])
    #expect(try stream.next()?.indices == [3, 4, 5])
    #expect(throws: DataError.empty(path: "example 7")) { try stream.next() }
    #expect(try stream.next() == nil)
  }

  @Test func theWorkerStaysWithinItsDepthAndStopsWithTheStream() throws {
    let slow = Slow(try pictures(100))
    var stream: BatchStream? = try DataLoader(slow, batchSize: 1, prefetch: 2).batches()
    _ = try stream?.next()
    Thread.sleep(forTimeInterval: 0.1)
    // One taken, two waiting, one in the hands of the worker.
    #expect((3...4).contains(slow.calls.value))
    stream = nil
    let calls = slow.calls.value
    Thread.sleep(forTimeInterval: 0.05)
    #expect(slow.calls.value == calls)
  }

  @Test func abandonedStreamsLeaveNoThreads() throws {
    func threads() throws -> Int {
      try FileManager.default.contentsOfDirectory(atPath: "/proc/self/task").filter { id in
        let name = try? String(contentsOfFile: "/proc/self/task/\(id)/comm", encoding: .utf8)
        return name?.hasPrefix("bonsai.leak") == true
      }.count
    }
    let loader = try DataLoader(pictures(1000), batchSize: 2, prefetch: 3)
    for count in 0..<200 {
      let stream = loader.batches(epoch: count, workerName: "bonsai.leak")
      for _ in 0..<count % 5 { _ = try stream.next() }
    }
    // The last ones may be on their way out: joined, but not yet gone from the table.
    for _ in 0..<100 where try threads() > 0 { Thread.sleep(forTimeInterval: 0.01) }
    #expect(try threads() == 0)
  }

  @Test func refusesOptionsThatMakeNoSense() throws {
    let dataset = try pictures(5)
    #expect(throws: DataError.self) { try DataLoader(dataset, batchSize: 0) }
    #expect(throws: DataError.self) { try DataLoader(dataset, batchSize: 2, prefetch: 0) }
    #expect(throws: DataError.self) { try DataLoader(dataset, batchSize: 6, dropsLast: true) }
    #expect(throws: DataError.indexOutOfRange(index: 5, count: 5)) { try dataset.batch([0, 5]) }
    #expect(throws: DataError.indexOutOfRange(index: -1, count: 5)) { try dataset.batch([-1]) }
  }
}
