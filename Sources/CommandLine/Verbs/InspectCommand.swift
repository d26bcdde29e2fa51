// `bonsai inspect`: what is in a model, what it costs, and what can be pruned.

import ArgumentParser
import Network
import ONNX
import Reporting

/// Shows a model's layers, costs, groups and barriers.
struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Show layers, shapes, parameters, MACs, groups, and what cannot be pruned and why.",
    discussion: """
      MACs are multiply-accumulates of convolutions and matrix products for one input; bytes moved \
      is what the layers read and write if nothing stays in a cache. A group is a set of filters, \
      neurons or channels that can only leave together, named after the layer that makes them; \
      where the same units pass through several layers they are one group. A frozen group, or a \
      barrier, says why it must stay.

      Examples:
        bonsai inspect model.onnx
        bonsai inspect resnet-20                       a built-in network
        bonsai inspect model.onnx --json | jq .macs
      """)

  @Argument(help: "An ONNX file, or the name of a built-in network.")
  var model: String

  @Flag(help: "Print JSON instead of tables.")
  var json = false

  func run() throws {
    let inspection = try Inspection(try ModelSource(model, seed: nil))
    if json { try JSONOutput.print(inspection) } else { inspection.printTables() }
  }
}

extension Inspection {
  /// Prints the tables.
  func printTables() {
    print("\(name): opset \(opset)" + (producer.map { ", written by \($0)" } ?? ""))
    if let provenance {
      print("made by Bonsai \(provenance.version)" + (provenance.recipe.map { ": \($0)" } ?? ""))
      if let seed = provenance.seed { print("seed \(seed)") }
      if let parent = provenance.parent { print("from the file with SHA-256 \(parent)") }
    }
    for value in inputs { print("input   \(value.text)") }
    for value in outputs { print("output  \(value.text)") }
    print()
    print(layerTable)
    print()
    print(groupTable)
    for group in groups where !group.mixing.isEmpty {
      print("  \(group.name): zeroing differs from removing: \(group.mixing[0])")
    }
    if !frozen.isEmpty {
      print("\nfrozen:")
      for group in frozen { print("  \(group.name) (\(group.size)): \(group.reasons[0])") }
    }
    if !barriers.isEmpty {
      print("\nbarriers:")
      for barrier in barriers { print("  \(barrier.node): \(barrier.reason)") }
    }
  }

  private var layerTable: TextTable {
    var table = TextTable([
      .left("layer"), .left("operator"), .left("output"), .right("params"), .right("MACs"),
      .right("bytes moved"),
    ])
    for layer in layers {
      table.add([
        layer.name, layer.op,
        layer.shape.map { $0.map(String.init).joined(separator: " x ") } ?? "?",
        Format.integer(layer.params), Format.integer(layer.macs), Format.bytes(layer.bytesMoved),
      ])
    }
    table.addRule()
    table.add([
      "total", "\(layers.count) nodes", "", Format.integer(params), Format.integer(macs),
      Format.bytes(bytesMoved),
    ])
    return table
  }

  private var groupTable: TextTable {
    var table = TextTable([.left("group"), .right("units"), .left("made by"), .left("used by")])
    for group in groups {
      table.add([
        group.name, Format.integer(group.size), Self.names(group, "producer"),
        Self.names(group, "consumer"),
      ])
    }
    return table
  }

  private static func names(_ group: GroupView, _ part: String) -> String {
    var names: [String] = []
    for place in group.places where place.part == part && place.role != nil {
      if !names.contains(place.value) { names.append(place.value) }
    }
    return names.prefix(3).joined(separator: ", ")
      + (names.count > 3 ? " and \(names.count - 3) more" : "")
  }
}
