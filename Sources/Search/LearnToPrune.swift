// Learning to prune filters: an agent for a layer tries which filters to keep and learns from the reward.
//
// Q. Huang, K. Zhou, S. You, U. Neumann, "Learning to Prune Filters in Convolutional Neural Networks",
// WACV 2018. The agent sees the layer's weights and gives each filter i the probability p_i of staying;
// an action a draws each filter by itself. With M actions and their rewards R_m, REINFORCE with the
// mean as the baseline (Williams 1992) ascends
//   dJ = 1/M sum_m (R_m - mean R) d log pi(a_m),   log pi(a) = sum_i a_i log p_i + (1 - a_i) log(1 - p_i).
//
// Where the paper is open: the agent has two layers, h = tanh(W_1 x + b_1) and p = sigmoid(W_2 h + b_2),
// is trained by Adam, and begins near p = 0.73 (b_2 = 1), as most filters stay; x are the layer's
// weights, scaled to a root mean square of 1.

import Foundation
import Network

/// An agent that learns which units of a layer stay (Huang et al. 2018).
public struct LearnToPrune: Search {
  public static let name = "learn-to-prune"
  public static let summary =
    "an agent for each layer learns by trying which filters stay (Huang et al. 2018)"

  /// How many units there are to decide on.
  public let count: Int
  /// The actions that one step of learning takes the mean over: the paper's M.
  public let samples: Int
  /// The steps of learning that are done.
  public private(set) var steps = 0

  private let seed: UInt64
  private let rate: Double
  private let input: [Double]
  private let hidden: Int
  private var first: AdamVector
  private var second: AdamVector
  private var proposals = 0
  private var pending: [Trial] = []

  private struct Trial: Codable {
    let action: [Bool]
    let reward: Double
  }

  /// An agent that has seen nothing yet.
  ///
  /// - Parameters:
  ///   - features: for each unit, numbers that describe it, such as its weights; all equally many.
  ///   - hidden: the agent's hidden units.
  ///   - samples: the actions that a step of learning takes.
  ///   - rate: the step size of Adam.
  ///   - seed: where random choices begin.
  public init(
    features: [[Double]], hidden: Int = 24, samples: Int = 5, rate: Double = 0.01, seed: UInt64 = 0
  ) {
    count = features.count
    self.samples = max(2, samples)
    self.rate = rate
    self.seed = seed
    self.hidden = max(1, hidden)
    let numbers = features.flatMap(\.self)
    let square = numbers.reduce(0) { $0 + $1 * $1 } / Double(max(1, numbers.count))
    let scale = square > 0 ? 1 / square.squareRoot() : 0
    input = numbers.map { $0 * scale }
    var random = SeededGenerator(seed: seed, name: "agent")
    func normal(_ inputs: Int, _ count: Int) -> [Double] {
      (0..<count).map { _ in random.normal() / Double(max(1, inputs)).squareRoot() }
    }
    let width = input.count
    first = AdamVector(
      normal(width, self.hidden * width) + [Double](repeating: 0, count: self.hidden))
    // Small at the beginning, so that every unit begins near the same probability.
    second = AdamVector(
      normal(self.hidden, count * self.hidden).map { $0 * 0.1 }
        + [Double](repeating: 1, count: count))
  }

  /// The probability of each unit to stay.
  public var probabilities: [Double] { output(of: activations) }

  public var decision: [Bool] { probabilities.map { $0 >= 0.5 } }

  public mutating func propose() -> [Bool] {
    var random = SeededGenerator(seed: seed, name: "proposal \(proposals)")
    proposals += 1
    return probabilities.map { random.uniform() < $0 }
  }

  public mutating func learn(_ reward: Double, of proposal: [Bool]) {
    pending.append(Trial(action: proposal, reward: reward))
    guard pending.count == samples else { return }
    ascend(pending.map { ($0.action, $0.reward) })
    pending = []
    steps += 1
  }

  private var activations: [Double] {
    let width = input.count
    return (0..<hidden).map { row in
      var sum = first.values[hidden * width + row]
      for column in 0..<width { sum += first.values[row * width + column] * input[column] }
      return tanh(sum)
    }
  }

  private func output(of h: [Double]) -> [Double] {
    (0..<count).map { unit in
      var sum = second.values[count * hidden + unit]
      for index in 0..<hidden { sum += second.values[unit * hidden + index] * h[index] }
      return 1 / (1 + exp(-sum))
    }
  }

  /// The gradient of `J` with respect to the logits: `1/M sum_m (R_m - mean R) (a_m - p)`.
  static func logitGradient(
    _ trials: [(action: [Bool], reward: Double)], _ probabilities: [Double]
  ) -> [Double] {
    let mean = trials.reduce(0) { $0 + $1.reward } / Double(trials.count)
    return probabilities.indices.map { unit in
      trials.reduce(0) { sum, trial in
        sum + (trial.reward - mean) * ((trial.action[unit] ? 1 : 0) - probabilities[unit])
      } / Double(trials.count)
    }
  }

  /// One step of learning.
  private mutating func ascend(_ trials: [(action: [Bool], reward: Double)]) {
    let h = activations
    let delta = Self.logitGradient(trials, output(of: h))
    var back = [Double](repeating: 0, count: hidden)
    var gradient = [Double](repeating: 0, count: second.values.count)
    for unit in 0..<count {
      for index in 0..<hidden {
        gradient[unit * hidden + index] = delta[unit] * h[index]
        back[index] += delta[unit] * second.values[unit * hidden + index]
      }
      gradient[count * hidden + unit] = delta[unit]
    }
    let width = input.count
    var deep = [Double](repeating: 0, count: first.values.count)
    for row in 0..<hidden {
      let inner = back[row] * (1 - h[row] * h[row])
      for column in 0..<width { deep[row * width + column] = inner * input[column] }
      deep[hidden * width + row] = inner
    }
    second.ascend(gradient, rate: rate)
    // Many inputs move a hidden unit together: each by so much less.
    first.ascend(deep, rate: rate / Double(max(1, width)).squareRoot())
  }
}

/// Numbers that Adam changes (Kingma and Ba 2015).
private struct AdamVector: Codable {
  var values: [Double]
  private var means: [Double]
  private var squares: [Double]
  private var steps = 0.0

  init(_ values: [Double]) {
    self.values = values
    means = [Double](repeating: 0, count: values.count)
    squares = means
  }

  mutating func ascend(_ gradient: [Double], rate: Double) {
    steps += 1
    let (a, b) = (1 - pow(0.9, steps), 1 - pow(0.999, steps))
    for index in values.indices {
      means[index] = 0.9 * means[index] + 0.1 * gradient[index]
      squares[index] = 0.999 * squares[index] + 0.001 * gradient[index] * gradient[index]
      values[index] += rate * (means[index] / a) / ((squares[index] / b).squareRoot() + 1e-8)
    }
  }
}
