// Control: a mask with something taken away from it on purpose, to see whether that mattered.
//
// J. Frankle, G. K. Dziugaite, D. M. Roy, M. Carbin, "Pruning Neural Networks at Initialization: Why Are
// We Missing the Mark?", ICLR 2021. A method that chooses single weights well should lose accuracy when
//   shuffle       the mask is permuted at random within each layer,
//   invert        the weights that it would remove stay, and the others leave (scores negated),
//   reinitialise  the weights that stay are drawn again from the initial distribution (which is the
//                 recovery of that name).
// The paper finds that SNIP, GraSP and SynFlow lose little under shuffle and reinitialise: what they
// choose is how many weights each layer keeps. Magnitude after training loses much.

import Data

/// A sanity check of a mask: what is changed of it.
public enum Control: String, Sendable, Hashable, CaseIterable {
  /// The mask is permuted at random within each layer.
  case shuffle
  /// Scores are negated, so that what matters most leaves.
  case invert
}

extension ElementMasks {
  /// The same number of elements of each parameter, at random places.
  ///
  /// - Parameter earlier: elements that these masks have removed stay removed.
  public func shuffled(seed: UInt64, after earlier: ElementMasks = ElementMasks()) -> ElementMasks {
    var result = self
    for (index, (name, mask)) in kept.sorted(by: { $0.key < $1.key }).enumerated() {
      let open = mask.indices.filter { earlier.kept[name]?[$0] ?? true }
      var states = open.map { mask[$0] }
      var random = RandomState(seed: seed, keys: 0x5348_5546, UInt64(index))
      random.shuffle(&states)
      for (place, stays) in zip(open, states) { result.kept[name]?[place] = stays }
    }
    return result
  }
}
