// The data that pruning looks at: what, how much of it, and what it is used for.

import ArgumentParser
import Data
import Pruning

/// The options that say what pruning looks at.
struct CalibrationOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Data to look at: a data set's name, a folder, an .npz file with x and y or x alone, an .npy "
        + "file.", valueName: "data"))
  var data: String?

  @Option(help: "Examples of the data at a time.")
  var dataBatch = Calibration.usual.batchSize

  @Option(help: "At most so many batches of the data.")
  var batches = Calibration.usual.batches

  @Flag(help: "With --data: leave the running statistics of batch normalisation as they are.")
  var noReestimate = false

  @Flag(help: "With --data: leave the weights of layers that lost inputs as they are.")
  var noReconstruct = false

  func validate() throws {
    guard dataBatch >= 1, batches >= 1 else {
      throw ValidationError(
        "--data-batch is \(dataBatch) and --batches is \(batches); at least 1 was expected")
    }
  }

  /// The options as they are written, without the places of files; none without data.
  var words: [String] {
    guard let data else { return [] }
    let name = data.split(separator: "/").last.map(String.init) ?? data
    return ["--data", name, "--data-batch", "\(dataBatch)", "--batches", "\(batches)"]
      + (noReestimate ? ["--no-reestimate"] : []) + (noReconstruct ? ["--no-reconstruct"] : [])
  }

  /// Finds the data; `nil` where none is asked for.
  func load(seed: UInt64) throws -> CalibrationData? {
    guard let data else { return nil }
    let source = try DatasetCatalog.source(data)
    let (look, judge) = (
      source.splits.contains(.train) ? .train : source.splitForEvaluation, source.splitForEvaluation
    )
    let examples = try source.load(look)
    func calibration(_ dataset: any Dataset, _ seed: UInt64) -> Calibration {
      Calibration(dataset, batchSize: dataBatch, batches: batches, seed: seed)
    }
    let seen = calibration(examples, seed)
    return CalibrationData(
      name: source.name, split: look, calibration: seen, judgedSplit: judge,
      judged: judge == look ? seen : calibration(try source.load(judge), seed),
      repair: Repair(
        on: seen, reconstructs: !noReconstruct, reestimates: !noReestimate, seed: seed))
  }
}

/// The data that pruning looks at, and that on which it is judged.
struct CalibrationData {
  /// The data set's name.
  let name: String
  /// The split that is looked at, and the examples of it.
  let split: Split
  let calibration: Calibration
  /// The split that networks are judged on, and the examples: as many, of the split to report on.
  let judgedSplit: Split
  let judged: Calibration
  /// What is done with it after the cut.
  var repair: Repair
}
