// Reads a model, finds shapes and coupling, plans, masks, cuts, writes, and reads the result again.

import Network
import ONNX

#if canImport(Pruning)
  import Pruning
#endif

/// Reads a model, finds shapes and coupling, plans, masks, cuts, writes, and reads the result again.
struct PlannerTrial: Trial {
  static let endings = [
    "not read", "shapes contradict", "nothing to cut", "not planned", "not masked", "not cut",
    "not written", "cut and read again",
  ]

  let folder: String

  func run(_ path: String, number: Int) -> Int {
    guard var model = try? ONNXModel(path: path) else { return 0 }
    let network = model.network
    guard let inference = try? network.infer(binding: number % 3 == 0 ? ["N": 3, "batch": 2] : [:])
    else { return 1 }
    _ = network.cost(inference)
    _ = Provenance(network)
    let options = CouplingOptions(groupNormalization: number % 2 == 0 ? .groups : .channels)
    let coupling = network.coupling(inference, options: options)
    if coupling.groups.isEmpty {
      try? model.write(to: "\(folder)/out.onnx", opset: number % 5 == 0 ? 21 : nil)
      return 2
    }
    guard let kept = choose(network, coupling, options, number) else { return 3 }
    guard (try? network.masked(keeping: kept)) != nil else { return 4 }
    guard let cut = try? network.cut(keeping: kept) else { return 5 }
    _ = try? cut.coupling(options: options)
    model.network = cut
    model.network.setProvenance(Provenance(version: "1", seed: UInt64(number)))
    let out = "\(folder)/out.onnx"
    do throws(ONNXError) {
      try model.write(
        to: out, opset: number % 5 == 0 ? 21 : nil,
        externalData: number % 7 == 0 ? .always(minimumBytes: 8) : .automatic)
      _ = try ONNXModel(path: out)
    } catch { return 6 }
    return 7
  }

  /// What stays of the groups: half of each, or what a plan says.
  private func choose(
    _ network: Network, _ coupling: Coupling, _ options: CouplingOptions, _ number: Int
  ) -> [Kept]? {
    #if canImport(Pruning)
      if number % 2 == 0 {
        let quantity = Target.Quantity.allCases[number / 2 % 4]
        guard let target = try? Target(quantity, .fraction(0.5)) else { return nil }
        let pruner = Pruner(
          criterion: number % 8 < 4 ? L2() : L1(),
          allocation: number % 4 < 2 ? Global() : Uniform(), target: target,
          roundTo: number % 16 < 8 ? 1 : 2, coupling: options)
        return try? pruner.plan(for: network).kept
      }
    #endif
    var kept: [Kept] = []
    for group in coupling.groups {
      let count = max(1, group.size / group.blocks / 2) * group.blocks
      guard let chosen = try? Kept(group, units: group.first(count)) else { return nil }
      kept.append(chosen)
    }
    return kept
  }
}
