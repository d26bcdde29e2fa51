// Connections that change layers: how many each gets back, and that the number in all stays.

import Data
import Execution
import Testing
import Torch
import Training

@testable import Pruning

@Suite struct ReallocationTests {
  @Test func partsAreProportionalWholeAndWithinTheirPlaces() {
    var random = RandomState(seed: 11)
    for _ in 0..<500 {
      let count = random.uniform(in: 1...7)
      let places = (0..<count).map { _ in random.uniform(in: 0...40) }
      let shares = (0..<count).map { _ in max(0, random.uniform() - 0.2) }
      let total = random.uniform(in: 0...120)
      let parts = Reallocation.counts(of: total, shares: shares, places: places)
      #expect(parts.reduce(0, +) == min(total, places.reduce(0, +)))
      #expect(zip(parts, places).allSatisfy { $0 >= 0 && $0 <= $1 })
      // Those that have places left got the same for each unit of their share, but for the rounding.
      let open = parts.indices.filter { parts[$0] < places[$0] && shares[$0] > 0 }
      for a in open {
        for b in open {
          let ratio = shares[a] / shares[b]
          let difference = Double(parts[a]) - ratio * Double(parts[b])
          #expect(abs(difference) < 1 + ratio + 1e-9)
        }
      }
    }
    #expect(Reallocation.counts(of: 10, shares: [1, 1, 2], places: [99, 99, 99]) == [3, 2, 5])
    #expect(Reallocation.counts(of: 10, shares: [1, 1, 2], places: [99, 99, 1]) == [5, 4, 1])
    #expect(
      Reallocation.counts(of: 9, shares: [.nan, 2, .infinity], places: [9, 9, 9]) == [0, 9, 0])
    // Without anything to go by, evenly.
    #expect(Reallocation.counts(of: 9, shares: [0, 0, 0], places: [9, 9, 1]) == [4, 4, 1])
  }

  /// The masks of a model, and the weights behind them.
  private func state(_ context: TrainingContext) throws -> [String: (w: [Float], m: [Float])] {
    try context.model.masks.reduce(into: [:]) {
      $0[$1.key] = (
        try SmallTraining.values(context.model.parameters[$1.key]),
        try SmallTraining.values($1.value.mask)
      )
    }
  }

  /// The connections of all layers.
  private func total(_ state: [String: (w: [Float], m: [Float])]) -> Float {
    state.values.reduce(0) { $0 + $1.m.reduce(0, +) }
  }

  /// SNFS: a tenth of each layer leaves by magnitude; what comes back is spread by the mean smoothed gradient of
  /// those that stayed, and is what has the largest.
  @Test func connectionsGoWhereTheSmoothedGradientsAreLarge() throws {
    let alpha: Float = 0.8
    var regrowth = MomentumRegrowth()
    try regrowth.configure(PartSettings(["alpha": .text("\(alpha)")]))
    let plugin = try DropAndGrow(
      fraction: 0.1, decay: .constant, every: 5, until: 1, regrowth: regrowth,
      reallocation: .gradients)
    let (first, last) = (Onlooker(), Onlooker())
    var averages: [String: [Float]] = [:]
    var before: [String: (w: [Float], m: [Float])] = [:]
    var (updates, sizes) = (0, Set<[Int]>())
    let model = try SmallTraining.sparse(0.8, Uniform())
    let values = try model.parameters.mapValues { try SmallTraining.values($0) }
    first.backward = { gradients, context in
      for name in context.model.masks.keys {
        let seen = try SmallTraining.values(gradients[name])
        let mask = try SmallTraining.values(context.model.masks[name]?.mask)
        // Masked ones have gradients too, where a layer is not full.
        #expect(!mask.contains(0) || zip(seen, mask).contains { $0 != 0 && $1 == 0 })
        let old = averages[name] ?? seen.map { _ in 0 }
        averages[name] = zip(old, seen).map { alpha * $0 + (1 - alpha) * $1 }
      }
    }
    first.after = { before = try state($0) }
    last.after = { context in
      let after = try state(context)
      // A masked weight does not follow the gradients that the regrowth sees.
      for (name, now) in after {
        let start = try #require(values[name])
        for index in now.m.indices where now.m[index] == 0 {
          #expect(now.w[index] == start[index] || now.w[index] == 0)
        }
        for index in now.m.indices where before[name]?.m[index] == 0 && now.m[index] == 1 {
          #expect(now.w[index] == 0)
        }
      }
      guard context.step % 5 == 0, context.step < 40 else { return }
      updates += 1
      let names = Array(context.model.masks.keys)
      var (kept, shares, left): ([String: Set<Int>], [Double], Int) = ([:], [], 0)
      for name in names {
        let (w, m) = try #require(before[name])
        let average = try #require(averages[name])
        let active = m.indices.filter { m[$0] == 1 }.sorted { abs(w[$0]) > abs(w[$1]) }
        let stay = active.prefix(active.count - active.count / 10)
        kept[name] = Set(stay)
        left += active.count / 10
        shares.append(stay.reduce(0) { $0 + Double(abs(average[$1])) } / Double(stay.count))
      }
      let counts = Reallocation.counts(
        of: left, shares: shares,
        places: names.map { (before[$0]?.m.count ?? 0) - (kept[$0]?.count ?? 0) })
      for (name, count) in zip(names, counts) {
        let (average, stay) = (try #require(averages[name]), try #require(kept[name]))
        let free = average.indices.filter { !stay.contains($0) }
        let grown = free.sorted { abs(average[$0]) > abs(average[$1]) }.prefix(count)
        let expected = stay.union(grown)
        let found = Set((after[name]?.m ?? []).indices.filter { after[name]?.m[$0] == 1 })
        // Sums of 32-bit numbers in another order may swap neighbours that are nearly equal.
        #expect(found.symmetricDifference(expected).count <= 2, "\(name) at \(context.step)")
        #expect(abs(found.count - expected.count) <= 1)
      }
      sizes.insert(after.values.map { Int($0.m.reduce(0, +)) }.sorted())
      #expect(total(after) == total(before))
    }
    // Without decay of the weights, masked ones stay where they were by themselves.
    try SmallTraining.trainer(
      model, plugins: [first, plugin, last], optimizer: SGD(momentum: 0.9)
    ).run()
    #expect(updates == 7 && plugin.updates == 7)
    // The layers have changed their sizes.
    #expect(sizes.count > 3, "\(sizes)")
  }

  /// DSR: what is below H leaves in all layers; H moves by factors of two; what comes back is spread by the
  /// numbers that stayed.
  @Test func aThresholdFindsItsPlaceAndTheTotalStays() throws {
    let plugin = try DropAndGrow(
      fraction: 0.1, decay: .constant, every: 2, until: 1, leaving: .threshold,
      regrowth: RandomRegrowth(), reallocation: .survivors,
      threshold: DropAndGrow.Threshold(start: 1e-3, tolerance: 0.1))
    let (first, last) = (Onlooker(), Onlooker())
    var before: [String: (w: [Float], m: [Float])] = [:]
    var threshold = 1e-3
    var (thresholds, totals) = ([Double](), Set<Float>())
    first.after = { before = try state($0) }
    last.after = { context in
      let after = try state(context)
      totals.insert(total(after))
      guard context.step % 2 == 0, context.step < 80 else { return }
      let names = Array(context.model.masks.keys)
      var (left, active, stayed) = (0, 0, [Int]())
      for name in names {
        let (w, m) = try #require(before[name])
        let small = m.indices.filter { m[$0] == 1 && abs(w[$0]) < Float(threshold) }
        // What left and did not come back is masked now.
        for index in m.indices where m[index] == 1 && !small.contains(index) {
          #expect(after[name]?.m[index] == 1)
        }
        left += small.count
        active += Int(m.reduce(0, +))
        stayed.append(Int(m.reduce(0, +)) - small.count)
      }
      let counts = Reallocation.counts(
        of: left, shares: stayed.map(Double.init),
        places: zip(names, stayed).map { (before[$0]?.m.count ?? 0) - $1 })
      for (index, name) in names.enumerated() {
        #expect(after[name]?.m.reduce(0, +) == Float(stayed[index] + counts[index]))
      }
      let wanted = 0.1 * Double(active)
      if Double(left) < 0.9 * wanted { threshold *= 2 }
      if Double(left) > 1.1 * wanted { threshold /= 2 }
      thresholds.append(threshold)
      #expect(plugin.currentThreshold == threshold)
    }
    try SmallTraining.trainer(
      SmallTraining.sparse(0.7, Uniform()), plugins: [first, plugin, last], epochs: 16
    ).run()
    #expect(totals.count == 1)
    // It has risen from its start, and does not run away.
    #expect((thresholds.max() ?? 0) > 4e-3 && (thresholds.last ?? 1) < 0.5)
  }

  @Test func gradientsThatNobodyLooksAtSpreadNothing() {
    #expect(throws: TrainingError.self) {
      try DropAndGrow(regrowth: RandomRegrowth(), reallocation: .gradients)
    }
    #expect(throws: TrainingError.self) {
      try DropAndGrow(threshold: DropAndGrow.Threshold(start: 0))
    }
  }
}
