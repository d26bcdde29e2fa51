// Runs many commands of this program at once, each in a process of its own, a few at a time.

import Foundation
import Synchronization

/// Runs many commands of this program at once, each in a process of its own, a few at a time.
///
/// When this process is interrupted (Ctrl-C, `kill`), the others are ended before it: their runs go on
/// when they are started again.
final class ProcessPool {
  /// A command, and where its output goes.
  struct Job: Sendable {
    let arguments: [String]
    let log: String
  }

  /// The processes that run, known to the signals' thread too.
  private final class Running: Sendable {
    private struct State {
      var processes: [Int: Process] = [:]
      var isEnding = false
    }

    private let state = Mutex(State())

    /// Starts `process` unless all is ending.
    func start(_ process: Process, _ index: Int) throws {
      try state.withLock { state in
        guard !state.isEnding else { return }
        try process.run()
        state.processes[index] = process
      }
    }

    func forget(_ index: Int) {
      state.withLock { _ = $0.processes.removeValue(forKey: index) }
    }

    /// Ends what runs; nothing starts any more.
    func end() {
      state.withLock { state in
        state.isEnding = true
        for process in state.processes.values where process.isRunning { process.terminate() }
        for process in state.processes.values { process.waitUntilExit() }
        state.processes = [:]
      }
    }
  }

  private static let ending = [SIGINT, SIGTERM, SIGHUP]

  private let limit: Int
  private let environment: [String: String]
  private let running = Running()
  private let signals: [any DispatchSourceSignal]

  /// A pool of `limit` processes that compute with `threads` threads each.
  init(limit: Int, threads: Int) {
    self.limit = limit
    var environment = ProcessInfo.processInfo.environment
    environment["OMP_NUM_THREADS"] = "\(threads)"
    environment["MKL_NUM_THREADS"] = "\(threads)"
    self.environment = environment
    let queue = DispatchQueue(label: "bonsai.processes.signals")
    signals = Self.ending.map { [running] number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
      source.setEventHandler {
        running.end()
        StandardError.say("interrupted; the same command goes on")
        _exit(128 + number)
      }
      source.resume()
      return source
    }
  }

  deinit {
    for source in signals { source.cancel() }
    for number in Self.ending { signal(number, SIG_DFL) }
  }

  /// Runs all jobs and calls `ended` after each with its number and exit status, one at a time.
  func run(_ jobs: [Job], ended: (_ index: Int, _ status: Int32) throws -> Void) throws {
    let finished = DispatchSemaphore(value: 0)
    let statuses = Statuses()
    var next = 0
    var open = 0
    do {
      while next < jobs.count || open > 0 {
        while open < limit, next < jobs.count {
          let index = next
          try start(jobs[index], index) { status in
            statuses.add(index, status)
            finished.signal()
          }
          next += 1
          open += 1
        }
        finished.wait()
        open -= 1
        guard let done = statuses.next() else { continue }
        running.forget(done.index)
        try ended(done.index, done.status)
      }
    } catch {
      running.end()
      throw error
    }
  }

  /// How processes ended, in the order in which they did.
  private final class Statuses: Sendable {
    private let waiting = Mutex<[(index: Int, status: Int32)]>([])

    func add(_ index: Int, _ status: Int32) { waiting.withLock { $0.append((index, status)) } }

    func next() -> (index: Int, status: Int32)? {
      waiting.withLock { $0.isEmpty ? nil : $0.removeFirst() }
    }
  }

  private func start(
    _ job: Job, _ index: Int, _ ended: @escaping @Sendable (Int32) -> Void
  ) throws {
    let descriptor = open(job.log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      throw CommandError.unwritable(path: job.log, reason: String(cString: strerror(errno)))
    }
    let log = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    let process = Process()
    process.executableURL = Bundle.main.executableURL
    process.arguments = job.arguments
    process.environment = environment
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = log
    process.standardError = log
    process.terminationHandler = { ended($0.terminationStatus) }
    try running.start(process, index)
  }
}
