// The arithmetic of sliding windows that convolution and pooling share.

/// Where a kernel slides over the spatial axes: strides, dilations, padding and the output's extents.
public struct Window: Sendable, Hashable {
  /// Kernel extent by spatial axis.
  public let kernel: [Int]
  /// Step by spatial axis.
  public let strides: [Int]
  /// Distance between kernel elements by spatial axis.
  public let dilations: [Int]
  /// Padding before the first element, by spatial axis.
  public let padBegin: [Int]
  /// Padding after the last element, by spatial axis.
  public let padEnd: [Int]
  /// Output extent by spatial axis.
  public let output: [Int]

  /// The window a `Conv`- or pool-like node slides over `input`.
  ///
  /// `output = floor((input + pads - dilation (kernel - 1) - 1) / stride) + 1`, `ceil` instead of
  /// `floor` where the node's `ceil_mode` is 1 (and the last window then starts inside the input or
  /// its left padding).
  ///
  /// - Throws: ``NetworkError/invalidNode(node:reason:)`` where a list has the wrong length or the
  ///   kernel is larger than the padded input.
  public init(_ node: NodeView, input: [Int], kernel: [Int]) throws(NetworkError) {
    let rank = input.count
    func list(_ key: String, count: Int, default value: Int) throws(NetworkError) -> [Int] {
      guard let list = node.node.ints(key) else { return Array(repeating: value, count: count) }
      guard list.count == count,
        list.allSatisfy({ (value...NodeView.largestStep).contains($0) })
      else {
        throw node.invalid(
          "\(key) = \(list); \(count) numbers from \(value) to \(NodeView.largestStep) were expected"
        )
      }
      return list
    }
    guard kernel.count == rank,
      kernel.allSatisfy({ (1...NodeView.largestStep).contains($0) })
    else {
      throw node.invalid("the kernel \(kernel) does not fit the \(rank) spatial axes of the input")
    }
    let strides = try list("strides", count: rank, default: 1)
    let dilations = try list("dilations", count: rank, default: 1)
    var pads = try list("pads", count: 2 * rank, default: 0)
    let auto = node.node.string("auto_pad", default: "NOTSET")
    let ceiling = node.node.int("ceil_mode", default: 0) == 1
    var output: [Int] = []
    for axis in 0..<rank {
      let span = dilations[axis] * (kernel[axis] - 1) + 1
      switch auto {
      case "SAME_UPPER", "SAME_LOWER":
        let count = (input[axis] + strides[axis] - 1) / strides[axis]
        let total = max(0, (count - 1) * strides[axis] + span - input[axis])
        let small = total / 2
        pads[axis] = auto == "SAME_UPPER" ? small : total - small
        pads[axis + rank] = total - pads[axis]
        output.append(count)
        continue
      case "VALID":
        pads[axis] = 0
        pads[axis + rank] = 0
      case "NOTSET", "": break
      default: throw node.invalid("auto_pad is '\(auto)', which ONNX does not know")
      }
      let room = input[axis] + pads[axis] + pads[axis + rank] - span
      guard room >= 0 else {
        throw node.invalid(
          "the kernel spans \(span) of spatial axis \(axis), whose padded extent is "
            + "\(room + span)")
      }
      var count = room / strides[axis] + 1
      if ceiling, room % strides[axis] != 0,
        count * strides[axis] < input[axis] + pads[axis]
      {
        count += 1
      }
      output.append(count)
    }
    self.kernel = kernel
    self.strides = strides
    self.dilations = dilations
    padBegin = Array(pads[..<rank])
    padEnd = Array(pads[rank...])
    self.output = output
  }
}
