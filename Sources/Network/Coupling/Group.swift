// A group: units of a network that can only leave together.

/// Units of a network that can only leave together.
///
/// Unit `u` of the group is everything that ``members`` say it is: for a convolution followed by
/// batch normalisation and another convolution, filter `u` and its bias, scale, shift and running
/// statistics, and input channel `u` of the next weight.
public struct Group: Sendable, Hashable {
  /// A name that says where the units come from: the layer that makes them.
  public let name: String
  /// How many units there are.
  public let size: Int
  /// Into how many blocks of successive units, all of one size, the units fall; equally many of each
  /// block must stay. 1 where any units may leave.
  public let blocks: Int
  /// Where the units are.
  public let members: [Member]
  /// Why the units must stay; empty for a group that can be pruned.
  public let frozen: [String]
  /// Why a masked network differs from a cut one; empty where zero and absence are the same.
  public let mixing: [String]

  init(
    name: String, size: Int, blocks: Int = 1, members: [Member], frozen: [String], mixing: [String]
  ) {
    self.name = name
    self.size = size
    self.blocks = blocks
    self.members = members
    self.frozen = frozen
    self.mixing = mixing
  }

  /// The first units of each block, `count` in all, which must be a multiple of ``blocks``.
  public func first(_ count: Int) -> [Int] {
    let size = size / blocks
    return (0..<blocks).flatMap { $0 * size..<$0 * size + count / blocks }
  }

  /// Where the units of a group are: a regular selection of the indices along an axis of a value.
  public struct Member: Sendable, Hashable {
    /// The value's name.
    public let value: String
    /// The axis, counted from the front.
    public let axis: Int
    /// Only for these indices of axis 0; `nil` for all.
    public let block: Range<Int>?
    /// The units that have indices here: all, or those of some of the group's blocks.
    public internal(set) var units: Range<Int>
    /// The first index of the first of ``units``.
    public let start: Int
    /// Indices from one unit to the next.
    public let stride: Int
    /// Successive indices that belong to one unit.
    public let width: Int
    /// What the network carries there: a parameter, a buffer, a constant; `nil` for activations.
    public let role: Initializer.Role?
    /// How the axis takes part: it makes the units, uses them up, or carries them along.
    public let part: Relations.Part

    /// The indices of unit `unit`; none where the unit is not here.
    public func indices(of unit: Int) -> Range<Int> {
      let first = start + (unit - units.lowerBound) * stride
      return units.contains(unit) ? first..<first + width : first..<first
    }
  }

  /// The parameters' axes that make the units: what "filter" means in this group.
  public var producers: [Member] { members.filter { $0.part == .producer } }
  /// The parameters' axes that use the units up.
  public var consumers: [Member] { members.filter { $0.part == .consumer } }
}

/// A node that freezes what it touches, with the reason.
public struct Barrier: Sendable, Hashable {
  /// The node, as messages name it.
  public let node: String
  /// Why nothing around it can be pruned.
  public let reason: String
}

/// How the units of a network hang together.
public struct Coupling: Sendable {
  /// The groups that can be pruned, in the order of the layers that make them.
  public let groups: [Group]
  /// The groups that a parameter makes but that must stay, with the reasons.
  public let frozen: [Group]
  /// The nodes that freeze what they touch.
  public let barriers: [Barrier]

  /// The group `name`.
  ///
  /// - Throws: ``NetworkError/noSuch(kind:name:known:)`` where there is none.
  public func group(named name: String) throws(NetworkError) -> Group {
    guard let group = (groups + frozen).first(where: { $0.name == name }) else {
      throw .noSuch(kind: "group", name: name, known: groups.map(\.name))
    }
    return group
  }
}
