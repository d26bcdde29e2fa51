// The settings of training that are parts of their own: optimizer, schedule, loss, layout.

import Execution
import Network
import Torch
import Training

/// Which optimizer, with what settings.
struct OptimizerSettings {
  /// The words of the grammar.
  static let words = [
    (name: "sgd", summary: "stochastic gradient descent, with momentum and Nesterov's if asked"),
    (name: "adam", summary: "steps scaled by running moments of the gradient (Kingma and Ba 2015)"),
    (name: "adamw", summary: "adam whose weights decay by themselves (Loshchilov and Hutter 2019)"),
    (
      name: "adamax",
      summary: "adam by the largest gradient, also by shifts alone (Kingma and Ba 2015)"
    ),
    (
      name: "rmsprop",
      summary: "steps scaled by the gradient's running square (Tieleman and Hinton 2012)"
    ),
  ]

  let name: String
  let rate: Double
  private let build: () throws(TrainingError) -> any Optimizer

  init(_ settings: RecipeReader) throws(RecipeError) {
    guard let (name, reader) = try settings.part("optimizer") else {
      throw settings.missing(
        "optimizer", "by what rule weights move, such as {sgd: {rate: 0.1, momentum: 0.9}}")
    }
    self.name = name
    guard let rate = try reader.double("rate", in: 0...1e6) else {
      throw reader.missing("rate", "the learning rate")
    }
    self.rate = rate
    let decay = try reader.double("weight-decay", default: name == "adamw" ? 0.01 : 0)
    let exclusions: WeightDecayExclusions =
      try reader.bool("decay-biases", default: true) ? .none : .biasesAndNorms
    switch name {
    case "sgd":
      let momentum = try reader.double("momentum", default: 0, in: 0...1)
      let dampening = try reader.double("dampening", default: 0, in: 0...1)
      let nesterov = try reader.bool("nesterov", default: false)
      build = { () throws(TrainingError) in
        try SGD(
          momentum: momentum, dampening: dampening, nesterov: nesterov, weightDecay: decay,
          weightDecayExclusions: exclusions)
      }
    case "adam", "adamw":
      let mean = try reader.double("beta1", default: 0.9, in: 0...1)
      let square = try reader.double("beta2", default: 0.999, in: 0...1)
      let epsilon = try reader.double("epsilon", default: 1e-8)
      build = { () throws(TrainingError) in
        name == "adamw"
          ? try Adam(
            decoupledWeightDecay: decay, betas: (mean, square), epsilon: epsilon,
            weightDecayExclusions: exclusions)
          : try Adam(
            betas: (mean, square), epsilon: epsilon, weightDecay: decay,
            weightDecayExclusions: exclusions)
      }
    case "rmsprop":
      let alpha = try reader.double("alpha", default: 0.99, in: 0...1)
      let epsilon = try reader.double("epsilon", default: 1e-8)
      let momentum = try reader.double("momentum", default: 0, in: 0...1)
      let centered = try reader.bool("centered", default: false)
      build = { () throws(TrainingError) in
        try RMSprop(
          alpha: alpha, epsilon: epsilon, momentum: momentum, centered: centered,
          weightDecay: decay, weightDecayExclusions: exclusions)
      }
    case "adamax":
      let mean = try reader.double("beta1", default: 0.9, in: 0...1)
      let norm = try reader.double("beta2", default: 0.999, in: 0...1)
      let epsilon = try reader.double("epsilon", default: 1e-8)
      let shift = try reader.bool("shift", default: false)
      build = { () throws(TrainingError) in
        try AdaMax(
          betas: (mean, norm), epsilon: epsilon, shiftBased: shift, weightDecay: decay,
          weightDecayExclusions: exclusions)
      }
    default:
      throw .value(
        at: settings.place(of: "optimizer"), found: "'\(name)'",
        expected: Self.words.suggestion(for: name))
    }
    try reader.finish()
    do throws(TrainingError) { _ = try build() } catch {
      throw .combination(at: settings.place(of: "optimizer"), reason: "\(error)")
    }
  }

  func make() throws(TrainingError) -> any Optimizer { try build() }
}

/// How the learning rate changes.
struct ScheduleSettings {
  /// The words of the grammar.
  static let words = [
    (name: "constant", summary: "the same to the end"),
    (name: "step", summary: "falls by a factor every so many epochs"),
    (name: "multi-step", summary: "falls by a factor after each of the epochs stated"),
    (name: "cosine", summary: "falls along half a cosine (Loshchilov and Hutter 2017)"),
    (name: "linear", summary: "falls along a line"),
    (name: "one-cycle", summary: "rises to its peak, then falls (Smith and Topin 2018)"),
  ]

  let name: String
  /// Epochs of a rising rate.
  let warmUp: Double
  /// The last moment that is stated in epochs, and where; `nil` where none is.
  let last: (epoch: Double, place: RecipeError.Place)?
  private let build: (_ rate: Double, _ stepsPerEpoch: Int) -> any LearningRateSchedule

