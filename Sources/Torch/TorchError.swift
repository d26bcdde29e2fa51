// What can go wrong in the tensor engine, with the operands that tell why.

/// A failure of the tensor engine or a wrong use of it.
public enum TorchError: Error, Equatable, Sendable {
  /// The engine could not be opened; the reason says what is missing and how to get it.
  case unavailable(reason: String)

  /// libtorch offers no operator of this name and overload.
  case unknownOperator(name: String)

  /// The engine refused an operation: the operator, its arguments as short texts, and its words.
  case engine(operation: String, arguments: [String], message: String)

  /// An operator's results were not what the caller asked for.
  case unexpectedResult(operation: String, expected: String, found: String)

  /// The number of elements or bytes given does not fill the shape.
  case countMismatch(operation: String, shape: [Int], expected: Int, found: Int)

  /// A text that names no device.
  case unknownDevice(text: String)

  /// A CUDA device that is not there, of `count` that are.
  case absentDevice(text: String, count: Int)
}

extension TorchError: CustomStringConvertible {
  /// One line: what failed, on which operands, what was expected.
  public var description: String {
    switch self {
    case .unavailable(let reason):
      reason
    case .unknownOperator(let name):
      "libtorch has no operator named \(name)"
    case .engine(let operation, let arguments, let message):
      "\(operation)(\(arguments.joined(separator: ", "))): \(message)"
    case .unexpectedResult(let operation, let expected, let found):
      "\(operation): expected \(expected) as the result, got \(found)"
    case .countMismatch(let operation, let shape, let expected, let found):
      "\(operation): shape \(shape) needs \(expected), got \(found)"
    case .unknownDevice(let text):
      "\"\(text)\" names no device; use cpu, cuda or cuda:N"
    case .absentDevice(let text, let count):
      "there is no device \"\(text)\": libtorch sees \(count) CUDA devices; use cpu, or a libtorch that is "
        + "built for CUDA on a machine that has one (bonsai doctor tells which is in use)"
    }
  }
}
