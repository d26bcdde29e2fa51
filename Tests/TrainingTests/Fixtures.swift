// Small networks and data sets that tests train on.

import Data
import Execution
import Foundation
import Network
import Testing
import Torch

@testable import Training

enum Fixtures {
  /// Points of the plane, apart on two sides of a line: classes 0 and 1.
  static func halves(_ count: Int = 64, seed: UInt64 = 1) throws -> ArrayDataset {
    var random = RandomState(seed: seed)
    var (points, labels): ([Float], [Int64]) = ([], [])
    for index in 0..<count {
      let side = Int64(index % 2)
      let x = Float(random.uniform() * 2 - 1)
      let gap = Float(0.2 + random.uniform())
      points += [x, x + (side == 1 ? gap : -gap)]
      labels.append(side)
    }
    return try ArrayDataset(
      name: "halves", path: "memory", x: NDArray(points, shape: [count, 2]),
      y: NDArray(labels, shape: [count]))
  }

  /// Random pictures `[1, 6, 6]` of ten classes.
  static func pictures(_ count: Int = 40, seed: UInt64 = 2) throws -> ImageDataset {
    var random = RandomState(seed: seed)
    return try ImageDataset(
      name: "pictures", path: "memory",
      pixels: (0..<count * 36).map { _ in UInt8(random.uniform(in: 0...255)) }, shape: [1, 6, 6],
      labels: (0..<count).map { $0 % 10 }, classNames: (0..<10).map { "\($0)" })
  }

  /// One linear layer, 2 to 2.
  static func line(seed: UInt64 = 3) throws -> Network {
    var b = NetworkBuilder("line", input: ["batch", 2], seed: seed)
    return try b.finish(b.linear("fc", b.input, 2))
  }

  /// Convolution, batch normalisation, dropout and a linear layer over pictures.
  static func convolutional(seed: UInt64 = 4) throws -> Network {
    var b = NetworkBuilder("small", input: ["batch", 1, 6, 6], seed: seed)
    var x = try b.conv("conv", b.input, 4, kernel: 3)
    x = try b.relu(b.batchNorm("norm", x))
    x = try b.dropout(b.flatten(b.maxPool(x, 2)), 0.25)
    return try b.finish(b.linear("fc", x, 10))
  }

  /// A trainer of the convolutional network, the same every time.
  static func trainer(
    optimizer: any Optimizer, epochs: Int = 3, seed: UInt64 = 7, plugins: [any Plugin] = [],
    layout: MemoryFormat = .contiguous
  ) throws -> Trainer {
    try Trainer(
      model: Model(convolutional(), layout: layout), loss: CrossEntropy(labelSmoothing: 0.1),
      optimizer: optimizer, schedule: CosineAnnealing(0.05),
      loader: DataLoader(
        pictures(), batchSize: 12, seed: 5,
        augmentation: Augmentation([.padCrop(padding: 1), .horizontalFlip(probability: 0.5)])),
      length: .epochs(epochs), seed: seed, clipping: .norm(5), plugins: plugins)
  }

  /// All parameters and running statistics as bytes.
  static func bytes(of model: Model) throws -> [String: [UInt8]] {
    var bytes: [String: [UInt8]] = [:]
    for (name, tensor) in model.parameters { bytes[name] = try tensor.bytes() }
    for (name, tensor) in model.buffers { bytes[name] = try tensor.bytes() }
    return bytes
  }

  /// A batch for losses: as many zeros as targets go in.
  static func batch(classes: [Int64]) throws -> TensorBatch {
    try TensorBatch(
      Batch(
        inputs: .values(
          [Float](repeating: 0, count: classes.count * 2), shape: [classes.count, 2]),
        targets: .classes(classes), indices: Array(classes.indices)),
      for: Model(line()))
  }

  /// Numbers of a tensor as doubles.
  static func numbers(_ tensor: Tensor) throws -> [Double] { try tensor.values(as: Double.self) }

  /// A folder of its own, removed by the caller.
  static func folder() throws -> String {
    let path = FileManager.default.temporaryDirectory
      .appendingPathComponent("training-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    return path
  }
}

/// Whether two lists of numbers agree within a tolerance relative to their size.
func agree(_ a: [Double], _ b: [Double], within tolerance: Double = 1e-6) -> Bool {
  a.count == b.count
    && zip(a, b).allSatisfy { abs($0 - $1) <= tolerance * max(1, abs($0), abs($1)) }
}
