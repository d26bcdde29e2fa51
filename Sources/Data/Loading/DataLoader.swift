// In which order examples are seen, and in batches of what size.

/// Divides a data set into batches, epoch after epoch.
///
/// A loader is a value without hidden state: the order of an epoch follows from (seed, epoch), and a
/// picture's random changes from (seed, epoch, index). A `Position` is therefore all that must be saved
/// to go on with exactly the batches that would have followed.
public struct DataLoader: Sendable {
  /// A place in the sequence of batches.
  public struct Position: Sendable, Equatable, Codable {
    /// The epoch, counted from 0.
    public var epoch: Int
    /// The batch within the epoch, counted from 0.
    public var batch: Int

    /// A place; the first one unless told otherwise.
    public init(epoch: Int = 0, batch: Int = 0) {
      self.epoch = epoch
      self.batch = batch
    }
  }

  /// The examples.
  public let dataset: any Dataset
  /// Examples a batch; the last batch of an epoch may be smaller.
  public let batchSize: Int
  /// True if every epoch has its own random order.
  public let shuffles: Bool
  /// The seed of the order and of the augmentation.
  public let seed: UInt64
  /// True if a last batch smaller than `batchSize` is left out.
  public let dropsLast: Bool
  /// Random changes to pictures.
  public let augmentation: Augmentation
  /// How many batches are prepared ahead.
  public let prefetch: Int

  /// A loader for training.
  ///
  /// - Throws: `DataError.invalidOption` for a batch size or prefetch below 1, for a batch size above
  ///   the count if the last batch is dropped, and for an augmentation of anything but pictures.
  public init(
    _ dataset: any Dataset, batchSize: Int, shuffles: Bool = true, seed: UInt64 = 0,
    dropsLast: Bool = false, augmentation: Augmentation = .none, prefetch: Int = 4
  ) throws(DataError) {
    guard batchSize >= 1 else {
      throw .invalidOption(name: "batch size", value: "\(batchSize)", expected: "at least 1")
    }
    guard (1...1024).contains(prefetch) else {
      throw .invalidOption(name: "prefetch", value: "\(prefetch)", expected: "from 1 to 1024")
    }
    guard !dropsLast || batchSize <= dataset.count else {
      throw .invalidOption(
        name: "batch size", value: "\(batchSize)",
        expected: "at most the \(dataset.count) examples, since the last batch is dropped")
    }
    guard augmentation.steps.isEmpty || dataset.exampleShape.count == 3 else {
      throw .invalidOption(
        name: "augmentation", value: "set",
        expected: "none: the examples of '\(dataset.name)' are not pictures [C, H, W]")
    }
    self.dataset = dataset
    self.batchSize = batchSize
    self.shuffles = shuffles
    self.seed = seed
    self.dropsLast = dropsLast
    self.augmentation = augmentation
    self.prefetch = prefetch
  }

  /// A loader for evaluation: every example once, in order, unchanged.
  public static func evaluation(
    _ dataset: any Dataset, batchSize: Int
  ) throws(DataError) -> DataLoader {
    try DataLoader(dataset, batchSize: batchSize, shuffles: false)
  }

  /// Batches an epoch.
  public var batchesPerEpoch: Int {
    dropsLast ? dataset.count / batchSize : (dataset.count + batchSize - 1) / batchSize
  }

  /// The examples of an epoch in the order in which they are seen.
  public func order(ofEpoch epoch: Int) -> [Int] {
    guard shuffles else { return Array(0..<dataset.count) }
    var random = RandomState(seed: seed, keys: 0x4F52_4452, UInt64(bitPattern: Int64(epoch)))
    return random.permutation(dataset.count)
  }

  /// The batches of an epoch, prepared ahead on another thread.
  ///
  /// - Parameters:
  ///   - epoch: counted from 0.
  ///   - start: the first batch wanted; the earlier ones are not prepared.
  public func batches(epoch: Int = 0, from start: Int = 0) -> BatchStream {
    batches(epoch: epoch, from: start, workerName: "bonsai.data")
  }

  func batches(epoch: Int, from start: Int = 0, workerName: String) -> BatchStream {
    BatchStream(
      self, from: Position(epoch: epoch, batch: max(start, 0)), workerName: workerName)
  }

  /// The batches that follow a saved position in its epoch.
  public func batches(from position: Position) -> BatchStream {
    batches(epoch: position.epoch, from: position.batch)
  }

  /// Prepares one batch on the caller's thread.
  ///
  /// - Throws: `DataError.indexOutOfRange` beyond the epoch's last batch.
  public func batch(at position: Position) throws(DataError) -> Batch {
    guard (0..<batchesPerEpoch).contains(position.batch) else {
      throw .indexOutOfRange(index: position.batch, count: batchesPerEpoch)
    }
    return try batch(position.batch, of: order(ofEpoch: position.epoch), epoch: position.epoch)
  }

  /// Batch `number` of an epoch whose order is known.
  func batch(_ number: Int, of order: [Int], epoch: Int) throws(DataError) -> Batch {
    let start = number * batchSize
    let indices = Array(order[start..<min(start + batchSize, order.count)])
    let changes =
      augmentation.steps.isEmpty
      ? nil : EpochAugmentation(augmentation, seed: seed, epoch: epoch)
    return try dataset.batch(indices, augmentation: changes)
  }
}
