// All that the catalogue says of one recipe: idea, parts, formula, citation, evidence, text.

import Methods
import Reporting

/// All that the catalogue says of one recipe.
struct MethodCard: CustomStringConvertible {
  private let recipe: Recipe
  private let evidence: StoredEvidence?

  /// Reads the stored evidence too, where the recipe names one that can be found.
  init(_ recipe: Recipe) throws(RecipeError) {
    self.recipe = recipe
    guard let path = recipe.evidence else {
      evidence = nil
      return
    }
    evidence = try StoredEvidence.read(path)
  }

  var description: String {
    var blocks = ["\(recipe.id): \(recipe.title)"]
    let about = recipe.about.trimmed
    if !about.isEmpty { blocks.append(about) }
    if let formula = recipe.formula?.trimmed { blocks.append("formula: \(formula)") }
    blocks.append("\(parts)")
    if !recipe.citations.isEmpty {
      blocks.append(recipe.citations.map { "source: \($0)" }.joined(separator: "\n"))
    }
    blocks.append("property: \(recipe.property ?? "none stated")\nevidence: \(stored)")
    if let evidence {
      blocks += tables(evidence)
    } else if let claims = reported {
      blocks.append(claims)
    }
    blocks.append("recipe:\n\n\(recipe.source.trimmed)")
    return blocks.joined(separator: "\n\n")
  }

  private var parts: TextTable {
    var table = TextTable([.left("part"), .left("words")])
    for (part, words) in recipe.parts.sorted(by: { $0.key < $1.key }) {
      table.add([part, words.joined(separator: ", ")])
    }
    return table
  }

  /// Where the evidence lies, and whether it is that of the recipe as it is.
  private var stored: String {
    guard let path = recipe.evidence else { return "none stored" }
    guard let evidence else { return "\(path) (in the project; not found from here)" }
    let change =
      evidence.isCurrent(for: recipe) ? "" : "; the recipe has changed since: make it again"
    return """
      \(path)\(change)
      \(evidence.command), \(Format.duration(evidence.seconds)) of computing on \
      \(evidence.machine.cores) cores, commit \(evidence.commits.map { String($0.prefix(10)) }.joined(separator: ", "))
      """
  }

  private func tables(_ evidence: StoredEvidence) -> [String] {
    var runs = TextTable([
      .left("seed"), .right("accuracy before"), .right("after"), .right("zero weights"),
      .right("parameters"), .right("MACs"), .right("bytes"),
    ])
    func kept(_ change: RunResult.Change<Int>) -> String {
      change.before == 0
        ? "" : Format.percent(Double(change.after) / Double(change.before), digits: 1)
    }
    for run in evidence.runs {
      runs.add([
        "\(run.seed)", run.accuracy.map { Format.percent($0.before) } ?? "",
        run.accuracy.map { Format.percent($0.after) } ?? "", Format.percent(run.sparsity.after),
        kept(run.params), kept(run.macs), kept(run.bytes),
      ])
    }
    var figures = TextTable([.left("figure"), .right("mean"), .right("deviation")])
    for (name, spread) in evidence.figures.sorted(by: { $0.key < $1.key }) {
      figures.add([
        name, Format.significant(spread.mean, digits: 4), Format.significant(spread.deviation),
      ])
    }
    guard !evidence.reported.isEmpty else { return ["\(runs)", "\(figures)"] }
    var claims = TextTable([.left("reported by the paper"), .right("paper"), .right("here")])
    for claim in evidence.reported {
      let ours = claim.mean.map {
        "\(Format.significant($0, digits: 4)) ± \(Format.significant(claim.deviation ?? 0, digits: 2))"
      }
      claims.add([claim.text, Format.significant(claim.value, digits: 4), ours ?? ""])
    }
    return ["\(runs)", "\(figures)", "\(claims)"]
  }

  /// What the paper reports, where nothing of ours is stored yet.
  private var reported: String? {
    guard !recipe.reported.isEmpty else { return nil }
    var claims = TextTable([.left("reported by the paper"), .right("paper")])
    for claim in recipe.reported {
      claims.add([claim.text, Format.significant(claim.value, digits: 4)])
    }
    return "\(claims)"
  }
}

extension String {
  /// The text without white space at its ends.
  fileprivate var trimmed: String {
    var text = Substring(self)
    while text.last?.isWhitespace == true { text.removeLast() }
    while text.first?.isWhitespace == true { text.removeFirst() }
    return String(text)
  }
}
