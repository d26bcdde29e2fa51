// The way out of every run: one line on standard error and a status, never a trace.

import ArgumentParser
import Foundation

/// The way out of every run.
enum Ending {
  /// Settles how the process meets signals: a closed pipe ends it silently, as it ends other tools; a
  /// file that grows beyond what is allowed (`ulimit -f`) is a failed write, as on a full disk.
  static func prepare() {
    signal(SIGPIPE, SIG_DFL)
    signal(SIGXFSZ, SIG_IGN)
  }

  /// Sends what is left to standard output.
  ///
  /// - Throws: ``CommandError/standardOutput(reason:)`` where it is full or closed.
  static func flush() throws(CommandError) {
    guard fflush(nil) == 0 else {
      throw .standardOutput(reason: String(cString: strerror(errno)))
    }
  }

  /// Ends the process because of `error`: a request for help, wrong usage, or a failure.
  static func end(_ error: any Error) -> Never {
    if let code = error as? ExitCode {
      fflush(nil)
      exit(code.rawValue)
    }
    if let reported = error as? any Reported {
      fail("\(reported)", reported.exitStatus)
    }
    switch Bonsai.exitCode(for: error) {
    case .success:
      print(Bonsai.fullMessage(for: error))
      do throws(CommandError) { try flush() } catch { fail("\(error)", error.exitStatus) }
      exit(ExitStatus.done.rawValue)
    case .validationFailure:
      fail("\(Bonsai.message(for: error)); see '\(helpCommand(error))'", .usage)
    default:
      fail("internal fault: \(error.localizedDescription)", .fault)
    }
  }

  /// The command that explains the verb an error is about.
  private static func helpCommand(_ error: any Error) -> String {
    let usage = Bonsai.fullMessage(for: error).split(separator: "\n")
    let line = usage.last { $0.hasPrefix("Usage: ") }?.dropFirst("Usage: ".count) ?? "bonsai"
    let words = line.split(separator: " ").prefix { word in word.allSatisfy(\.isLetter) }
    return (words + ["--help"]).joined(separator: " ")
  }

  private static func fail(_ message: String, _ status: ExitStatus) -> Never {
    fflush(nil)
    StandardError.say("bonsai: error: \(message)")
    exit(status.rawValue)
  }
}
