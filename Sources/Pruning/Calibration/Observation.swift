// Observation: what a criterion sees of one batch.

import Network
import Torch

/// What a criterion sees of one batch: as much of it as it declared to need.
public struct Observation {
  /// The groups whose units are scored; none where single weights are.
  public let groups: [Group]
  /// For each parameter its value and the derivative of the batch's mean loss.
  public internal(set) var gradients: [String: (weight: Tensor, gradient: Tensor)] = [:]
  var derivatives: [String: Tensor] = [:]
  private let ends: [UnitEnds.End]
  private let values: [String: Tensor]

  init(groups: [Group], ends: [UnitEnds.End], values: [String: Tensor]) {
    self.groups = groups
    self.ends = ends
    self.values = values
  }

  /// The derivative of each example's loss by the gate on each unit, `[B, units]`.
  public func gates(of group: Group) throws(TorchError) -> Tensor {
    guard let found = derivatives[group.name] else {
      throw .engine(
        operation: "gates", arguments: [group.name],
        message: "the criterion does not declare that it needs gates")
    }
    return found
  }

  /// How many positions a unit has in one example: the elements that one gate multiplies, over all
  /// places where the units are used up; of units in different places, the mean.
  public func positions(of group: Group) -> Int {
    let elements = places(of: group).reduce(0) { sum, place in
      let perIndex = place.value.count / max(place.end.extent, 1)
      return sum + perIndex * place.member.width * place.member.units.count
    }
    let examples = derivatives[group.name]?.shape.first ?? 1
    return max(1, elements / max(group.size * examples, 1))
  }

  /// For each unit the mean over the places where it is used up of `reduce`, which is given the values
  /// there as `[units, elements]` (all examples and positions) and answers with one number a unit.
  public func overUnits(
    of group: Group, _ reduce: (Tensor) throws(TorchError) -> Tensor
  ) throws(TorchError) -> Tensor {
    var sum: Tensor?
    var count = [Double](repeating: 0, count: group.size)
    for (end, member, value) in places(of: group) {
      let indices = member.units.flatMap { member.indices(of: $0) }
      let axes = [end.place.axis] + (0..<end.rank).filter { $0 != end.place.axis }
      let rows = try value.permute(axes)
        .indexSelect(axis: 0, Tensor(indices.map(Int64.init), device: value.device))
        .reshape([member.units.count, -1])
      let units = try Tensor(member.units.map(Int64.init), device: value.device)
      let zeros = try Tensor.zeros([group.size], type: .float64, device: value.device)
      let part = try zeros.indexAdd(axis: 0, units, reduce(rows).to(type: .float64))
      sum = try sum.map { (sum) throws(TorchError) in try sum + part } ?? part
      for unit in member.units { count[unit] += 1 }
    }
    guard let sum else { return try Tensor.zeros([group.size], type: .float64) }
    return try sum / Tensor(count.map { max($0, 1) }, device: sum.device)
  }

  /// Where the units of a group are used up, with the values there.
  private func places(
    of group: Group
  ) -> [(end: UnitEnds.End, member: Group.Member, value: Tensor)] {
    ends.flatMap { end in
      end.members.compactMap { position, member in
        groups[position].name == group.name
          ? values[end.value].map { (end, member, $0) } : nil
      }
    }
  }
}
