// Operators whose attributes are graphs: a choice between two, and two kinds of loop.

import Network
import OrderedCollections
import Torch

/// A graph in a node's attribute, ready to be run with what it takes from the graphs around it.
struct Subgraph {
  private let model: Model
  private let inputs: [String]
  private let outputs: [String]
  /// The captured values, each with the place where the node finds it among its own inputs.
  private let captures: [(name: String, place: Int)]

  /// Prepares the graph in the attribute `key`.
  ///
  /// A node's inputs are followed by what its subgraphs capture (``Node/uses``).
  init(_ site: Site, _ key: String) throws(ExecutionError) {
    guard case .graph(var graph) = site.node.attributes[key] else {
      throw site.invalid("the attribute '\(key)' holds no graph")
    }
    inputs = graph.inputs.map(\.name)
    outputs = graph.outputs.map(\.name)
    let uses = site.node.uses
    let captured = graph.captures
    captures = captured.compactMap { name in
      uses[site.node.inputs.count...].firstIndex(of: name).map { (name, $0) }
    }
    // Shapes may change from one round to the next; the operators check them.
    graph.inputs = (inputs + captured).map { ValueInfo($0, nil) }
    for (name, initializer) in graph.initializers {
      graph.initializers[name] = Initializer(initializer.tensor, role: .constant)
    }
    model = try Model(graph, device: site.device, type: site.type)
  }

  /// The outputs for the given `values`, in the graph's order.
  func callAsFunction(
    _ values: [Tensor], _ x: Inputs, _ run: RunContext
  ) throws(TorchError) -> [Tensor] {
    guard values.count == inputs.count else {
      throw .engine(
        operation: x.label, arguments: [],
        message: "its graph has \(inputs.count) inputs; \(values.count) values are there for them")
    }
    var given: [String: Tensor] = [:]
    for (name, value) in zip(inputs, values) { given[name] = value }
    for (name, place) in captures { given[name] = try x[place] }
    do throws(ExecutionError) {
      let found = try model.run(given, mode: run.mode)
      return outputs.compactMap { found[$0] }
    } catch {
      throw .engine(operation: x.label, arguments: [], message: "in its graph: \(error)")
    }
  }
}

/// `If`: one of two graphs, as a truth value says.
enum Choice: Computation {
  static let names = ["If"]

  static func prepare(_ site: Site) throws(ExecutionError) -> Step {
    let first = try Subgraph(site, "then_branch")
    let second = try Subgraph(site, "else_branch")
    return { x, run throws(TorchError) in
      try x[0].scalar() != 0 ? first([], x, run) : second([], x, run)
    }
  }
}

/// `Loop`: a graph run a number of times, or as long as it says so, on values it hands on.
///
/// Inputs: the largest number of rounds, whether to begin, the values. Outputs: the values at the
/// end, then what each round gave, stacked.
enum Loop: Computation {
  static let names = ["Loop"]

  static func prepare(_ site: Site) throws(ExecutionError) -> Step {
    let body = try Subgraph(site, "body")
    let carried = max(0, site.node.inputs.count - 2)
    let collected = max(0, site.node.outputs.count - carried)
    let device = site.device
    return { x, run throws(TorchError) in
      let limit = try x.integers(0)?.first ?? .max
      var goesOn = try x.optional(1)?.scalar() ?? 1 != 0
      var values: [Tensor] = []
      for index in 0..<carried { values.append(try x[index + 2]) }
      var rows = [[Tensor]](repeating: [], count: collected)
      var round = 0
      while goesOn, round < limit {
        let results = try body(
          [Tensor(Int64(round), device: device), Tensor(true, device: device)] + values, x, run)
        guard results.count >= 1 + carried + collected else {
          throw site.failure(x, "its graph gives \(results.count) outputs, too few")
        }
        goesOn = try results[0].scalar() != 0
        values = Array(results[1..<1 + carried])
        for index in 0..<collected { rows[index].append(results[1 + carried + index]) }
        round += 1
      }
      for row in rows { values.append(try Scan.stacked(row, axis: 0, device)) }
      return values
    }
  }
}

/// `Scan`: a graph run once for each slice of some inputs, on states it hands on.
///
/// Inputs: the states, then the inputs to go through. Outputs: the states at the end, then what each
/// round gave, stacked. Before operator set 9 a batch axis leads all of them, and a first input tells
/// how many rounds each sample has; what the others have more is zero.
enum Scan: Computation {
  static let names = ["Scan"]

