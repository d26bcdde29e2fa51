// Tries broken and odd inputs by the million: none may end the process.

import ArgumentParser
import Foundation
import ONNX

@main
struct Fuzz: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "Fuzz",
    abstract: "Try broken and odd inputs; keep those that end the process.",
    subcommands: [Run.self, Work.self, Try.self, Copy.self], defaultSubcommand: Run.self)
}

/// What can keep a run from starting.
enum FuzzError: Error, CustomStringConvertible {
  case noSuchTrial(String)
  case folder(String)

  var description: String {
    switch self {
    case .noSuchTrial(let name):
      "this build has no trial '\(name)'; known: \(Trials.names.joined(separator: ", "))"
    case .folder(let path): "cannot work in the folder \(path)"
    }
  }
}

/// What a run and its workers agree on.
struct Stream: ParsableArguments {
  @Argument(help: "What is tried: planner, runner or files.")
  var trial: String

  @Option(help: "A folder of inputs to start from, beside the built-in ones.")
  var corpus: String?

  @Option(help: "How many inputs to try.")
  var count = 100_000

  @Option(help: "Decides the inputs.")
  var seed: UInt64 = 1

  /// What makes the inputs; the same for a run and its workers.
  func mutator(in folder: String) throws -> Mutator {
    #if canImport(Execution)
      if trial == "files" { return Mutator(try FileSamples.all(), favourites: 0) }
    #endif
    var samples = try Samples.encoded(in: folder)
    let favourites = samples.count
    guard let corpus else { return Mutator(samples, favourites: favourites) }
    for name in try FileManager.default.contentsOfDirectory(atPath: corpus).sorted() {
      let data = try Data(contentsOf: URL(fileURLWithPath: "\(corpus)/\(name)"))
      // Large files teach little and cost much.
      if data.count <= 1 << 14 { samples.append([UInt8](data)) }
    }
    return Mutator(samples, favourites: favourites)
  }

  /// The input `number`.
  func input(_ number: Int, _ mutator: Mutator) -> [UInt8] {
    trial == "files" ? mutator.damaged(number, seed: seed) : mutator.input(number, seed: seed)
  }
}

/// Supervises workers.
struct Run: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Try many inputs.")

  @OptionGroup var stream: Stream

  @Option(help: "Where inputs that end the process are kept.")
  var crashes = ".build/fuzz"

  @Option(help: "An input that takes longer than this many seconds counts as a hang.")
  var patience = 20.0

  func run() throws {
    let folder = WorkFolder()
    let mutator = try stream.mutator(in: folder.path)
    guard let trial = try Trials.named(stream.trial, folder: folder.path) else {
      throw FuzzError.noSuchTrial(stream.trial)
    }
    var worker = ["work", stream.trial, "--count", "\(stream.count)", "--seed", "\(stream.seed)"]
    if let corpus = stream.corpus { worker += ["--corpus", corpus] }
    worker += ["--folder", folder.path]
    let supervisor = Supervisor(
      stream: stream, mutator: mutator, crashes: crashes, folder: folder.path, worker: worker,
      patience: patience)
    let outcome = try supervisor.run()
    print(
      "\(stream.trial): \(stream.count) inputs from \(mutator.count) samples in "
        + "\(Int(outcome.seconds)) s, seed \(stream.seed)")
    for (ending, count) in zip(type(of: trial).endings, outcome.endings) {
      print("  \(ending): \(count)")
    }
    print("  ended the process: \(outcome.crashes.values.reduce(0, +))")
    for (cause, count) in outcome.crashes.sorted(by: { $0.value > $1.value }) {
      print("    \(count) times: \(cause)")
    }
    if !outcome.crashes.isEmpty { throw ExitCode(1) }
  }
}

/// Tries inputs until one ends the process.
struct Work: ParsableCommand {
  static let configuration = CommandConfiguration(shouldDisplay: false)

  @OptionGroup var stream: Stream
  @Option var from = 0
  @Option var folder: String

  func run() throws {
    guard let progress = Progress(path: "\(folder)/progress") else {
      throw FuzzError.folder(folder)
    }
    guard let trial = try Trials.named(stream.trial, folder: folder) else {
      throw FuzzError.noSuchTrial(stream.trial)
    }
    let mutator = try stream.mutator(in: folder)
    Try.limitMemory()
    let path = "\(folder)/model.onnx"
    for number in from..<max(from, stream.count) {
      progress.current = number
      guard write(stream.input(number, mutator), to: path) else { throw FuzzError.folder(folder) }
      progress[trial.run(path, number: number)] += 1
    }
  }

  private func write(_ bytes: [UInt8], to path: String) -> Bool {
    // A new file each time: the last one may still be mapped.
    unlink(path)
    let descriptor = open(path, O_WRONLY | O_CREAT, 0o600)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    return bytes.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
      == bytes.count
  }
}

/// Tries one input, in all variants of the trial.
struct Try: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Try one input.")

  @Argument(help: "What is tried: planner, runner or files.")
  var trial: String

  @Argument(help: "The input's file.")
  var path: String

  func run() throws {
    let folder = WorkFolder()
    guard let trial = try Trials.named(trial, folder: folder.path) else {
      throw FuzzError.noSuchTrial(trial)
    }
    Self.limitMemory()
    for number in 0..<16 { print(type(of: trial).endings[trial.run(path, number: number)]) }
  }

  /// Allocations that an input of a few kilobytes has no right to fail.
  static func limitMemory() {
    var limit = rlimit(rlim_cur: 8 << 30, rlim_max: 8 << 30)
    #if canImport(Glibc)
      setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit)
    #else
      setrlimit(RLIMIT_AS, &limit)
    #endif
  }
}

/// Reads models and writes them again.
struct Copy: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Read every model of a folder and write it to another, for comparing the two.")

  @Argument(help: "The models.")
  var models: String

  @Argument(help: "Where the copies go.")
  var copies: String

  func run() throws {
    try FileManager.default.createDirectory(atPath: copies, withIntermediateDirectories: true)
    for name in try FileManager.default.contentsOfDirectory(atPath: models).sorted() {
      do {
        try ONNXModel(path: "\(models)/\(name)").write(to: "\(copies)/\(name)")
      } catch {
        print("\(name): \(error)")
      }
    }
  }
}

/// A folder that is gone afterwards, in memory where the system has such a place.
final class WorkFolder {
  let path: String

  init() {
    let place = FileManager.default.fileExists(atPath: "/dev/shm") ? "/dev/shm" : "/tmp"
    path = "\(place)/bonsai-fuzz-\(getpid())"
    mkdir(path, 0o700)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}
