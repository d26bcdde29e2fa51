// Trained quantization: the values that weights share are trained, and the weights follow.
//
// S. Han et al., "Deep Compression", ICLR 2016, section 3.3 and figure 3. A weight W_ij with the number
// I_ij takes the value C_k of its cluster; its gradient goes to that value, so that
//   dL/dC_k = sum_ij dL/dW_ij [I_ij = k].
// Which weight has which number stays as clustering left it. Zeros, which pruning made, have the
// number 0, whose value is 0 and is not trained.

import Execution
import Network
import OrderedCollections
import Torch
import Training

/// A codebook: `effective_ij = values[numbers_ij]`, where the number 0 stands for zero.
public final class Codebook: Parametrization {
  /// The values, of which there is one for each number from 1 on.
  public let values: Tensor
  /// The number of each element; the weight's shape, of whole numbers.
  public let numbers: Tensor

  /// Looks values up by `numbers`.
  public init(values: Tensor, numbers: Tensor) {
    self.values = values
    self.numbers = numbers
  }

  /// The codebook of the different numbers in a weight, and how often each occurs.
  init(of weight: Tensor) throws(TorchError) {
    let elements = try weight.detached().to(type: .float64).values(as: Double.self)
    let different = Set(elements.filter { $0 != 0 }).sorted()
    let place = Dictionary(uniqueKeysWithValues: different.enumerated().map { ($1, Int64($0 + 1)) })
    numbers = try Tensor(
      elements.map { place[$0] ?? 0 }, shape: weight.shape, device: weight.device)
    values = try Tensor(different, shape: [different.count], device: weight.device)
      .to(type: weight.type).requireGradient()
  }

  public var variables: [String: Tensor] { ["codebook": values] }

  public func effective(_ weight: Tensor, mode: Mode) throws(TorchError) -> Tensor {
    let zero = try values.detached().narrow(axis: 0, start: 0, length: 1).zerosLike()
    return try Tensor.cat([zero, values])
      .indexSelect(axis: 0, numbers.reshape([-1])).reshape(weight.shape)
  }

  /// Which elements are not zero.
  func kept() throws(TorchError) -> [Bool] {
    try numbers.reshape([-1]).values(as: Int64.self).map { $0 != 0 }
  }
}

/// Trains the values that weights share; which weights share a value stays as it is.
///
/// A weight takes part where at most 256 different values occur in it, or a quarter as many as it has
/// elements that are not zero: those that the stage `share` leaves. Others train as they are.
public final class CodebookTraining: Plugin {
  /// How many values each weight shares.
  public private(set) var sizes: [String: Int] = [:]
  /// The numbers of each weight under a codebook.
  private var numbers: OrderedDictionary<String, Tensor> = [:]

  /// The plug-in; it has no settings.
  public init() {}

  /// Whether `weights` that are not zero take so few `values` that they share them.
  public static func isShared(values: Int, among weights: Int) -> Bool {
    values > 0 && (values <= 256 || 4 * values <= weights)
  }

  public func beforeRun(_ context: TrainingContext) throws(TrainingError) {
    for (name, weight) in context.model.parameters where weight.rank >= 2 {
      let book = try tensors { () throws(TorchError) in
        try withoutGradients { () throws(TorchError) in try Codebook(of: weight) }
      }
      let used = try tensors { () throws(TorchError) in try book.kept() }.count { $0 }
      guard Self.isShared(values: book.values.count, among: used) else { continue }
      context.model.parametrizations[name] = book
      sizes[name] = book.values.count
      numbers[name] = book.numbers
    }
    guard !sizes.isEmpty else {
      throw .plugin(
        name: name, reason: "no weights share values; a stage share must come before it")
    }
  }

  public func savedState() throws(TrainingError) -> PluginState {
    try PluginState(sizes, tensors: numbers)
  }

  public func restore(
    _ state: PluginState, in context: TrainingContext
  ) throws(TrainingError) {
    sizes = try state.value()
    numbers = state.tensors
    for (name, numbers) in state.tensors {
      guard let weight = context.model.parameters[name], let size = sizes[name] else {
        throw .plugin(name: self.name, reason: "its saved state has numbers of '\(name)'")
      }
      context.model.parametrizations[name] = try tensors { () throws(TorchError) in
        Codebook(
          values: try Tensor.zeros([size], type: weight.type, device: weight.device)
            .requireGradient(),
          numbers: try numbers.to(device: weight.device))
      }
    }
  }
}
