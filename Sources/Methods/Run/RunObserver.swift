// Who is told what happens in a run.

import Training

/// Is told what happens in a run.
public protocol RunObserver {
  /// A task begins.
  func taskBegan(_ title: String, index: Int, of count: Int)
  /// Training has come a step further, of `total`.
  func progressed(_ progress: StepRecord, of total: Int)
  /// Something worth a line.
  func noted(_ text: String)
  /// A task is done.
  func taskEnded(_ task: RunResult.Task)
}

/// Tells nobody.
public struct SilentRunObserver: RunObserver {
  /// Tells nobody.
  public init() {}
  public func taskBegan(_ title: String, index: Int, of count: Int) {}
  public func progressed(_ progress: StepRecord, of total: Int) {}
  public func noted(_ text: String) {}
  public func taskEnded(_ task: RunResult.Task) {}
}
