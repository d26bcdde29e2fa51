// A run of a network that stands between two nodes, so that what is in flight can be looked at.

import Network
import Torch

/// A run that stands between two nodes: the values that later nodes need, and no others.
///
/// A copy goes on by itself. Parameters are shared with the model: where one is changed in place, the
/// nodes that follow see it.
public struct PartialRun {
  /// How many of the network's nodes are done.
  public internal(set) var position = 0
  /// The values by slot; `nil` where one is not there yet, or not needed any more.
  var values: [Tensor?]
  /// Slots that are kept to the end.
  let observed: Set<Int>
  let context: RunContext

  init(values: [Tensor?], observed: Set<Int>, context: RunContext) {
    self.values = values
    self.observed = observed
    self.context = context
  }
}

extension Model {
  /// Runs the nodes up to, but not including, the one at `end`; those that are done stay done.
  public func advance(_ run: inout PartialRun, to end: Int) throws(ExecutionError) {
    while run.position < min(end, plan.count) {
      let node = plan[run.position]
      let given = Inputs(
        tensors: node.inputs.map { $0 < 0 ? nil : run.values[$0] }, label: node.label)
      let results: [Tensor]
      do throws(TorchError) {
        if !substitutes.isEmpty, let slot = node.outputs.first, slot >= 0,
          let substitute = substitutes[names[slot]]
        {
          results = try substitute.compute(given, run.context)
        } else {
          results = try node.step(given, run.context)
        }
      } catch {
        throw .node(label: node.label, error: error)
      }
      for (slot, result) in zip(node.outputs, results) where slot >= 0 { run.values[slot] = result }
      for slot in node.last where !run.observed.contains(slot) { run.values[slot] = nil }
      run.position += 1
    }
  }

  /// The value `name` as it stands in `run`; `nil` where it is not made yet or not needed any more.
  public func value(_ name: String, of run: PartialRun) -> Tensor? {
    slots[name].flatMap { run.values[$0] }
  }

  /// The bytes of what `run` holds beside what the network carries.
  public func bytes(of run: PartialRun) -> Int {
    let carried = Set(network.initializers.keys.compactMap { slots[$0] })
    return run.values.enumerated().reduce(0) { sum, entry in
      guard let tensor = entry.element, !carried.contains(entry.offset) else { return sum }
      return sum + tensor.count * tensor.type.size
    }
  }
}
