// What a worker has done so far, in memory that outlives it.

import Foundation

/// What a worker has done so far, in a file that both it and its supervisor have mapped: it still
/// says which input was being tried when the worker ended.
final class Progress {
  /// Counters: the input being tried, then the trials by ending.
  private let numbers: UnsafeMutableBufferPointer<Int>
  private static let count = 32

  /// The progress kept in the file at `path`, which is made where it does not exist.
  init?(path: String) {
    let descriptor = open(path, O_RDWR | O_CREAT, 0o600)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    let size = Self.count * MemoryLayout<Int>.stride
    guard ftruncate(descriptor, off_t(size)) == 0 else { return nil }
    let address = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0)
    guard let address, address != MAP_FAILED else { return nil }
    numbers = UnsafeMutableBufferPointer(
      start: address.bindMemory(to: Int.self, capacity: Self.count), count: Self.count)
  }

  deinit { munmap(numbers.baseAddress, Self.count * MemoryLayout<Int>.stride) }

  /// The input being tried.
  var current: Int {
    get { numbers[0] }
    set { numbers[0] = newValue }
  }

  /// How many trials ended in `ending`.
  subscript(ending: Int) -> Int {
    get { numbers[min(ending + 1, Self.count - 1)] }
    set { numbers[min(ending + 1, Self.count - 1)] = newValue }
  }
}
