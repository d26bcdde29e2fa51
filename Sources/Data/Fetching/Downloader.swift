// Fetching published files: mirrors in order, resumed where they broke off, checked, put in place at once.

import Foundation

/// Downloads files over HTTP.
///
/// A download arrives in `<name>.part`, is checked as its card says (see `FileCheck`), and takes its final name only
/// then. What has arrived is kept when the connection breaks, and the next attempt goes on from there.
///
/// The transfer itself is left to the program `curl`: linking a network library would add 20 ms to the
/// start of every command that never uses it.
public struct Downloader: Sendable {
  /// How far a download is.
  public struct Progress: Sendable, Equatable {
    /// The file's name.
    public let file: String
    /// Bytes on the disk, including those of an earlier attempt.
    public let received: Int
    /// Bytes of the whole file, or nil where that is not published.
    public let total: Int?
    /// Bytes a second since this attempt began.
    public let rate: Double
  }

  /// The name or path of the program that transfers.
  public let program: String
  /// Seconds without a byte after which a mirror is given up.
  public let patience: Int

  /// A downloader.
  ///
  /// - Parameters:
  ///   - program: the program `curl`, by name or path.
  ///   - patience: seconds without a byte after which a mirror is given up.
  public init(program: String = "curl", patience: Int = 30) {
    self.program = program
    self.patience = patience
  }

  /// Brings every published file of a data set into `<folder>/<name>`. Files that are already there and
  /// pass their check are left alone.
  ///
  /// - Parameters:
  ///   - mirror: the address of a folder that is tried before the published ones, or nil.
  ///   - progress: called about five times a second while bytes arrive.
  /// - Returns: the folder of the data set.
  /// - Throws: what `fetch(_:from:into:progress:)` throws.
  @discardableResult
  public func fetch(
    _ card: DatasetCard, from mirror: String? = nil, into folder: String,
    progress: (Progress) -> Void = { _ in }
  ) throws(DataError) -> String {
    let target = "\(folder)/\(card.name)"
    let mirrors = [mirror].compactMap { $0 } + card.mirrors
    for file in card.files {
      try fetch(file, from: mirrors, into: target, progress: progress)
    }
    return target
  }

  /// Brings one file into a folder.
  ///
  /// - Parameters:
  ///   - mirrors: addresses of folders that hold the file, tried in order.
  ///   - folder: made if it is not there.
  /// - Returns: the path of the file.
  /// - Throws: `DataError.downloadFailed` with a line a mirror, `wrongContent` if the only mirror
  ///   delivered something else, `locked` while another process fetches it, `unwritable`.
  @discardableResult
  public func fetch(
    _ file: DatasetCard.File, from mirrors: [String], into folder: String,
    progress: (Progress) -> Void = { _ in }
  ) throws(DataError) -> String {
    let path = "\(folder)/\(file.name)"
    if FileBytes.exists(path), try file.check.problem(with: path) == nil { return path }
    do {
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw .unwritable(path: folder, reason: "the folder cannot be made")
    }
    let part = "\(path).part"
    let lock = try FileLock("\(part).lock")
    defer { lock.release() }

    var attempts: [String] = []
    var mismatch: DataError?
    for mirror in mirrors {
      let address = "\(mirror)/\(file.name)"
      let resumed = (try? FileBytes.size(of: part)) ?? 0
      if let reason = try transfer(address, to: part, file: file, progress: progress) {
        attempts.append("\(address): \(reason)")
        continue
      }
      var problem = try file.check.problem(with: part)
      if problem != nil, resumed > 0 {
        // The earlier bytes may have been of another file: once more from the start.
        unlink(part)
        if let reason = try transfer(address, to: part, file: file, progress: progress) {
          attempts.append("\(address): \(reason)")
          continue
        }
        problem = try file.check.problem(with: part)
      }
      guard let problem else {
        try FileBytes.rename(part, to: path)
        return path
      }
      unlink(part)
      mismatch = .wrongContent(path: path, problem: problem)
      attempts.append("\(address): \(problem); deleted")
    }
    if let mismatch, attempts.count == 1 { throw mismatch }
    throw .downloadFailed(
      file: file.name, attempts: attempts.isEmpty ? ["no mirror is known"] : attempts)
  }

  /// Transfers one address into a file, going on after the bytes that it holds.
  ///
  /// - Returns: nil when all bytes are there, otherwise what went wrong.
  private func transfer(
    _ address: String, to part: String, file: DatasetCard.File, progress: (Progress) -> Void
  ) throws(DataError) -> String? {
    var start = (try? FileBytes.size(of: part)) ?? 0
    if let size = file.size {
      if start == size { return nil }
      if start > size {
        unlink(part)
        start = 0
      }
    } else if start > 0, try file.check.problem(with: part) == nil {
      return nil
    }
    let outcome = try run(address, from: start, to: part, file: file, progress: progress)
    // 33: the server does not send parts of files; 416: it has nothing after the bytes we hold.
    guard start > 0, outcome.status == 33 || outcome.code == 416 else { return outcome.reason }
    unlink(part)
    return try run(address, from: 0, to: part, file: file, progress: progress).reason
  }

  /// How a run of the transfer program ended.
  private struct Outcome {
    let status: Int32
    let code: Int
    let reason: String?
  }

  private func run(
    _ address: String, from start: Int, to part: String, file: DatasetCard.File,
    progress: (Progress) -> Void
  ) throws(DataError) -> Outcome {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [
      program, "--fail", "--location", "--silent", "--show-error", "--globoff",
      "--proto", "=http,https", "--connect-timeout", "\(patience)",
      "--speed-limit", "1", "--speed-time", "\(patience)",
      "--continue-at", "\(start)", "--output", part, "--write-out", "%{http_code}", address,
    ]
    let (output, errors) = (Pipe(), Pipe())
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    process.standardError = errors
    do { try process.run() } catch {
      throw .downloadFailed(file: file.name, attempts: ["/usr/bin/env cannot be started"])
    }
    let begun = Date()
    func report() {
      let received = (try? FileBytes.size(of: part)) ?? 0
      let seconds = max(Date().timeIntervalSince(begun), 1e-3)
      progress(
        Progress(
          file: file.name, received: received, total: file.size,
          rate: Double(max(received - start, 0)) / seconds))
    }
    var waits = 0
    while process.isRunning {
      Thread.sleep(forTimeInterval: 0.02)
      waits += 1
      if waits % 10 == 0 { report() }
    }
    process.waitUntilExit()
    report()
    func text(_ pipe: Pipe) -> String {
      String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        .trimmingCharacters(in: .whitespacesAndNewlines)
    }
    let code = Int(text(output)) ?? 0
    let message = text(errors)
    let received = (try? FileBytes.size(of: part)) ?? 0
    return Outcome(
      status: process.terminationStatus, code: code,
      reason: reason(
        status: process.terminationStatus, code: code, message: message, received: received,
        size: file.size))
  }

  /// Why a transfer is not complete, or nil if it is.
  private func reason(
    status: Int32, code: Int, message: String, received: Int, size: Int?
  ) -> String? {
    let expected = size.map { "\($0)" } ?? "more"
    return switch status {
    case 0 where size == nil || received == size: nil
    case 0: "sent \(received) bytes, expected \(expected)"
    case 127: "the program '\(program)' is not installed; install curl"
    case 22: "the server answered \(code)"
    case 18: "the connection broke after \(received) of \(expected) bytes"
    default: message.isEmpty ? "\(program) ended with status \(status)" : message
    }
  }
}
