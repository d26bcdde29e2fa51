// A sweep's results as a table for the terminal, a document and a picture.

import Foundation
import Methods
import Reporting

/// A sweep's results as a table for the terminal, a document and a picture.
struct SweepDocument {
  let sweep: Sweep
  let result: SweepResult

  /// Every point in a line.
  var table: TextTable {
    let compressed = result.points.contains { ($0.figures["params"]?.mean ?? 1) < 1 }
    var table = TextTable(
      [.left("run"), .left("values"), .right("runs"), .right("zero weights")]
        + (compressed ? [.right("parameters"), .right("MACs")] : [])
        + [.right("accuracy"), .right("±"), .right("seconds")])
    for point in result.points {
      func mean(_ name: String, _ format: (Double) -> String) -> String {
        point.figures[name].map { format($0.mean) } ?? ""
      }
      table.add(
        [
          point.title, Self.words(point.values), "\(point.seeds.count)",
          mean("sparsity") { Format.percent($0) },
        ]
          + (compressed
            ? [mean("params") { Format.percent($0) }, mean("macs") { Format.percent($0) }] : [])
          + [
            mean("accuracy") { Format.percent($0) },
            point.figures["accuracy"].map { Format.decimal($0.deviation * 100, digits: 2) } ?? "",
            mean("seconds") { Format.decimal($0, digits: 0) },
          ])
    }
    return table
  }

  /// Accuracy against what is kept.
  var chart: ErrorBarChart {
    var series: [(id: String, value: ErrorBarChart.Series)] = []
    for point in result.points {
      guard let accuracy = point.figures["accuracy"], let kept = kept(point) else { continue }
      let place = ErrorBarChart.Point(
        kept: kept, accuracy: accuracy.mean, deviation: accuracy.deviation)
      if series.last?.id == point.id {
        series[series.count - 1].value = ErrorBarChart.Series(
          name: point.title, points: series[series.count - 1].value.points + [place])
      } else {
        series.append((point.id, ErrorBarChart.Series(name: point.title, points: [place])))
      }
    }
    return ErrorBarChart(title: sweep.title, quantity: quantity, series: series.map(\.value))
  }

  private var quantity: String {
    switch sweep.axis {
    case .weights: "weights"
    case .macs: "MACs"
    }
  }

  /// The fraction of the weights that is neither cut nor zero, or of the MACs.
  private func kept(_ point: SweepResult.Point) -> Double? {
    switch sweep.axis {
    case .weights:
      point.figures["sparsity"].map { (1 - $0.mean) * (point.figures["params"]?.mean ?? 1) }
    case .macs: point.figures["macs"]?.mean
    }
  }

  /// A page with the picture, the table by the values of the first variable, and the command.
  func markdown(command: String, picture: String?) -> String {
    var lines = ["# \(sweep.title)", ""]
    let about = sweep.about.split(separator: "\n").joined(separator: "\n")
    if !about.isEmpty { lines += [about, ""] }
    if let picture { lines += ["![\(sweep.title)](\(picture))", ""] }
    let (shared, others) = rows
    if let variable = sweep.vary.first, !shared.isEmpty {
      lines += [
        "| \(variable.name) | " + variable.values.joined(separator: " | ") + " | seconds |",
        "| --- |" + variable.values.map { _ in " ---: |" }.joined() + " ---: |",
      ]
      for row in shared {
        lines.append(
          "| \(row.title) | " + row.cells.joined(separator: " | ")
            + " | \(Format.decimal(row.seconds / Double(max(row.runs, 1)), digits: 0)) |")
      }
      lines.append("")
    }
    if !others.isEmpty {
      lines += ["| run | values | \(quantity) kept | accuracy |", "| --- | --- | ---: | ---: |"]
      for point in others {
        lines.append(
          "| \(point.title) | \(Self.words(point.values)) | "
            + "\(kept(point).map { Format.percent($0) } ?? "") | \(Self.cell(point)) |")
      }
      lines.append("")
    }
    let seconds = result.points.reduce(0) { $0 + Self.seconds($1) }
    lines += [
      "Accuracy on the test set in percent, mean and standard deviation over the seeds "
        + "\(sweep.seeds.map { "\($0)" }.joined(separator: ", ")); "
        + "\(Format.duration(seconds)) of computing; seconds are a run's by the clock, beside whatever else "
        + "the machine did. Made by `\(command)`."
    ]
    return lines.joined(separator: "\n") + "\n"
  }

  /// An entry that varies what all vary: a cell a value, and what all its runs took.
  private struct Row {
    let id: String
    let title: String
    var cells: [String]
    var runs = 0
    var seconds = 0.0
  }

  /// The entries that vary what all vary, and the points of all others.
  private var rows: (shared: [Row], others: [SweepResult.Point]) {
    guard let variable = sweep.vary.first else { return ([], result.points) }
    var shared: [Row] = []
    var others: [SweepResult.Point] = []
    for point in result.points {
      guard point.values.count == 1, let value = point.values.first, value.name == variable.name,
        let column = variable.values.firstIndex(of: value.value)
      else {
        others.append(point)
        continue
      }
      if shared.last?.id != point.id {
        shared.append(
          Row(id: point.id, title: point.title, cells: variable.values.map { _ in "" }))
      }
      shared[shared.count - 1].cells[column] = Self.cell(point)
      shared[shared.count - 1].runs += point.seeds.count
      shared[shared.count - 1].seconds += Self.seconds(point)
    }
    return (shared, others)
  }

  /// What all runs of a point took.
  private static func seconds(_ point: SweepResult.Point) -> Double {
    (point.figures["seconds"]?.mean ?? 0) * Double(point.seeds.count)
  }

  private static func cell(_ point: SweepResult.Point) -> String {
    point.figures["accuracy"].map {
      "\(Format.decimal($0.mean * 100, digits: 2)) ± \(Format.decimal($0.deviation * 100, digits: 2))"
    } ?? ""
  }

  private static func words(_ values: [Sweep.Value]) -> String {
    values.map { "\($0.name) \($0.value)" }.joined(separator: ", ")
  }
}