  /// Reads the keys `schedule` and `warm-up`.
  ///
  /// - Parameter rate: the optimizer's, from which it falls.
  init(_ settings: RecipeReader, rate: Double) throws(RecipeError) {
    let (name, reader) = try settings.part("schedule", default: "constant")
    self.name = name
    warmUp = try settings.double("warm-up", default: 0, in: 0...100_000, of: "epochs")
    var last = warmUp > 0 ? (epoch: warmUp, place: settings.place(of: "warm-up")) : nil
    switch name {
    case "constant":
      build = { rate, _ in ConstantRate(rate) }
    case "step":
      let every = try reader.int("every", default: 30, in: 1...100_000, of: "epochs")
      if Double(every) >= warmUp { last = (Double(every), reader.place(of: "every")) }
      let factor = try reader.double("factor", default: 0.1)
      build = { rate, epoch in StepDecay(rate, every: every * epoch, factor: factor) }
    case "multi-step":
      guard let milestones = try reader.ints("milestones") else {
        throw reader.missing("milestones", "the epochs after which the rate falls")
      }
      guard zip(milestones, milestones.dropFirst()).allSatisfy({ $0 < $1 }),
        milestones.allSatisfy((1...100_000).contains)
      else {
        throw .value(
          at: reader.place(of: "milestones"), found: "\(milestones)",
          expected: "epochs in their order, each once, from 1 to 100000")
      }
      if let end = milestones.last, Double(end) >= warmUp {
        last = (Double(end), reader.place(of: "milestones"))
      }
      let factor = try reader.double("factor", default: 0.1)
      build = { rate, epoch in
        MultiStepDecay(rate, milestones: milestones.map { $0 * epoch }, factor: factor)
      }
    case "cosine":
      let final = try Self.final(reader, below: rate)
      build = { rate, _ in CosineAnnealing(rate, final: final) }
    case "linear":
      let final = try Self.final(reader, below: rate)
      build = { rate, _ in LinearDecay(rate, final: final) }
    case "one-cycle":
      let rising = try reader.double("rising", default: 0.3, in: 0...1)
      build = { rate, _ in OneCycle(peak: rate, risingFraction: rising) }
    default:
      throw .value(
        at: settings.place(of: "schedule"), found: "'\(name)'",
        expected: Self.words.suggestion(for: name))
    }
    try reader.finish()
    self.last = last
  }

  /// The rate at the end, which is not above the one at the start.
  private static func final(
    _ reader: RecipeReader, below rate: Double
  ) throws(RecipeError) -> Double {
    let final = try reader.double("final", default: 0)
    guard final <= rate else {
      throw .value(
        at: reader.place(of: "final"), found: "\(final)",
        expected: "a rate at the end that is at most the optimizer's, \(rate)")
    }
    return final
  }

  /// Complains about a rate that still rises, or falls again, where a training of `epochs` is over.
  func check(epochs: Double) throws(RecipeError) {
    guard let last, last.epoch > epochs || (last.epoch == epochs && last.epoch != warmUp) else {
      return
    }
    func written(_ epoch: Double) -> String {
      Int(exactly: epoch).map { "\($0)" } ?? "\((1000 * epoch).rounded() / 1000)"
    }
    throw .value(
      at: last.place, found: "epoch \(written(last.epoch))",
      expected: "a moment before the end of the training, which has \(written(epochs)) epochs")
  }

  func make(rate: Double, stepsPerEpoch: Int) -> any LearningRateSchedule {
    let schedule = build(rate, stepsPerEpoch)
    let steps = Int((warmUp * Double(stepsPerEpoch)).rounded())
    return steps > 0 ? WarmUp(steps: steps, then: schedule) : schedule
  }
}

/// What is made small.
struct LossSettings {
  /// The words of the grammar.
  static let words = [
    (
      name: "cross-entropy",
      summary: "of classes, with smoothed labels if asked (Szegedy et al. 2016)"
    ),
    (
      name: "mse",
      summary: "the mean squared error, of classes against a one at the class and zeros elsewhere"
    ),
    (
      name: "distillation",
      summary: "nearness to the network before pruning, beside the labels (Hinton et al. 2015)"
    ),
  ]

  let name: String
  /// Whether it learns from the network before pruning.
  var needsTeacher: Bool { name == "distillation" }
  private let build: (_ teacher: () throws -> Model) throws -> any Loss

  init(_ settings: RecipeReader) throws(RecipeError) {
    let (name, reader) = try settings.part("loss", default: "cross-entropy")
    self.name = name
    switch name {
    case "cross-entropy":
      let smoothing = try reader.double("label-smoothing", default: 0, in: 0...1)
      guard smoothing < 1 else {
        throw .value(
          at: reader.place(of: "label-smoothing"), found: "1",
          expected: "a number below 1, as with 1 the labels say nothing")
      }
      build = { _ in try CrossEntropy(labelSmoothing: smoothing) }
    case "mse":
      build = { _ in MeanSquaredError() }
    case "distillation":
      let temperature = try reader.positive("temperature") ?? 4
      let alpha = try reader.double("alpha", default: 0.9, in: 0...1)
      build = { teacher in
        try Distillation(teacher: teacher(), temperature: temperature, alpha: alpha)
      }
    default:
      throw .value(
        at: settings.place(of: "loss"), found: "'\(name)'",
        expected: Self.words.suggestion(for: name))
    }
    try reader.finish()
  }

  /// The loss; `teacher` is made only where one is learned from.
  func make(teacher: () throws -> Model) throws -> any Loss { try build(teacher) }
}

extension [(name: String, summary: String)] {
  /// What could have been meant by a word that is none of these.
  fileprivate func suggestion(for word: String) -> String {
    let names = map(\.name)
    return Spelling.suggestion(for: word, of: names) + "one of " + names.joined(separator: ", ")
  }
}
