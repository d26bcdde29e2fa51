// Keeps the network as it is at given steps of a training; what is kept is part of its checkpoints.

import Execution
import Network
import OrderedCollections
import Torch
import Training

/// Keeps the network, as its weights take effect, at given steps of a training.
///
/// Stand it last among the plug-ins, so that it sees what they leave. What it holds goes into every
/// checkpoint: a training that is taken up after a kill has the same marks.
final class MarkKeeper: Plugin {
  /// What has been kept so far, by name.
  private(set) var networks: [String: Network] = [:]
  private let steps: [String: Int]

  /// Keeps the network under each name when so many steps are done.
  init(_ steps: [String: Int]) { self.steps = steps }

  func beforeRun(_ context: TrainingContext) throws(TrainingError) { try keep(context) }

  func afterStep(_ context: TrainingContext) throws(TrainingError) { try keep(context) }

  private func keep(_ context: TrainingContext) throws(TrainingError) {
    for (name, step) in steps where step == context.step {
      do throws(ExecutionError) { networks[name] = try context.model.snapshot() } catch {
        throw .execution(error)
      }
    }
  }

  func savedState() throws(TrainingError) -> PluginState {
    var tensors: OrderedDictionary<String, Tensor> = [:]
    for (name, network) in networks.sorted(by: { $0.key < $1.key }) {
      for (tensor, initializer) in network.initializers where initializer.role.isState {
        do throws(ExecutionError) {
          tensors["\(name)/\(tensor)"] = try initializer.tensor.tensor(named: tensor)
        } catch { throw .execution(error) }
      }
    }
    return PluginState(tensors: tensors)
  }

  func restore(_ state: PluginState, in context: TrainingContext) throws(TrainingError) {
    networks = [:]
    for (key, tensor) in state.tensors {
      let words = key.split(separator: "/", maxSplits: 1).map(String.init)
      guard words.count == 2 else { continue }
      var network = networks[words[0]] ?? context.model.network
      let element = network.initializers[words[1]]?.tensor.type
      do throws(ExecutionError) {
        network.initializers[words[1]]?.tensor = try TensorData(tensor, as: element)
      } catch { throw .execution(error) }
      networks[words[0]] = network
    }
  }
}

extension Initializer.Role {
  /// Whether training changes what plays the role: parameters and running statistics.
  var isState: Bool { self == .parameter || self == .buffer }
}
