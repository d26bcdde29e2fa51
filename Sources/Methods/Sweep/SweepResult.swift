// What a sweep found out: for each entry and combination of values the figures over the seeds.

import Foundation

/// What a sweep found out.
public struct SweepResult: Codable, Sendable {
  /// The runs of one entry with the same values, over the seeds.
  public struct Point: Codable, Sendable {
    public var id: String
    public var title: String
    public var values: [Sweep.Value]
    /// The seeds whose runs are done.
    public var seeds: [UInt64]
    /// Figures by name, as `ReportedFigure` names them, and `seconds`.
    public var figures: [String: StoredEvidence.Spread]
  }

  public var id: String
  public var title: String
  /// The points that have at least one run that is done, in the order of the file.
  public var points: [Point]

  /// Gathers the results of `sweep`; runs without one are left out.
  public init(_ sweep: Sweep, _ result: (Sweep.Trial) -> RunResult?) {
    id = sweep.id
    title = sweep.title
    var points: [Point] = []
    var figures: [[String: [Double]]] = []
    for trial in sweep.runs {
      guard let result = result(trial) else { continue }
      if points.last?.id != trial.id || points.last?.values != trial.values {
        points.append(
          Point(id: trial.id, title: trial.title, values: trial.values, seeds: [], figures: [:]))
        figures.append([:])
      }
      points[points.count - 1].seeds.append(trial.seed)
      for (name, value) in result.figures {
        figures[figures.count - 1][name, default: []].append(value)
      }
    }
    for index in points.indices {
      let count = points[index].seeds.count
      points[index].figures = figures[index].filter { $0.value.count == count }
        .mapValues(StoredEvidence.Spread.init)
    }
    self.points = points
  }
}

extension RunResult {
  /// The figures of the run by the names that ``ReportedFigure`` knows, and `seconds`.
  public var figures: [String: Double] {
    var figures = ["sparsity": sparsity.after, "seconds": tasks.reduce(0) { $0 + $1.seconds }]
    if let accuracy {
      figures["accuracy"] = accuracy.after
      figures["error"] = 1 - accuracy.after
    }
    for (name, change) in [("params", params), ("macs", macs), ("bytes", bytes)]
    where change.before > 0 {
      figures[name] = Double(change.after) / Double(change.before)
    }
    if sparsity.after < 1 { figures["compression"] = 1 / (1 - sparsity.after) }
    for task in tasks { figures.merge(task.measures ?? [:]) { $1 } }
    return figures
  }
}

extension StoredEvidence.Spread {
  /// The mean and the sample's standard deviation of at least one value.
  init(_ values: [Double]) {
    let mean = values.reduce(0, +) / Double(max(values.count, 1))
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    self.init(
      mean: mean,
      deviation: values.count < 2 ? 0 : (squares / Double(values.count - 1)).squareRoot())
  }
}
