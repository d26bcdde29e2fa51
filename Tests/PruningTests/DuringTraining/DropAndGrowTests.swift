// Drop and grow: what leaves, what comes back, that the number stays, and how far it explores.

import Execution
import Foundation
import Testing
import Torch
import Training

@testable import Pruning

@Suite struct DropAndGrowTests {
  /// What a weight was and became at one update.
  private struct Move {
    let step: Int
    let weight: [Float]
    let mask: [Float]
    let gradient: [Float]
    let newWeight: [Float]
    let newMask: [Float]
    let momentum: [Float]
  }

  /// Trains, and notes every change of the mask of `name`.
  private func moves(
    _ plugin: DropAndGrow, of name: String, model: Model
  ) throws -> [Move] {
    var moves: [Move] = []
    var old: ([Float], [Float], [Float]) = ([], [], [])
    let (first, last) = (Onlooker(), Onlooker())
    first.backward = { gradients, context in
      old = (
        try SmallTraining.values(context.model.parameters[name]),
        try SmallTraining.values(context.model.masks[name]?.mask),
        try SmallTraining.values(gradients[name])
      )
    }
    last.after = { context in
      let mask = try SmallTraining.values(context.model.masks[name]?.mask)
      guard mask != old.1 else { return }
      moves.append(
        Move(
          step: context.step - 1, weight: old.0, mask: old.1, gradient: old.2,
          newWeight: try SmallTraining.values(context.model.parameters[name]), newMask: mask,
          momentum: try SmallTraining.values(context.optimizer.state[name, "momentum"])))
    }
    try SmallTraining.trainer(model, plugins: [first, plugin, last]).run()
    return moves
  }

  @Test func theFractionFollowsTheCosineAndEndsInTime() throws {
    let plugin = try DropAndGrow(fraction: 0.3, every: 100, until: 0.75)
    #expect(plugin.fraction(at: 0, of: 4000) == 0)
    #expect(plugin.fraction(at: 150, of: 4000) == 0)
    #expect(abs(plugin.fraction(at: 100, of: 4000) - 0.15 * (1 + cos(.pi / 30))) < 1e-15)
    #expect(abs(plugin.fraction(at: 1500, of: 4000) - 0.15) < 1e-15)
    #expect(plugin.fraction(at: 2900, of: 4000) > 0)
    #expect(plugin.fraction(at: 3000, of: 4000) == 0)
    let constant = try DropAndGrow(fraction: 0.2, decay: .constant, every: 7, until: 1)
    #expect(constant.fraction(at: 14, of: 20) == 0.2)
  }

  @Test func rigLDropsTheLeastAndGrowsTheLargestGradients() throws {
    let plugin = try DropAndGrow(fraction: 0.5, every: 6, until: 0.75)
    let moves = try moves(plugin, of: "fc1.weight", model: SmallTraining.sparse())
    // 40 steps: updates at 6, 12, 18, 24; the end is at 30.
    #expect(moves.map(\.step) == [6, 12, 18, 24])
    #expect(plugin.updates == 4)
    for move in moves {
      let active = move.mask.indices.filter { move.mask[$0] == 1 }
      #expect(move.newMask.reduce(0, +) == Float(active.count))
      let dropped = Int(plugin.fraction(at: move.step, of: 40) * Double(active.count))
      let byMagnitude = active.sorted { abs(move.weight[$0]) > abs(move.weight[$1]) }
      let kept = Set(byMagnitude.prefix(active.count - dropped))
      // The gradients of inactive elements are there, and decide.
      let free = move.mask.indices.filter { !kept.contains($0) }
      #expect(free.contains { move.mask[$0] == 0 && move.gradient[$0] != 0 })
      let grown = Set(
        free.sorted { abs(move.gradient[$0]) > abs(move.gradient[$1]) }.prefix(dropped))
      let expected = move.mask.indices.map {
        kept.contains($0) || grown.contains($0) ? 1 : 0 as Float
      }
      #expect(move.newMask == expected)
      for index in move.mask.indices {
        if move.mask[index] == 0, move.newMask[index] == 1 {
          #expect(move.newWeight[index] == 0 && move.momentum[index] == 0)
        } else if move.mask[index] == 1, move.newMask[index] == 1 {
          // No weight moves at the step of an update.
          #expect(move.newWeight[index] == move.weight[index])
        }
      }
    }
  }

