// What stayed, layer by layer: channels, parameters, MACs, sparsity.

import Methods

/// What stayed, layer by layer: channels, parameters, MACs, sparsity.
struct LayersSection {
  var result: RunResult

  var markup: Markup {
    var parts: [Markup] = []
    let figures = [channels, sparsity, parameters, macs].compactMap(\.self)
    if figures.isEmpty {
      parts.append(Markup("p", ["class": "note"], "The run tells of no layers with weights."))
    } else {
      parts.append(Markup("div", ["class": "pair"], figures))
    }
    if !result.layers.isEmpty {
      let summary = Markup(
        "summary", [:],
        result.layers.count == 1
          ? "The layer in numbers"
          : "All \(Format.integer(result.layers.count)) layers in numbers")
      parts.append(
        Markup(
          "details", result.layers.count <= 24 ? ["open": "open"] : [:], [summary, table.markup]))
    }
    return Page.section("Layers", parts)
  }

  private var channels: Markup? {
    guard !result.groups.isEmpty else { return nil }
    let chart = BarChart(
      title: "Units kept in each group",
      bars: result.groups.map { group in
        let share = group.size > 0 ? Double(group.kept) / Double(group.size) : 0
        return BarChart.Bar(
          name: group.name, value: share, total: 1,
          text: "\(Format.integer(group.kept)) of \(Format.integer(group.size))")
      }, upper: 1, label: { Format.percent($0, digits: 0) })
    return Figure(
      title: "Units kept in each group", note: "Channels or neurons that can only leave together.",
      keys: [("after", "kept"), ("before", "removed")], drawings: chart.panels
    ).markup
  }

  private var sparsity: Markup? {
    guard !result.layers.isEmpty else { return nil }
    let chart = BarChart(
      title: "Sparsity of each layer",
      bars: result.layers.map {
        BarChart.Bar(
          name: $0.name, value: $0.sparsity, total: 1,
          text: Format.percent($0.sparsity, digits: 1))
      }, style: "zero", upper: 1, label: { Format.percent($0, digits: 0) })
    return Figure(
      title: "Sparsity of each layer", note: "Weights of the final model that are zero.",
      keys: [("zero", "zero"), ("before", "not zero")], drawings: chart.panels
    ).markup
  }

  private var parameters: Markup? {
    amounts("Parameters of each layer", result.layers.map { ($0.name, $0.parameters) })
  }

  private var macs: Markup? {
    amounts("MACs of each layer", result.layers.map { ($0.name, $0.macs) })
  }

  private func amounts(
    _ title: String, _ layers: [(name: String, change: RunResult.Change<Int>)]
  ) -> Markup? {
    guard !layers.isEmpty else { return nil }
    let chart = BarChart(
      title: title,
      bars: layers.map { name, change in
        BarChart.Bar(
          name: name, value: Double(change.after), total: Double(change.before),
          text: "\(Format.count(change.before)) → \(Format.count(change.after))")
      }, label: { Format.trimmed(Format.count(Int($0.rounded()))) })
    return Figure(
      title: title, keys: [("before", "before"), ("after", "after")], drawings: chart.panels
    ).markup
  }

  private var table: HTMLTable {
    let rows = result.layers.map { layer -> [Markup] in
      let cells = [
        layer.name, layer.op, Format.integer(layer.parameters.before),
        Format.integer(layer.parameters.after), Format.integer(layer.macs.before),
        Format.integer(layer.macs.after), Format.percent(layer.sparsity),
      ]
      return cells.map { .text($0) }
    }
    return HTMLTable(
      caption: "Layers with weights",
      columns: [
        "Layer", "Operator", "Parameters before", "after", "MACs before", "after", "Sparsity",
      ], wordColumns: [0, 1], rows: rows)
  }
}
