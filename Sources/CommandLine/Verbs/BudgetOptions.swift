// The options that say how small a model is to become, and what its layers keep at least.

import ArgumentParser
import Methods
import Pruning
import Runtimes

/// How small a model is to become, and what its layers keep at least.
struct BudgetOptions: ParsableArguments {
  @Option(
    help:
      "How small: macs=, params=, bytes=, latency=, sparsity=, effective-sparsity=, units= or threshold=."
  )
  var target = "macs=0.5"

  @Option(help: "Who pays how much: global, uniform, er, erk or igq.")
  var allocation = "global"

  @Option(
    help: ArgumentHelp(
      "Keep multiples of this many units in each group; auto measures what the runtime likes.",
      valueName: "units"))
  var roundTo = "1"

  @Option(
    help: ArgumentHelp(
      "Keep at least this many units of each group (4), or this part of them (0.1 or 10%).",
      valueName: "units"))
  var floor = "1"

  @Option(help: "Inputs at a time where latency is measured.")
  var batch = 1

  @Option(help: "Threads of one run where latency is measured; 0 leaves it to the runtime.")
  var threads = 1

  func validate() throws {
    guard (try? RoundTo(parsing: roundTo)) != nil else {
      throw ValidationError("--round-to is \(roundTo); 1 to 4096 or auto was expected")
    }
    guard (try? Floor(parsing: floor)) != nil else {
      throw ValidationError("--floor is \(floor); units, such as 4, or a part, such as 10%")
    }
    guard batch >= 1 else { throw ValidationError("--batch is \(batch); 1 or more was expected") }
    guard threads >= 0 else { throw ValidationError("--threads is \(threads); 0 or more") }
  }

  /// The words that ask for the same again, with the rounding that was found.
  func words(roundTo units: Int) -> [String] {
    var words = ["--target", target, "--allocation", allocation, "--round-to", "\(units)"]
    if floor != "1" { words += ["--floor", floor] }
    if target.hasPrefix("latency=") {
      words += ["--batch", "\(batch)", "--threads", "\(threads)"]
    }
    return words
  }

  /// Of how many units kept counts are multiples, and how that was measured where it was.
  func rounding(of source: ModelSource) throws -> (units: Int, measured: MeasuredStep?) {
    if case .units(let units) = try RoundTo(parsing: roundTo) { return (units, nil) }
    let folder = try TemporaryFolder()
    let found = try MeasuredStep(
      of: source.network, in: try Self.runtime(), batch: batch, threads: threads,
      folder: folder.path
    ) { StandardError.say($0) }
    return (found.step.units, found)
  }

  /// The runtime to measure in; a line on standard error where it is not the usual one.
  static func runtime() throws(RuntimeError) -> any InferenceRuntime {
    let (runtime, note) = try MeasuringRuntime.standard()
    if let note { StandardError.say("bonsai: \(note)") }
    return runtime
  }
}
