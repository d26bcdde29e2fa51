// Why the result can be trusted: the cuts checked, the files checked, what was left alone.

import Methods

/// Why the result can be trusted: the cuts checked, the files checked, what was left alone.
struct ProofSection {
  var result: RunResult

  /// The largest difference in relation to the outputs' size that counts as agreement.
  static let tolerance = 1e-5

  var markup: Markup {
    Page.section("Proof", [equivalence, verifications, barriers, notes])
  }

  private var equivalence: Markup {
    guard let check = result.equivalence else {
      return Markup("p", [:], "Nothing was cut, so there is no cut to check.")
    }
    let words =
      Self.agrees(check)
      ? "The cut model computes what the masked model computes"
      : "The cut model differs from the masked model"
    return Markup(
      "p", [:],
      [
        Self.mark(check),
        .text(
          " \(words): the largest difference is \(Format.significant(check.maxAbsDiff, digits: 2)) "
            + "on outputs as large as \(Format.significant(check.scale, digits: 2))"
            + (check.runtime.isEmpty ? "." : " (\(check.runtime)).")),
      ])
  }

  private var verifications: Markup {
    guard !result.verifications.isEmpty else {
      return Markup(
        "p", [:], "No written file was compared with the model in memory in this run.")
    }
    let rows = result.verifications.map { check -> [Markup] in
      [
        .text(check.file), .text(DisplayName.of(check.runtime)),
        .text(Format.significant(check.maxAbsDiff, digits: 2)),
        .text(Format.significant(check.scale, digits: 2)),
        .text(Self.relative(check).map { Format.significant($0, digits: 2) } ?? "–"),
        Self.mark(check),
      ]
    }
    return HTMLTable(
      caption: "Every file written, run again and compared with the model in memory",
      columns: [
        "File", "Runtime", "Largest difference", "Largest output", "Relative", "Verdict",
      ], wordColumns: [0, 1, 5], rows: rows
    ).markup
  }

  private var barriers: Markup {
    guard !result.barriers.isEmpty else {
      return Markup("p", [:], "Barriers: none. No operator had to be left alone.")
    }
    let rows = result.barriers.map { barrier -> [Markup] in
      [.text(barrier.node), .text(barrier.reason)]
    }
    return HTMLTable(
      caption: "Barriers: nodes that had to be left alone", columns: ["Node", "Reason"],
      wordColumns: [0, 1], rows: rows
    ).markup
  }

  private var notes: Markup {
    guard let notes = result.notes, !notes.isEmpty else { return .nothing }
    return .group([
      Markup("p", [:], "Noted in the run:"),
      Markup("ul", [:], notes.map { Markup("li", [:], $0) }),
    ])
  }

  /// The largest difference over the outputs' scale; `nil` where that is no number.
  static func relative(_ check: RunResult.Verification) -> Double? {
    guard check.maxAbsDiff.isFinite, check.scale.isFinite else { return nil }
    if check.maxAbsDiff == 0 { return 0 }
    return check.scale > 0 ? check.maxAbsDiff / check.scale : nil
  }

  static func agrees(_ check: RunResult.Verification) -> Bool {
    relative(check).map { $0 <= tolerance } ?? false
  }

  private static func mark(_ check: RunResult.Verification) -> Markup {
    agrees(check)
      ? Markup("span", ["class": "good"], "✓ agrees")
      : Markup("span", ["class": "bad"], "✗ differs")
  }
}
