// `bonsai bench`: measured latency of models side by side, in the runtimes present.

import ArgumentParser
import Foundation
import Reporting
import Runtimes

/// Measures the latency of models side by side.
struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Measure the latency of models side by side, in the runtimes present.",
    discussion: """
      Models take turns (A B A B ...), so that a drift of the machine's speed meets all alike; every \
      run is timed by itself. Shown are the median with a 95 % confidence interval, the range from \
      the 5th to the 95th percentile, and the ratio to the first model in the same runtime, from \
      turns that stood side by side.

      Examples:
        bonsai bench dense.onnx pruned.onnx
        bonsai bench dense.onnx pruned.onnx --batch 1,64 --threads 2
        bonsai bench resnet-20 --runtime onnxruntime --seconds 5 --json
        bonsai bench binary.onnx --runtime binary --batch 1,256
      """)

  @Argument(
    help: "ONNX files, or names of built-in networks; the first is what others are held to.")
  var models: [String]

  @Option(help: "Batch sizes, separated by commas.")
  var batch = "1"

  @Option(help: "Threads one run may use; 0 leaves it to the runtime.")
  var threads = 1

  @Option(help: "Measured time of each model, at least, in seconds.")
  var seconds = 1.0

  @Option(help: "Measure in this runtime only: bonsai, onnxruntime or binary.")
  var runtime: RuntimeChoice?

  @Flag(help: "Print JSON instead of tables.")
  var json = false

  func validate() throws {
    guard seconds.isFinite, seconds > 0 else {
      throw ValidationError("--seconds is \(seconds); a number above 0 was expected")
    }
    guard threads >= 0 else { throw ValidationError("--threads is \(threads); 0 or more") }
    _ = try batches()
  }

  private func batches() throws -> [Int] {
    try batch.split(separator: ",", omittingEmptySubsequences: false).map { text in
      guard let size = Int(text.trimmingCharacters(in: .whitespaces)), size > 0 else {
        throw ValidationError("--batch holds '\(text)'; sizes such as 1,64 were expected")
      }
      return size
    }
  }

  func run() throws {
    let sources = try models.map { try ModelSource($0) }
    let runtimes = try RuntimeChoice.present(of: runtime.map { [$0] } ?? RuntimeChoice.usual)
    var rows: [LatencyRow] = []
    for batch in try batches() {
      var candidates: [LatencyCandidate] = []
      for runtime in runtimes {
        for source in sources {
          let inference = try source.withFile {
            try runtime.prepare($0, batch: batch, threads: threads)
          }
          candidates.append(LatencyCandidate(name: source.argument, inference))
        }
      }
      let expected = Format.duration(Double(candidates.count) * seconds)
      StandardError.say("bench: batch \(batch), \(candidates.count) in turns, about \(expected)")
      let measured = try LatencyMeasurement(minimumSeconds: seconds).measure(candidates)
      for (index, latency) in measured.enumerated() {
        let (runtime, model) = index.quotientAndRemainder(dividingBy: sources.count)
        let first = measured[runtime * sources.count]
        rows.append(
          LatencyRow(
            latency, runtime: runtimes[runtime], batch: batch, threads: threads,
            ratio: model == 0 ? nil : latency.ratio(to: first)))
      }
    }
    if json { try JSONOutput.print(rows) } else { Self.printTables(rows) }
  }

  private static func printTables(_ rows: [LatencyRow]) {
    var batches: [Int] = []
    for row in rows where !batches.contains(row.batch) { batches.append(row.batch) }
    for batch in batches {
      var table = TextTable([
        .left("batch \(batch)"), .left("model"), .right("median"), .right("95 % interval"),
        .right("5 to 95 %"), .right("runs"), .right("ratio"),
      ])
      for row in rows where row.batch == batch {
        table.add([
          row.runtime, row.model, Format.milliseconds(row.median),
          range(row.lower, row.upper), range(row.p5, row.p95), Format.integer(row.count),
          row.ratio.map(Format.ratio) ?? "",
        ])
      }
      print(table)
      if batch != batches.last { print() }
    }
  }

  private static func range(_ low: Double, _ high: Double) -> String {
    "\(Format.significant(low)) to \(Format.significant(high))"
  }
}

/// The latency of one model in one runtime, in milliseconds.
struct LatencyRow: Encodable {
  let model: String
  let runtime: String
  let version: String
  let batch: Int
  let threads: Int
  let median: Double
  /// The confidence interval of the median.
  let lower: Double
  let upper: Double
  let p5: Double
  let p95: Double
  let count: Int
  let unit = "ms"
  /// How many times as long as the first model takes; `nil` for the first.
  let ratio: Double?
  let ratioLower: Double?
  let ratioUpper: Double?

  private enum CodingKeys: CodingKey {
    case model, runtime, version, batch, threads, median, lower, upper, p5, p95, count, unit
    case ratio, ratioLower, ratioUpper
  }

  init(
    _ latency: Latency, runtime: any InferenceRuntime, batch: Int, threads: Int,
    ratio: SampleSummary?
  ) {
    let summary = latency.summary
    model = latency.name
    self.runtime = runtime.name
    version = runtime.version
    self.batch = batch
    self.threads = threads
    median = summary.median * 1e3
    lower = summary.medianInterval.lower * 1e3
    upper = summary.medianInterval.upper * 1e3
    p5 = summary.p5 * 1e3
    p95 = summary.p95 * 1e3
    count = summary.count
    self.ratio = ratio?.median
    ratioLower = ratio?.medianInterval.lower
    ratioUpper = ratio?.medianInterval.upper
  }
}
