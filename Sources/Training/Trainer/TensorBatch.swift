// A batch of examples as tensors, in the types and on the device of a model.

import Data
import Execution
import Torch

/// A batch of examples as tensors.
public struct TensorBatch {
  /// The inputs in the order of the network's free inputs: the values, or the tokens and the number
  /// of real tokens in each row.
  public let inputs: [Tensor]
  /// Class numbers `[B]`, or numbers `[B, ...]`; empty where there are no targets.
  public let targets: Tensor
  /// Whether anything is known of what should come out.
  public let hasTargets: Bool
  /// Whether the targets are class numbers.
  public let hasClasses: Bool
  /// The number of examples.
  public let count: Int
  /// The position of each example in its data set.
  public let indices: [Int]

  /// Copies a batch into tensors that suit `model`: numbers in its floating-point type, on its
  /// device.
  public init(_ batch: Batch, for model: Model) throws(TrainingError) {
    count = batch.count
    indices = batch.indices
    let device = model.device
    let type = model.parameters.values.first?.type ?? .float32
    let stated = model.freeInputs.map { $0.type.flatMap(ScalarType.init) }
    switch batch.inputs {
    case .values(let values, let shape):
      inputs = [try Self.tensor(values, shape, type, device)]
    case .tokens(let tokens, let shape, let lengths):
      let window = TokenWindow(of: model)
      let (tokens, shape) = window?.cut(tokens, shape: shape, lengths: lengths) ?? (tokens, shape)
      inputs = [
        try Self.tensor(tokens, shape, stated.first.flatMap(\.self) ?? .int64, device),
        try Self.tensor(
          lengths, [lengths.count], stated.dropFirst().first.flatMap(\.self) ?? .int64, device),
      ]
    }
    switch batch.targets {
    case .classes(let classes):
      targets = try Self.tensor(classes, [classes.count], .int64, device)
      hasClasses = true
    case .values(let values, let shape):
      targets = try Self.tensor(values, shape, type, device)
      hasClasses = false
    case .none:
      targets = try Self.tensor([Float](), [0], type, device)
      hasClasses = false
    }
    hasTargets = batch.targets != .none
  }

  private static func tensor<Element: TorchScalar>(
    _ values: [Element], _ shape: [Int], _ type: ScalarType, _ device: Device
  ) throws(TrainingError) -> Tensor {
    try engine { () throws(TorchError) in
      let tensor = try Tensor(values, shape: shape, device: device)
      return tensor.type == type ? tensor : try tensor.to(type: type)
    }
  }

  /// The inputs by the names that `model` gives them; a model that takes fewer gets the first ones.
  public func named(for model: Model) -> [String: Tensor] {
    Dictionary(
      zip(model.freeInputs.map(\.name), inputs), uniquingKeysWith: { first, _ in first })
  }

  /// The first output of `model` on the inputs.
  public func output(
    of model: Model, mode: Mode = .evaluation
  ) throws(TrainingError) -> Tensor {
    try run(model, mode: mode).output
  }

  /// The first output of `model` on the inputs, and the values observed on the way.
  func run(
    _ model: Model, mode: Mode, observing: Set<String> = []
  ) throws(TrainingError) -> (output: Tensor, observed: [String: Tensor]) {
    let name = model.network.outputs.first?.name ?? ""
    let values = try execution { () throws(ExecutionError) in
      try model.run(named(for: model), mode: mode, observing: observing)
    }
    guard let output = values[name] else { throw .execution(.noSuchValue(name: "output")) }
    return (output, values)
  }

  /// The targets in words, for messages.
  var targetDescription: String {
    guard hasTargets else { return "nothing, as the data set has no targets" }
    return hasClasses ? "\(count) class numbers" : "numbers of shape \(targets.shape)"
  }
}
