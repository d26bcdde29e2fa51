// Floors and rounding: as they are written, what they come to, and that no layer empties.

import Network
import Testing

@testable import Pruning

@Suite struct FloorTests {
  @Test func isReadAsWritten() throws {
    let cases: [(String, Floor)] = [
      ("1", .units(1)), ("16", .units(16)), ("0.1", .fraction(0.1)), ("10%", .fraction(0.1)),
      ("1.0", .fraction(1)), ("100%", .fraction(1)), ("2.5%", .fraction(0.025)),
    ]
    for (text, floor) in cases {
      #expect(try Floor(parsing: text) == floor, "\(text)")
      #expect(try Floor(parsing: "\(floor)") == floor, "\(text)")
    }
    for text in ["", "0", "-1", "0.0", "1.5", "101%", "%", "many", "nan", "inf", "0%"] {
      let error = #expect(throws: PruningError.self) { try Floor(parsing: text) }
      #expect("\(try #require(error))".contains("'\(text)'"))
    }
  }

  @Test func comesToUnits() {
    #expect(Floor.units(3).units(of: 10) == 3 && Floor.units(30).units(of: 10) == 10)
    #expect(Floor.units(0).units(of: 10) == 1 && Floor.fraction(0.001).units(of: 10) == 1)
    #expect(Floor.fraction(0.1).units(of: 30) == 3 && Floor.fraction(0.1).units(of: 31) == 4)
    #expect(Floor.fraction(1).units(of: 7) == 7)
    for size in 1...200 {
      // Exactly the ceiling, in whole numbers.
      #expect(Floor.fraction(0.3).units(of: size) == (3 * size + 9) / 10)
    }
  }

  @Test func roundToIsReadAsWritten() throws {
    #expect(try RoundTo(parsing: "8") == .units(8) && RoundTo(parsing: "auto") == .auto)
    for text in ["", "0", "-8", "8.0", "Auto", "5000", "8 "] {
      #expect(throws: PruningError.self) { try RoundTo(parsing: text) }
    }
  }

  /// Every layer's outputs and inputs keep at least the floor's part, and every group its own.
  @Test(arguments: ["lenet-5", "dense", "resnet-20", "mobilenet-v1-cifar"], ["2", "25%"])
  func noLayerEmpties(name: String, floor: String) throws {
    let network = try Graphs.named(name)
    let floor = try Floor(parsing: floor)
    // The least possible, where the floor has to hold everywhere.
    let probe = Pruner(target: try Target(.params, .absolute(1)), floor: floor)
    guard
      case .impossibleBudget(_, let least, _, let reason)? = #expect(
        throws: PruningError.self, performing: { try probe.plan(for: network) })
    else {
      Issue.record("another error")
      return
    }
    #expect(reason.contains("the floor of \(floor) of each group ("))
    var pruner = probe
    pruner.target = try Target(.params, .absolute(least))
    let plan = try pruner.plan(for: network)
    for kept in plan.kept {
      #expect(kept.units.count == floor.units(of: kept.group.size), "\(kept.group.name)")
    }
    let cut = try network.cut(keeping: plan.kept)
    for (name, initializer) in network.initializers where initializer.role == .parameter {
      let small = try #require(cut.initializers[name]).tensor.shape
      for (old, new) in zip(initializer.tensor.shape, small) {
        #expect(new >= floor.units(of: old), "\(name): \(old) to \(new)")
      }
    }
  }
}
