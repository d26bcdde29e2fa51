// Which exit status each error of the rooms below leads to.

import Analysis
import Compression
import Data
import Execution
import Methods
import Network
import ONNX
import Pruning
import Runtimes
import Torch
import Training

extension NetworkError: Reported {
  /// A graph or a name that is wrong is bad input.
  var exitStatus: ExitStatus { .badInput }
}

extension ONNXError: Reported {
  /// What cannot be written is told apart from what cannot be read.
  var exitStatus: ExitStatus {
    switch self {
    case .unwritable, .differs: .cannotWrite
    default: .badInput
    }
  }
}

extension CompressionError: Reported {
  /// What cannot be written is told apart from what cannot be read and what was asked wrongly.
  var exitStatus: ExitStatus {
    switch self {
    case .unwritable, .differs: .cannotWrite
    case .noSuchCodec, .setting: .usage
    case .model(let error): error.exitStatus
    default: .badInput
    }
  }
}

extension DataError: Reported {
  /// What cannot be written or fetched, what was asked wrongly, and what cannot be read.
  var exitStatus: ExitStatus {
    switch self {
    case .unwritable, .downloadFailed, .wrongContent, .locked: .cannotWrite
    case .invalidOption: .usage
    default: .badInput
    }
  }
}

extension TorchError: Reported {
  /// An engine that is missing is no fault of the input.
  var exitStatus: ExitStatus {
    switch self {
    case .unavailable, .unknownOperator, .unexpectedResult: .fault
    case .unknownDevice, .absentDevice: .usage
    case .engine, .countMismatch: .badInput
    }
  }
}

extension ExecutionError: Reported {
  /// The engine's own faults, and networks that cannot be run.
  var exitStatus: ExitStatus {
    switch self {
    case .engine(let error), .node(_, let error): error.exitStatus
    default: .badInput
    }
  }
}

extension PruningError: Reported {
  /// Words of the grammar that do not exist are wrong usage; what a model does not allow is bad
  /// input.
  var exitStatus: ExitStatus {
    switch self {
    case .noSuch, .target, .floor, .roundTo, .combination, .needsData, .scoresUnits: .usage
    case .execution(let error): error.exitStatus
    case .training(let error): error.exitStatus
    case .data(let error): error.exitStatus
    default: .badInput
    }
  }
}

extension AnalysisError: Reported {
  /// Words that do not exist and too few models are wrong usage.
  var exitStatus: ExitStatus {
    switch self {
    case .noSuch, .networkCount, .needsData: .usage
    case .pruning(.setting): .usage
    case .pruning(let error): error.exitStatus
    case .training(let error): error.exitStatus
    case .execution(let error): error.exitStatus
    default: .badInput
    }
  }
}

extension RuntimeError: Reported {
  /// A runtime that is missing is no fault of the input.
  var exitStatus: ExitStatus {
    switch self {
    case .unavailable: .fault
    case .emptyMeasurement: .usage
    default: .badInput
    }
  }
}

extension TrainingError: Reported {
  /// The status of what lies below, where the error only passes it on.
  var exitStatus: ExitStatus {
    switch self {
    case .data(let error): error.exitStatus
    case .execution(let error): error.exitStatus
    case .engine(let error): error.exitStatus
    case .invalidOption: .usage
    default: .badInput
    }
  }
}

extension RecipeError: Reported {
  /// The status of what lies below, where a stage only passes it on. A word that is wrong in a recipe
  /// is wrong in a file: the command that names the file is right.
  var exitStatus: ExitStatus {
    switch self {
    case .stage(_, let cause as any Reported):
      cause.exitStatus == .usage ? .badInput : cause.exitStatus
    case .stage: .fault
    case .unwritable: .cannotWrite
    default: .badInput
    }
  }
}
