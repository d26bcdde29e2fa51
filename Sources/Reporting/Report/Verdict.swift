// The run in one sentence.

import Methods

/// The run in one sentence: what became smaller and faster, and what it cost.
struct Verdict {
  private let result: RunResult

  init(_ result: RunResult) {
    self.result = result
  }

  /// `LeNet-5 on MNIST: 12× fewer MACs, ..., accuracy 99.08 % → 98.95 %.`
  var sentence: String {
    let clauses = isPruned ? changes : facts
    return "\(subject): \(clauses.joined(separator: ", "))."
  }

  /// `LeNet-5 on MNIST`.
  var subject: String {
    result.data.isEmpty
      ? DisplayName.of(result.network)
      : "\(DisplayName.of(result.network)) on \(DisplayName.of(result.data))"
  }

  /// True if anything left the model.
  var isPruned: Bool {
    result.params.before != result.params.after || result.macs.before != result.macs.after
      || result.sparsity.before != result.sparsity.after
  }

  private var changes: [String] {
    var clauses: [String] = []
    let macs = Comparison(result.macs.before, result.macs.after)
    let parameters = Comparison(result.params.before, result.params.after)
    if macs.isSame && parameters.isSame {
      clauses.append("\(Format.percent(result.sparsity.after, digits: 1)) of the weights are zero")
      clauses.append("the same MACs")
    } else {
      clauses.append(Self.clause(macs, "MACs"))
      clauses.append(Self.clause(parameters, "parameters"))
    }
    if let latency = result.latency {
      let comparison = Comparison(latency.before, latency.after)
      let words = comparison.isSame ? "as fast" : comparison.words(less: "faster", more: "slower")
      clauses.append(
        "\(words) in \(DisplayName.of(latency.runtime)) at batch \(latency.batch)")
    }
    if let accuracy = result.accuracy {
      clauses.append(
        "accuracy \(Format.percent(accuracy.before)) → \(Format.percent(accuracy.after))")
    }
    return clauses
  }

  private static func clause(_ comparison: Comparison, _ name: String) -> String {
    comparison.after == 0 && !comparison.isSame
      ? "no \(name) left" : "\(comparison.words(less: "fewer", more: "more")) \(name)"
  }

  /// What is there to say where nothing was pruned.
  private var facts: [String] {
    var clauses: [String] = []
    if let accuracy = result.accuracy {
      clauses.append("accuracy \(Format.percent(accuracy.after))")
    }
    clauses.append("\(Format.count(result.params.after)) parameters")
    clauses.append("\(Format.count(result.macs.after)) MACs")
    if let latency = result.latency {
      clauses.append(
        "\(Format.milliseconds(latency.after)) in \(DisplayName.of(latency.runtime)) "
          + "at batch \(latency.batch)")
    }
    let zeros = result.sparsity.after
    return clauses
      + [zeros > 0 ? "\(Format.percent(zeros)) of the weights are zero" : "nothing was pruned"]
  }
}
