// What can go wrong when a report is made, each case with what a reader needs.

/// What can go wrong when a report is made.
public enum ReportError: Error, Sendable, Hashable {
  /// The folder is not there or is no folder.
  case notARun(folder: String)
  /// A file of the run's folder is missing.
  case missing(path: String, content: String)
  /// A file could not be read.
  case unreadable(path: String, reason: String)
  /// A file is not what it should be; `place` says where in it.
  case damaged(path: String, place: String, reason: String)
  /// The report could not be written; nothing was left behind.
  case unwritable(path: String, reason: String)
}

extension ReportError: CustomStringConvertible {
  /// One or two sentences: what, where, what was expected, what to do.
  public var description: String {
    switch self {
    case .notARun(let folder):
      "\(folder) is not a folder; give the folder of a run, as 'bonsai apply --run' leaves it"
    case .missing(let path, let content):
      "\(path) is missing: it should hold \(content); the run may not have ended, "
        + "continue it with 'bonsai apply --resume'"
    case .unreadable(let path, let reason):
      "cannot read \(path): \(reason)"
    case .damaged(let path, let place, let reason):
      "\(path) is damaged at \(place): \(reason); run the recipe again, or continue the run with "
        + "'bonsai apply --resume'"
    case .unwritable(let path, let reason):
      "cannot write \(path): \(reason); nothing was changed"
    }
  }
}
