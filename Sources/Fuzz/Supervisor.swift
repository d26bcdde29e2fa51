// Runs workers one after another, and keeps the inputs that end them.

import Foundation

/// Runs workers one after another, and keeps the inputs that end them.
struct Supervisor {
  let stream: Stream
  let mutator: Mutator
  /// Where inputs that end a worker are kept.
  let crashes: String
  let folder: String
  /// The arguments that make a worker, without the range of inputs.
  let worker: [String]
  /// An input that takes longer than this, in seconds, counts as a hang.
  let patience: Double
  /// Inputs of one cause that are kept.
  private static let keptByCause = 2

  /// What a run came to.
  struct Outcome {
    var endings: [Int] = []
    var crashes: [String: Int] = [:]
    var seconds = 0.0
  }

  func run() throws -> Outcome {
    guard let progress = Progress(path: "\(folder)/progress") else {
      throw FuzzError.folder(folder)
    }
    let start = Date()
    var outcome = Outcome()
    var next = 0
    while next < stream.count {
      progress.current = next
      let end = try watch(progress, from: next)
      guard let how = end else { break }
      let number = progress.current
      let input = stream.input(number, mutator)
      let cause = try self.cause(of: input, how)
      outcome.crashes[cause, default: 0] += 1
      print("input \(number): \(cause)")
      if outcome.crashes[cause, default: 0] <= Self.keptByCause {
        let small =
          stream.trial == "files" ? input : try Minimizer(crashes: crashes(_:)).smaller(input)
        try FileManager.default.createDirectory(
          atPath: crashes, withIntermediateDirectories: true)
        let path = "\(crashes)/\(stream.trial)-\(stream.seed)-\(number).onnx"
        try Data(small).write(to: URL(fileURLWithPath: path))
        print("  kept as \(path), \(small.count) of \(input.count) bytes")
      }
      fflush(nil)
      next = number + 1
    }
    outcome.seconds = Date().timeIntervalSince(start)
    outcome.endings = (0..<16).map { progress[$0] }
    return outcome
  }

  /// Runs one worker to its end; how it ended where that was not the end of its work.
  private func watch(_ progress: Progress, from first: Int) throws -> String? {
    let process = try start(worker + ["--from", "\(first)"], output: nil)
    var (last, since) = (first, Date())
    while process.isRunning {
      Thread.sleep(forTimeInterval: 0.02)
      if progress.current != last {
        (last, since) = (progress.current, Date())
      } else if Date().timeIntervalSince(since) > patience {
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        return "hangs"
      }
    }
    return process.terminationReason == .exit && process.terminationStatus == 0
      ? nil : "ends with \(process.terminationStatus)"
  }

  private func start(_ arguments: [String], output: Pipe?) throws -> Process {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: CommandLine.arguments[0])
    process.arguments = arguments
    var environment = ProcessInfo.processInfo.environment
    environment["SWIFT_BACKTRACE"] =
      output == nil ? "enable=no" : "enable=yes,color=no,threads=crashed"
    environment["OMP_NUM_THREADS"] = "1"
    process.environment = environment
    process.standardError = output ?? FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    return process
  }

  /// Whether the process that tries `input` is ended by it.
  private func crashes(_ input: [UInt8]) throws -> Bool {
    let path = "\(folder)/smaller.onnx"
    try Data(input).write(to: URL(fileURLWithPath: path))
    let process = try start(["try", stream.trial, path], output: nil)
    let begin = Date()
    while process.isRunning {
      Thread.sleep(forTimeInterval: 0.002)
      if Date().timeIntervalSince(begin) > patience {
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        return true
      }
    }
    return process.terminationReason != .exit || process.terminationStatus != 0
  }

  /// The first place of this project in the backtrace, or how the worker ended.
  private func cause(of input: [UInt8], _ how: String) throws -> String {
    if how == "hangs" { return how }
    let path = "\(folder)/input.onnx"
    try Data(input).write(to: URL(fileURLWithPath: path))
    let pipe = Pipe()
    let process = try start(["try", stream.trial, path], output: pipe)
    let text = String(
      decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    let line = text.split(separator: "\n").first { $0.contains(" in ") && $0.contains("/Sources/") }
    guard let line else { return how }
    return line.split(separator: " in ", maxSplits: 1).last.map { String($0.prefix(160)) } ?? how
  }
}

/// Makes an input that ends a worker smaller, as long as it still does.
struct Minimizer {
  let crashes: ([UInt8]) throws -> Bool
  private static let mostTrials = 150

  func smaller(_ input: [UInt8]) throws -> [UInt8] {
    guard var model = Message(.model, input[...]), try crashes(model.encoded) else { return input }
    var trials = 0
    var position = 0
    // Outer fields first: what goes with them need not be tried.
    while trials < Self.mostTrials {
      let paths = model.paths
      guard position < paths.count else { break }
      var trial = model
      trial.change(paths[position][...]) { message, index in message.fields.remove(at: index) }
      trials += 1
      if try crashes(trial.encoded) { model = trial } else { position += 1 }
    }
    return model.encoded
  }
}
