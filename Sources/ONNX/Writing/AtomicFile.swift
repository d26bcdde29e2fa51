// A file that appears under its name only when it is complete.

import Network

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A file that appears under its name only when it is complete.
///
/// It is written beside its place, flushed to the disk, and then renamed; if that does not happen
/// it is removed again.
package final class AtomicFile {
  /// Writes `bytes` to the file at `path`, replacing it in one step.
  package static func write(_ bytes: [UInt8], to path: String) throws(ONNXError) {
    let file = try AtomicFile(path: path)
    try file.write(Bytes(bytes))
    try file.finish()
    try file.replace()
  }

  /// Removes the file at `path`, if it is there.
  package static func remove(_ path: String) { unlink(path) }

  /// Where the file will appear.
  let path: String
  private let temporary: String
  private var descriptor: Int32
  private var isPending = true
  private var buffer: [UInt8] = []
  private var count = 0

  private static let bufferSize = 1 << 18

  /// Begins a file that will appear at `path`.
  init(path: String) throws(ONNXError) {
    self.path = path
    var status = stat()
    // Renaming would take the name from a device or a pipe; a folder keeps it.
    if stat(path, &status) == 0, ![S_IFREG, S_IFDIR].contains(status.st_mode & S_IFMT) {
      throw .unwritable(path: path, reason: "it is a device or a pipe, not a file")
    }
    var attempt = 0
    while true {
      let name = "\(path.folder)/.\(path.fileName).\(getpid()).\(attempt).tmp"
      let descriptor = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
      if descriptor >= 0 {
        self.descriptor = descriptor
        temporary = name
        break
      }
      attempt += 1
      guard errno == EEXIST, attempt < 1000 else {
        throw .unwritable(path: path, reason: String(cString: strerror(errno)))
      }
    }
    buffer.reserveCapacity(Self.bufferSize)
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
    if isPending { unlink(temporary) }
  }

  /// Appends bytes.
  func write(_ bytes: Bytes) throws(ONNXError) {
    try bytes.withUnsafeBytes { pointer throws(ONNXError) in try write(pointer) }
    bytes.release()
  }

  /// Appends bytes.
  func write(_ bytes: UnsafeRawBufferPointer) throws(ONNXError) {
    count += bytes.count
    if buffer.count + bytes.count <= Self.bufferSize {
      buffer += bytes
    } else {
      try flush()
      try put(bytes)
    }
  }

  /// Appends zeros until the file has `size` bytes.
  func pad(to size: Int) throws(ONNXError) {
    guard size > count else { return }
    try write(Bytes([UInt8](repeating: 0, count: size - count)))
  }

  /// Flushes the file to the disk.
  func finish() throws(ONNXError) {
    try flush()
    guard fsync(descriptor) == 0 else { throw failure() }
    let result = close(descriptor)
    descriptor = -1
    guard result == 0 else { throw failure() }
  }

  /// Gives the finished file its name.
  func replace() throws(ONNXError) {
    guard rename(temporary, path) == 0 else { throw failure() }
    isPending = false
    // The folder's entry is flushed too; where a file system refuses that, the file is still whole.
    let folder = open(path.folder, O_RDONLY | O_CLOEXEC)
    if folder >= 0 {
      fsync(folder)
      close(folder)
    }
  }

  private func flush() throws(ONNXError) {
    let pending: Result<Void, ONNXError> = buffer.withUnsafeBytes { bytes in
      do throws(ONNXError) { return .success(try put(bytes)) } catch { return .failure(error) }
    }
    buffer.removeAll(keepingCapacity: true)
    try pending.get()
  }

  private func put(_ bytes: UnsafeRawBufferPointer) throws(ONNXError) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let chunk = UnsafeRawBufferPointer(rebasing: rest.prefix(1 << 30))
      #if canImport(Darwin)
        let written = Darwin.write(descriptor, chunk.baseAddress, chunk.count)
      #elseif canImport(Musl)
        let written = Musl.write(descriptor, chunk.baseAddress, chunk.count)
      #else
        let written = Glibc.write(descriptor, chunk.baseAddress, chunk.count)
      #endif
      if written > 0 {
        rest = rest.dropFirst(written)
      } else if written < 0, errno != EINTR {
        throw failure()
      }
    }
  }

  private func failure() -> ONNXError {
    .unwritable(path: path, reason: String(cString: strerror(errno)))
  }
}
