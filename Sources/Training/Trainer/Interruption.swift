// A request to stop after the current step, which may come from any thread or signal.

import Synchronization

/// A request to stop after the current step. Any thread may make it.
public final class Interruption: Sendable {
  private let flag = Atomic(false)

  /// No request.
  public init() {}

  /// Asks for a stop.
  public func request() { flag.store(true, ordering: .releasing) }

  /// Whether a stop was asked for.
  public var isRequested: Bool { flag.load(ordering: .acquiring) }

  /// Takes the request back.
  public func clear() { flag.store(false, ordering: .releasing) }
}
