// Survey: what a criterion may look at once, before it scores, and the passes that this takes.

import Data
import Execution
import Network
import Torch
import Training

/// What a criterion may look at, once, before it scores: the network as it is masked now, the examples,
/// and models of the network to run on them.
///
/// It counts the backward passes that are made, so that the cost of a criterion can be told and tested.
public final class Survey {
  /// The network whose units or weights are scored; weights that have left are zero in it.
  public let network: Network
  /// The groups whose units are scored; none where single weights are.
  public let groups: [Group]
  /// Which single weights have left already.
  public let masks: ElementMasks
  /// Where random choices start.
  public let seed: UInt64
  /// How many backward passes were made, each over one batch.
  public private(set) var backwardPasses = 0
  private let part: String
  private let given: Calibration?

  /// A look at `network` for the part of the grammar called `part`.
  public init(
    _ network: Network, groups: [Group] = [], masks: ElementMasks = ElementMasks(),
    seed: UInt64 = 0, for part: String, on calibration: Calibration?
  ) {
    self.network = network
    self.groups = groups
    self.masks = masks
    self.seed = seed
    self.part = part
    given = calibration
  }

  /// The examples.
  ///
  /// - Throws: ``PruningError/needsData(criterion:)`` where there are none.
  public func examples() throws(PruningError) -> Calibration {
    guard let given else { throw .needsData(criterion: part) }
    return given.fitting(network)
  }

  /// The names of the weights that have scores of their own; see `Network.weightNames`.
  public var weights: [String] { network.weightNames }

  /// One where an element of the weight `name` is still there, zero where it has left, as a tensor like
  /// `weight`; `nil` where nothing has left.
  ///
  /// - Throws: ``PruningError/network(_:)`` where the mask does not fit.
  public func mask(of name: String, like weight: Tensor) throws(PruningError) -> Tensor? {
    guard let kept = masks.kept[name] else { return nil }
    guard kept.count == weight.count else {
      throw .network(
        .impossibleCut(reason: "a mask of \(kept.count) elements does not fit '\(name)'"))
    }
    let ones = kept.map { $0 ? 1 : 0 as Float }
    return try engine { () throws(TorchError) in
      try Tensor(ones, shape: weight.shape, device: weight.device).to(type: weight.type)
    }
  }

  /// A network ready to compute: this one, unless another is given.
  ///
  /// - Parameter type: the floating-point type to compute in; `nil` keeps the network's.
  public func model(
    of other: Network? = nil, type: ScalarType? = nil
  ) throws(PruningError) -> Model {
    let device = given?.device ?? .cpu
    return try execution { () throws(ExecutionError) in
      try Model(other ?? network, device: device, type: type)
    }
  }

  /// Batch `index` of the examples as tensors that suit `model`.
  public func batch(_ index: Int, for model: Model) throws(PruningError) -> TensorBatch {
    try examples().batch(index, for: model)
  }

  /// How networks behave where batch normalisation takes the batch's own statistics.
  public func trainingMode() throws(PruningError) -> Mode {
    .training(try engine { () throws(TorchError) in try Generator(seed: seed) })
  }

  /// The first output of `model` on a batch.
  public func output(
    of model: Model, on batch: TensorBatch, mode: Mode = .evaluation
  ) throws(PruningError) -> Tensor {
    try training { () throws(TrainingError) in try batch.output(of: model, mode: mode) }
  }

  /// The mean loss of outputs: cross-entropy for classes, the mean squared error for numbers.
  ///
  /// - Throws: ``PruningError/needsLabels(criterion:data:)``.
  public func loss(of output: Tensor, on batch: TensorBatch) throws(PruningError) -> Tensor {
    guard let loss = given?.loss(of: batch) else {
      throw .needsLabels(criterion: part, data: given?.dataset.name ?? "the data")
    }
    return try training { () throws(TrainingError) in try loss(output, on: batch) }
  }

  /// The derivatives of `output`, a single number, by `inputs`; zeros where it does not depend on one.
  ///
  /// This is one backward pass. With `createGraph` its result can be differentiated again.
  public func derivatives(
    of output: Tensor, by inputs: [Tensor], keepGraph: Bool = false, createGraph: Bool = false
  ) throws(PruningError) -> [Tensor] {
    backwardPasses += 1
    return try engine { () throws(TorchError) in
      let found = try gradients(
        of: [output], with: inputs, keepGraph: keepGraph, createGraph: createGraph,
        allowUnused: true)
      return try zip(inputs, found).map { (input, gradient) throws(TorchError) in
        if let gradient { return gradient }
        return try input.detached().zerosLike()
      }
    }
  }

  /// What `criterion` adds up in ``Criterion/observe(_:_:)`` over all batches, divided by their
  /// number.
  public func observed(by criterion: some Criterion) throws(PruningError) -> [String: [Double]] {
    let kind = type(of: criterion)
    if kind.needs.isEmpty { return [:] }
    let observer = try Observer(
      groups, in: network, needs: kind.needs, on: examples(), seed: seed)
    var sums = Sums()
    for index in 0..<observer.calibration.batches {
      let observation = try observer.observe(index, for: kind.name)
      if kind.needs.needsLoss { backwardPasses += 1 }
      try engine { () throws(TorchError) in
        try withoutGradients { () throws(TorchError) in try criterion.observe(observation, &sums) }
      }
    }
    return try sums.means(over: observer.calibration.batches)
  }
}
