// The settings of a word of the grammar, found out by reading the recipes of the catalogue.

import Analysis
import Pruning
import Synchronization

/// The settings of the words of the grammar: what each reads from a recipe, and what it takes where nothing
/// is written.
///
/// Nobody writes these lists: every part asks its ``RecipeReader`` for its settings by name, so reading the
/// recipes of the catalogue tells what all words ask for. What no recipe uses is asked directly, where it
/// can be made without settings.
public struct WordSettings: Sendable {
  /// The settings of a word, and the recipes that use it.
  public struct Entry: Sendable, Codable {
    /// What it reads, in its order.
    public internal(set) var settings: [PartSettings.Setting] = []
    /// The recipes of the catalogue that write it.
    public internal(set) var recipes: [String] = []
  }

  private let entries: [String: Entry]

  /// Reads all recipes of the catalogue.
  ///
  /// - Throws: ``RecipeError`` for one that cannot be read.
  public static func ofCatalogue() throws -> WordSettings {
    let listener = Listener()
    for name in Recipes.names {
      listener.begin(name)
      try $listener.withValue(listener) { _ = try Recipe(at: name) }
    }
    return WordSettings(entries: listener.entries)
  }

  /// What is known of `word` of the part `part`; `nil` where no recipe uses it and it cannot be asked.
  public func entry(of word: String, in part: String) -> Entry? {
    let found = Self.keys(of: word, in: part).compactMap { entries[$0] }
    guard let first = found.first else {
      return Self.asked(word, in: part).map { Entry(settings: $0) }
    }
    return found.dropFirst().reduce(into: first) { $0.merge($1.settings, $1.recipes) }
  }

  /// The keys of recipes at which the settings of a word stand, with the key that they stand in.
  private static func keys(of word: String, in part: String) -> [String] {
    switch part {
    case "stage": ["stages.\(word)"]
    case "training": ["train.\(word)", "recover.\(word)"]
    case "recovery": ["stages.\(word)", "recover.\(word)"]
    case "analysis": ["analyse.\(word)"]
    case "rate": ["train", "recover"].map { "\($0).schedule.\(word)" }
    case "schedule": ["prune", "gradual-pruning"].map { "\($0).schedule.\(word)" }
    // The stage's own keys are its word's.
    case "search": ["stages.search"]
    case "codec": ["stages.pack"]
    default: ["\(part).\(word)"]
    }
  }

  /// What a word without settings of its own asks for.
  private static func asked(_ word: String, in part: String) -> [PartSettings.Setting]? {
    let settings = PartSettings()
    do {
      switch part {
      case "criterion": _ = try Criteria.named(word, settings)
      case "schedule": _ = try PruningSchedules.named(word, settings)
      case "granularity": _ = try Granularity(named: word, settings)
      case "analysis": _ = try Analyses.named(word, settings)
      case "regrowth": _ = try Regrowths.named(word, settings)
      case "optimizer":
        return try heard("optimizer.\(word)", in: "optimizer: {\(word): {rate: 1}}") {
          _ = try OptimizerSettings($0)
        }
      case "rate":
        return try heard("schedule.\(word)", in: "schedule: \(word)") {
          _ = try ScheduleSettings($0, rate: 1)
        }
      case "loss":
        return try heard("loss.\(word)", in: "loss: \(word)") { _ = try LossSettings($0) }
      case "initialization": return []
      case "stage", "recovery":
        return try heard("stages.\(word)", in: "stages: {\(word): {}}") { root in
          guard let (name, reader) = try root.part("stages") else { return }
          _ = try Stages.read(name, reader, at: reader.place)
          try reader.finish()
        }
      case "training":
        return try heard("train.\(word)", in: "train: {\(word): {}}") { root in
          guard let (name, reader) = try root.part("train"),
            let type = TrainingParts.all.first(where: { $0.name == name })
          else { return }
          _ = try type.init(reader)
          try reader.finish()
        }
      case "penalty":
        return try heard("penalty.\(word)", in: "penalty: {\(word): {}}") { root in
          guard let (name, reader) = try root.part("penalty") else { return }
          _ = try Penalties.read(name, reader, at: reader.place)
          try reader.finish()
        }
      default: return nil
      }
    } catch { return nil }
    return settings.asked
  }
}

extension WordSettings {
  /// What is asked for at `key` where `read` reads the settings in `yaml`.
  private static func heard(
    _ key: String, in yaml: String, _ read: (RecipeReader) throws -> Void
  ) throws -> [PartSettings.Setting]? {
    let place = RecipeError.Place(file: key, line: 1, path: "")
    let reader = try RecipeReader(Recipe.compose(yaml, file: key), at: place)
    let listener = Listener()
    try $listener.withValue(listener) { try read(reader) }
    return listener.entries[key]?.settings
  }
}

extension WordSettings.Entry {
  fileprivate mutating func merge(_ more: [PartSettings.Setting], _ names: [String]) {
    for setting in more where !settings.contains(where: { $0.name == setting.name }) {
      settings.append(setting)
    }
    for name in names where !recipes.contains(name) { recipes.append(name) }
  }
}

extension WordSettings {
  /// Who hears of what is read; recipes are otherwise read without anybody listening.
  @TaskLocal static var listener: Listener?

  /// Collects what readers were asked for.
  final class Listener: Sendable {
    private let state = Mutex((recipe: "", entries: [String: Entry]()))

    var entries: [String: Entry] { state.withLock { $0.entries } }

    func begin(_ recipe: String) { state.withLock { $0.recipe = recipe } }

    /// Notes the settings of `word`, which stands at `path`, such as `stages[0].prune.criterion.grasp`, or
    /// `stages[0].prune.criterion` where it stands without settings.
    func note(_ settings: [PartSettings.Setting], of word: String, at path: String) {
      var keys = path.split(separator: ".").map { $0.prefix { $0 != "[" } }
      if let last = keys.last, last == word { keys.removeLast() }
      var key = "\(keys.last ?? "").\(word)"
      // How sparsity and how the rate of learning changes both stand at this key.
      if keys.last == "schedule", keys.count > 1 { key = "\(keys[keys.count - 2]).\(key)" }
      state.withLock { $0.entries[key, default: Entry()].merge(settings, [$0.recipe]) }
    }
  }
}
