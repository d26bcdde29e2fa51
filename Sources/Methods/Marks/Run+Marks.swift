// The marks of a run: taken at its start and in trainings, cut with the network, gone back to.

import Data
import Network
import ONNX
import Pruning

/// A network that a run keeps under a mark's name.
struct MarkedNetwork {
  var network: Network
  /// The file that holds it, in the run's folder.
  let file: String
}

extension Run {
  /// The marks of `recipe` that a run has before it begins.
  ///
  /// - Parameters:
  ///   - network: the network as the run begins.
  ///   - isOwn: whether it is the recipe's network, and not one that was given as a file.
  /// - Throws: ``RecipeError/combination(at:reason:)`` where first weights are to be drawn anew of a
  ///   network that was given.
  static func marks(
    of recipe: Recipe, beginningWith network: Network, isOwn: Bool, seed: UInt64
  ) throws -> [String: MarkedNetwork] {
    var marks: [String: MarkedNetwork] = [:]
    for mark in recipe.stages.flatMap(\.marks) {
      switch mark {
      case .named: break
      case .start: marks[mark.name] = MarkedNetwork(mark, network, task: 0)
      case .redrawn(let other):
        var state = RandomState(seed: seed, keys: 0x5245_4452)
        guard let drawn = try recipe.network(seed: other ?? state.next()),
          isOwn || drawn.hasShapes(of: network)
        else {
          throw RecipeError.combination(
            at: RecipeError.Place(file: recipe.place.file, line: 1, path: "network"),
            reason:
              "first weights are to be drawn anew, and a model that is given does not say how "
              + "its own were drawn; name a network in the recipe whose tensors have the model's names "
              + "and shapes, or leave --model out")
        }
        marks[mark.name] = MarkedNetwork(mark, drawn, task: 0)
      }
    }
    return marks
  }

  /// Keeps `network` under the name of a mark; one of that name is forgotten.
  mutating func setMark(_ mark: Mark, _ network: Network) {
    marks[mark.name] = MarkedNetwork(mark, network, task: taskIndex + 1)
  }

  /// Cuts every mark as the network in hand is cut.
  mutating func cutMarks(keeping kept: [Kept]) throws {
    try changeMarks { network throws(NetworkError) in try network.cut(keeping: kept) }
  }

  /// Changes the nodes of the network in hand, and those of every mark with it.
  mutating func changeForm<E>(_ change: (Network) throws(E) -> Network) throws(E) {
    network = try change(network)
    try changeMarks(change)
  }

  private mutating func changeMarks<E>(_ change: (Network) throws(E) -> Network) throws(E) {
    for (name, marked) in marks {
      marks[name] = MarkedNetwork(name, try change(marked.network), task: taskIndex + 1)
    }
  }

  /// The network under a mark, with all its weights.
  ///
  /// - Throws: ``RecipeError/noSuchMark(name:known:)``.
  func network(at mark: Mark) throws(RecipeError) -> Network {
    guard let marked = marks[mark.name] else {
      throw .noSuchMark(name: mark.name, known: marks.keys.sorted())
    }
    return marked.network
  }

  /// Sets the parameters and running statistics of the network back to a mark, bit for bit; what is
  /// masked stays zero.
  ///
  /// - Parameter layers: whether a tensor goes back, by its name; all do by default.
  /// - Throws: ``RecipeError/markShape(mark:tensor:found:expected:)`` where the network has another
  ///   form by now.
  mutating func goBack(
    to mark: Mark, where layers: (_ name: String) -> Bool = { _ in true }
  ) throws {
    let past = try network(at: mark)
    var now = network
    for (name, initializer) in now.initializers
    where initializer.role.isState && layers(name) {
      guard let tensor = past.initializers[name]?.tensor,
        tensor.shape == initializer.tensor.shape, tensor.type == initializer.tensor.type
      else {
        throw RecipeError.markShape(
          mark: mark.name, tensor: name, found: past.initializers[name]?.tensor.shape,
          expected: initializer.tensor.shape)
      }
      now.initializers[name]?.tensor = tensor
    }
    network = try now.masked(by: masks)
  }
}

extension Network {
  /// Whether the parameters and statistics of `other` are here too, in the same shapes.
  fileprivate func hasShapes(of other: Network) -> Bool {
    other.initializers.allSatisfy { name, initializer in
      !initializer.role.isState
        || initializers[name]?.tensor.shape == initializer.tensor.shape
    }
  }
}

extension MarkedNetwork {
  init(_ mark: Mark, _ network: Network, task: Int) { self.init(mark.name, network, task: task) }

  /// A file's name says after which task the network was kept: a file is never written twice.
  init(_ name: String, _ network: Network, task: Int) {
    self.init(network: network, file: "checkpoint/mark-\(task)-\(name).onnx")
  }
}

extension Run {
  /// Changes the weights that are masked, one by one; what is masked stays zero.
  ///
  /// Where nothing is masked, all weights are changed.
  mutating func changeWeights(
    _ change: (_ name: String, _ values: inout [Float]) throws -> Void
  ) throws {
    var now = network
    for name in network.weightNames where masks.kept.isEmpty || masks.kept[name] != nil {
      guard let tensor = network.initializers[name]?.tensor else { continue }
      var values = try tensor.values(as: Float.self)
      try change(name, &values)
      now.initializers[name]?.tensor = try TensorData(values, shape: tensor.shape)
    }
    network = try now.masked(by: masks)
  }
}
