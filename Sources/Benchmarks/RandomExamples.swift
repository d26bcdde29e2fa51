// Random pictures and classes that fit a network, shared with the other program through a file.

import Data
import Execution
import Network
import Torch

/// Random pictures and classes that fit a network of the catalogue.
struct RandomExamples {
  /// The pictures, from -1 to 1, and their classes.
  let x, y: NDArray

  /// `count` examples, always the same ones.
  init(_ count: Int, for architecture: Architecture) throws {
    var random = RandomState(seed: 2)
    let size = architecture.input.reduce(count, *)
    let pixels = (0..<size).map { _ in Float(random.uniform() * 2 - 1) }
    x = try NDArray(pixels, shape: [count] + architecture.input)
    let classes = Double(architecture.classes)
    y = try NDArray(
      (0..<count).map { _ in Int64(random.uniform() * classes) }, shape: [count])
  }

  /// The examples as a data set called after `path`.
  func dataset(_ path: String) throws -> ArrayDataset {
    try ArrayDataset(name: "random examples", path: path, x: x, y: y)
  }

  /// Writes the examples (`x`, `y`) and a model's weights to the file at `path`.
  func write(with model: Model, to path: String) throws {
    var shared = ["x": x, "y": y]
    for (name, tensor) in [model.parameters, model.buffers].joined() {
      shared[name] = try NDArray(tensor.values(as: Float.self), shape: tensor.shape)
    }
    try NPZ.write(shared, to: path)
  }
}
