// The clock that latencies are read from.

import Dispatch

/// A clock that never goes back and is not set by anyone.
enum MonotonicClock {
  /// Nanoseconds since some moment.
  static let nanoseconds: @Sendable () -> UInt64 = { DispatchTime.now().uptimeNanoseconds }
}
