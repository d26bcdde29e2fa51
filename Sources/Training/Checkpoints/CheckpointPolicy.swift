// Where and how often a run is saved.

import Foundation

/// Where and how often a run is saved.
///
/// The folder holds `checkpoint.npz`, and as `previous.npz` the one before it, so that a good one
/// remains whatever happens while the newest is written or to the disk under it.
public struct CheckpointPolicy {
  /// The folder; made where it is missing.
  public let folder: String
  /// Save after every so many steps.
  public var everySteps: Int?
  /// Save when so many seconds have passed.
  public var everySeconds: Double?
  /// Save at the end of every epoch.
  public var everyEpoch: Bool
  var clock = Clock()

  /// Saves in `folder`; at the end of the run and at an interruption in any case.
  public init(
    folder: String, everySteps: Int? = nil, everySeconds: Double? = nil, everyEpoch: Bool = false
  ) {
    self.folder = folder
    self.everySteps = everySteps
    self.everySeconds = everySeconds
    self.everyEpoch = everyEpoch
  }

  /// The newest checkpoint.
  public var path: String { Self.newest(in: folder) }
  /// The one before it.
  public var previousPath: String { Self.previous(in: folder) }

  static func newest(in folder: String) -> String { folder + "/checkpoint.npz" }
  static func previous(in folder: String) -> String { folder + "/previous.npz" }

  /// Whether a checkpoint is due after `step` steps.
  func isDue(at step: Int, _ stepsPerEpoch: Int) -> Bool {
    if let everySteps, everySteps > 0, step % everySteps == 0 { return true }
    if everyEpoch, step % stepsPerEpoch == 0 { return true }
    if let everySeconds { return clock.seconds >= everySeconds }
    return false
  }

  /// When the last checkpoint was written.
  struct Clock {
    private var start = ContinuousClock.now
    mutating func restart() { start = .now }
    var seconds: Double { (ContinuousClock.now - start) / .seconds(1) }
  }
}
