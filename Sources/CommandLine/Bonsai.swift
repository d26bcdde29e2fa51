// The program: its verbs in groups, and the way in and out of every run.

import ArgumentParser
import Methods

/// The program `bonsai`.
@main
struct Bonsai: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bonsai",
    abstract: "Makes neural networks smaller, and proves what it did.",
    discussion: """
      Bonsai prunes networks in ONNX files: it looks at the graph, finds what can only leave \
      together, removes it for real (smaller tensors, not zeros), and measures the result.

      A first walk:
        bonsai inspect model.onnx                  what is in it, what can be pruned
        bonsai prune model.onnx -o small.onnx      half the multiply-accumulates
        bonsai verify model.onnx small.onnx        how far the outputs moved
        bonsai bench model.onnx small.onnx         how much faster it really is
        bonsai evaluate small.onnx --data mnist    what it still knows

      A whole recipe, from training to report:
        bonsai apply first-steps --run first

      MODEL is an ONNX file, or the name of a built-in network such as resnet-20 or lenet-5. \
      Tables go to standard output, progress and messages to standard error. Every verb explains \
      itself: bonsai prune --help.

      Exit status: 0 done; 64 wrong usage; 65 bad input (the message says where); 70 an internal \
      fault or a missing engine; 74 a file could not be written. `bonsai verify` ends with 1 where \
      the models differ.
      """,
    version: Version.current,
    groupedSubcommands: [
      CommandGroup(
        name: "Look",
        subcommands: [
          InspectCommand.self, AnalyseCommand.self, DataCommand.self, DoctorCommand.self,
        ]),
      CommandGroup(
        name: "Prune",
        subcommands: [
          ApplyCommand.self, PruneCommand.self, MethodsCommand.self, SweepCommand.self,
        ]),
      CommandGroup(name: "Pack", subcommands: [PackCommand.self, UnpackCommand.self]),
      CommandGroup(
        name: "Prove",
        subcommands: [RunCommand.self, EvaluateCommand.self, VerifyCommand.self, BenchCommand.self]),
    ])

  static func main() {
    Ending.prepare()
    do {
      var command = try parseAsRoot()
      try command.run()
      try Ending.flush()
    } catch {
      Ending.end(error)
    }
  }
}
