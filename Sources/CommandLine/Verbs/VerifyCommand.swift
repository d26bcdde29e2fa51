// `bonsai verify`: whether two models compute the same, how far they lie apart, and where.

import ArgumentParser
import Network
import Reporting
import Runtimes

/// Compares the outputs of two models on the same inputs.
struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Compare two models' outputs on the same inputs: how far apart, and where.",
    discussion: """
      Both models run on the same inputs in every runtime present (libtorch, ONNX Runtime). For each \
      output the largest absolute difference is shown with its index and the two values; relative \
      is that difference over the largest absolute value of A's output. Inputs are made up from a \
      seed unless given.

      Exit status: 0 where every relative difference is at most the tolerance, 1 where one is not.

      Examples:
        bonsai verify model.onnx copy.onnx
        bonsai verify dense.onnx pruned.onnx --inputs in.npz --tolerance 0.01
        bonsai verify a.onnx b.onnx --json
      """)

  @Argument(help: "The model to compare with: an ONNX file, or a built-in network.")
  var a: String

  @Argument(help: "The model to compare.")
  var b: String

  @Option(help: "The largest relative difference that counts as the same.")
  var tolerance = 1e-5

  @Option(help: ArgumentHelp("Inputs for both models.", valueName: "in.npz"))
  var inputs: String?

  @Option(help: "Where made-up inputs start.")
  var seed: UInt64 = 0

  @Option(help: "Use only this runtime: bonsai, onnxruntime or binary.")
  var runtime: RuntimeChoice?

  @Flag(help: "Print JSON instead of a table.")
  var json = false

  func validate() throws {
    guard tolerance >= 0 else {
      throw ValidationError("--tolerance is \(tolerance); 0 or more was expected")
    }
  }

  func run() throws {
    let (first, second) = (try ModelSource(a), try ModelSource(b))
    let names = (Set(first.network.outputs.map(\.name)), Set(second.network.outputs.map(\.name)))
    guard names.0 == names.1 else {
      throw CommandError.unsuited(
        model: b,
        reason: "its outputs are \(names.1.sorted().joined(separator: ", ")), those of \(a) are "
          + names.0.sorted().joined(separator: ", "))
    }
    let free = first.network.inputs.filter { first.network.initializers[$0.name] == nil }
    let given =
      if let inputs {
        try Arrays.read(inputs, for: free)
      } else {
        try SyntheticInputs(
          batch: 2, seed: seed, largest: 1, shapes: try first.network.inputShapes(batch: 2)
        ).make(free, model: a)
      }
    var comparisons: [Comparison] = []
    for runtime in try RuntimeChoice.present(of: runtime.map { [$0] } ?? RuntimeChoice.usual) {
      let x = try first.withFile { try runtime.load($0, threads: 0).run(given) }
      let y = try second.withFile { try runtime.load($0, threads: 0).run(given) }
      for output in first.network.outputs {
        guard let own = x[output.name], let other = y[output.name] else { continue }
        comparisons.append(
          Comparison(
            runtime: "\(runtime.name) \(runtime.version)",
            difference: OutputDifference(output.name, own, other)))
      }
    }
    let same = comparisons.allSatisfy { $0.difference.holds(within: tolerance) }
    let result = Result(
      a: a, b: b, same: same, tolerance: tolerance,
      inputs: inputs ?? "made up, seed \(seed)", outputs: comparisons)
    if json { try JSONOutput.print(result) } else { result.printTable() }
    if !same { throw ExitCode(ExitStatus.different.rawValue) }
  }

  /// One output in one runtime.
  struct Comparison: Encodable {
    let runtime: String
    let difference: OutputDifference

    private enum CodingKeys: CodingKey { case runtime }

    func encode(to encoder: any Encoder) throws {
      try difference.encode(to: encoder)
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(runtime, forKey: .runtime)
    }
  }

  /// What is reported.
  struct Result: Encodable {
    let a: String
    let b: String
    let same: Bool
    let tolerance: Double
    let inputs: String
    let outputs: [Comparison]

    func printTable() {
      var table = TextTable([
        .left("runtime"), .left("output"), .right("largest difference"), .right("relative"),
        .left("at"), .right("A"), .right("B"),
      ])
      for comparison in outputs {
        let found = comparison.difference
        table.add(
          [
            comparison.runtime, found.output,
            found.maxAbsDiff.map { Format.significant($0) } ?? found.remark ?? "",
            found.relative.map { Format.significant($0) } ?? "",
            found.maxAbsDiff == nil ? "" : "\(found.at)",
          ] + found.values.map { Format.significant($0, digits: 6) })
      }
      print(table)
      print(
        same
          ? "the same: no relative difference above \(tolerance)"
          : "different: the tolerance is \(tolerance)")
    }
  }
}
