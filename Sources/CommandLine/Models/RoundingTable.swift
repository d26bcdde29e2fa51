// What --round-to auto measured, as tables: the time of layers by width, and the steps considered.

import Methods
import Reporting
import Runtimes

/// What `--round-to auto` measured, as tables.
enum RoundingTable {
  /// Prints the times of each pair of layers, the steps considered, and the choice.
  static func print(_ found: MeasuredStep) {
    for layer in found.step.layers {
      Swift.print("'\(layer.group)', \(layer.layers.joined(separator: ", then "))")
      var table = TextTable([
        .right("units"), .right("time"), .right("of the widest"), .right("95 % interval"),
        .right("in proportion"),
      ])
      let widest = layer.widths.first?.units ?? 0
      for width in layer.widths {
        table.add([
          Format.integer(width.units), Format.milliseconds(width.milliseconds),
          Format.percent(width.ratio, digits: 1),
          "\(Format.percent(width.lower, digits: 1)) to \(Format.percent(width.upper, digits: 1))",
          layer.unitSaving.map {
            Format.percent(1 - $0 * Double(widest - width.units), digits: 1)
          } ?? "",
        ])
      }
      Swift.print(table)
      Swift.print()
    }
    if !found.step.candidates.isEmpty {
      var table = TextTable([
        .right("step"), .right("saved before it"), .right("within"), .left(""),
      ])
      for candidate in found.step.candidates {
        table.add([
          Format.integer(candidate.step), Format.percent(candidate.share, digits: 0),
          Format.percent(candidate.error, digits: 0),
          candidate.step == found.step.units ? "taken" : candidate.holds ? "holds" : "",
        ])
      }
      Swift.print(table)
    }
    Swift.print("--round-to auto takes \(found.summary)")
    Swift.print()
  }
}
