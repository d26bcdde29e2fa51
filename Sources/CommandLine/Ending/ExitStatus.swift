// How a run can end, as a number for scripts.

/// How a run can end: the statuses of BSD's `sysexits.h`, and 1 for "the models differ".
enum ExitStatus: Int32 {
  /// Done.
  case done = 0
  /// Two models do not compute the same.
  case different = 1
  /// The command is written wrongly.
  case usage = 64
  /// An input is missing, broken, or does not fit; the message says where.
  case badInput = 65
  /// An internal fault, or an engine that is needed and cannot be opened.
  case fault = 70
  /// A file could not be written or fetched.
  case cannotWrite = 74
}

/// An error that knows how the run should end. Its description is what the user reads.
protocol Reported: Error, CustomStringConvertible {
  /// How the run ends.
  var exitStatus: ExitStatus { get }
}
