// The filter skeleton: one number for each stripe of a convolution, by which the stripe is multiplied.
//
// F. Meng, H. Cheng, K. Li, H. Luo, X. Guo, G. Lu, X. Sun, "Pruning Filter in Filter", NeurIPS 2020: a
// stripe is what a filter reads at one place of its window, W[o, :, y, x], and I [out, kh, kw] its
// skeleton, which begins at 1.

import Execution
import Torch

/// `effective[o, i, y, x] = I[o, y, x] weight[o, i, y, x]`.
public final class FilterSkeleton: Parametrization {
  /// The skeleton I `[out, kh, kw]`, which is trained.
  public let skeleton: Tensor

  init(_ skeleton: Tensor) { self.skeleton = skeleton }

  public var variables: [String: Tensor] { ["skeleton": skeleton] }

  public func effective(_ weight: Tensor, mode: Mode) throws(TorchError) -> Tensor {
    try weight * skeleton.unsqueeze(1)
  }
}
