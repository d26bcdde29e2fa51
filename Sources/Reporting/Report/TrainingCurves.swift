// From the lines of metrics to curves over the epochs of all tasks.

import Foundation
import Methods

/// From the lines of metrics to curves over the epochs of all tasks, one task after the other.
struct TrainingCurves {
  /// What is drawn of a line of metrics.
  enum Quantity {
    case loss
    case accuracy
  }

  /// The tasks along the axis of epochs.
  let spans: [LineChart.Span]
  private let lines: [Int: [MetricsLine]]
  private let tasks: [RunResult.Task]

  /// The most points of a curve; more can't be told apart on paper.
  static let mostPoints = 300

  init(metrics: [MetricsLine], tasks: [RunResult.Task]) {
    let lines = Dictionary(grouping: metrics.filter { $0.epoch.isFinite }, by: \.taskIndex)
    let indices = Set(lines.keys).union(tasks.indices).sorted()
    var start = 0.0
    self.spans = indices.map { index in
      let length = max(0, lines[index]?.map(\.epoch).max() ?? 0)
      let name =
        tasks.indices.contains(index)
        ? tasks[index].title : lines[index]?.first?.task ?? ""
      defer { start += length }
      return LineChart.Span(
        name: name, shortName: "\(index + 1)", start: start, end: start + length)
    }
    self.lines = Dictionary(
      uniqueKeysWithValues: zip(indices, indices.map { Self.sorted(lines[$0] ?? []) }))
    self.tasks = tasks
  }

  /// True if there is anything to draw.
  var isEmpty: Bool { lines.values.allSatisfy(\.isEmpty) }

  /// The curve on the training set: means over neighbouring steps, a piece a task.
  func training(_ quantity: Quantity) -> [[LineChart.Point]] {
    let total = spans.last?.end ?? 0
    return zip(lines.keys.sorted(), spans).map { index, span in
      let lines = lines[index] ?? []
      let steps = lines.filter { $0.kind == "step" }
      var points = (steps.isEmpty ? lines : steps).compactMap { line -> LineChart.Point? in
        let value = quantity == .loss ? line.loss : line.accuracy
        guard let value, value.isFinite else { return nil }
        return LineChart.Point(line.epoch, value)
      }
      if !steps.isEmpty { points = Self.separated(points) }
      points = points.map { LineChart.Point(span.start + $0.x, $0.y) }
      let share = total > 0 ? (span.end - span.start) / total : 1
      return Self.thinned(points, to: max(2, Int(Double(Self.mostPoints) * share)))
    }
  }

  /// The curve on the test set: a point an epoch, and one for each task that did not train.
  func test(_ quantity: Quantity) -> [[LineChart.Point]] {
    zip(lines.keys.sorted(), spans).map { index, span in
      let points = (lines[index] ?? []).compactMap { line -> LineChart.Point? in
        let value = quantity == .loss ? line.testLoss : line.testAccuracy
        return value.map { LineChart.Point(span.start + line.epoch, $0) }
      }
      guard points.isEmpty, tasks.indices.contains(index) else { return points }
      let value = quantity == .loss ? tasks[index].loss : tasks[index].accuracy
      return value.map { [LineChart.Point(span.end, $0)] } ?? []
    }
  }

  /// In the order of time; where a resumed run wrote a moment twice, the later line counts.
  private static func sorted(_ lines: [MetricsLine]) -> [MetricsLine] {
    struct Moment: Hashable {
      var kind: String
      var epoch: Double
    }
    var last: [Moment: Int] = [:]
    for (index, line) in lines.enumerated() {
      last[Moment(kind: line.kind, epoch: line.epoch)] = index
    }
    return last.values.sorted { (lines[$0].epoch, $0) < (lines[$1].epoch, $1) }.map { lines[$0] }
  }

  /// From means since the epoch began to means since the line before, so that no curve jumps where
  /// an epoch begins: over the shares `t` of the epoch, `(t₂ m₂ − t₁ m₁) / (t₂ − t₁)`.
  static func separated(_ points: [LineChart.Point]) -> [LineChart.Point] {
    var last = (start: -1.0, share: 0.0, mean: 0.0)
    return points.map { point in
      let start = max(0, point.x.rounded(.up) - 1)
      let share = point.x - start
      if last.start != start { last = (start, 0, 0) }
      defer { last = (start, share, point.y) }
      guard share > last.share else { return point }
      let mean = (share * point.y - last.share * last.mean) / (share - last.share)
      return LineChart.Point(point.x, mean)
    }
  }

  /// At most `count` points, each the mean of its neighbours.
  static func thinned(_ points: [LineChart.Point], to count: Int) -> [LineChart.Point] {
    guard points.count > count, count > 0 else { return points }
    return (0..<count).map { index in
      let part = points[(index * points.count / count)..<((index + 1) * points.count / count)]
      let weight = 1 / Double(part.count)
      return LineChart.Point(
        part.reduce(0) { $0 + $1.x * weight }, part.reduce(0) { $0 + $1.y * weight })
    }
  }
}
