// The report of a run: one HTML file that stands alone.

import Data
import Foundation
import Methods

/// The report of a run: one HTML file that stands alone.
///
/// It needs no other file, no script and no network, prints on paper, and follows the reader's choice
/// of light or dark. The same run gives the same bytes.
///
/// ```swift
/// let report = try Report(runFolder: "runs/lenet")
/// print(report.verdict)
/// try report.write(to: "runs/lenet/report.html")
/// ```
public struct Report: Sendable {
  /// What the run found out.
  public let result: RunResult
  /// How training went, in the order of the file.
  public let metrics: [MetricsLine]
  /// The recipe as it was run, in YAML.
  public let recipe: String

  /// Reads the folder of a run: `result.json`, `recipe.yaml`, and `metrics.jsonl` where the run
  /// trained.
  ///
  /// - Throws: ``ReportError`` that names the file and the place in it.
  public init(runFolder: String) throws(ReportError) {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: runFolder, isDirectory: &isFolder),
      isFolder.boolValue
    else { throw .notARun(folder: runFolder) }
    let path = { (name: String) in
      runFolder.hasSuffix("/") ? runFolder + name : "\(runFolder)/\(name)"
    }
    let result: RunResult = try Self.decode(
      try Self.read(path("result.json"), content: "what the run found out"),
      path: path("result.json"), line: nil)
    var metrics: [MetricsLine] = []
    if FileManager.default.fileExists(atPath: path("metrics.jsonl")) {
      let bytes = try Self.read(path("metrics.jsonl"), content: "how training went")
      metrics = try Self.lines(of: bytes, path: path("metrics.jsonl"))
    }
    let recipe = try Self.read(path("recipe.yaml"), content: "the recipe that was run")
    guard let text = String(bytes: recipe, encoding: .utf8) else {
      throw .damaged(
        path: path("recipe.yaml"), place: "an unknown place", reason: "it is not text in UTF-8")
    }
    self.init(result: result, metrics: metrics, recipe: text)
  }

  /// A report of what is at hand.
  public init(result: RunResult, metrics: [MetricsLine], recipe: String) {
    self.result = result
    self.metrics = metrics
    self.recipe = recipe
  }

  /// The run in one sentence.
  public var verdict: String { Verdict(result).sentence }

  /// The whole page.
  public func html() -> String {
    "<!DOCTYPE html>\n" + Page(report: self).markup.rendered
  }

  /// Writes the page atomically: either the whole file is there afterwards or nothing has changed.
  ///
  /// - Throws: ``ReportError/unwritable(path:reason:)``.
  public func write(to path: String) throws(ReportError) {
    do {
      try FileBytes.write(Array(html().utf8), to: path)
    } catch .unwritable(_, let reason) {
      throw .unwritable(path: path, reason: reason)
    } catch {
      throw .unwritable(path: path, reason: "\(error)")
    }
  }

  private static func read(_ path: String, content: String) throws(ReportError) -> [UInt8] {
    guard FileManager.default.fileExists(atPath: path) else {
      throw .missing(path: path, content: content)
    }
    do {
      return try FileBytes.read(path)
    } catch .unreadable(_, let reason) {
      throw .unreadable(path: path, reason: reason)
    } catch {
      throw .unreadable(path: path, reason: "\(error)")
    }
  }

  /// One object a line; empty lines are allowed.
  private static func lines(
    of bytes: [UInt8], path: String
  ) throws(ReportError) -> [MetricsLine] {
    var lines: [MetricsLine] = []
    let newline = UInt8(ascii: "\n")
    for (index, line) in bytes.split(separator: newline, omittingEmptySubsequences: false)
      .enumerated()
    where line.contains(where: { $0 > 0x20 }) {
      lines.append(try decode(Array(line), path: path, line: index + 1))
    }
    return lines
  }

  private static func decode<Value: Decodable>(
    _ bytes: [UInt8], path: String, line: Int?
  ) throws(ReportError) -> Value {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    do {
      return try decoder.decode(Value.self, from: Foundation.Data(bytes))
    } catch {
      let (place, reason) = explain(error)
      let location = [line.map { "line \($0)" }, place].compactMap(\.self).joined(separator: ", ")
      throw .damaged(
        path: path, place: location.isEmpty ? "its beginning" : location, reason: reason)
    }
  }

  /// The place in the JSON, such as `layers[3].macs`, and what is wrong there.
  private static func explain(_ error: any Error) -> (place: String?, reason: String) {
    func place(_ path: [any CodingKey], _ last: (any CodingKey)? = nil) -> String? {
      var text = ""
      for key in path + [last].compactMap(\.self) {
        if let index = key.intValue {
          text += "[\(index)]"
        } else {
          text += (text.isEmpty ? "" : ".") + key.stringValue
        }
      }
      return text.isEmpty ? nil : "'\(text)'"
    }
    switch error {
    case DecodingError.keyNotFound(let key, let context):
      return (place(context.codingPath, key), "it is missing")
    case DecodingError.valueNotFound(let type, let context):
      return (place(context.codingPath), "it should be a value of type \(type), it is null")
    case DecodingError.typeMismatch(let type, let context):
      return (place(context.codingPath), "it should be a value of type \(type)")
    case DecodingError.dataCorrupted(let context):
      return (place(context.codingPath), "it is not valid JSON (\(context.debugDescription))")
    default:
      return (nil, "\(error)")
    }
  }
}
