// What can go wrong when weights are shared, packed and unpacked, each case with its operands.

import ONNX

/// What can go wrong when weights are shared, packed and unpacked.
public enum CompressionError: Error, Sendable, Hashable {
  /// The file cannot be opened or read.
  case unreadable(path: String, reason: String)
  /// The file cannot be written; nothing was left behind.
  case unwritable(path: String, reason: String)
  /// The file does not begin as an archive does.
  case notAnArchive(path: String, reason: String)
  /// The archive was written in another version of the format.
  case version(path: String, found: Int, known: Int)
  /// The file ends, at byte `offset`, before something that should be there.
  case truncated(path: String, offset: Int, what: String, needed: Int, left: Int)
  /// The bytes of a section, which begins at `offset`, are not those that were written.
  case checksum(path: String, section: String, offset: Int, stated: UInt32, found: UInt32)
  /// A section, which begins at `offset`, holds something impossible.
  case malformed(path: String, section: String, offset: Int, reason: String)
  /// The archive does not hold what was packed into it.
  case differs(path: String, tensor: String, reason: String)
  /// The model in the archive, or on its way there, is none.
  case model(ONNXError)
  /// There is no codec of this name.
  case noSuchCodec(name: String, known: [String])
  /// A setting that makes no sense.
  case setting(name: String, found: String, expected: String)
  /// Weights that cannot be shared.
  case weights(name: String, reason: String)
  /// A network that is not binary throughout, with the first node that is not.
  case notBinary(node: String, reason: String)
}

extension CompressionError: CustomStringConvertible {
  /// One or two sentences: what, where, what was expected, what to do.
  public var description: String {
    switch self {
    case .unreadable(let path, let reason):
      "cannot read \(path): \(reason)"
    case .unwritable(let path, let reason):
      "cannot write \(path): \(reason); nothing was changed"
    case .notAnArchive(let path, let reason):
      "\(path) is no archive of Bonsai: \(reason); bonsai pack makes archives"
    case .version(let path, let found, let known):
      "\(path) is an archive of version \(found); this program knows version \(known), "
        + "use the program that packed it"
    case .truncated(let path, let offset, let what, let needed, let left):
      "\(path) is cut off at byte \(offset): \(what) needs \(needed) bytes where \(left) are left; "
        + "fetch or pack it again"
    case .checksum(let path, let section, let offset, let stated, let found):
      "\(path) is damaged in \(section), which begins at byte \(offset): its checksum is "
        + "\(Self.hexadecimal(found)) where \(Self.hexadecimal(stated)) is stated; "
        + "fetch or pack it again"
    case .malformed(let path, let section, let offset, let reason):
      "\(path) is damaged in \(section), which begins at byte \(offset): \(reason); "
        + "fetch or pack it again"
    case .differs(let path, let tensor, let reason):
      "\(path) does not hold what was packed: tensor '\(tensor)': \(reason); the file was removed"
    case .model(let error):
      "\(error)"
    case .noSuchCodec(let name, let known):
      "there is no codec '\(name)'; known: \(known.joined(separator: ", "))"
    case .setting(let name, let found, let expected):
      "\(name) is \(found); \(expected) was expected"
    case .weights(let name, let reason):
      "the weights '\(name)' cannot be shared: \(reason)"
    case .notBinary(let node, let reason):
      "\(node) keeps the network from running on bits: \(reason)"
    }
  }

  private static func hexadecimal(_ number: UInt32) -> String {
    let digits = String(number, radix: 16)
    return "0x" + String(repeating: "0", count: 8 - digits.count) + digits
  }
}

/// Why the bytes of an encoded tensor cannot be decoded.
public struct DecodingFault: Error, Sendable, Hashable {
  /// What was found and what was expected.
  public let problem: String

  /// A fault.
  public init(_ problem: String) { self.problem = problem }
}
