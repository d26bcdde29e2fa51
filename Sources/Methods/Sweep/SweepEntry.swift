// One entry of a sweep: a recipe with what is replaced in it, and the runs that come of it.

import Foundation
import Yams

/// One entry of a sweep.
struct SweepEntry {
  /// What all entries share.
  struct Shared {
    let file: String
    let network: String?
    let data: String?
    let vary: [(name: String, values: [String])]
  }

  let id: String
  let title: String
  /// The entry of `starts` that it begins with.
  let from: String?
  let place: RecipeError.Place
  /// The variables that it mentions, with their values.
  let variables: [(name: String, values: [String])]
  private let recipe: Node
  private let file: String

  init(_ reader: RecipeReader, _ shared: Shared) throws(RecipeError) {
    place = reader.place
    file = shared.file
    let name = try reader.string("recipe")
    id = try Sweep.plain(reader, "id", default: name.map { Self.stem($0) } ?? "")
    from = try reader.string("from")
    let stages = reader.node("stages")
    var root: Node
    switch (name, stages) {
    case (let name?, nil): root = try Self.load(name, beside: shared.file)
    case (nil, let stages?): root = Node([(Node("stages"), stages)])
    case (nil, nil):
      throw .missingKey(
        at: reader.place, key: "recipe", expected: "a recipe's name or file; or stages")
    case (_?, _?):
      throw .combination(at: reader.place, reason: "recipe says the stages already")
    }
    guard case .mapping(var mapping) = root else {
      throw .value(
        at: reader.place, found: RecipeReader.describe(root), expected: "a recipe's mapping")
    }
    title = try reader.string("title", default: mapping["title"]?.string ?? id)
    mapping["id"] = Node(id)
    mapping["title"] = Node(title)
    for (key, own, common) in [
      ("network", try reader.string("network"), shared.network),
      ("data", try reader.string("data"), shared.data),
    ] {
      if let value = own ?? (mapping[key] == nil ? common : nil) { mapping[key] = Node(value) }
    }
    root = .mapping(mapping)
    let settings = try reader.mapping("settings")
    for key in settings.keys {
      guard let value = settings.node(key), let path = NodePath(key),
        let changed = path.setting(value, in: root)
      else {
        throw .value(
          at: settings.place(of: key), found: "'\(key)'",
          expected: "the path of a value that the recipe can hold, such as stages[0].train.epochs")
      }
      root = changed
    }
    var known = try Self.variables(reader)
    for variable in shared.vary where !known.contains(where: { $0.name == variable.name }) {
      known.append(variable)
    }
    var budget = 100_000
    let mentioned = try Self.mentioned(in: root, at: reader.place, &budget)
    if let unknown = mentioned.first(where: { name in !known.contains { $0.name == name } }) {
      throw .value(
        at: reader.place, found: "$\(unknown)",
        expected: "one of the names in vary (\(known.map(\.name).joined(separator: ", ")))")
    }
    variables = known.filter { mentioned.contains($0.name) }
    recipe = root
    try reader.finish()
  }

  /// The runs of the entry: every combination of values, every seed.
  func trials(_ seeds: [UInt64]) throws(RecipeError) -> [Sweep.Trial] {
    var combinations: [[Sweep.Value]] = [[]]
    for (name, values) in variables {
      combinations = combinations.flatMap { before in
        values.map { before + [Sweep.Value(name: name, value: $0)] }
      }
    }
    var trials: [Sweep.Trial] = []
    for values in combinations {
      let text = try text(values)
      let values = values.filter { value in
        variables.contains { $0.name == value.name && $0.values.count > 1 }
      }
      let words = values.map { "\($0.name)=\($0.value)" }
      let folder = ([id] + words).joined(separator: "/")
      guard words.allSatisfy({ Recipe.isPlain($0.replacing("=", with: "-")) }) else {
        throw .value(
          at: place, found: words.joined(separator: ", "),
          expected: "values that can be parts of a folder's name")
      }
      for seed in seeds {
        trials.append(
          Sweep.Trial(
            id: id, title: title, values: values, seed: seed, recipe: text,
            start: from.map { "\($0)/seed-\(seed)" }, folder: "\(folder)/seed-\(seed)"))
      }
    }
    return trials
  }

  /// The recipe with `values` in their places, read once to see that it is one.
  private func text(_ values: [Sweep.Value]) throws(RecipeError) -> String {
    let named = Dictionary(uniqueKeysWithValues: values.map { ($0.name, $0.value) })
    let text: String
    do {
      text = try Yams.serialize(node: Self.filled(recipe, with: named), allowUnicode: true)
    } catch {
      throw .combination(at: place, reason: "its recipe cannot be written: \(error)")
    }
    do throws(RecipeError) { _ = try Recipe(parsing: text, file: "the recipe of '\(id)'") } catch {
      throw .combination(at: place, reason: "\(error)")
    }
    return text
  }

  // MARK: variables

  /// The mapping `vary`: names with their values.
  static func variables(
    _ reader: RecipeReader
  ) throws(RecipeError) -> [(name: String, values: [String])] {
    let vary = try reader.mapping("vary")
    var variables: [(name: String, values: [String])] = []
    for name in vary.keys {
      let values = try vary.strings(name)
      guard !values.isEmpty, Set(values).count == values.count else {
        throw .value(
          at: vary.place(of: name), found: "\(values)", expected: "a list of different values")
      }
      variables.append((name, values))
    }
    return variables
  }

  /// The names that stand after a `$`.
  private static func mentioned(
    in node: Node, at place: RecipeError.Place, _ budget: inout Int
  ) throws(RecipeError) -> Set<String> {
    budget -= 1
    guard budget > 0 else {
      throw .combination(at: place, reason: "a recipe of so many values is no recipe")
    }
    var names: Set<String> = []
    switch node {
    case .scalar(let scalar):
      if let name = variable(scalar) { names.insert(name) }
    case .sequence(let sequence):
      for item in sequence { names.formUnion(try mentioned(in: item, at: place, &budget)) }
    case .mapping(let mapping):
      for (_, value) in mapping { names.formUnion(try mentioned(in: value, at: place, &budget)) }
    default: break
    }
    return names
  }

  private static func variable(_ scalar: Node.Scalar) -> String? {
    scalar.string.hasPrefix("$") ? String(scalar.string.dropFirst()) : nil
  }

  private static func filled(_ node: Node, with values: [String: String]) -> Node {
    switch node {
    case .scalar(let scalar):
      guard let name = variable(scalar), let value = values[name] else { return node }
      return Node(value)
    case .sequence(let sequence):
      return Node(sequence.map { filled($0, with: values) })
    case .mapping(let mapping):
      return Node(mapping.map { ($0.key, filled($0.value, with: values)) })
    default: return node
    }
  }

  // MARK: recipes

  /// The recipe in the file `name` beside the sweep's, or the built-in one of that name.
  private static func load(_ name: String, beside file: String) throws(RecipeError) -> Node {
    let folder = (file as NSString).deletingLastPathComponent
    let beside = folder.isEmpty || name.hasPrefix("/") ? name : "\(folder)/\(name)"
    let recipe = try Recipe(at: Recipes.builtIn(name) == nil ? beside : name)
    guard let node = try Recipe.compose(recipe.source, file: name) else {
      throw .file(path: name, reason: "it is empty")
    }
    return node
  }

  private static func stem(_ name: String) -> String {
    (name as NSString).lastPathComponent.replacing(/\.ya?ml$/, with: "")
  }
}
