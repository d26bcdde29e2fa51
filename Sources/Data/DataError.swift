// Everything that can go wrong while finding, fetching, reading or batching data.

/// An error of the Data room. Each case carries what a reader needs to repair the input; `description`
/// says what happened, where, what was expected and what to do.
public enum DataError: Error, Equatable, Sendable {
  /// A file or folder could not be read at all.
  case unreadable(path: String, reason: String)
  /// A file could not be written; nothing was left under its final name.
  case unwritable(path: String, reason: String)
  /// The bytes at `offset` are not what the format demands.
  case malformed(path: String, offset: Int, expected: String, found: String)
  /// The file ends before the format says that it should.
  case truncated(path: String, offset: Int, needed: Int, available: Int)
  /// The content, or the size that the file declares, is beyond what the reader accepts.
  case tooLarge(path: String, size: Int, limit: Int)
  /// The file is valid, but of a kind that is not read here.
  case unsupported(path: String, what: String, advice: String)
  /// Two files or arrays that belong together disagree.
  case inconsistent(path: String, expected: String, found: String)
  /// A label outside `0 ..< classCount`.
  case labelOutOfRange(path: String, index: Int, label: Int, classCount: Int)
  /// The source holds no example.
  case empty(path: String)
  /// An archive lacks an entry that is needed.
  case missingEntry(path: String, name: String, present: [String])
  /// An option of a loader, split or augmentation makes no sense.
  case invalidOption(name: String, value: String, expected: String)
  /// An index outside the data set.
  case indexOutOfRange(index: Int, count: Int)
  /// A name that is neither in the catalogue nor a path.
  case unknownDataset(name: String, known: [String])
  /// A data set of the catalogue that is not on this machine.
  case datasetNotFound(name: String, searched: [String], advice: String)
  /// A data set that has no such split.
  case missingSplit(dataset: String, split: String, advice: String)
  /// No mirror delivered a file; `attempts` says why, one line a mirror.
  case downloadFailed(file: String, attempts: [String])
  /// Another process holds a lock; `process` is its number, where that is known.
  case locked(path: String, process: Int?)
  /// A downloaded file has the wrong content and was deleted.
  case wrongContent(path: String, problem: String)
}

extension DataError: CustomStringConvertible {
  /// What happened, where, what was expected, what to do.
  public var description: String {
    switch self {
    case .unreadable(let path, let reason):
      "cannot read \(path): \(reason)"
    case .unwritable(let path, let reason):
      "cannot write \(path): \(reason); nothing was left under that name"
    case .malformed(let path, let offset, let expected, let found):
      "\(path): at byte \(offset): expected \(expected), found \(found); "
        + "the file is damaged or of another format"
    case .truncated(let path, let offset, let needed, let available):
      "\(path): ends too early: at byte \(offset) \(needed) bytes are needed, "
        + "\(available) are left; fetch or copy the file again"
    case .tooLarge(let path, let size, let limit):
      "\(path): needs \(size) bytes or more, the limit is \(limit); "
        + "the file is damaged or not a data set"
    case .unsupported(let path, let what, let advice):
      "\(path): \(what) is not supported; \(advice)"
    case .inconsistent(let path, let expected, let found):
      "\(path): expected \(expected), found \(found)"
    case .labelOutOfRange(let path, let index, let label, let classCount):
      "\(path): example \(index) has label \(label), expected 0 to \(classCount - 1)"
    case .empty(let path):
      "\(path): holds no example"
    case .missingEntry(let path, let name, let present):
      "\(path): has no entry '\(name)'; it holds: "
        + (present.isEmpty ? "nothing" : present.joined(separator: ", "))
    case .invalidOption(let name, let value, let expected):
      "\(name) is \(value), expected \(expected)"
    case .indexOutOfRange(let index, let count):
      "example \(index) was asked for, the data set has examples 0 to \(count - 1)"
    case .unknownDataset(let name, let known):
      "'\(name)' is neither a data set nor a path; data sets: "
        + "\(known.joined(separator: ", ")), those of pictures also as NAME-unit; "
        + "or give a folder or an .npz file"
    case .datasetNotFound(let name, let searched, let advice):
      "data set '\(name)' is not on this machine; looked in:\n"
        + searched.map { "  \($0)\n" }.joined() + advice
    case .missingSplit(let dataset, let split, let advice):
      "data set '\(dataset)' has no \(split) split; \(advice)"
    case .downloadFailed(let file, let attempts):
      "cannot fetch \(file):\n" + attempts.map { "  \($0)\n" }.joined()
        + "check the network and try again; what has arrived is kept and resumed"
    case .locked(let path, let process):
      "\(path): \(process.map { "process \($0)" } ?? "another process") is at work there; wait for it "
        + "or end it"
    case .wrongContent(let path, let problem):
      "\(path): \(problem); the file was deleted, fetch it again"
    }
  }
}
