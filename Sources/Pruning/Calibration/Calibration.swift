// Calibration: the examples that are looked at while a network is pruned and repaired.

import Data
import Execution
import Network
import Torch
import Training

/// The examples that are looked at while a network is pruned and repaired.
///
/// The same seed gives the same examples in the same batches. Batches are read one at a time and all
/// have one size, so that a mean over batches is a mean over examples.
public struct Calibration: Sendable {
  /// Where the examples are from.
  public let dataset: any Dataset
  /// Examples at a time.
  public let batchSize: Int
  /// Where networks compute.
  public let device: Device
  private let order: [Int]

  /// How many examples are looked at where nothing else is asked: 1,024.
  public static let usual = (batchSize: 32, batches: 32)

  /// Looks at examples drawn from `dataset` without repetition.
  ///
  /// - Parameters:
  ///   - batchSize: examples at a time; all of them where there are fewer.
  ///   - batches: at most so many; fewer where the examples run out.
  ///   - seed: decides which examples, and in which order.
  public init(
    _ dataset: any Dataset, batchSize: Int = usual.batchSize, batches: Int = usual.batches,
    seed: UInt64 = 0, device: Device = .cpu
  ) {
    self.dataset = dataset
    self.device = device
    self.batchSize = max(1, min(batchSize, dataset.count))
    var random = RandomState(seed: seed, keys: 0x4341_4C49)
    let count = max(1, min(batches, dataset.count / self.batchSize)) * self.batchSize
    order = Array(random.permutation(dataset.count).prefix(count))
  }

  /// Looks at equally many examples of each class of `dataset`, every batch with `perClass` of each.
  ///
  /// - Throws: ``PruningError/combination(_:)`` where targets are no classes, or a class has too few
  ///   examples.
  public init(
    _ dataset: any Dataset, perClass: Int, batches: Int = 1, seed: UInt64 = 0,
    device: Device = .cpu
  ) throws(PruningError) {
    self.dataset = dataset
    self.device = device
    let classes = dataset.classNames.count
    guard classes > 0, dataset.label(at: 0) != nil else {
      throw .combination(
        "per-class takes equally many examples of each class, and '\(dataset.name)' has no classes")
    }
    let wanted = perClass * batches
    var members = [[Int]](repeating: [], count: classes)
    var random = RandomState(seed: seed, keys: 0x4341_4C49)
    for index in random.permutation(dataset.count) {
      if let label = dataset.label(at: index), members.indices.contains(label),
        members[label].count < wanted
      {
        members[label].append(index)
      }
    }
    if let short = members.indices.first(where: { members[$0].count < wanted }) {
      throw .combination(
        "\(batches) batches of \(perClass) per class need \(wanted) examples of each class, and "
          + "'\(dataset.classNames[short])' of '\(dataset.name)' has \(members[short].count)")
    }
    batchSize = perClass * classes
    order = (0..<batches).flatMap { batch in
      members.flatMap { $0[batch * perClass..<(batch + 1) * perClass] }
    }
  }

  private init(_ other: Calibration, batchSize: Int) {
    dataset = other.dataset
    device = other.device
    self.batchSize = max(1, min(batchSize, other.order.count))
    order = Array(other.order.prefix(other.order.count / self.batchSize * self.batchSize))
  }

  /// The same examples, `batchSize` at a time.
  func by(_ batchSize: Int) -> Calibration {
    batchSize == self.batchSize ? self : Calibration(self, batchSize: batchSize)
  }

  /// The same examples in batches of the size that `network` asks for, where it states one.
  func fitting(_ network: Network) -> Calibration {
    let free = network.inputs.first { network.initializers[$0.name] == nil }
    guard case .fixed(let size)? = free?.shape?.first else { return self }
    return by(size)
  }

  /// How many batches there are.
  public var batches: Int { order.count / batchSize }
  /// How many examples there are.
  public var count: Int { order.count }

  /// Batch `index` as tensors that suit `model`.
  func batch(_ index: Int, for model: Model) throws(PruningError) -> TensorBatch {
    let positions = Array(order[index * batchSize..<(index + 1) * batchSize])
    let batch = try data { () throws(DataError) in try dataset.batch(positions) }
    return try training { () throws(TrainingError) in try TensorBatch(batch, for: model) }
  }

  /// The loss that derivatives are taken of: cross-entropy for classes, the mean squared error for
  /// numbers; `nil` where the data has no targets.
  func loss(of batch: TensorBatch) -> (any Loss)? {
    guard batch.hasTargets else { return nil }
    return batch.hasClasses ? CrossEntropy() : MeanSquaredError()
  }
}
