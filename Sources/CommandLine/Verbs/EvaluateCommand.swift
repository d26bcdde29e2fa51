// `bonsai evaluate`: accuracy and loss of a model on a data set.

import ArgumentParser
import Data
import Dispatch
import Execution
import Network
import Reporting
import Runtimes
import Torch
import Training

extension Split: ExpressibleByArgument {}

/// Measures a model's accuracy and loss on a data set.
struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Measure a model's accuracy and loss on a data set.",
    discussion: """
      DATA is a named data set (see bonsai data), a folder in the format of one, an .npz file with \
      the arrays x and y, or a folder of pictures with a sub-folder for each class. The pictures of \
      named data sets are normalised as usual for them. The loss is the mean cross-entropy. The runtime \
      binary is for linear layers and convolutions whose weights and hidden activations are -1 and +1, \
      as the recipes bnn and bnn-conv train them: it computes on packed bits, with thresholds in the \
      place of normalisation.

      Examples:
        bonsai evaluate model.onnx --data mnist
        bonsai evaluate model.onnx --data mnist --runtime onnxruntime
        bonsai evaluate binary.onnx --data mnist --runtime binary
        bonsai evaluate model.onnx --data cifar10 --device cuda
        bonsai evaluate model.onnx --data pictures/ --split train --json
      """)

  @Argument(help: "An ONNX file, or the name of a built-in network.")
  var model: String

  @Option(help: "A data set's name, or the path of a folder or an .npz file.")
  var data: String

  @Option(help: "train, validation or test; the test split if the data set has one.")
  var split: Split?

  @Option(help: "Examples at a time.")
  var batch = 256

  @Option(help: "What computes: bonsai, onnxruntime or binary.")
  var runtime = RuntimeChoice.bonsai

  @Option(help: "Where bonsai computes: cpu, cuda or cuda:N.")
  var device = "cpu"

  @Flag(help: "Print JSON instead of a table.")
  var json = false

  func validate() throws {
    guard batch > 0 else { throw ValidationError("--batch is \(batch); at least 1 was expected") }
    guard runtime == .bonsai || device == "cpu" else {
      throw ValidationError(
        "--device \(device) is for --runtime bonsai; \(runtime.rawValue) computes on cpu")
    }
  }

  func run() throws {
    let device = try Device(present: device)
    let source = try ModelSource(model)
    let found = try DatasetCatalog.source(data)
    let split = split ?? found.splitForEvaluation
    let dataset = try found.load(split)
    let evaluator = try makeEvaluator(source, on: device)
    let bar = ProgressBar(title: "evaluate", total: dataset.count)
    let begun = DispatchTime.now().uptimeNanoseconds
    var sums = EvaluationSums()
    for start in stride(from: 0, to: dataset.count, by: batch) {
      let indices = Array(start..<min(start + batch, dataset.count))
      try sums.add(evaluator(try Subset(of: dataset, at: indices)))
      bar.update(
        sums.count,
        fields: [("loss", Format.significant(sums.loss))]
          + (sums.accuracy.map { [("accuracy", Format.percent($0))] } ?? []))
    }
    bar.finish()
    let seconds = Double(DispatchTime.now().uptimeNanoseconds &- begun) * 1e-9
    let result = EvaluationResult(
      model: model, data: found.name, split: split.rawValue, runtime: runtime.rawValue,
      device: self.device, count: sums.count, accuracy: sums.accuracy, top5: sums.top5,
      loss: sums.loss,
      examplesPerSecond: Double(sums.count) / max(seconds, 1e-9))
    if json { try JSONOutput.print(result) } else { print(result.table) }
  }

  /// What evaluates a part of the data set.
  private func makeEvaluator(
    _ source: ModelSource, on device: Device
  ) throws -> (any Dataset) throws -> EvaluationSums {
    switch runtime {
    case .bonsai:
      let model = try Model(source.network, device: device)
      return { part in
        EvaluationSums(try Evaluation(model, on: part, batchSize: part.count))
      }
    case .onnxruntime, .binary:
      let runtime = try runtime.open()
      let session = try source.withFile { try runtime.load($0, threads: 0) }
      return { part in try EvaluationSums(part, in: session, model: source.argument) }
    }
  }
}

/// What `bonsai evaluate` reports.
struct EvaluationResult: Encodable {
  let model: String
  let data: String
  let split: String
  let runtime: String
  let device: String
  let count: Int
  let accuracy: Double?
  let top5: Double?
  let loss: Double
  let examplesPerSecond: Double

  /// The result for people.
  var table: TextTable {
    var table = TextTable([.left("\(data), \(split)"), .right(DisplayName.of(model))])
    table.add(["examples", Format.integer(count)])
    if let accuracy { table.add(["accuracy", Format.percent(accuracy)]) }
    if let top5 { table.add(["among the best five", Format.percent(top5)]) }
    table.add(["loss", Format.significant(loss, digits: 4)])
    table.add(["examples a second", Format.integer(Int(examplesPerSecond.rounded()))])
    return table
  }
}
