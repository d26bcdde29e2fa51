// What a run finds out before it begins: stages that would fail whatever is trained before them.

import Data
import Network
import Pruning

/// What is known before a run begins.
public struct Rehearsal {
  /// The network that the run starts from.
  public let network: Network
  /// The networks that are kept under marks from the start.
  public let marks: [String: Network]
  /// The data set; `nil` where the run has none.
  public let data: DatasetSource?
  /// Where all random numbers start.
  public let seed: UInt64
  /// Whether an earlier stage removes units.
  public internal(set) var isPruned = false
  /// The weights that earlier stages `prune` mask, by name.
  fileprivate(set) var masked: Set<String> = []
  /// Whether an earlier stage makes weights share values.
  fileprivate(set) var isShared = false

  /// Whether weights share values, of the network itself or by an earlier stage.
  var sharesValues: Bool {
    isShared
      || network.initializers.values.contains { weight in
        guard weight.tensor.shape.count >= 2, let numbers = weight.tensor.reals else {
          return false
        }
        let kept = numbers.filter { $0 != 0 }
        return CodebookTraining.isShared(values: Set(kept).count, among: kept.count)
      }
  }

  private final class Counted {
    var examples: Int?
  }
  private let counted = Counted()

  /// What is known before a run begins; `examples` where it is known how many there are to train on.
  init(
    network: Network, marks: [String: Network], data: DatasetSource?, examples: Int? = nil,
    seed: UInt64
  ) {
    (self.network, self.marks, self.data, self.seed) = (network, marks, data, seed)
    counted.examples = examples
  }

  /// How many examples there are to train on, found out when it is first asked for; `nil` without data.
  func trainingExamples() throws(DataError) -> Int? {
    if counted.examples == nil { counted.examples = try data?.load(.train).count }
    return counted.examples
  }
}

extension Recipe {
  /// Lets every stage say what it would fail of, as far as the network of the start tells: nothing is
  /// trained first to find a layer's name misspelt in the stage after.
  ///
  /// - Throws: ``RecipeError/stage(name:cause:)`` with file and line.
  func rehearse(_ rehearsal: Rehearsal) throws(RecipeError) {
    for (stage, place) in zip(stages, places) where stage.needsData && rehearsal.data == nil {
      let name = type(of: stage).name
      let inside = RecipeError.Place(
        file: place.file, line: place.line, path: "\(place.path).\(name)")
      throw Self.missingData(at: inside, for: name)
    }
    var rehearsal = rehearsal
    for (stage, place) in zip(stages, places) {
      do { try stage.rehearse(rehearsal) } catch let error as RecipeError {
        throw error
      } catch {
        throw .stage(name: "\(place).\(type(of: stage).name)", cause: error)
      }
      // Of other layers, or of weights that mean something else, nothing is known.
      guard stage.keepsForm else { return }
      if stage is PruneStage { rehearsal.isPruned = true }
      if let prune = stage as? PruneStage, !prune.granularity.cuts {
        rehearsal.masked.formUnion(
          rehearsal.network.weightNames.filter {
            !prune.pruner.exclusions.excludes(parameter: $0)
          })
      }
      if stage is ShareStage { rehearsal.isShared = true }
    }
  }

  /// The error of a task that looks at data in a run that has none.
  static func missingData(at place: RecipeError.Place, for task: String) -> RecipeError {
    .missingKey(
      at: place, key: "data",
      expected: "the data set that \(task) needs; write it in the recipe or give --data")
  }
}
