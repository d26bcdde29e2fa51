// The relations an operator states between the indices along the axes of its inputs and outputs.

/// An axis of one of a node's inputs or outputs, or a regular selection of its indices.
///
/// A selection has `count` units; unit `u` holds the indices
/// `start + u * stride ..< start + u * stride + width`.
public struct AxisSlice: Sendable, Hashable {
  /// Which tensor of the node.
  public enum Tensor: Sendable, Hashable {
    case input(Int)
    case output(Int)
  }

  /// Which tensor of the node.
  public var tensor: Tensor
  /// The axis, counted from the front.
  public var axis: Int
  /// The first index.
  public var start = 0
  /// Indices from one unit to the next.
  public var stride = 1
  /// Successive indices that belong to one unit.
  public var width = 1
  /// How many units; `nil` for all up to the end of the axis.
  public var count: Int?
  /// Only for these indices of axis 0; `nil` for all. The weight of a grouped convolution holds the
  /// input channels of another group in each block of its rows.
  public var block: Range<Int>?

  /// The whole axis `axis` of input `index`.
  public static func input(_ index: Int, _ axis: Int) -> AxisSlice {
    AxisSlice(tensor: .input(index), axis: axis)
  }

  /// The whole axis `axis` of output `index`.
  public static func output(_ index: Int, _ axis: Int) -> AxisSlice {
    AxisSlice(tensor: .output(index), axis: axis)
  }

  /// A selection of the indices along an axis of input `index`.
  public static func input(
    _ index: Int, _ axis: Int, start: Int, stride: Int = 1, width: Int = 1, count: Int
  ) -> AxisSlice {
    AxisSlice(
      tensor: .input(index), axis: axis, start: start, stride: stride, width: width, count: count)
  }

  /// A selection of the indices along an axis of output `index`.
  public static func output(
    _ index: Int, _ axis: Int, start: Int, stride: Int = 1, width: Int = 1, count: Int
  ) -> AxisSlice {
    AxisSlice(
      tensor: .output(index), axis: axis, start: start, stride: stride, width: width, count: count)
  }
}

/// How groups of units may shrink where an operator leaves a choice.
public struct CouplingOptions: Sendable, Hashable {
  /// What leaves a group normalisation.
  public enum NormalizedUnits: String, Sendable, Hashable, CaseIterable {
    /// Whole groups: the others' means and variances stay, so that masked and cut are the same.
    case groups
    /// Equally many channels of each group: the mean and variance change with the cut.
    case channels
  }

  /// What leaves a group normalisation.
  public var groupNormalization: NormalizedUnits

  /// The choices.
  public init(groupNormalization: NormalizedUnits = .groups) {
    self.groupNormalization = groupNormalization
  }
}

/// What one node ties together, collected from ``Operator/couple(_:_:)``.
///
/// Tied units leave together. An axis that no relation mentions is frozen.
public struct Relations: Sendable {
  /// How a parameter's axis takes part in a tie.
  public enum Part: Sendable, Hashable {
    /// Carries units along: scale, shift, running statistics, activations.
    case carrier
    /// Makes the units: the output axis of a weight.
    case producer
    /// Uses the units up: the input axis of a weight.
    case consumer
  }

  struct Tie: Sendable {
    var a: AxisSlice
    var b: AxisSlice
  }

  /// Ties of which only some can hold.
  struct Option: Sendable {
    /// The axes that hold exactly the units of this option.
    var own: [AxisSlice]
    /// The axes in which the units lie among others.
    var within: [AxisSlice]
    var ties: [Tie]
  }

  private(set) var ties: [Tie] = []
  private(set) var choices: [[Option]] = []
  private(set) var balances: [[AxisSlice]] = []
  private(set) var mentions: [AxisSlice] = []
  private(set) var frozen: [(slice: AxisSlice, reason: String)] = []
  private(set) var parts: [(slice: AxisSlice, part: Part)] = []
  private(set) var mixing: [(slice: AxisSlice, reason: String)] = []
  private(set) var sums: [[AxisSlice]] = []
  let view: NodeView
  /// The inputs that are computed from parameters alone.
  private let derived: Set<Int>
  /// What the user chose where there is a choice.
  public let options: CouplingOptions

  init(
    _ view: NodeView, options: CouplingOptions = CouplingOptions(), derived: Set<Int> = []
  ) {
    self.view = view
    self.options = options
    self.derived = derived
  }

  /// Whether the input at `index` is a weight: a floating-point tensor that the network carries, or
  /// one computed from such tensors alone, as a dequantized weight is.
  func isWeight(_ index: Int) -> Bool { view.isWeight(index) || derived.contains(index) }

