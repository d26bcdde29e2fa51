// A figure that a paper reports, and which of our figures stands beside it.

/// A figure that a paper reports.
///
/// ```yaml
/// reported:
///   - {text: "LeNet-300-100, 95 % of the weights zero, test error", value: 0.016, ours: error}
/// ```
/// `ours` names a figure of the stored runs: `accuracy`, `error`, `least-error` (after the best epoch of the last
/// training, which some papers report), `accuracy-change` (after less before),
/// `sparsity`, `effective-sparsity`, `compression` (weights over those that are not zero), the fraction
/// kept of `params`, `macs` or `bytes`, `kept: LAYER` (the filters or neurons of a layer that are left), or a
/// measure of a task. Without it the figure is only quoted.
public struct ReportedFigure: Codable, Sendable, Equatable {
  /// What it is a figure of, with the network and the setting.
  public let text: String
  /// The figure; fractions, not percents.
  public let value: Double
  /// Which figure of our runs it is compared with.
  public let ours: String?

  /// The list at the key `reported`.
  static func read(_ reader: RecipeReader) throws(RecipeError) -> [ReportedFigure] {
    var figures: [ReportedFigure] = []
    for item in try reader.mappings("reported") {
      guard let text = try item.string("text") else {
        throw .missingKey(
          at: item.place, key: "text", expected: "what the paper reports, in words")
      }
      guard let value = try item.double("value", in: -Double.infinity...Double.infinity) else {
        throw .missingKey(at: item.place, key: "value", expected: "the number the paper reports")
      }
      figures.append(ReportedFigure(text: text, value: value, ours: try item.string("ours")))
      try item.finish()
    }
    return figures
  }
}
