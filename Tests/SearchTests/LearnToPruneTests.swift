// Learning to prune: the gradient by enumeration, the optimum of a layer that can be enumerated, and
// going on from a saved state.

import Foundation
import Network
import Testing

@testable import Search

@Suite struct LearnToPruneTests {
  /// A layer of seven units of which each, removed, costs so much accuracy; two of them only together.
  static func accuracy(_ action: [Bool]) -> Double {
    let costs = [0.001, 0.2, 0.002, 0.0, 0.15, 0.003, 0.006]
    var accuracy = 0.9
    for (stays, cost) in zip(action, costs) where !stays { accuracy -= cost }
    if !action[0], !action[6] { accuracy -= 0.1 }
    return accuracy
  }

  static let features: [[Double]] = (0..<7).map { (unit: Int) -> [Double] in
    (0..<3).map { (place: Int) -> Double in Double((unit * 5 + place * 3) % 7) - 3 }
  }

  static func actions(_ count: Int) -> [[Bool]] {
    (0..<(1 << count)).map { (bits: Int) -> [Bool] in
      (0..<count).map { (place: Int) -> Bool in (bits >> place) & 1 == 1 }
    }
  }

  @Test(arguments: [1, 2, 3] as [UInt64])
  func findsTheEnumeratedOptimum(seed: UInt64) {
    let reward = PruningReward(bound: 0.02, accuracy: 0.9)
    func worth(_ action: [Bool]) -> Double {
      reward(accuracy: Self.accuracy(action), kept: action.count { $0 }, of: 7)
    }
    let best = Self.actions(7).max { worth($0) < worth($1) }
    var agent = LearnToPrune(features: Self.features, samples: 10, rate: 0.01, seed: seed)
    while agent.steps < 1500 {
      let action = agent.propose()
      agent.learn(worth(action), of: action)
    }
    // What the agent has learned, not the best that it happened to try.
    #expect(agent.decision == best)
    #expect(best?.count { $0 } == 3)
  }

  /// The expectation of the estimate over all actions is the gradient of the expected reward, up to the
  /// factor (M - 1) / M that the mean over the sample itself as the baseline brings.
  @Test func theEstimateIsTheGradientOfTheExpectedReward() {
    let logits = [0.3, -0.8, 1.1]
    let rewards = [0.2, -1, 0.7, 1.4, 0.1, 0.9, -0.4, 0.6]
    let actions = Self.actions(3)
    func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
    func chance(_ action: [Bool], _ logits: [Double]) -> Double {
      zip(action, logits).reduce(1) { $0 * ($1.0 ? sigmoid($1.1) : 1 - sigmoid($1.1)) }
    }
    func expected(_ logits: [Double]) -> Double {
      zip(actions, rewards).reduce(0) { $0 + chance($1.0, logits) * $1.1 }
    }
    let p = logits.map(sigmoid)
    // Every pair of actions, M = 2, with its probability.
    var estimate = [0.0, 0, 0]
    for (a, first) in actions.enumerated() {
      for (b, second) in actions.enumerated() {
        let weight = chance(first, logits) * chance(second, logits)
        let gradient = LearnToPrune.logitGradient(
          [(first, rewards[a]), (second, rewards[b])], p)
        for unit in 0..<3 { estimate[unit] += weight * gradient[unit] }
      }
    }
    for unit in 0..<3 {
      var (up, down) = (logits, logits)
      up[unit] += 1e-5
      down[unit] -= 1e-5
      let slope = (expected(up) - expected(down)) / 2e-5
      #expect(abs(estimate[unit] - slope / 2) < 1e-9)
    }
  }

  @Test func rewardsAreThoseOfThePaper() {
    let reward = PruningReward(bound: 0.02, accuracy: 0.9)
    #expect(abs(reward(accuracy: 0.89, kept: 2, of: 8) - 0.5 * log(4)) < 1e-9)
    #expect(reward(accuracy: 0.9, kept: 8, of: 8) == 0)
    // Better than before is worth more still.
    #expect(abs(reward(accuracy: 0.92, kept: 4, of: 8) - 2 * log(2)) < 1e-9)
    #expect(reward(accuracy: 0.8, kept: 1, of: 8) == -1)
    #expect(reward(accuracy: 1, kept: 0, of: 8) == -1)
  }

  @Test(arguments: [1, 7, 40])
  func goesOnFromAnySavedState(tries: Int) throws {
    var whole = LearnToPrune(features: Self.features, seed: 4)
    var saved = whole
    for count in 1...60 {
      let action = whole.propose()
      whole.learn(Self.accuracy(action), of: action)
      if count == tries { saved = whole }
    }
    var resumed = try JSONDecoder().decode(LearnToPrune.self, from: JSONEncoder().encode(saved))
    for _ in tries..<60 {
      let action = resumed.propose()
      resumed.learn(Self.accuracy(action), of: action)
    }
    #expect(resumed.probabilities == whole.probabilities)
    #expect(resumed.steps == 12)
  }
}
