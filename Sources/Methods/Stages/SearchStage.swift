// The stage `search`: an agent for each layer learns which of its filters stay.

import Data
import Execution
import Foundation
import Network
import Pruning
import Search
import Training

/// The stage `search`.
///
/// ```yaml
/// - search:
///     method: learn-to-prune
///     layers: [conv1, conv2, fc1]   # one after the other, each with an agent of its own
///     bound: 0.02                   # the drop of accuracy that is tolerated, as a fraction
///     rounds: 60                    # steps of learning
///     samples: 5                    # actions a step
///     rate: 0.01                    # of the agent
///     examples: 1000                # held out of the training split, on which actions are judged
///     tune: {steps: 20, optimizer: {sgd: {rate: 0.01}}}       # of each action's network, before that
///     recover: {epochs: 1, optimizer: {sgd: {rate: 0.01}}}    # after each layer
/// ```
/// The examples are those that `early-stop` holds out, where as many are asked for: trainings that hold
/// them out leave the search with examples that nothing has been trained on.
struct SearchStage: Stage {
  static let name = "search"
  static let summary = "an agent learns by trying which units of each layer stay"

  let layers: [String]
  let bound: Double
  let rounds: Int
  let samples: Int
  let hidden: Int
  let rate: Double
  let examples: Int
  let tuning: TuningSettings?
  let place: RecipeError.Place
  let recovery: RecoverySettings?
  let parts: [String: String]

  init(_ settings: RecipeReader) throws(RecipeError) {
    let method = try settings.string("method", default: LearnToPrune.name)
    guard method == LearnToPrune.name else {
      throw .value(
        at: settings.place(of: "method"), found: "'\(method)'",
        expected: "one of \(Searches.all.map { $0.name }.joined(separator: ", "))")
    }
    layers = try settings.strings("layers")
    guard !layers.isEmpty, Set(layers).count == layers.count else {
      throw .missingKey(
        at: settings.place(of: "layers"), key: "layers",
        expected: "the layers to prune, each once, such as [conv1, conv2]")
    }
    guard let bound = try settings.positive("bound"), bound <= 1 else {
      throw .missingKey(
        at: settings.place(of: "bound"), key: "bound",
        expected: "the drop of accuracy that is tolerated, above 0 and at most 1, such as 0.02")
    }
    self.bound = bound
    rounds = try settings.int("rounds", default: 60, in: 1...1_000_000)
    samples = try settings.int("samples", default: 5, in: 2...10_000)
    hidden = try settings.int("hidden", default: 24, in: 1...4096)
    rate = try settings.positive("rate") ?? 0.01
    examples = try settings.int("examples", default: 1000, in: 1...Int(Int32.max))
    tuning = try TuningSettings.read(settings)
    place = settings.place(of: "examples")
    if settings.keys.contains("recover") {
      recovery = try RecoverySettings(try settings.mapping("recover"))
    } else {
      _ = settings.node("recover")
      recovery = nil
    }
    parts = ["search": method, "granularity": "filter", "recovery": recovery?.part ?? "none"]
  }

  var needsData: Bool { true }

  var tasks: [any RunTask] {
    layers.flatMap { layer -> [any RunTask] in
      [SearchTask(stage: self, layer: layer)] + (recovery?.tasks ?? [])
    }
  }
}

/// Searches which units of one layer stay, and cuts the others.
struct SearchTask: RunTask {
  let stage: SearchStage
  let layer: String

  var title: String { "search \(layer)" }

  /// Where a search stands: saved after each step of learning.
  private struct State: Codable {
    var agent: LearnToPrune
    var reward: PruningReward
    /// The action worth most so far, and its worth.
    var best: [Bool]
    var worth: Double
  }

