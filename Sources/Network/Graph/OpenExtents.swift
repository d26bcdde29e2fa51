// The numbers that a network is planned on where its inputs leave extents open.

/// The numbers that stand for the open extents of a network's inputs where the caller gives none.
///
/// The first axis of an input, the batch, is 1, and so is everything else that is no image. The
/// spatial axes of images are ``image`` pixels long. Where that does not fit the network, because a
/// kernel is larger, two paths meet in different sizes or even the number of channels is left open,
/// the ``candidates`` are tried in turn.
enum OpenExtents {
  /// The extent of an image's open spatial axis.
  static let image = 224
  /// What is tried, in this order, where the first choice does not fit.
  static let candidates = [32, 64, 224, 256, 512, 1024, 16384]
  /// So many elements a value may have before smaller images are tried: attention between all pixels
  /// of a large one needs more memory than machines have.
  private static let most = 1 << 27
  /// The numbers of channels that an image may have.
  private static let channels = [1, 3]

  /// Calls `body` with a binding and shapes in which every open extent that matters has a number.
  ///
  /// - Throws: what `body` throws for the first choice, where it accepts none.
  static func choose(
    _ network: Network, _ binding: [String: Int], _ shapes: [String: [Int]],
    _ body: ([String: Int], [String: [Int]]) throws(NetworkError) -> Inference
  ) throws(NetworkError) -> Inference {
    let open = network.inputs.filter { input in
      shapes[input.name] == nil && network.initializers[input.name] == nil
        && (input.shape ?? []).dropFirst().contains { !$0.isBound(by: binding) }
    }
    if open.isEmpty { return try body(binding, shapes) }
    func attempt(_ size: Int?, _ channels: Int) throws(NetworkError) -> Inference {
      var (names, shapes) = (binding, shapes)
      for input in open { fill(input, size, channels, &names, &shapes) }
      return try body(names, shapes)
    }
    do throws(NetworkError) {
      let found = try attempt(nil, 1)
      if found.largest <= most { return found }
      for size in candidates.reversed() where size < image {
        if let smaller = try? attempt(size, 1), smaller.largest <= most { return smaller }
      }
      return found
    } catch {
      for channels in channels {
        for size in [nil] + candidates {
          if let found = try? attempt(size, channels) { return found }
        }
      }
      throw error
    }
  }

  /// Gives the open extents of one input numbers: `size`, or the first choice where it is `nil`.
  private static func fill(
    _ input: ValueInfo, _ size: Int?, _ channels: Int, _ binding: inout [String: Int],
    _ shapes: inout [String: [Int]]
  ) {
    guard let stated = input.shape else { return }
    let isImage = (4...5).contains(stated.count) && input.type?.isFloatingPoint == true
    // The channels stand before the image or behind it.
    let behind = isImage && stated.last?.isSmall == true && stated[1].isSmall == false
    let spatial = behind ? 1..<stated.count - 1 : 2..<stated.count
    var shape: [Int] = []
    for (axis, extent) in stated.enumerated() {
      let number =
        if axis == 0 {
          1
        } else if isImage {
          spatial.contains(axis) ? size ?? image : channels
        } else {
          size ?? 1
        }
      // One name is one number, wherever it stands.
      if case .symbol(let name) = extent, binding[name] == nil { binding[name] = number }
      shape.append(extent.isBound(by: binding) ? extent.bound(by: binding) : number)
    }
    shapes[input.name] = shape
  }
}

extension Network {
  /// Shapes for the inputs that the network can be run on: its own, with numbers for open extents.
  ///
  /// - Parameter batch: the number for open first axes, where the network takes it.
  /// - Throws: ``NetworkError`` where the shapes contradict each other.
  public func inputShapes(batch: Int) throws(NetworkError) -> [String: [Int]] {
    let types = try infer().types
    let free = inputs.filter { initializers[$0.name] == nil && types[$0.name] != nil }
    var shapes: [String: [Int]] = [:]
    for input in free { shapes[input.name] = types[input.name]?.shape }
    let names = Set(free.compactMap { $0.shape?.first?.symbol })
    var larger = shapes
    for input in free {
      for (axis, extent) in (input.shape ?? []).enumerated() {
        let isBatch = axis == 0 ? !extent.isBound(by: [:]) : extent.symbol.map(names.contains)
        if isBatch == true { larger[input.name]?[axis] = batch }
      }
    }
    return (try? infer(shapes: larger)) == nil ? shapes : larger
  }
}

extension Inference {
  /// The elements of the largest value.
  fileprivate var largest: Int { types.values.map(\.shape.saturatingProduct).max() ?? 0 }
}

extension Extent {
  /// The name, where the extent has one.
  fileprivate var symbol: String? { if case .symbol(let name) = self { name } else { nil } }

  /// Whether the extent is a number, or a name that `binding` knows.
  fileprivate func isBound(by binding: [String: Int]) -> Bool {
    switch self {
    case .fixed: true
    case .symbol(let name): binding[name] != nil
    case .unknown: false
    }
  }

  /// Whether the extent is a number of channels that an image may have.
  fileprivate var isSmall: Bool { if case .fixed(1...4) = self { true } else { false } }
}
