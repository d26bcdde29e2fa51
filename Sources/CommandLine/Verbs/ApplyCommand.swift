// `bonsai apply`: a whole recipe carried out, from the first step of training to the report.

import ArgumentParser
import Data
import Methods
import Reporting
import Torch

/// Carries out a recipe.
struct ApplyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "apply",
    abstract: "Carry out a recipe: train, prune, recover, export, report.",
    discussion: """
      A recipe is a YAML file, or one of those that bonsai methods lists. The run's folder gets the \
      recipe, each stage's model, model.onnx, metrics.jsonl, result.json and report.html.

      A run that was interrupted, even killed, goes on with --resume and ends in the same bytes as \
      one that was not. The same recipe, seed and machine give the same bytes.

      Examples:
        bonsai apply first-steps --run first       ten seconds, everything once
        bonsai apply my-recipe.yaml --run out --seed 7
        bonsai apply my-recipe.yaml --run out --seed 7 --resume
        bonsai apply cut.yaml --model trained.onnx --data mnist --run out
      """)

  @Argument(help: "A recipe's file, or the name of a built-in one.")
  var recipe: String

  @Option(help: "An ONNX file to start from instead of the recipe's network.")
  var model: String?

  @Option(help: "A data set's name or path instead of the recipe's.")
  var data: String?

  @Option(help: ArgumentHelp("A folder with data sets, searched first.", valueName: "folder"))
  var dataFolder: String?

  @Option(help: "Where all random numbers start instead of the recipe's seed.")
  var seed: UInt64?

  @Option(name: .customLong("run"), help: ArgumentHelp("The run's folder.", valueName: "dir"))
  var folder: String?

  @Option(help: "Where to compute: cpu, cuda or cuda:N.")
  var device = "cpu"

  @Flag(help: "Go on with an interrupted run.")
  var resume = false

  @Flag(help: "Leave out measuring latency at the end.")
  var noLatency = false

  @Flag(help: "Print the result as JSON instead of a table.")
  var json = false

  func run() throws {
    let recipe = try Recipe(at: recipe)
    let folder = folder ?? "runs/\(recipe.id)"
    var run = try Run(
      recipe, in: folder, model: model, data: data, locations: .standard(folder: dataFolder),
      seed: seed, device: try Device(present: device), resume: resume,
      command: ["bonsai"] + CommandLine.arguments.dropFirst(), observer: RunDisplay())
    run.measuresLatency = !noLatency
    let result = try run.perform()
    let report = try Report(runFolder: folder)
    try report.write(to: "\(folder)/report.html")
    if json {
      try JSONOutput.write(result, to: "-")
    } else {
      print(ResultTable(result))
      print("\n\(report.verdict)\nreport: \(folder)/report.html")
    }
  }
}
