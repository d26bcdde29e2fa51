// `bonsai sweep`: many runs of recipes over settings and seeds, in parallel, taken up where they stopped.

import ArgumentParser
import Data
import Foundation
import Methods
import Reporting

/// Carries out a sweep.
struct SweepCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sweep",
    abstract: "Carry out many runs: recipes by settings by seeds, in parallel.",
    discussion: """
      A sweep is a YAML file: which recipes, with what values in place of theirs, and which seeds. \
      Each run is a bonsai apply in a process of its own; runs that are done are kept, those that \
      were interrupted go on, so the same command ends what was begun, and changes of the file \
      cost only the runs they concern. A table of means and standard deviations goes to standard \
      output.

      Examples:
        bonsai sweep leaderboard.yaml
        bonsai sweep leaderboard.yaml --only rigl --seeds 1
        bonsai sweep mine.yaml --processes 4 --json mine.json --svg mine.svg
      """)

  @Argument(help: "A sweep's file.")
  var file: String

  @Option(help: ArgumentHelp("Where the runs go; sweeps/ID by default.", valueName: "dir"))
  var folder: String?

  @Option(help: "How many runs at a time; one a core by default.")
  var processes: Int?

  @Option(help: "Threads of each run.")
  var threads = 1

  @Option(
    help: ArgumentHelp(
      "Other values of what the file varies, such as epochs=5.", valueName: "name=a,b"))
  var vary: [String] = []

  @Option(help: "Only these entries of runs; may be repeated.")
  var only: [String] = []

  @Option(help: "Only these seeds of the file's, such as 1,2.")
  var seeds: String?

  @Option(help: "Where to compute: cpu, cuda or cuda:N.")
  var device = "cpu"

  @Option(help: ArgumentHelp("A folder with data sets, searched first.", valueName: "folder"))
  var dataFolder: String?

  @Option(help: ArgumentHelp("Write the figures as JSON ('-' prints them).", valueName: "file"))
  var json: String?

  @Option(help: ArgumentHelp("Write accuracy against weights kept as SVG.", valueName: "file"))
  var svg: String?

  @Option(help: ArgumentHelp("Write a page with picture and table.", valueName: "file"))
  var markdown: String?

  @Flag(help: "Only show what is done and what is not.")
  var dryRun = false

  func validate() throws {
    guard threads > 0, (processes ?? 1) > 0 else {
      throw ValidationError("--processes and --threads are numbers of at least 1")
    }
  }

  func run() throws {
    let sweep = try Sweep(at: file, varying: try values())
    let wanted = try chosenSeeds(of: sweep)
    if let unknown = only.first(where: { id in !sweep.runs.contains { $0.id == id } }) {
      throw CommandError.options("the sweep has no run '\(unknown)'")
    }
    let runs = sweep.runs.filter {
      wanted.contains($0.seed) && (only.isEmpty || only.contains($0.id))
    }
    let needed = Set(runs.compactMap(\.start))
    let starts = sweep.starts.filter { needed.contains($0.folder) }
    let place = folder ?? "sweeps/\(sweep.id)"
    var failures: [String] = []
    if dryRun {
      try show(starts + runs, in: place)
    } else {
      let pool = ProcessPool(
        limit: processes ?? ProcessInfo.processInfo.activeProcessorCount, threads: threads)
      // What others start from comes first; where it failed, they are not tried.
      failures += try carryOut(starts, in: place, with: pool, "starts")
      let ready = try runs.filter { run in
        guard let start = run.start else { return true }
        guard let first = starts.first(where: { $0.folder == start }) else { return false }
        return try isDone(first, in: place)
      }
      failures += try carryOut(ready, in: place, with: pool, sweep.id)
    }
    try conclude(sweep, of: runs, in: place)
    if let first = failures.first {
      throw CommandError.runsFailed(count: failures.count, first: first)
    }
  }

  /// The values that `--vary` gives.
  private func values() throws -> [String: [String]] {
    var values: [String: [String]] = [:]
    for word in vary {
      let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
      let list = parts.count == 2 ? parts[1].split(separator: ",").map(String.init) : []
      guard let name = parts.first, !list.isEmpty, Set(list).count == list.count else {
        throw CommandError.options("--vary \(word): write a name and different values, name=a,b")
      }
      values[name] = list
    }
    return values
  }

  private func chosenSeeds(of sweep: Sweep) throws -> Set<UInt64> {
    guard let seeds else { return Set(sweep.seeds) }
    let chosen = seeds.split(separator: ",").map { UInt64($0) }
    let numbers = Set(chosen.compactMap(\.self))
    guard !chosen.contains(nil), !numbers.isEmpty, numbers.isSubset(of: sweep.seeds) else {
      throw CommandError.options("--seeds \(seeds): the file's seeds are \(sweep.seeds)")
    }
    return numbers
  }

  // MARK: running

  private func model(of trial: Sweep.Trial, in place: String) -> String? {
    trial.start.map { "\(place)/\($0)/model.onnx" }
  }

  private func isDone(_ trial: Sweep.Trial, in place: String) throws -> Bool {
    if case .done = try state(of: trial, in: place) { true } else { false }
  }

  private func state(of trial: Sweep.Trial, in place: String) throws -> Sweep.Trial.State {
    let model = model(of: trial, in: place)
    if let model, !FileManager.default.fileExists(atPath: model) { return .open(isTaken: false) }
    return try trial.state(in: "\(place)/\(trial.folder)", model: model)
  }

  /// Carries out what is not done yet.
  ///
  /// - Returns: a line for each run that failed.
  private func carryOut(
    _ trials: [Sweep.Trial], in place: String, with pool: ProcessPool, _ title: String
  ) throws -> [String] {
    var open: [Sweep.Trial] = []
    var jobs: [ProcessPool.Job] = []
    for trial in trials {
      let state = try state(of: trial, in: place)
      if case .done = state { continue }
      open.append(trial)
      jobs.append(try job(trial, state, in: place))
    }
    let done = trials.count - open.count
    guard !open.isEmpty else { return [] }
    let bar = ProgressBar(title: title, total: trials.count, from: done)
    bar.update(done)
    var failures: [String] = []
    var ended = done
    try pool.run(jobs) { index, status in
      ended += 1
      if status != 0 {
        let last = (try? String(contentsOfFile: jobs[index].log, encoding: .utf8))?
          .split(separator: "\n").last.map(String.init)
        let failure = "\(open[index].folder): \(last ?? "ended with \(status)")"
        failures.append(failure)
        StandardError.say(failure)
      }
      bar.update(ended, fields: [(name: "last", value: open[index].folder)])
    }
    bar.finish("\(open.count - failures.count) runs done, \(done) were already")
    return failures
  }

  private func job(
    _ trial: Sweep.Trial, _ state: Sweep.Trial.State, in place: String
  ) throws -> ProcessPool.Job {
    let folder = "\(place)/\(trial.folder)"
    let parent = OutputFile.folder(of: folder)
    if case .open(isTaken: true) = state {
      // It held a run of this sweep as it was before.
      guard FileManager.default.fileExists(atPath: "\(folder)/checkpoint") else {
        throw CommandError.unwritable(
          path: folder, reason: "something that is no run lies there; choose another --folder")
      }
      try FileManager.default.removeItem(atPath: folder)
    }
    try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
    let recipe = "\(parent)/recipe.yaml"
    try FileBytes.write(Array(trial.recipe.utf8), to: recipe)
    var arguments = [
      "apply", recipe, "--run", folder, "--seed", "\(trial.seed)", "--device", device, "--resume",
      "--no-latency",
    ]
    if let model = model(of: trial, in: place) { arguments += ["--model", model] }
    if let dataFolder { arguments += ["--data-folder", dataFolder] }
    return ProcessPool.Job(arguments: arguments, log: "\(folder).log")
  }

  // MARK: showing

  private func show(_ trials: [Sweep.Trial], in place: String) throws {
    var table = TextTable([.left("run"), .left("state")])
    for trial in trials {
      let word =
        switch try state(of: trial, in: place) {
        case .done: "done"
        case .begun: "begun"
        case .open(let isTaken): isTaken ? "to be made anew" : "open"
        }
      table.add([trial.folder, word])
    }
    print("\(table)\n")
  }

  private func conclude(_ sweep: Sweep, of runs: [Sweep.Trial], in place: String) throws {
    var results: [Sweep.Trial: RunResult] = [:]
    for trial in runs {
      if case .done(let result) = try state(of: trial, in: place) { results[trial] = result }
    }
    let result = SweepResult(sweep) { results[$0] }
    let document = SweepDocument(sweep: sweep, result: result)
    if json != "-" { print(document.table) }
    if let json { try JSONOutput.write(result, to: json) }
    if let svg { try FileBytes.write(Array(document.chart.svg.utf8), to: svg) }
    if let markdown {
      let command = (["bonsai"] + CommandLine.arguments.dropFirst()).joined(separator: " ")
      let text = document.markdown(
        command: command, picture: svg.map { ($0 as NSString).lastPathComponent })
      try FileBytes.write(Array(text.utf8), to: markdown)
    }
  }
}