  static func prepare(_ site: Site) throws(ExecutionError) -> Step {
    if site.opset < 9 { return try batched(site) }
    let body = try Subgraph(site, "body")
    let node = site.node
    let scanned = node.int("num_scan_inputs", default: 0)
    let states = node.inputs.count - scanned
    let collected = node.outputs.count - states
    guard scanned > 0, states >= 0, collected >= 0 else {
      throw site.invalid("\(scanned) of \(node.inputs.count) inputs cannot be gone through")
    }
    func list(_ key: String, _ count: Int) throws(ExecutionError) -> [Int] {
      let list = node.ints(key) ?? Array(repeating: 0, count: count)
      guard list.count == count else { throw site.invalid("\(key) = \(list) is too short or long") }
      return list
    }
    let axes = try list("scan_input_axes", scanned)
    let backwards = try list("scan_input_directions", scanned)
    let outputAxes = try list("scan_output_axes", collected)
    let prepends = try list("scan_output_directions", collected)
    let device = site.device
    return { x, run throws(TorchError) in
      var values: [Tensor] = []
      for index in 0..<states { values.append(try x[index]) }
      var slices: [[Tensor]] = []
      for index in 0..<scanned {
        let parts = try x[states + index].unbind(axis: axes[index])
        slices.append(backwards[index] == 1 ? parts.reversed() : parts)
      }
      let rounds = slices[0].count
      guard slices.allSatisfy({ $0.count == rounds }) else {
        throw site.failure(x, "the inputs to go through differ in length")
      }
      var rows = [[Tensor]](repeating: [], count: collected)
      for round in 0..<rounds {
        let results = try body(values + slices.map { $0[round] }, x, run)
        guard results.count >= states + collected else {
          throw site.failure(x, "its graph gives \(results.count) outputs, too few")
        }
        values = Array(results[..<states])
        for index in 0..<collected { rows[index].append(results[states + index]) }
      }
      for (index, row) in rows.enumerated() {
        let ordered = prepends[index] == 1 ? row.reversed() : row
        values.append(try stacked(ordered, axis: outputAxes[index], device))
      }
      return values
    }
  }

  /// The form before operator set 9.
  private static func batched(_ site: Site) throws(ExecutionError) -> Step {
    let body = try Subgraph(site, "body")
    let node = site.node
    let scanned = node.int("num_scan_inputs", default: 0)
    let states = node.inputs.count - 1 - scanned
    let collected = node.outputs.count - states
    let backwards = node.ints("directions") ?? Array(repeating: 0, count: max(0, scanned))
    guard scanned > 0, states >= 0, collected >= 0, backwards.count == scanned else {
      throw site.invalid("\(scanned) of \(node.inputs.count) inputs cannot be gone through")
    }
    return { x, run throws(TorchError) in
      let first = try x[1 + states]
      guard first.rank >= 2 else {
        throw site.failure(x, "\(first.shape) has no examples with rounds to go through")
      }
      let lengths = try x.integers(0)
      var columns = [[Tensor]](repeating: [], count: states + collected)
      for sample in 0..<first.shape[0] {
        let rounds = lengths.map { sample < $0.count ? $0[sample] : 0 } ?? first.shape[1]
        guard (0...first.shape[1]).contains(rounds) else {
          throw site.failure(x, "\(rounds) rounds are asked for, \(first.shape[1]) are there")
        }
        var values: [Tensor] = []
        for index in 0..<states { values.append(try x[1 + index].select(axis: 0, sample)) }
        var rows = [[Tensor]](repeating: [], count: collected)
        for round in 0..<rounds {
          var slices: [Tensor] = []
          for index in 0..<scanned {
            let place = backwards[index] == 1 ? rounds - 1 - round : round
            slices.append(
              try x[1 + states + index].select(axis: 0, sample).select(axis: 0, place))
          }
          let results = try body(values + slices, x, run)
          guard results.count >= states + collected else {
            throw site.failure(x, "its graph gives \(results.count) outputs, too few")
          }
          values = Array(results[..<states])
          for index in 0..<collected { rows[index].append(results[states + index]) }
        }
        for index in 0..<states { columns[index].append(values[index]) }
        for (index, row) in rows.enumerated() {
          var all = row
          if let last = row.last {
            for _ in rounds..<first.shape[1] { all.append(try last.zerosLike()) }
          }
          columns[states + index].append(try stacked(all, axis: 0, site.device))
        }
      }
      var results: [Tensor] = []
      for column in columns { results.append(try Tensor.stack(column, axis: 0)) }
      return results
    }
  }

  /// What each round gave, stacked along `axis`; nothing where there was no round.
  static func stacked(_ rows: [Tensor], axis: Int, _ device: Device) throws(TorchError) -> Tensor {
    rows.isEmpty ? try Tensor.zeros([0], device: device) : try Tensor.stack(rows, axis: axis)
  }
}
