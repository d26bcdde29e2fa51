// Substitute: what computes a node in another way than its operator says, as long as a method needs it.

import Network
import Torch

/// Computes a node of a model in another way than its operator does.
///
/// What ``Parametrization`` is to a weight, a substitute is to a step of the computation: normalisation
/// with factors rounded to powers of two, for example. A file holds only operators, so a substitute also
/// says with which tensors the operator itself computes the same where the network is used.
public protocol Substitute: AnyObject {
  /// The outputs of the node.
  func compute(_ inputs: Inputs, _ run: RunContext) throws(TorchError) -> [Tensor]

  /// The inputs, by their place, with which the node's operator gives in evaluation mode exactly what
  /// ``compute(_:_:)`` does; those that are left out stay as they are.
  func settled(_ inputs: Inputs) throws(TorchError) -> [Int: Tensor]
}
