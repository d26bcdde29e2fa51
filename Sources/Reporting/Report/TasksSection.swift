// What the run did, task by task, and how long each took.

import Methods

/// What the run did, task by task, and how long each took.
struct TasksSection {
  var result: RunResult

  var markup: Markup {
    guard !result.tasks.isEmpty else {
      return Page.section("Tasks", [Markup("p", ["class": "note"], "The run had no tasks.")])
    }
    let rows = result.tasks.enumerated().map { index, task -> [Markup] in
      let cells = [
        "\(index + 1). \(task.title)", Format.duration(task.seconds),
        task.accuracy.map { Format.percent($0) } ?? "–",
        task.loss.map { Format.decimal($0, digits: 4) } ?? "–", Format.integer(task.params),
        Format.integer(task.macs),
      ]
      return cells.map { .text($0) }
    }
    let total = result.tasks.reduce(0) { $0 + $1.seconds }
    let table = HTMLTable(
      caption: "Tasks in their order, with the model after each; \(Format.duration(total)) in all",
      columns: ["Task", "Time", "Accuracy", "Loss", "Parameters", "MACs"], rows: rows)
    return Page.section("Tasks", [table.markup])
  }
}