  /// Unit `u` of `a` and unit `u` of `b` leave together.
  public mutating func tie(_ a: AxisSlice, _ b: AxisSlice) {
    ties.append(Tie(a: a, b: b))
  }

  /// Like ``tie(_:_:)``; `weight` is the axis of a parameter that makes the units `made`.
  public mutating func produce(_ weight: AxisSlice, _ made: AxisSlice) {
    parts.append((weight, .producer))
    tie(weight, made)
  }

  /// Like ``tie(_:_:)``; `weight` is the axis of a parameter that uses up the units `used`, so that
  /// zeros there silence them.
  public mutating func consume(_ used: AxisSlice, _ weight: AxisSlice) {
    parts.append((weight, .consumer))
    tie(used, weight)
  }

  /// Equally many units leave each of the slices, whichever they are.
  public mutating func balance(_ slices: [AxisSlice]) {
    if slices.count > 1 { balances.append(slices) } else { mentions += slices }
  }

  /// Equally many units leave each of the `count` blocks of `size` successive indices of `axis`.
  public mutating func balanceBlocks(_ axis: AxisSlice, _ count: Int, of size: Int) {
    balance(
      (0..<count).map { block in
        var slice = axis
        slice.start = block * size
        slice.count = size
        return slice
      })
  }

  /// Only one of the options holds, the earliest unless the rest of the network speaks against it;
  /// the axes of the others are frozen.
  mutating func choose(_ options: [Option]) {
    if options.count > 1 { choices.append(options) } else { ties += options.flatMap(\.ties) }
  }

  /// Ties every axis of two tensors of one shape.
  public mutating func tieAll(_ a: AxisSlice.Tensor, _ b: AxisSlice.Tensor) {
    let rank = min(type(of: a)?.shape.count ?? 0, type(of: b)?.shape.count ?? 0)
    for axis in 0..<rank {
      tie(AxisSlice(tensor: a, axis: axis), AxisSlice(tensor: b, axis: axis))
    }
  }

  /// The axis takes part in nothing here, and need not be frozen for that.
  public mutating func mention(_ slice: AxisSlice) {
    mentions.append(slice)
  }

  /// The units of `slice` must stay, for `reason`.
  public mutating func freeze(_ slice: AxisSlice, _ reason: String) {
    frozen.append((slice, reason))
  }

  /// Units may leave `slice`, but zeros there are not the same as absence, for `reason`: a masked
  /// network and a cut one differ.
  public mutating func mixes(_ slice: AxisSlice, _ reason: String) {
    mixing.append((slice, reason))
  }

  /// The operator adds up products of these along their units, or the one slice itself: a masked unit
  /// is absent from the sum as long as one of them is zero there.
  public mutating func sum(_ slices: [AxisSlice]) {
    sums.append(slices)
  }

  /// Takes over what a node of fewer inputs relates; its input `i` is this node's `places[i]`.
  mutating func absorb(_ other: Relations, places: [Int]) {
    func moved(_ slice: AxisSlice) -> AxisSlice {
      var slice = slice
      if case .input(let index) = slice.tensor { slice.tensor = .input(places[index]) }
      return slice
    }
    ties += other.ties.map { Tie(a: moved($0.a), b: moved($0.b)) }
    balances += other.balances.map { $0.map(moved) }
    mentions += other.mentions.map(moved)
    parts += other.parts.map { (moved($0.slice), $0.part) }
    frozen += other.frozen.map { (moved($0.slice), $0.reason) }
    mixing += other.mixing.map { (moved($0.slice), $0.reason) }
    sums += other.sums.map { $0.map(moved) }
  }

  /// Takes over what another view of the same node stated, each slice put where it stands here.
  mutating func take(_ other: Relations, _ place: (AxisSlice) -> AxisSlice) {
    ties += other.ties.map { Tie(a: place($0.a), b: place($0.b)) }
    balances += other.balances.map { $0.map(place) }
    sums += other.sums.map { $0.map(place) }
    mentions += other.mentions.map(place)
    frozen += other.frozen.map { (place($0.slice), $0.reason) }
    parts += other.parts.map { (place($0.slice), $0.part) }
    mixing += other.mixing.map { (place($0.slice), $0.reason) }
  }

  /// What is known of a tensor of the node.
  public func type(of tensor: AxisSlice.Tensor) -> TensorType? {
    switch tensor {
    case .input(let i): i < view.inputs.count ? view.inputs[i] : nil
    case .output(let i): i < view.outputs.count ? view.outputs[i] : nil
    }
  }
}
