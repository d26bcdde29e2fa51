// The attention operators of ONNX Runtime's own domain: whole heads leave.

/// An axis that heads share: successive indices of it belong to one head.
private struct HeadAxis {
  var slice: AxisSlice

  /// The heads of `tensor` along `axis`: `count` of them, each `width` wide, the first at `start`.
  init(_ tensor: AxisSlice.Tensor, _ axis: Int, _ count: Int, of width: Int, from start: Int = 0) {
    slice = AxisSlice(
      tensor: tensor, axis: axis, start: start, stride: width, width: width, count: count)
  }
}

/// `Attention` with the products that make query, key and value in it.
///
/// Inputs: x [N, length, width], weight [width, q + k + v], bias, mask, past [2, N, heads, P, size],
/// what is added to the scores. Outputs: y [N, length, v], present.
enum PackedAttention: Operator {
  static let names = ["Attention"]
  static let domain = Contrib.domain

  /// The widths of query, key and value.
  private static func widths(_ node: NodeView) throws(NetworkError) -> [Int] {
    let (x, weight) = (try node.input(0, rank: 3), try node.input(1, rank: 2))
    let heads = node.node.int("num_heads", default: 0)
    let widths =
      node.node.ints("qkv_hidden_sizes") ?? Array(repeating: weight.shape[1] / 3, count: 3)
    guard widths.count == 3, widths.allSatisfy({ (0...weight.shape[1]).contains($0) }),
      widths[0] == widths[1], widths.reduce(0, +) == weight.shape[1],
      x.shape[2] == weight.shape[0], heads > 0, widths.allSatisfy({ $0 % heads == 0 })
    else {
      throw node.invalid(
        "the weight \(weight.shape) does not make \(heads) heads of query, key and value from "
          + "\(x.shape)")
    }
    return widths
  }

  static func infer(_ node: NodeView) throws(NetworkError) -> [TensorType?] {
    let widths = try widths(node)
    let x = try node.input(0)
    let y = try node.output(x.element, [x.shape[0], x.shape[1], widths[2]])
    guard node.node.outputs.count > 1 else { return [y] }
    let heads = node.node.int("num_heads", default: 1)
    let past = node.node.input(4) == nil ? 0 : try node.input(4, rank: 4).shape[3]
    let present = [2, x.shape[0], heads, past + x.shape[1], widths[0] / heads]
    return [y, try node.output(x.element, present)]
  }

  static func macs(_ node: NodeView) -> Int {
    guard let widths = try? widths(node), let x = node.inputType(0)?.shape else { return 0 }
    let past = node.inputType(4).map { $0.shape.count > 3 ? $0.shape[3] : 0 } ?? 0
    let products = (x + [widths.reduce(0, +)]).saturatingProduct
    return min(
      products + [x[0], x[1], past + x[1], widths[0] + widths[2]].saturatingProduct, 1 << 50)
  }

  static func couple(_ node: NodeView, _ relations: inout Relations) {
    guard let widths = try? widths(node) else { return }
    let heads = node.node.int("num_heads", default: 1)
    relations.tie(.input(0, 0), .output(0, 0))
    relations.tie(.input(0, 1), .output(0, 1))
    relations.consume(.input(0, 2), .input(1, 0))
    let made = HeadAxis(.output(0), 2, heads, of: widths[2] / heads).slice
    var start = 0
    for width in widths {
      let size = width / heads
      relations.produce(HeadAxis(.input(1), 1, heads, of: size, from: start).slice, made)
      if node.inputType(2) != nil {
        relations.tie(HeadAxis(.input(2), 0, heads, of: size, from: start).slice, made)
      }
      start += width
    }
    if node.inputType(4)?.shape.count == 5 { relations.tie(.input(4, 2), made) }
    if node.outputType(1)?.shape.count == 5 { relations.tie(.output(1, 2), made) }
    if node.inputType(5)?.shape.dropFirst().first == heads, heads > 1 {
      relations.tie(.input(5, 1), made)
    }
  }

  static func cut(_ cut: inout NodeCut) throws(NetworkError) {
    let widths = try widths(cut.view)
    let heads = cut.node.int("num_heads", default: 1)
    guard let kept = cut.kept(.output(0, 2)), widths[2] > 0 else { return }
    let left = kept.count / (widths[2] / heads)
    cut.node.set("num_heads", .int(Int64(left)))
    // The scale follows the size of a head, which stays.
    if cut.node.ints("qkv_hidden_sizes") != nil {
      cut.node.set("qkv_hidden_sizes", .ints(widths.map { Int64($0 / heads * left) }))
    }
  }

  static func role(ofInput index: Int) -> Initializer.Role? {
    (1...2).contains(index) ? .parameter : nil
  }
}

/// Attention over query, key and value that come ready: `MultiHeadAttention`.
///
/// Inputs: query [N, length, width], key and value [N, length, width] or [N, heads, length, size],
/// bias, mask of keys, what is added to the scores, past key and value. Outputs: y, present key and
/// value. Packed forms, of five axes, are frozen.
enum MultiHeadAttention: Operator {
  static let names = ["MultiHeadAttention"]
  static let domain = Contrib.domain

