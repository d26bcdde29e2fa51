// What can go wrong when an ONNX file is read or written, each case with what a reader needs.

import Network

/// What can go wrong when an ONNX file is read or written.
public enum ONNXError: Error, Sendable, Hashable {
  /// The file is cut off or damaged at the byte `offset`.
  case malformed(path: String, offset: Int, problem: String)
  /// The file's structure is sound and still the decoder refuses it.
  case undecodable(path: String, reason: String)
  /// The file is well formed and not a model.
  case notAModel(path: String, reason: String)
  /// A tensor does not fit its type, its shape or its storage.
  case tensor(path: String, name: String, reason: String)
  /// A tensor's external data cannot be had.
  case externalData(path: String, tensor: String, location: String, reason: String)
  /// An attribute contradicts itself.
  case attribute(path: String, node: String, name: String, reason: String)
  /// The graph is not sound: a value undefined or made twice, a cycle. Also files that can't be read.
  case graph(path: String, NetworkError)
  /// A file could not be opened or mapped.
  case unreadable(path: String, reason: String)
  /// A file could not be written; nothing was left behind.
  case unwritable(path: String, reason: String)
  /// A file does not hold what was written to it.
  case differs(path: String, tensor: String, reason: String)
  /// A node cannot be written for another version of the operator set.
  case opset(node: String, from: Int, to: Int, reason: String)
}

extension ONNXError: CustomStringConvertible {
  /// One or two sentences: what, where, what was expected, what to do.
  public var description: String {
    switch self {
    case .malformed(let path, let offset, let problem):
      "\(path) is damaged at byte \(offset): \(problem); it may be cut off or no ONNX file, "
        + "fetch or export it again"
    case .undecodable(let path, let reason):
      "\(path) is damaged: \(reason); fetch or export it again"
    case .notAModel(let path, let reason):
      "\(path) is not an ONNX model: \(reason)"
    case .tensor(let path, let name, let reason):
      "\(path): tensor '\(name)': \(reason)"
    case .externalData(let path, let tensor, let location, let reason):
      "\(path): the data of tensor '\(tensor)' should be in '\(location)': \(reason)"
    case .attribute(let path, let node, let name, let reason):
      "\(path): attribute '\(name)' of node \(node): \(reason)"
    case .graph(let path, let error):
      "\(path): \(error)"
    case .unreadable(let path, let reason):
      "cannot read \(path): \(reason)"
    case .unwritable(let path, let reason):
      "cannot write \(path): \(reason); nothing was changed"
    case .differs(let path, let tensor, let reason):
      "\(path) does not hold what was written to it: tensor '\(tensor)': \(reason); check the disk"
    case .opset(let node, let from, let to, let reason):
      "cannot write node \(node) of operator set \(from) for operator set \(to): \(reason)"
    }
  }
}
