// The masks of a model in training: how plug-ins see and change which single weights stay.

import Execution
import Network
import OrderedCollections
import Torch
import Training

/// Runs tensor work, turning the engine's errors into those of training.
@inline(__always)
func tensors<R>(_ body: () throws(TorchError) -> R) throws(TrainingError) -> R {
  do throws(TorchError) { return try body() } catch { throw .engine(error) }
}

extension Model {
  /// The masks in place, by parameter.
  public var masks: OrderedDictionary<String, Mask> {
    parametrizations.compactMapValues { $0 as? Mask }
  }

  /// The masks in place as a value: which elements stay.
  ///
  /// - Throws: ``TorchError``.
  public func elementMasks() throws(TorchError) -> ElementMasks {
    var kept: [String: [Bool]] = [:]
    for (name, mask) in masks {
      kept[name] = try mask.mask.to(type: .float32).values(as: Float.self).map { $0 != 0 }
    }
    for (name, parametrization) in parametrizations {
      if let codebook = parametrization as? Codebook { kept[name] = try codebook.kept() }
    }
    return ElementMasks(kept: kept)
  }

  /// Puts masks in place; weights that have one already get the new one.
  ///
  /// - Throws: ``TorchError`` where a mask does not fit its weight.
  public func install(_ masks: ElementMasks) throws(TorchError) {
    for (name, kept) in masks.kept.sorted(by: { $0.key < $1.key }) {
      guard let weight = parameters[name] else { continue }
      let ones = try Tensor(kept.map { $0 ? 1 : 0 as Float }, shape: weight.shape, device: device)
      if let known = parametrizations[name] as? Mask {
        _ = try withoutGradients { () throws(TorchError) in try known.mask.copyInPlace(ones) }
      } else {
        parametrizations[name] = Mask(try ones.to(type: weight.type))
      }
    }
  }
}

extension TrainingContext {
  /// Sets elements of a parameter to zero, together with what the optimizer remembers of them.
  ///
  /// - Parameter elements: one where an element is cleared, zero elsewhere; the parameter's shape.
  func clear(_ elements: Tensor, of name: String) throws(TorchError) {
    guard let weight = model.parameters[name] else { return }
    try withoutGradients { () throws(TorchError) in
      let others = try 1 - elements
      _ = try weight.multiplyInPlace(others)
      for (_, slot) in optimizer.state.slots(of: name) where slot.shape == weight.shape {
        _ = try slot.multiplyInPlace(others)
      }
    }
  }
}
