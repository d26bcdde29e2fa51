// How recipes write an allocation.

import Pruning

extension Allocations {
  /// The allocation at the key `allocation`: a name, `{uniform: {rate: 0.2, rates: {fc3: 0.1}}}`, or a
  /// paper's own table of densities, `{per-layer: {"conv*.weight": 0.66, fc1.weight: 0.08}}`.
  static func read(
    _ settings: RecipeReader, default name: String
  ) throws(RecipeError) -> any Allocation {
    let (name, reader) = try settings.part("allocation", default: name)
    let allocation: any Allocation
    switch name {
    case Uniform.name where !reader.keys.isEmpty:
      let rate = try reader.double("rate", default: 0.2, in: 0...1)
      let rates = try reader.mapping("rates").numbers(in: 0...1)
        .map { (pattern: $0.name, rate: $0.number) }
      do throws(PruningError) { allocation = try Uniform(rate: rate, rates: rates) } catch {
        throw .combination(at: reader.place, reason: "\(error)")
      }
    case PerLayer.name:
      let densities = try reader.numbers(in: 0...1).map { (pattern: $0.name, density: $0.number) }
      guard !densities.isEmpty else {
        throw .missingKey(
          at: reader.place, key: PerLayer.name,
          expected: "names of weights with the part of each that stays, such as {fc1.weight: 0.08}")
      }
      allocation = PerLayer(densities)
    default:
      do throws(PruningError) { allocation = try named(name) } catch {
        throw .combination(at: settings.place(of: "allocation"), reason: "\(error)")
      }
    }
    try reader.finish()
    return allocation
  }
}
