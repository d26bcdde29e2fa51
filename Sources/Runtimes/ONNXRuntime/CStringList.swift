// Names kept as C strings, for calls that take an array of them.

/// An immutable array of C strings.
final class CStringList: Sendable {
  private let count: Int
  nonisolated(unsafe) private let strings: UnsafeMutablePointer<UnsafePointer<CChar>?>

  /// Copies the given strings.
  init(_ texts: [String]) {
    count = texts.count
    strings = .allocate(capacity: max(count, 1))
    for (index, text) in texts.enumerated() {
      let characters = text.utf8CString
      let copy = UnsafeMutablePointer<CChar>.allocate(capacity: characters.count)
      for (position, character) in characters.enumerated() { copy[position] = character }
      (strings + index).initialize(to: UnsafePointer(copy))
    }
  }

  deinit {
    for index in 0..<count { strings[index]?.deallocate() }
    strings.deallocate()
  }

  /// The array, valid as long as this object lives.
  var pointer: UnsafePointer<UnsafePointer<CChar>?> { UnsafePointer(strings) }
}
