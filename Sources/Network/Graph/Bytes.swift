// An immutable run of bytes: owned, or a window on a memory-mapped file.

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// An immutable run of bytes, either owned or a window on a memory-mapped file.
///
/// Copying is cheap: copies share the storage. Weights of a large model stay on disk until they
/// are looked at.
///
/// ```swift
/// let bytes = Bytes([1, 2, 3])
/// bytes.withUnsafeBytes { $0[1] }  // 2
/// ```
public struct Bytes: Sendable {
  private enum Backing: Sendable {
    case owned([UInt8])
    case mapped(MappedFile, offset: Int)
  }

  private let backing: Backing
  /// The number of bytes.
  public let count: Int

  /// Owns the given bytes.
  public init(_ bytes: [UInt8]) {
    backing = .owned(bytes)
    count = bytes.count
  }

  /// The window `range` on a mapped file; `nil` where the range leaves the file.
  public init?(_ file: MappedFile, _ range: Range<Int>) {
    guard range.lowerBound >= 0, range.upperBound <= file.count else { return nil }
    backing = .mapped(file, offset: range.lowerBound)
    count = range.count
  }

  /// Calls `body` with the bytes; the pointer is valid only during the call.
  public func withUnsafeBytes<R, E: Error>(
    _ body: (UnsafeRawBufferPointer) throws(E) -> R
  ) throws(E) -> R {
    switch backing {
    case .owned(let array):
      // `Array.withUnsafeBytes` is not typed-throwing; carry the result across it.
      let result: Result<R, E> = array.withUnsafeBytes { buffer in
        do throws(E) { return .success(try body(buffer)) } catch { return .failure(error) }
      }
      return try result.get()
    case .mapped(let file, let offset):
      return try body(UnsafeRawBufferPointer(rebasing: file.bytes[offset..<offset + count]))
    }
  }

  /// Lets the system take back the memory that a mapped file's pages take; they come back when they
  /// are looked at again. Reading a large file once, tensor by tensor, then takes little memory.
  public func release() {
    if case .mapped(let file, let offset) = backing { file.release(offset..<offset + count) }
  }

  /// The bytes as an array.
  public var array: [UInt8] {
    if case .owned(let array) = backing { return array }
    return withUnsafeBytes { [UInt8]($0) }
  }
}

extension Bytes: Hashable {
  /// Whether two runs hold the same bytes, wherever they are kept.
  public static func == (a: Bytes, b: Bytes) -> Bool {
    guard a.count == b.count else { return false }
    return a.withUnsafeBytes { x in
      b.withUnsafeBytes { y in
        guard let p = x.baseAddress, let q = y.baseAddress else { return true }
        return memcmp(p, q, x.count) == 0
      }
    }
  }

  /// Hashes the contents.
  public func hash(into hasher: inout Hasher) {
    withUnsafeBytes { hasher.combine(bytes: $0) }
  }
}

/// A file mapped read-only into memory, unmapped when the last reference goes.
public final class MappedFile: Sendable {
  nonisolated(unsafe) private let base: UnsafeMutableRawPointer?
  /// Whether a file stands behind the memory.
  private let isFile: Bool
  /// The file's length in bytes.
  public let count: Int

  /// The file's contents; valid as long as this object lives.
  public var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: count) }

  /// Maps the file at `path`.
  ///
  /// - Throws: ``NetworkError/file(path:reason:)`` with the system's reason.
  public init(path: String) throws(NetworkError) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw .file(path: path, reason: String(cString: strerror(errno)))
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      throw .file(path: path, reason: String(cString: strerror(errno)))
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw .file(path: path, reason: "it is not a regular file")
    }
    count = Int(status.st_size)
    isFile = true
    guard count > 0 else {
      base = nil
      return
    }
    let address = mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0)
    guard let address, address != MAP_FAILED else {
      throw .file(path: path, reason: String(cString: strerror(errno)))
    }
    base = address
  }

  /// Holds a copy of `bytes`, as if they had been a file.
  ///
  /// - Throws: ``NetworkError/file(path:reason:)`` where there is no memory left.
  public init(copying bytes: [UInt8]) throws(NetworkError) {
    (count, isFile) = (bytes.count, false)
    guard count > 0 else {
      base = nil
      return
    }
    let address = mmap(nil, count, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let address, address != MAP_FAILED else {
      throw .file(path: "memory", reason: String(cString: strerror(errno)))
    }
    let memory = UnsafeMutableRawBufferPointer(start: address, count: bytes.count)
    bytes.withUnsafeBytes { memory.copyMemory(from: $0) }
    base = address
  }

  /// Lets go of the pages that lie wholly in `range`.
  fileprivate func release(_ range: Range<Int>) {
    let page = Int(getpagesize())
    let first = (range.lowerBound + page - 1) / page * page
    let end = range.upperBound / page * page
    // Pages without a file behind them would come back empty.
    guard isFile, let base, first < end else { return }
    madvise(base + first, end - first, MADV_DONTNEED)
  }

  deinit {
    if let base { munmap(base, count) }
  }
}
