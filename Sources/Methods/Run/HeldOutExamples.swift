// The training examples that nothing is trained on, where something is chosen by them.

import Data
import Torch

/// Divides training examples into those that are trained on and those that choices are made by.
///
/// Which ones are held out is the run's seed's to say: of the same number they are the same in all tasks
/// of a run, so that what a training holds out a later search may be judged by.
enum HeldOutExamples {
  /// - Parameter place: where the recipe asks for `count`.
  /// - Throws: ``RecipeError/value(at:found:expected:)`` where nothing would be left to train on.
  static func divide(
    _ examples: any Dataset, holdingOut count: Int, seed: UInt64, at place: RecipeError.Place
  ) throws -> (rest: any Dataset, held: any Dataset) {
    guard count < examples.count else {
      throw RecipeError.value(
        at: place, found: "\(count) examples to hold out",
        expected: "fewer than the \(examples.count) of '\(examples.name)'")
    }
    var random = RandomState(seed: seed, keys: 0x484F_4C44)
    let order = random.permutation(examples.count)
    return (
      try Subset(of: examples, at: order.dropFirst(count).sorted()),
      try Subset(of: examples, at: order.prefix(count).sorted())
    )
  }
}