  /// The shape [N, heads, length, size] of each operand, without what is past.
  private static func operands(_ node: NodeView) throws(NetworkError) -> [[Int]] {
    let heads = node.node.int("num_heads", default: 0)
    guard heads > 0 else { throw node.invalid("num_heads is \(heads)") }
    func split(_ index: Int) throws(NetworkError) -> [Int] {
      let shape = try node.input(index, rank: 3).shape
      if shape.count == 4 { return shape }
      guard shape.count == 3, shape[2] % heads == 0 else {
        throw node.invalid("the input \(shape) does not split into \(heads) heads")
      }
      return [shape[0], heads, shape[1], shape[2] / heads]
    }
    let query = try node.input(0, rank: 3).shape
    if query.count == 5 {
      return Array(repeating: [query[0], query[2], query[1], query[4]], count: 3)
    }
    let key = try node.input(1, rank: 3).shape
    if key.count == 5 {
      return [try split(0)] + Array(repeating: [key[0], key[2], key[1], key[4]], count: 2)
    }
    return [try split(0), try split(1), try split(2)]
  }

  static func infer(_ node: NodeView) throws(NetworkError) -> [TensorType?] {
    let parts = try operands(node)
    let element = try node.input(0).element
    let (query, key, value) = (parts[0], parts[1], parts[2])
    guard query[3] == key[3], key[2] == value[2] else {
      throw node.invalid("the query \(query), key \(key) and value \(value) do not fit")
    }
    let past = node.node.input(6) == nil ? 0 : try node.input(6, rank: 3).shape[2]
    var types = [
      try node.output(element, [query[0], query[2], [value[1], value[3]].saturatingProduct])
    ]
    for part in [key, value] {
      types.append(try node.output(element, [part[0], part[1], past + part[2], part[3]]))
    }
    return Array(types.prefix(max(1, node.node.outputs.count)))
  }

  static func macs(_ node: NodeView) -> Int {
    guard let parts = try? operands(node) else { return 0 }
    let past = node.inputType(6).map { $0.shape.count > 2 ? $0.shape[2] : 0 } ?? 0
    return [
      parts[0][0], parts[0][1], parts[0][2], past + parts[1][2], parts[0][3] + parts[2][3],
    ].saturatingProduct
  }

  static func couple(_ node: NodeView, _ relations: inout Relations) {
    guard let parts = try? operands(node), node.inputType(0)?.shape.count == 3,
      node.inputType(1)?.shape.count != 5
    else { return }
    let heads = parts[0][1]
    relations.tie(.input(0, 0), .output(0, 0))
    relations.tie(.input(0, 1), .output(0, 1))
    let made = HeadAxis(.output(0), 2, heads, of: parts[2][3]).slice
    var start = 0
    for index in 0..<3 {
      let size = parts[index][3]
      if node.inputType(index)?.shape.count == 4 {
        relations.tie(.input(index, 1), made)
      } else {
        relations.tie(HeadAxis(.input(index), 2, heads, of: size).slice, made)
      }
      if node.inputType(3) != nil {
        relations.tie(HeadAxis(.input(3), 0, heads, of: size, from: start).slice, made)
      }
      start += heads * size
    }
    for index in 6...7 where node.inputType(index)?.shape.count == 4 {
      relations.tie(.input(index, 1), made)
    }
    for index in 1...2 where node.outputType(index)?.shape.count == 4 {
      relations.tie(.output(index, 1), made)
    }
    if node.inputType(5)?.shape.dropFirst().first == heads, heads > 1 {
      relations.tie(.input(5, 1), made)
    }
  }

  static func cut(_ cut: inout NodeCut) throws(NetworkError) {
    let heads = cut.node.int("num_heads", default: 1)
    guard let kept = cut.kept(.output(0, 2)), let width = cut.view.outputType(0)?.shape.last,
      heads > 0, width >= heads
    else { return }
    cut.node.set("num_heads", .int(Int64(kept.count / (width / heads))))
  }

  static func role(ofInput index: Int) -> Initializer.Role? { index == 3 ? .parameter : nil }
}

/// Causal attention whose key and value heads serve several query heads: they leave together.
///
/// Inputs: query [N, length, heads size] (with keys and values behind it where those are left out),
/// key, value, past key and value, lengths, the largest length, cosines, sines, positions, what is
/// added to the scores, the sink of each query head. Outputs: y, present key and value.
enum GroupQueryAttention: Operator {
  static let names = ["GroupQueryAttention"]
  static let domain = Contrib.domain

  /// Key heads, query heads for each of them, and the size of a head.
  private static func heads(
    _ node: NodeView
  ) throws(NetworkError) -> (count: Int, served: Int, size: Int) {
    let query = try node.input(0, rank: 3)
    let (all, count) = (
      node.node.int("num_heads", default: 0), node.node.int("kv_num_heads", default: 0)
    )
    let isPacked = node.node.input(1) == nil
    guard (1...NodeView.largestStep).contains(count), (1...NodeView.largestStep).contains(all),
      all % count == 0, case let parts = isPacked ? all + 2 * count : all,
      query.shape[2] % parts == 0
    else {
      throw node.invalid("the query \(query.shape) does not split into \(all) heads over \(count)")
    }
    return (count, all / count, query.shape[2] / parts)
  }

