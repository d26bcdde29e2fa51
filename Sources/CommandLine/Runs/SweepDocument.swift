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
        + [.right("accuracy"), .right("±")])
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
          ])
    }
    return table
  }

  /// Accuracy against the weights kept.
  var chart: ErrorBarChart {
    var series: [(id: String, value: ErrorBarChart.Series)] = []
    for point in result.points {
      guard let accuracy = point.figures["accuracy"], let kept = Self.kept(point) else { continue }
      let place = ErrorBarChart.Point(
        kept: kept, accuracy: accuracy.mean, deviation: accuracy.deviation)
      if series.last?.id == point.id {
        series[series.count - 1].value = ErrorBarChart.Series(
          name: point.title, points: series[series.count - 1].value.points + [place])
      } else {
        series.append((point.id, ErrorBarChart.Series(name: point.title, points: [place])))
      }
    }
    return ErrorBarChart(title: sweep.title, series: series.map(\.value))
  }

  /// The fraction of weights that is neither cut nor zero.
  private static func kept(_ point: SweepResult.Point) -> Double? {
    point.figures["sparsity"].map { (1 - $0.mean) * (point.figures["params"]?.mean ?? 1) }
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
        "| \(variable.name) | " + variable.values.joined(separator: " | ") + " |",
        "| --- |" + variable.values.map { _ in " ---: |" }.joined(),
      ]
      for (title, cells) in shared {
        lines.append("| \(title) | " + cells.joined(separator: " | ") + " |")
      }
      lines.append("")
    }
    if !others.isEmpty {
      lines += ["| run | values | weights kept | accuracy |", "| --- | --- | ---: | ---: |"]
      for point in others {
        lines.append(
          "| \(point.title) | \(Self.words(point.values)) | "
            + "\(Self.kept(point).map { Format.percent($0) } ?? "") | \(Self.cell(point)) |")
      }
      lines.append("")
    }
    let seconds = result.points.reduce(0) {
      $0 + ($1.figures["seconds"]?.mean ?? 0) * Double($1.seeds.count)
    }
    lines += [
      "Accuracy on the test set in percent, mean and standard deviation over the seeds "
        + "\(sweep.seeds.map { "\($0)" }.joined(separator: ", ")); "
        + "\(Format.duration(seconds)) of computing. Made by `\(command)`."
    ]
    return lines.joined(separator: "\n") + "\n"
  }

  /// The entries that vary what all vary, a cell a value; and the points of all others.
  private var rows: (shared: [(title: String, cells: [String])], others: [SweepResult.Point]) {
    guard let variable = sweep.vary.first else { return ([], result.points) }
    var shared: [(id: String, title: String, cells: [String])] = []
    var others: [SweepResult.Point] = []
    for point in result.points {
      guard point.values.count == 1, let value = point.values.first, value.name == variable.name,
        let column = variable.values.firstIndex(of: value.value)
      else {
        others.append(point)
        continue
      }
      if shared.last?.id != point.id {
        shared.append((point.id, point.title, variable.values.map { _ in "" }))
      }
      shared[shared.count - 1].cells[column] = Self.cell(point)
    }
    return (shared.map { ($0.title, $0.cells) }, others)
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
