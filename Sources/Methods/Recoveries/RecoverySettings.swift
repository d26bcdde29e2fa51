// The key `recover` of the stage `prune`: what is done after units left, before more leave.

/// The key `recover` of the stage `prune`: any of ``Recoveries``, then the settings of a stage `train`.
///
/// ```yaml
/// recover: {rewind: {to: start}, epochs: 10, optimizer: {adam: {rate: 0.0012}}}
/// ```
/// Iterative magnitude pruning is so one stage: prune, rewind, train, and again.
struct RecoverySettings {
  let recoveries: [any Recovery]
  let training: TrainStage?

  init(_ settings: RecipeReader) throws(RecipeError) {
    let present = settings.keys
    var recoveries: [any Recovery] = []
    for type in Recoveries.all {
      let reader = try settings.mapping(type.name)
      guard present.contains(type.name) else { continue }
      recoveries.append(try type.init(reader))
      try reader.finish()
    }
    self.recoveries = recoveries
    let trains = recoveries.count < present.count || recoveries.isEmpty
    training = trains ? try TrainStage(settings) : nil
    try settings.finish()
  }

  var tasks: [any RunTask] {
    recoveries.map { RecoveryTask(recovery: $0) } + (training?.tasks ?? [])
  }

  var marks: [Mark] { recoveries.flatMap(\.marks) }

  /// What it consists of, for the catalogue.
  var part: String {
    (recoveries.map { type(of: $0).name } + (training.map { [$0.recovery] } ?? []))
      .joined(separator: ", ")
  }
}