  @Test func setDropsTheSameFractionOfEachSignAndGrowsAnywhere() throws {
    let plugin = try DropAndGrow(
      fraction: 0.4, decay: .constant, every: 5, until: 1, leaving: .eachSign,
      regrowth: RandomRegrowth())
    let model = try SmallTraining.sparse()
    var (counts, survivors): (Set<Int>, [Float]) = ([], [])
    let onlooker = Onlooker()
    onlooker.after = { context in
      counts.insert(
        Int(try SmallTraining.values(context.model.masks["fc1.weight"]?.mask).reduce(0, +)))
      if context.step == 5 {
        survivors = try zip(
          SmallTraining.values(context.model.parameters["fc1.weight"]),
          SmallTraining.values(context.model.masks["fc1.weight"]?.mask)
        ).map(*)
      }
    }
    let reference = try SmallTraining.sparse()
    let watcher = Onlooker()
    var before: [Float] = []
    watcher.after = { context in
      if context.step == 5 {
        before = try zip(
          SmallTraining.values(context.model.parameters["fc1.weight"]),
          SmallTraining.values(context.model.masks["fc1.weight"]?.mask)
        ).map(*)
      }
    }
    try SmallTraining.trainer(reference, plugins: [watcher], epochs: 1).run()
    try SmallTraining.trainer(model, plugins: [plugin, onlooker], epochs: 4).run()
    #expect(counts.count == 1)
    // Of each sign of the weights at step 5, six in ten stay: the largest. Of the others some come
    // back by chance, as they were.
    for sign in [1, -1] as [Float] {
      let old = before.filter { $0 * sign > 0 }.map { $0 * sign }.sorted(by: >)
      let stay = survivors.filter { $0 * sign > 0 }.map { $0 * sign }.sorted(by: >)
      let kept = old.prefix(old.count - Int(0.4 * Double(old.count)))
      let right = stay.starts(with: kept) && stay.count < old.count && Set(stay).isSubset(of: old)
      #expect(right, "sign \(sign): \(stay.count) of \(old.count) stay")
    }
  }

  @Test func explorationIsTheUnionOfAllMasksAndNeverFalls() throws {
    let plugin = try DropAndGrow(
      fraction: 0.5, decay: .constant, every: 2, until: 1, regrowth: RandomRegrowth())
    let model = try SmallTraining.sparse(0.9, Uniform())
    var union = Set<Int>()
    var rates: [Double] = []
    let onlooker = Onlooker()
    let note = { (context: TrainingContext) in
      var place = 0
      for mask in context.model.masks.values {
        let values = try SmallTraining.values(mask.mask)
        for (index, value) in values.enumerated() where value == 1 { union.insert(place + index) }
        place += values.count
      }
      rates.append(Double(union.count) / Double(place))
      #expect(try plugin.explorationRate() == rates.last)
    }
    onlooker.before = { if $0.step == 0 { try note($0) } }
    onlooker.after = note
    try SmallTraining.trainer(model, plugins: [plugin, onlooker]).run()
    #expect(zip(rates, rates.dropFirst()).allSatisfy { $0 <= $1 })
    #expect(abs((rates.first ?? 0) - 0.1) < 0.005)
    #expect((rates.last ?? 0) > 0.5)
  }

  @Test func aDenseModelIsAnError() throws {
    let trainer = try SmallTraining.trainer(
      Model(SmallTraining.network()), plugins: [DropAndGrow(every: 2)], epochs: 1)
    #expect(throws: TrainingError.self) { try trainer.run() }
  }

  /// A dense start, as in GraNet (Liu et al. 2021): weights leave step by step and connections move.
  @Test func connectionsMoveWhereWeightsLeaveInTraining() throws {
    let model = try Model(SmallTraining.network())
    let pruner = Pruner(
      criterion: L1(), allocation: Uniform(), target: try Target(.sparsity, .fraction(0.5)))
    let plugin = try DropAndGrow(every: 2, until: 1)
    try SmallTraining.trainer(
      model,
      plugins: [
        try GradualPruning(pruner, schedule: Cubic(steps: 4), begin: 0, every: 2), plugin,
      ], epochs: 4
    ).run()
    let sparsity = try model.elementMasks().sparsity
    #expect(abs(sparsity - 0.5) < 0.01)
    #expect(plugin.updates > 4)
    // Every weight was there when training began.
    #expect(try plugin.explorationRate() == 1)
  }

  @Test func connectionsThatNeverMoveAreAnError() throws {
    let trainer = try SmallTraining.trainer(
      Model(SmallTraining.network()), plugins: [DropAndGrow(every: 100)], epochs: 1)
    let error = #expect(throws: TrainingError.self) { try trainer.run() }
    #expect("\(try #require(error))".contains("none ever moves"))
  }
}
