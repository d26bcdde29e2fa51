// How training went: loss and accuracy over the epochs of all tasks.

import Methods

/// How training went: loss and accuracy over the epochs of all tasks.
struct CurvesSection {
  var report: Report

  var markup: Markup {
    let curves = TrainingCurves(metrics: report.metrics, tasks: report.result.tasks)
    guard !curves.isEmpty else {
      return Page.section(
        "Training", [Markup("p", ["class": "note"], "Nothing was trained in this run.")])
    }
    let figures = [figure(curves, .loss), figure(curves, .accuracy)].compactMap(\.self)
    return Page.section("Training", [Markup("div", ["class": "pair"], figures)])
  }

  private func figure(_ curves: TrainingCurves, _ quantity: TrainingCurves.Quantity) -> Markup? {
    let training = curves.training(quantity)
    let test = curves.test(quantity)
    let series = [
      LineChart.Series(name: "training", style: "train", isDotted: false, pieces: training),
      LineChart.Series(name: "test", style: "test", isDotted: true, pieces: test),
    ].filter { !$0.pieces.isEmpty }
    guard !series.isEmpty else { return nil }
    let trainingValues = training.joined().map(\.y)
    let testValues = test.joined().map(\.y)
    let axis: Scale
    let label: @Sendable (Double) -> String
    switch quantity {
    case .loss:
      axis = Self.lossAxis(trainingValues + testValues)
      label = { Format.trimmed(Format.significant($0, digits: 3)) }
    case .accuracy:
      axis = Self.accuracyAxis(training: trainingValues, test: testValues)
      let digits = max(0, min(2, axis.decimals - 2))
      label = { Format.percent($0, digits: digits) }
    }
    let chart = LineChart(
      title: quantity == .loss ? "Loss" : "Accuracy", xTitle: "epochs of all tasks",
      series: series, spans: curves.spans, yScale: axis, yLabel: label)
    var notes: [String] = []
    if curves.spans.count > 1 { notes.append("Numbers above the curves: the tasks below.") }
    if axis.isLogarithmic { notes.append("The axis is logarithmic.") }
    if (trainingValues + testValues).contains(where: { axis.position(of: $0) < -1e-6 }) {
      notes.append("The first steps are below the axis.")
    }
    return Figure(
      title: chart.title, note: notes.joined(separator: " "),
      keys: series.map { ($0.style, $0.name) }, drawings: [chart.markup]
    ).markup
  }

  /// Logarithmic where the loss spans more than a decade.
  static func lossAxis(_ values: [Double]) -> Scale {
    let positive = values.filter { $0 > 0 }
    if let least = positive.min(), let most = positive.max(), positive.count == values.count,
      most > 10 * least
    {
      return .logarithmic(values)
    }
    return .linear(values + [0])
  }

  /// From where most of the curve lies, so that tenths of a percent can be seen, and never beyond
  /// what an accuracy can be.
  static func accuracyAxis(training: [Double], test: [Double]) -> Scale {
    let sorted = training.sorted()
    let typical = sorted.isEmpty ? [] : [sorted[sorted.count / 8], sorted[sorted.count - 1]]
    let scale = Scale.linear(typical + test)
    let limit = [max(0, scale.lower), min(1, scale.upper)]
    return limit[0] < limit[1] ? .linear(limit, isTight: true) : scale
  }
}
