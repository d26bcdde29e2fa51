// What can go wrong in the verbs themselves, each case with the operands a reader needs.

/// What can go wrong in the verbs themselves.
enum CommandError: Reported {
  /// Neither a file nor a built-in network.
  case noSuchModel(name: String, builtIn: [String])
  /// Something that is planned and not there yet.
  case notYet(what: String, instead: String)
  /// Options that do not go together.
  case options(String)
  /// An output file cannot be made where it was asked for.
  case unwritable(path: String, reason: String)
  /// Arrays that do not fit a model's inputs.
  case arrays(path: String, reason: String)
  /// A model whose inputs or outputs do not suit what is asked.
  case unsuited(model: String, reason: String)
  /// The cut network does not compute what the masked one computes.
  case notEquivalent(maxAbsDiff: Double, scale: Double, output: String)
  /// The written file does not compute what the network in memory computes.
  case fileDiffers(path: String, output: String, relative: Double)
  /// Standard output could not be written.
  case standardOutput(reason: String)
  /// Runs of a sweep that failed.
  case runsFailed(count: Int, first: String)
  /// A step of the program that should never fail did.
  case fault(String)

  var exitStatus: ExitStatus {
    switch self {
    case .notYet, .options: .usage
    case .noSuchModel, .arrays, .unsuited: .badInput
    case .notEquivalent, .fileDiffers, .runsFailed, .fault: .fault
    case .unwritable, .standardOutput: .cannotWrite
    }
  }

  /// One sentence: what, where, what was expected, what to do.
  var description: String {
    switch self {
    case .noSuchModel(let name, let builtIn):
      "'\(name)' is neither a file nor a built-in network; built in: "
        + builtIn.joined(separator: ", ")
    case .notYet(let what, let instead):
      "\(what) is not available yet; \(instead)"
    case .options(let reason):
      reason
    case .unwritable(let path, let reason):
      "cannot write \(path): \(reason); nothing was changed"
    case .arrays(let path, let reason):
      "\(path): \(reason)"
    case .unsuited(let model, let reason):
      "\(model): \(reason)"
    case .notEquivalent(let difference, let scale, let output):
      "the cut network's output '\(output)' differs from the masked network's by \(difference) "
        + "(outputs up to \(scale)); nothing was written; please report this with the model"
    case .fileDiffers(let path, let output, let relative):
      "\(path) gives another '\(output)' in ONNX Runtime than the network it was written from "
        + "(relative difference \(relative)); the file was removed; please report this"
    case .standardOutput(let reason):
      "cannot write to standard output: \(reason)"
    case .runsFailed(let count, let first):
      "\(count) \(count == 1 ? "run" : "runs") failed, the first: \(first); "
        + "its whole output lies beside its folder, and the same command tries again"
    case .fault(let reason):
      "internal fault: \(reason)"
    }
  }
}