  func perform(in run: inout Run) throws -> Evaluation? {
    _ = try run.beginPruning()
    let network = run.network
    let coupling = try network.coupling()
    guard let group = coupling.groups.first(where: { $0.name == layer && $0.frozen.isEmpty }),
      group.blocks == 1
    else {
      throw PruningError.network(
        .noSuch(
          kind: "layer to prune", name: layer,
          known: coupling.groups.filter { $0.frozen.isEmpty && $0.blocks == 1 }.map(\.name)))
    }
    let examples = try HeldOutExamples.divide(
      run.requireData(for: title).load(.train), holdingOut: stage.examples, seed: run.seed,
      at: stage.place)
    let (device, seed) = (run.device, run.taskSeed)
    func accuracy(of network: Network, tuning: TuningSettings?) throws -> Double {
      let model = try Model(network, device: device)
      try tuning?.train(model, on: examples.rest, seed: seed)
      return try Evaluation(model, on: examples.held).accuracy ?? 0
    }
    func worth(_ action: [Bool], _ reward: PruningReward) throws -> Double {
      let units = action.indices.filter { action[$0] }
      guard !units.isEmpty else { return reward(accuracy: 0, kept: 0, of: group.size) }
      let kept = [try Kept(group, units: units)]
      // A masked network computes what the cut one does, but training would fill it again.
      let small =
        try stage.tuning == nil
        ? network.masked(keeping: kept) : network.cut(keeping: kept)
      let found = try accuracy(of: small, tuning: stage.tuning)
      return reward(accuracy: found, kept: units.count, of: group.size)
    }
    let file = run.folder.path("checkpoint/search-\(run.taskIndex).json")
    var state: State
    if let saved = FileManager.default.contents(atPath: file) {
      state = try JSONDecoder().decode(State.self, from: saved)
    } else {
      let agent = LearnToPrune(
        features: try group.features(in: network), hidden: stage.hidden, samples: stage.samples,
        rate: stage.rate, seed: run.taskSeed)
      let reward = PruningReward(
        bound: stage.bound, accuracy: try accuracy(of: network, tuning: nil))
      let all = [Bool](repeating: true, count: group.size)
      state = State(agent: agent, reward: reward, best: all, worth: 0)
    }
    while state.agent.steps < stage.rounds {
      let step = state.agent.steps
      while state.agent.steps == step {
        let action = state.agent.propose()
        let found = try worth(action, state.reward)
        state.agent.learn(found, of: action)
        if found > state.worth { (state.best, state.worth) = (action, found) }
      }
      try FileBytes.write([UInt8](JSONEncoder().encode(state)), to: file)
    }
    // The agent's own choice counts as one more try.
    let decision = state.agent.decision
    let own = try worth(decision, state.reward)
    let chosen = own >= state.worth ? decision : state.best
    try cut(&run, group, chosen)
    run.findings.measures = [
      "units before": Double(group.size), "units kept": Double(chosen.count { $0 }),
      "reward": max(own, state.worth), "reward of the agent's choice": own,
    ]
    return nil
  }

  private func cut(_ run: inout Run, _ group: Group, _ chosen: [Bool]) throws {
    let kept = [try Kept(group, units: chosen.indices.filter { chosen[$0] })]
    let small = try run.network.cut(keeping: kept)
    let equivalence = try Equivalence.check(run.network.masked(keeping: kept), small)
    guard equivalence.holds() || !group.mixing.isEmpty else {
      throw PruningError.network(
        .impossibleCut(
          reason: "the cut network differs from the masked one by \(equivalence.maxAbsDiff) at "
            + "'\(equivalence.output)'; please report this network"))
    }
    run.network = small
    try run.cutMarks(keeping: kept)
  }
}

extension Group {
  /// Numbers that describe each unit: the weights that make it, in order, as at most eight means.
  ///
  /// - Throws: `PruningError.elementType` where they are no real numbers.
  func features(in network: Network) throws(PruningError) -> [[Double]] {
    var rows = [[Double]](repeating: [], count: size)
    for member in members where member.part == .producer && member.role == .parameter {
      guard let tensor = network.initializers[member.value]?.tensor else { continue }
      guard let numbers = tensor.reals else {
        throw .elementType(weight: member.value, type: tensor.type)
      }
      let inner = tensor.shape.dropFirst(member.axis + 1).reduce(1, *)
      let extent = tensor.shape[member.axis]
      for (index, number) in numbers.enumerated() {
        let place = index / max(1, inner) % max(1, extent) - member.start
        let unit = member.units.lowerBound + place / max(1, member.stride)
        guard place >= 0, place % max(1, member.stride) < member.width, unit < size else {
          continue
        }
        rows[unit].append(number)
      }
    }
    return rows.map { row in
      let parts = min(8, row.count)
      return (0..<parts).map { part in
        let run = row[part * row.count / parts..<(part + 1) * row.count / parts]
        return run.reduce(0, +) / Double(run.count)
      }
    }
  }
}
