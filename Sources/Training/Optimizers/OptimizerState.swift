// What an optimizer remembers of each parameter between steps.

import Torch

/// What an optimizer remembers between steps: tensors by parameter and by slot, such as the
/// momentum of `conv1.weight`.
///
/// Plug-ins may look at it and change it: a mask wants to be zero in the momentum as well.
///
/// ```swift
/// try optimizer.state["conv1.weight", "momentum"]?.multiplyInPlace(mask)
/// ```
public final class OptimizerState {
  private var slots: [String: [String: Tensor]] = [:]

  /// Nothing remembered.
  public init() {}

  /// The tensor in a slot of a parameter; `nil` before the parameter's first step.
  ///
  /// Setting `nil` makes the next step the first one again.
  public subscript(parameter: String, slot: String) -> Tensor? {
    get { slots[parameter]?[slot] }
    set { slots[parameter, default: [:]][slot] = newValue }
  }

  /// The names of the parameters of which something is remembered, sorted.
  public var parameters: [String] { slots.filter { !$0.value.isEmpty }.keys.sorted() }

  /// All slots of a parameter.
  public func slots(of parameter: String) -> [String: Tensor] { slots[parameter] ?? [:] }

  /// Forgets a parameter, as if it had never been updated.
  public func forget(_ parameter: String) { slots[parameter] = nil }

  /// Forgets everything.
  public func forgetAll() { slots = [:] }
}
