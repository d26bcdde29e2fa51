// The page as a whole: head, title, sections in the order a reader wants them.

import Foundation
import Methods

/// The page as a whole: head, title, sections in the order a reader wants them.
struct Page {
  var report: Report

  var markup: Markup {
    let result = report.result
    let verdict = Verdict(result)
    let head = Markup(
      "head", [:],
      [
        Markup("meta", ["charset": "utf-8"]),
        Markup("meta", ["name": "viewport", "content": "width=device-width, initial-scale=1"]),
        Markup("meta", ["name": "color-scheme", "content": "light dark"]),
        Markup(
          "meta",
          [
            "http-equiv": "Content-Security-Policy",
            "content": "default-src 'none'; style-src 'unsafe-inline'",
          ]),
        Markup("meta", ["name": "description", "content": verdict.sentence]),
        Markup("meta", ["name": "generator", "content": "Bonsai \(result.version)"]),
        Markup("title", [:], "\(result.title) · Bonsai"),
        Markup("style", [:], StyleSheet.text),
      ])
    let header = Markup(
      "header", [:],
      [
        Logo.markup,
        Markup(
          "div", [:],
          [
            Markup("p", ["class": "kicker"], "Bonsai \(result.version) · pruning report"),
            Markup("h1", [:], result.title),
          ]),
        Markup("p", ["class": "verdict"], Self.unbroken(verdict.sentence)),
        result.about.isEmpty ? .nothing : Markup("p", ["class": "about"], result.about),
      ])
    let main = Markup(
      "main", [:],
      [
        SummarySection(result: result).markup,
        LatencySection(result: result).markup,
        CurvesSection(report: report).markup,
        LayersSection(result: result).markup,
        TasksSection(result: result).markup,
        ProofSection(result: result).markup,
        OriginSection(report: report).markup,
      ])
    let footer = Markup(
      "footer", [:], "Made by Bonsai \(result.version). This file needs no other file.")
    return Markup(
      "html", ["lang": "en"],
      [head, Markup("body", [:], [header, main, footer])])
  }

  /// Numbers stay with their units, and both sides of an arrow together.
  private static func unbroken(_ sentence: String) -> String {
    [" %", " → ", " k ", " M ", " ms "].reduce(sentence) { text, part in
      let held = part == " → " ? "\u{A0}→\u{A0}" : "\u{A0}" + part.dropFirst()
      return text.replacingOccurrences(of: part, with: held)
    }
  }

  /// A section with its title; the sections' common frame.
  static func section(_ title: String, _ children: [Markup]) -> Markup {
    let name = title.lowercased().split(separator: " ").joined(separator: "-")
    return Markup(
      "section", ["aria-labelledby": name], [Markup("h2", ["id": name], title)] + children)
  }
}

/// A small tree in a pot.
enum Logo {
  static let markup = Markup(
    "svg", ["class": "logo", "viewBox": "0 0 64 64", "aria-hidden": "true"],
    [
      Markup(
        "path",
        [
          "class": "leaf",
          "d": "M8 27a10 7 0 0 1 9-9a13 9 0 0 1 24-6a11 8 0 0 1 15 12a9 6 0 0 1-4 9h-14"
            + "a9 6 0 0 1-12-1h-12a8 6 0 0 1-6-5z",
        ]),
      Markup("path", ["class": "trunk", "d": "M38 30c1 7-8 8-6 18M22 29c3 6 9 6 11 9"]),
      Markup("path", ["class": "pot", "d": "M14 48h36l-4 10h-28z"]),
    ])
}
