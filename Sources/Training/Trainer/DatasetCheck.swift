// Whether a data set and a network belong together, found out before anything runs.

import Data
import Execution
import Network
import Torch

/// Whether a data set and a network belong together.
enum DatasetCheck {
  /// Throws where examples do not fit the network's first input.
  static func check(_ dataset: any Dataset, fits model: Model) throws(TrainingError) {
    guard dataset.count > 0 else { throw .emptyDataset(name: dataset.name) }
    let shape = dataset.exampleShape
    guard let input = model.freeInputs.first, let expected = input.shape, !shape.isEmpty else {
      return
    }
    let fits =
      expected.count == shape.count + 1
      && zip(expected.dropFirst(), shape).allSatisfy { stated, extent in
        if case .fixed(let n) = stated { n == extent } else { true }
      }
    guard fits else {
      throw .datasetShape(
        dataset: dataset.name, found: shape, input: input.name,
        expected: "[\(expected.dropFirst().map(\.description).joined(separator: ", "))]")
    }
  }

  /// Throws where the data set has more classes than the output has scores.
  static func check(_ dataset: any Dataset, fits output: Tensor) throws(TrainingError) {
    let classes = dataset.classNames.count
    guard output.rank != 2 || classes <= output.shape[1] else {
      throw .classCount(dataset: dataset.name, classes: classes, outputs: output.shape[1])
    }
  }
}
