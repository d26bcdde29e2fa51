// The order of stages: which of them make no sense after those before them.

import Pruning

extension Recipe {
  /// Why a stage makes no sense after those before it; `nil` where it does.
  static func objection(to stage: any Stage, after earlier: [any Stage]) -> String? {
    if let train = stage as? TrainStage, let reason = objection(to: train, after: earlier) {
      return reason
    }
    if stage is RecoveryStage<Freeze>, !earlier.contains(where: \.masks) {
      return "freeze holds weights that have left, and no stage before this one masks any"
    }
    return repetition(of: stage, in: earlier) ?? missingMark(of: stage, after: earlier)
  }

  /// What a training lacks, or would break up.
  private static func objection(to train: TrainStage, after earlier: [any Stage]) -> String? {
    if train.loss.needsTeacher, !earlier.contains(where: { $0 is PruneStage }) {
      return "distillation learns from the network as it was before pruning, but no stage before "
        + "this one prunes"
    }
    guard let part = train.participants.first(where: { $0.needsMasks }) else { return nil }
    let masksItself = train.participants.contains { $0.hold == .masks && !$0.needsMasks }
    guard masksItself || earlier.contains(where: \.masks) else {
      return
        "\(type(of: part).name) moves weights that are masked, and no stage before this one masks "
        + "any; write a stage prune with granularity: element before it, for example with criterion: "
        + "random"
    }
    let granularities = earlier.compactMap { ($0 as? PruneStage)?.granularity }
    guard let sets = granularities.last(where: { $0.sets != nil }) else { return nil }
    return
      "\(type(of: part).name) moves single weights, and would break up what a stage before this one "
      + "prunes in granularity \(sets.name); prune with granularity: element before it"
  }

  /// What an earlier stage does already, under the same name or on the same layers.
  private static func repetition(of stage: any Stage, in earlier: [any Stage]) -> String? {
    let another = "already; give this one another name"
    let mark = stage.marked.first { name in earlier.contains { $0.marked.contains(name) } }
    if let mark { return "an earlier stage sets the mark '\(mark)' \(another)" }
    switch stage {
    case let pack as PackStage
    where earlier.contains { ($0 as? PackStage)?.file == pack.file }:
      return "an earlier stage packs '\(pack.file)' \(another)"
    case let export as ExportStage
    where earlier.contains { ($0 as? ExportStage)?.file == export.file }:
      return "an earlier stage exports '\(export.file)' \(another)"
    case let gate as GateStage
    where earlier.contains { ($0 as? GateStage)?.layers == gate.layers }:
      return "an earlier stage puts gates on the same layers already"
    default: return nil
    }
  }

  /// A mark that the stage goes back to and no stage sets.
  private static func missingMark(of stage: any Stage, after earlier: [any Stage]) -> String? {
    let known = earlier.flatMap(\.marked) + stage.marked
    for case .named(let name) in stage.marks where !known.contains(name) {
      return "no stage before this one sets the mark '\(name)'"
        + (known.isEmpty ? "" : " (there are: \(known.joined(separator: ", ")))")
        + "; write marks: {\(name): {step: 500}} in a stage train, or use start"
    }
    return nil
  }
}

extension Stage {
  /// Whether weights share values after it, as those that are stored in few bits do.
  var sharesValues: Bool {
    self is ShareStage
      || (self as? TrainStage)?.participants.contains { $0.hold == .form && !$0.prunes } == true
  }

  /// Whether single weights are masked after it.
  var masks: Bool {
    (self as? PruneStage)?.granularity.cuts == false
      || (self as? TrainStage)?.participants.contains { $0.prunes && $0.hold != .none } == true
  }
}
