// The step that round-to: auto measures, once in a run: recorded in its folder, and taken from there.

import Network
import Runtimes

extension Run {
  /// The step of channel counts under the given conditions.
  ///
  /// It is measured once. What was found is written to the run's folder at once, before anything
  /// depends on it, so that a run that goes on after an interruption, and its later steps, take the
  /// same.
  func channelStep(
    of network: Network, batch: Int, threads: Int
  ) throws -> MeasuredStep {
    if let found = try folder.recordedStep(), found.conditions.batch == batch,
      found.conditions.threads == threads
    {
      return found
    }
    let (runtime, note) = try MeasuringRuntime.standard()
    if let note { observer.noted(note) }
    let found = try MeasuredStep(
      of: network, in: runtime, batch: batch, threads: threads, folder: folder.path("checkpoint")
    ) { observer.noted($0) }
    try folder.record(found)
    observer.noted("round-to auto: \(found.summary)")
    return found
  }
}