  static func infer(_ node: NodeView) throws(NetworkError) -> [TensorType?] {
    let (count, served, size) = try heads(node)
    let query = try node.input(0)
    let y = try node.output(
      query.element, [query.shape[0], query.shape[1], count * served * size])
    guard node.node.outputs.count > 1 else { return [y] }
    let past = node.node.input(3) == nil ? 0 : try node.input(3, rank: 3).shape[2]
    let length =
      (try? node.integers(6).first).map { max($0, past) } ?? past + query.shape[1]
    let present = try node.output(query.element, [query.shape[0], count, length, size])
    return Array([y, present, present].prefix(node.node.outputs.count))
  }

  static func macs(_ node: NodeView) -> Int {
    guard let (count, served, size) = try? heads(node), let query = node.inputType(0)?.shape else {
      return 0
    }
    let past = node.inputType(3).map { $0.shape.count > 2 ? $0.shape[2] : 0 } ?? 0
    return [query[0], count * served, query[1], past + query[1], 2 * size].saturatingProduct
  }

  static func couple(_ node: NodeView, _ relations: inout Relations) {
    guard let (count, served, size) = try? heads(node) else { return }
    relations.tie(.input(0, 0), .output(0, 0))
    relations.tie(.input(0, 1), .output(0, 1))
    let made = HeadAxis(.output(0), 2, count, of: served * size).slice
    relations.tie(HeadAxis(.input(0), 2, count, of: served * size).slice, made)
    if node.inputType(1) == nil {
      for part in 0..<2 {
        let start = (count * served + part * count) * size
        relations.tie(HeadAxis(.input(0), 2, count, of: size, from: start).slice, made)
      }
    } else {
      for index in 1...2 { relations.tie(HeadAxis(.input(index), 2, count, of: size).slice, made) }
    }
    for index in 3...4 where node.inputType(index)?.shape.count == 4 {
      relations.tie(.input(index, 1), made)
    }
    for index in 1...2 where node.outputType(index)?.shape.count == 4 {
      relations.tie(.output(index, 1), made)
    }
    // What is added to the scores, and the sinks, are one a query head.
    let all = count * served
    if let added = node.inputType(10)?.shape, added.count == 4, added[1] == all, all > 1 {
      relations.tie(HeadAxis(.input(10), 1, count, of: served).slice, made)
    }
    if node.inputType(11)?.shape == [all] {
      relations.tie(HeadAxis(.input(11), 0, count, of: served).slice, made)
    }
  }

  static func role(ofInput index: Int) -> Initializer.Role? {
    switch index {
    case 7...8: .constant
    case 11: .parameter
    default: nil
    }
  }

  static func cut(_ cut: inout NodeCut) throws(NetworkError) {
    let (count, served, size) = try heads(cut.view)
    guard let kept = cut.kept(.output(0, 2)), size > 0, count > 0 else { return }
    cut.node.set("num_heads", .int(Int64(kept.count / size)))
    cut.node.set("kv_num_heads", .int(Int64(kept.count / size / served)))
  }
}

/// `RotaryEmbedding` of this domain: x, positions, cosines, sines. Whole heads leave.
enum PackedRotaryEmbedding: Operator {
  static let names = ["RotaryEmbedding"]
  static let domain = Contrib.domain

  static func infer(_ node: NodeView) throws(NetworkError) -> [TensorType?] {
    [try node.input(0, rank: 3)]
  }

  static func couple(_ node: NodeView, _ relations: inout Relations) {
    guard let x = node.inputType(0)?.shape else { return }
    if x.count == 4 {
      for axis in 0..<3 { relations.tie(.input(0, axis), .output(0, axis)) }
      return
    }
    for axis in 0..<2 { relations.tie(.input(0, axis), .output(0, axis)) }
    let heads = node.node.int("num_heads", default: 0)
    let size = heads > 0 ? x[2] / heads : 2 * (node.inputType(2)?.shape.last ?? 0)
    guard size > 0, x[2] % size == 0 else { return }
    relations.tie(
      HeadAxis(.input(0), 2, x[2] / size, of: size).slice,
      HeadAxis(.output(0), 2, x[2] / size, of: size).slice)
  }

  static func cut(_ cut: inout NodeCut) throws(NetworkError) {
    let heads = cut.node.int("num_heads", default: 0)
    guard heads > 0, let kept = cut.kept(.output(0, 2)),
      let width = cut.view.outputType(0)?.shape.last, width >= heads
    else { return }
    cut.node.set("num_heads", .int(Int64(kept.count / (width / heads))))
  }

  static func role(ofInput index: Int) -> Initializer.Role? { index > 0 ? .constant : nil }
}
