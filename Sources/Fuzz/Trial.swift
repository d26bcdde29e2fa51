// What is done with an input: as far as the program itself would go with it.

import Network
import ONNX

/// What is done with an input.
protocol Trial {
  /// What trials may end in, in order; the last is the full length.
  static var endings: [String] { get }

  /// Tries the file at `path`; `number` decides choices. Gives the position of its ending in
  /// ``endings``. A trap, a hang or an impossible allocation ends the process instead.
  func run(_ path: String, number: Int) -> Int
}

/// The trials by name.
enum Trials {
  static let names = ["planner", "runner", "files"]

  /// The trial called `name`, working in `folder`; `nil` where this build does not have it.
  ///
  /// - Throws: why it cannot run here.
  static func named(_ name: String, folder: String) throws -> (any Trial)? {
    switch name {
    case "planner": return PlannerTrial(folder: folder)
    #if canImport(Execution)
      case "runner": return try RunnerTrial()
      case "files": return FilesTrial(folder: folder)
    #endif
    default: return nil
    }
  }
}
