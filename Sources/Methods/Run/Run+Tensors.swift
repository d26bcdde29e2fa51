// What tasks of a run need of the engine: the model in memory, its masks, its data.

import Data
import Execution
import Network
import Pruning
import Torch

extension Run {
  /// The data set.
  ///
  /// - Throws: ``RecipeError/missingKey(at:key:expected:)`` where the run has none.
  func requireData(for task: String) throws(RecipeError) -> DatasetSource {
    guard let data else { throw Recipe.missingData(at: recipe.place, for: task) }
    return data
  }

  /// The network as it is now, ready to be trained, with its masks in place.
  func model(_ layout: Layout) throws -> Model {
    let model = try Model(network, device: device, layout: layout.format(for: network))
    for (name, kept) in masks.kept.sorted(by: { $0.key < $1.key }) {
      guard let weight = model.parameters[name] else { continue }
      let ones = try Tensor(kept.map { $0 ? 1 : 0 as Float }, shape: weight.shape, device: device)
      // Removed elements of the network in hand are what they are held at already.
      let held = try masks.held[name] == nil ? nil : weight.detached().clone()
      model.parametrizations[name] = Mask(try ones.to(type: weight.type), held: held)
    }
    return model
  }

  /// The model as it was before pruning, to learn from.
  func teacher(_ layout: Layout) throws -> Model {
    let network = reference ?? network
    return try Model(network, device: device, layout: layout.format(for: network))
  }
}
