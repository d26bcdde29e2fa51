// What can go wrong between Bonsai and an inference runtime, each case with its operands.

import Network

/// What can go wrong when a model is run in an inference runtime.
public enum RuntimeError: Error, Sendable, Hashable {
  /// The runtime is not installed, or what was found cannot be used.
  case unavailable(runtime: String, reason: String)
  /// The runtime refused something, in its own words.
  case failed(runtime: String, action: String, code: String, message: String)
  /// An input was not given.
  case missingInput(name: String, model: String, given: [String])
  /// A tensor was given under a name that is no input of the model.
  case unknownInput(name: String, model: String, known: [String])
  /// An input has another element type than the model declares.
  case inputType(name: String, model: String, expected: ElementType, found: ElementType)
  /// An input has a shape that the model's declaration rules out.
  case inputShape(name: String, model: String, expected: [Extent], found: [Int])
  /// A value of the model cannot be passed: it is no tensor, or one of strings.
  case unsupportedValue(name: String, model: String, reason: String)
  /// No input could be made up for a measurement.
  case unknownInputShape(name: String, model: String, declared: [Extent]?)
  /// A measurement was asked for that measures nothing.
  case emptyMeasurement(reason: String)
}

extension RuntimeError: CustomStringConvertible {
  /// One sentence: what, where, what was expected, what to do.
  public var description: String {
    switch self {
    case .unavailable(let runtime, let reason):
      "\(runtime) is not available: \(reason)"
    case .failed(let runtime, let action, let code, let message):
      "\(runtime) could not \(action) (\(code)): \(message)"
    case .missingInput(let name, let model, let given):
      "\(model) needs the input '\(name)', which was not given; given: \(list(given))"
    case .unknownInput(let name, let model, let known):
      "\(model) has no input '\(name)'; its inputs: \(list(known))"
    case .inputType(let name, let model, let expected, let found):
      "the input '\(name)' of \(model) has elements of type \(expected), given: \(found)"
    case .inputShape(let name, let model, let expected, let found):
      "the input '\(name)' of \(model) has shape \(shape(expected)), given: \(found)"
    case .unsupportedValue(let name, let model, let reason):
      "the value '\(name)' of \(model) cannot be passed: \(reason)"
    case .unknownInputShape(let name, let model, let declared):
      "no input can be made up for '\(name)' of \(model): only its first axis may be open, declared: "
        + (declared.map(shape) ?? "no shape") + "; give an array"
    case .emptyMeasurement(let reason):
      "nothing to measure: \(reason)"
    }
  }

  private func list(_ names: [String]) -> String {
    names.isEmpty ? "none" : names.joined(separator: ", ")
  }

  private func shape(_ extents: [Extent]) -> String {
    "[\(extents.map(\.description).joined(separator: ", "))]"
  }
}
