// A sweep: many runs of recipes over settings and seeds, written as one file.

import Data
import Foundation
import Yams

/// Many runs of recipes over settings and seeds.
///
/// ```yaml
/// id: sparsities
/// title: Two ways to a sparse LeNet-300-100
/// seeds: [1, 2, 3]
/// network: lenet-300-100
/// data: mnist
/// vary: {sparsity: [0.9, 0.95, 0.98]}
/// starts:
///   - id: dense
///     stages: [{train: {epochs: 5, optimizer: {sgd: {rate: 0.1, momentum: 0.9}}}}]
/// runs:
///   - id: magnitude
///     from: dense
///     stages:
///       - prune: {granularity: element, criterion: l1, target: {sparsity: $sparsity}}
///   - id: rigl
///     recipe: rigl
///     settings: {"stages[0].prune.target.sparsity": $sparsity, "stages[1].train.epochs": 5}
/// ```
/// A run is a recipe (a built-in one, or a file beside the sweep's) with some of its values replaced, or
/// stages written here. `$name` stands for one of the values in `vary`; a run is made for every
/// combination of those it mentions, and every seed; a name with a single value is a constant. What stands in `starts` is run once a seed, and the
/// runs that name it with `from` begin with its model. `against: macs` lets tables and pictures show accuracy
/// against the multiply-accumulates that are kept, in place of the weights.
public struct Sweep {
  /// One run that is to be made.
  public struct Trial: Sendable, Hashable {
    /// The entry it comes from.
    public let id: String
    /// What the entry is called in tables.
    public let title: String
    /// The values that `$name` stood for, in the order of `vary`.
    public let values: [Value]
    public let seed: UInt64
    /// The recipe as text.
    public let recipe: String
    /// The folder of the run whose model this one begins with, beside ``folder``.
    public let start: String?
    /// Where it is run, within the sweep's folder.
    public let folder: String
  }

  /// A value that stood for a name.
  public struct Value: Sendable, Hashable, Codable {
    public let name: String
    public let value: String
  }

  /// What accuracy is shown against: the fraction of it that is kept.
  public enum Axis: String, Sendable, CaseIterable {
    /// Weights that are neither cut nor zero.
    case weights
    /// Multiply-accumulates.
    case macs
  }

  public let id: String
  public let title: String
  public let about: String
  public let seeds: [UInt64]
  public let axis: Axis
  /// What most runs vary, with its values; without the constants.
  public let vary: [(name: String, values: [String])]
  /// What is run first, once a seed.
  public let starts: [Trial]
  /// The runs, in the order of their entries, values and seeds.
  public let runs: [Trial]

  /// Reads the sweep in the file `path`, with the values of some variables in place of its own.
  ///
  /// - Throws: ``RecipeError``, also for what is wrong with the recipe of any run.
  public init(
    at path: String, varying values: [String: [String]] = [:]
  ) throws(RecipeError) {
    let bytes: [UInt8]
    do throws(DataError) { bytes = try FileBytes.read(path, limit: 1 << 20) } catch {
      throw .file(path: path, reason: "it cannot be read as a sweep: \(error)")
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw .file(path: path, reason: "it is not UTF-8 text")
    }
    try self.init(parsing: text, file: path, varying: values)
  }

  /// Reads a sweep; recipes in files are looked for beside `file`.
  ///
  /// - Throws: ``RecipeError`` with line and key.
  public init(
    parsing source: String, file: String, varying values: [String: [String]] = [:]
  ) throws(RecipeError) {
    let root = try Recipe.compose(source, file: file)
    let reader = try RecipeReader(
      root, at: RecipeError.Place(file: file, line: root?.mark?.line ?? 1, path: ""))
    let stem = (file as NSString).lastPathComponent.replacing(/\.ya?ml$/, with: "")
    id = try Self.plain(reader, "id", default: stem)
    title = try reader.string("title", default: id)
    about = try reader.string("about", default: "")
    axis = try reader.choice("against", default: Axis.weights)
    let seeds = try reader.ints("seeds") ?? [1]
    guard !seeds.isEmpty, Set(seeds).count == seeds.count, seeds.allSatisfy({ $0 >= 0 }) else {
      throw .value(
        at: reader.place(of: "seeds"), found: "\(seeds)",
        expected: "different whole numbers of at least 0")
    }
    self.seeds = seeds.map(UInt64.init)
    let shared = SweepEntry.Shared(
      file: file, network: try reader.string("network"), data: try reader.string("data"),
      vary: try SweepEntry.variables(reader).map { ($0.name, values[$0.name] ?? $0.values) })
    if let unknown = values.keys.first(where: { name in !shared.vary.contains { $0.name == name } })
    {
      throw .value(
        at: reader.place(of: "vary"), found: "'\(unknown)'",
        expected: "one of \(shared.vary.map(\.name).joined(separator: ", "))")
    }
    vary = shared.vary.filter { $0.values.count > 1 }
    var starts: [SweepEntry] = []
    for item in try reader.mappings("starts") { starts.append(try SweepEntry(item, shared)) }
    var runs: [SweepEntry] = []
    for item in try reader.mappings("runs") { runs.append(try SweepEntry(item, shared)) }
    guard !runs.isEmpty else {
      throw reader.missing("runs", "the list of what is run")
    }
    try reader.finish()
    var known: Set<String> = []
    for entry in starts + runs where !known.insert(entry.id).inserted {
      throw .combination(at: entry.place, reason: "'\(entry.id)' stands twice in this sweep")
    }
    var first: [Trial] = []
    for entry in starts {
      guard entry.from == nil, entry.variables.allSatisfy({ $0.values.count == 1 }) else {
        throw .combination(
          at: entry.place, reason: "what others start from begins itself anew and varies nothing")
      }
      first += try entry.trials(self.seeds)
    }
    var second: [Trial] = []
    for entry in runs {
      if let from = entry.from, !starts.contains(where: { $0.id == from }) {
        throw .value(
          at: entry.place, found: "from: \(from)",
          expected: "one of starts (\(starts.map(\.id).joined(separator: ", ")))")
      }
      second += try entry.trials(self.seeds)
    }
    self.starts = first
    self.runs = second
  }

  /// The text at `key`, which names folders.
  static func plain(
    _ reader: RecipeReader, _ key: String, default value: String
  ) throws(RecipeError) -> String {
    let text = try reader.string(key, default: value)
    guard Recipe.isPlain(text) else {
      throw .value(
        at: reader.place(of: key), found: "'\(text)'",
        expected: "a name of letters, digits, '-', '_' and '.', as folders are named after it")
    }
    return text
  }
}

extension Sweep.Trial {
  /// How far the run is.
  public enum State: Sendable {
    /// Nothing is there, or something else that this run takes the place of.
    case open(isTaken: Bool)
    /// It was begun and goes on.
    case begun
    /// It is done.
    case done(RunResult)
  }

  /// How far the run in `folder` is, where it begins with the model in `model`.
  public func state(in folder: String, model: String?) throws(RecipeError) -> State {
    let stored = RunFolder.Stored(folder)
    guard let identity = stored.identity else {
      return .open(isTaken: FileManager.default.fileExists(atPath: folder))
    }
    var checksum: String?
    if let model {
      do throws(DataError) { checksum = try FileBytes.sha256(of: model) } catch {
        throw .file(path: model, reason: "\(error)")
      }
    }
    guard identity.recipe == recipe, identity.seed == seed, identity.model == checksum,
      identity.version == Version.current
    else { return .open(isTaken: true) }
    return stored.result.map { .done($0) } ?? .begun
  }
}
