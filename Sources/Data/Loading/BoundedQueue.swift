// A queue between one producing and one consuming thread that never grows beyond its depth.

import Dispatch
import Synchronization

/// A first-in, first-out queue. The producer waits while it is full, the consumer while it is empty.
final class BoundedQueue<Element: Sendable>: Sendable {
  private struct State {
    var elements: [Element] = []
    var cancelled = false
  }

  private let state = Mutex(State())
  /// Counts free places.
  private let places = DispatchSemaphore(value: 0)
  /// Counts waiting elements, and once more when the producer has finished.
  private let arrivals = DispatchSemaphore(value: 0)

  init(depth: Int) {
    for _ in 0..<depth { places.signal() }
  }

  /// Appends an element, waiting for a free place.
  ///
  /// - Returns: false if the consumer has gone away; the producer should then stop.
  func push(_ element: Element) -> Bool {
    places.wait()
    let accepted = state.withLock { state in
      guard !state.cancelled else { return false }
      state.elements.append(element)
      return true
    }
    if accepted { arrivals.signal() }
    return accepted
  }

  /// Says that no more elements will come. Called once, by the producer.
  func finish() { arrivals.signal() }

  /// The next element, waiting for one; nil when the producer has finished. Must not be called again
  /// after nil.
  func pop() -> Element? {
    arrivals.wait()
    let element = state.withLock { $0.elements.isEmpty ? nil : $0.elements.removeFirst() }
    if element != nil { places.signal() }
    return element
  }

  /// Releases a waiting producer and makes it stop. Called by the consumer.
  func cancel() {
    state.withLock { $0.cancelled = true }
    places.signal()
  }
}
