// What a checkpoint says of itself and of the run it belongs to, as JSON.

import Data

/// The part of a checkpoint that is not arrays.
struct CheckpointHeader: Codable, Equatable {
  static let format = "bonsai.checkpoint"
  static let currentVersion = 1

  /// What every checkpoint says first.
  struct Mark: Codable {
    var format: String
    var version: Int
  }

  /// What must be the same for the run to go on.
  struct Identity: Codable, Equatable {
    var optimizer: String
    var plugins: [String]
    var dataset: String
    var examples: Int
    var batchSize: Int
    var shuffles: Bool
    var dropsLast: Bool
    var dataSeed: UInt64
    var totalSteps: Int
  }

  var format = Self.format
  var version = Self.currentVersion
  var identity: Identity
  /// The steps done, from which the place in the data and in the schedule follows.
  var step: Int
  var rate: Double
  var hasBegun: Bool
  var isComplete: Bool
  var history: TrainingHistory
  /// The arrays of the file: without one of them it is not whole.
  var arrays: [String: ArrayDescription]

  /// An array as the engine has it; NumPy does not know all of its types.
  struct ArrayDescription: Codable, Equatable {
    var type: String
    var shape: [Int]
  }
}
