// `bonsai doctor`: what is installed, what is missing, and how to get it.

import ArgumentParser
import Reporting

/// Says what is installed, what is missing, and how to get it.
struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Say what is installed, what is missing, and how to get it.",
    discussion: """
      Looks at libtorch (needed to run, train and check networks), ONNX Runtime (which checks and \
      measures files independently), Python (which fetches them), the named data sets, and the \
      machine. Nothing is changed.

      Examples:
        bonsai doctor
        bonsai doctor --json
      """)

  @Flag(help: "Print JSON instead of a table.")
  var json = false

  func run() throws {
    let findings = Diagnosis.all()
    if json { return try JSONOutput.print(findings) }
    var table = TextTable([.left("what"), .left(""), .left("found")])
    for finding in findings {
      table.add([finding.name, finding.ok ? "ok" : "missing", finding.detail])
    }
    print(table)
    let missing = findings.filter { !$0.ok }
    if missing.isEmpty { return print("\neverything is there") }
    print("\nto get what is missing:")
    for finding in missing {
      if let fix = finding.fix { print("  \(finding.name): \(fix)") }
    }
  }
}
