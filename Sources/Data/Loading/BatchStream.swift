// The batches of one epoch, prepared ahead on a thread of their own.

import Dispatch
import Foundation

/// The batches of one epoch in order. A thread prepares them while the consumer computes; it is at most
/// `prefetch` batches ahead, and it has ended when the stream is gone.
///
/// ```swift
/// let stream = loader.batches(epoch: 0)
/// while let batch = try stream.next() { ... }
/// ```
public final class BatchStream {
  /// The position of the batch that `next()` returns next; save it to resume there.
  public private(set) var position: DataLoader.Position

  private let queue: BoundedQueue<Result<Batch, DataError>>
  private let exited = DispatchSemaphore(value: 0)
  private var ended = false

  init(_ loader: DataLoader, from position: DataLoader.Position, workerName: String) {
    self.position = position
    let queue = BoundedQueue<Result<Batch, DataError>>(depth: loader.prefetch)
    self.queue = queue
    let exited = exited
    let worker = Thread {
      Self.prepare(loader, from: position, into: queue)
      queue.finish()
      exited.signal()
    }
    worker.name = workerName
    worker.start()
  }

  private static func prepare(
    _ loader: DataLoader, from position: DataLoader.Position,
    into queue: BoundedQueue<Result<Batch, DataError>>
  ) {
    let order = loader.order(ofEpoch: position.epoch)
    for number in position.batch..<max(loader.batchesPerEpoch, position.batch) {
      do {
        let batch = try loader.batch(number, of: order, epoch: position.epoch)
        guard queue.push(.success(batch)) else { return }
      } catch {
        _ = queue.push(.failure(error))
        return
      }
    }
  }

  /// The next batch, or nil at the end of the epoch.
  ///
  /// - Throws: the error that stopped the preparation. After nil or an error the stream has ended.
  public func next() throws(DataError) -> Batch? {
    guard !ended else { return nil }
    switch queue.pop() {
    case .success(let batch):
      position.batch += 1
      return batch
    case .failure(let error):
      ended = true
      throw error
    case nil:
      ended = true
      return nil
    }
  }

  deinit {
    queue.cancel()
    exited.wait()
  }
}
