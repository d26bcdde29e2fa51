// What the trainer tells those who watch: plain records for bars, tables and files.

/// Something that happened in a run.
public enum TrainingEvent: Sendable {
  /// The run begins, or goes on.
  case started(RunRecord)
  /// A step is done.
  case step(StepRecord)
  /// An epoch is done.
  case epoch(EpochRecord)
  /// A checkpoint was written.
  case checkpoint(path: String, step: Int)
  /// The run ends: complete, or interrupted.
  case ended(TrainingResult)
}

/// The size of a run and where it begins.
public struct RunRecord: Sendable, Codable, Equatable {
  /// The steps done before.
  public let step: Int
  /// The steps of the whole run.
  public let totalSteps: Int
  /// The steps of an epoch.
  public let stepsPerEpoch: Int
  /// The examples of an epoch.
  public let examples: Int
}

/// One step.
public struct StepRecord: Sendable, Codable, Equatable {
  /// The steps done, counted from 1.
  public let step: Int
  /// The epoch, counted from 0.
  public let epoch: Int
  /// The loss of the batch, with the terms that plug-ins added.
  public let loss: Double
  /// The mean loss of the epoch so far, each example counted once.
  public let meanLoss: Double
  /// The part of the epoch's examples so far that were classified correctly while training; `nil`
  /// where targets are not classes.
  public let accuracy: Double?
  /// The learning rate.
  public let rate: Double
  /// Examples a second since the run began or went on.
  public let examplesPerSecond: Double
  /// The seconds that the rest of the run will take at this pace.
  public let secondsLeft: Double
}

/// One epoch.
public struct EpochRecord: Sendable, Codable, Equatable {
  /// The epoch, counted from 0.
  public let epoch: Int
  /// The steps done at its end.
  public let step: Int
  /// The mean loss while training.
  public let loss: Double
  /// The accuracy while training; `nil` where targets are not classes.
  public let accuracy: Double?
  /// The learning rate of the last step.
  public let rate: Double
  /// What the validation set says, where there is one.
  public let validation: Evaluation?
}

/// How a run ended.
public struct TrainingResult: Sendable, Codable, Equatable {
  /// The steps done.
  public let step: Int
  /// Whether the whole run is done; false where it was interrupted and can go on.
  public let isComplete: Bool
  /// Every epoch so far.
  public let epochs: [EpochRecord]
}
