// Random layers over pictures.

import Network

extension RandomGraph {
  mutating func growPicture() throws {
    let x = try picture()
    let count = try b.channels(x)
    let layers: [(inout RandomGraph, String, Int) throws -> Void] = [
      { try $0.convolution($1, $2) }, { try $0.convolution($1, $2) },
      { try $0.grouped($1, $2) }, { try $0.depthwise($1, $2) }, { try $0.residual($1, $2) },
      { try $0.residual($1, $2) }, { try $0.joined($1, $2) }, { try $0.splitted($1, $2) },
      { try $0.sliced($1, $2) }, { try $0.looked($1, $2) }, { try $0.shuffled($1, $2) },
      { try $0.normalized($1, $2) }, { try $0.gated($1, $2) }, { try $0.transposed($1, $2) },
      { try $0.resampled($1, $2) }, { try $0.spaced($1, $2) }, { try $0.padded($1, $2) },
      { try $0.spread($1, $2) }, { try $0.nonLocal($1, $2) }, { try $0.shared($1, $2) },
      { try $0.scaled($1, $2) }, { try $0.stream($1, $2) },
    ]
    try draw(layers)(&self, x, count)
  }

  private mutating func convolution(_ x: String, _ count: Int) throws {
    let kernel = try draw([1, 3])
    var y = try b.conv(name("conv"), x, width(), kernel: kernel, padding: kernel / 2)
    if chance(0.5) { y = try b.batchNorm("\(y).bn", y) }
    pictures.append(try activated(y))
  }

  private mutating func grouped(_ x: String, _ count: Int) throws {
    let wide = try width()
    let groups = [2, 3, 4, 6].filter { count % $0 == 0 && wide % $0 == 0 }
    guard let groups = groups.randomElement(using: &random) else { return }
    pictures.append(
      try activated(
        b.conv(name("grouped"), x, wide, kernel: 3, padding: 1, groups: groups)))
  }

  private mutating func depthwise(_ x: String, _ count: Int) throws {
    let y = try b.conv(
      name("depthwise"), x, count * draw([1, 1, 2]), kernel: 3, padding: 1, groups: count)
    pictures.append(chance(0.5) ? y : try b.conv(name("point"), activated(y), width(), kernel: 1))
  }

  private mutating func residual(_ x: String, _ count: Int) throws {
    var y = try picture()
    if try b.channels(y) != count { y = try b.conv(name("to"), y, count, kernel: 1) }
    pictures.append(try op(draw(["Add", "Add", "Mul", "Max", "Sub"]), [x, y]))
  }

  private mutating func joined(_ x: String, _ count: Int) throws {
    var parts = [x]
    for _ in 0..<(chance(0.3) ? 2 : 1) { parts.append(try picture()) }
    let y = try b.concat(name("concat"), parts)
    if try b.channels(y) <= 72 { pictures.append(y) }
  }

  /// Parts go their own ways, and some join again, as in a C2f block.
  private mutating func splitted(_ x: String, _ count: Int) throws {
    guard count > 2 else { return }
    let first = chance(0.5) ? count / 2 : Int.random(in: 1..<count, using: &random)
    let y = try op("Split", [x, list([first, count - first])], ["axis": .int(1)], outputs: 2)
    let parts = [y, "\(y).1"]
    if first * 2 == count, chance(0.4) {
      pictures.append(try op("Mul", [parts[0], op("Sigmoid", [parts[1]])]))
      return
    }
    let inner = try b.conv(name("inner"), parts[1], width(), kernel: 3, padding: 1)
    pictures.append(try b.concat(name("again"), [parts[0], parts[1], inner]))
    if chance(0.5) { pictures.append(parts[0]) }
  }

  private mutating func sliced(_ x: String, _ count: Int) throws {
    guard count > 3 else { return }
    func slice(_ start: Int, _ end: Int, _ step: Int) throws -> String {
      try op("Slice", [x, list([start]), list([end]), list([1]), list([step])])
    }
    switch Int.random(in: 0..<4, using: &random) {
    case 0:
      let from = Int.random(in: 0..<count / 2, using: &random)
      pictures.append(try slice(from, count - Int.random(in: 0..<count / 4, using: &random), 1))
    case 1:
      // Every other channel, taken apart and put together.
      let (even, odd) = (try slice(0, count, 2), try slice(1, count, 2))
      pictures.append(try b.concat(name("halves"), [odd, even]))
    case 2:
      pictures.append(try slice(count - 1, -count - 1, -1))
    default:
      let step = try draw([2, 3])
      pictures.append(try slice(step - 1, Int(Int32.max), step))
    }
  }

  private mutating func looked(_ x: String, _ count: Int) throws {
    guard count > 2 else { return }
    var indices = Array(0..<count)
    switch Int.random(in: 0..<3, using: &random) {
    case 0: indices.shuffle(using: &random)
    case 1:
      indices.shuffle(using: &random)
      indices = Array(indices.prefix(max(2, count / 2)))
    default: indices = (0..<2).flatMap { half in stride(from: half, to: count, by: 2) }
    }
    pictures.append(try op("Gather", [x, list(indices)], ["axis": .int(1)]))
  }

  private mutating func shuffled(_ x: String, _ count: Int) throws {
    guard let groups = [2, 3, 4].filter({ count % $0 == 0 }).randomElement(using: &random) else {
      return
    }
    var y = try op("Reshape", [x, list([-1, groups, count / groups, 6, 6])])
    y = try op("Transpose", [y], ["perm": .ints([0, 2, 1, 3, 4])])
    pictures.append(try op("Reshape", [y, list([0, chance(0.5) ? count : -1, 6, 6])]))
  }

  private mutating func normalized(_ x: String, _ count: Int) throws {
    let vectors = [
      b.vector("\(x).\(count).scale", 1, count: count), b.vector("\(x).shift", 0, count: count),
    ]
    switch Int.random(in: 0..<3, using: &random) {
    case 0: pictures.append(try op("InstanceNormalization", [x] + vectors))
    case 1:
      // ConvNeXt's normalisation over channels that come last.
      let last = try op("Transpose", [x], ["perm": .ints([0, 2, 3, 1])])
      let y = try op("LayerNormalization", [last] + vectors)
      pictures.append(try op("Transpose", [y], ["perm": .ints([0, 3, 1, 2])]))
    default:
      pictures.append(try b.batchNorm(name("bn"), x))
    }
  }

  private mutating func gated(_ x: String, _ count: Int) throws {
    if chance(0.5) {
      pictures.append(try b.squeezeExcitation(name("se"), x, hidden: 4))
    } else {
      // Attention over places: one map for all channels.
      let map = try b.conv(name("map"), activated(x), 1, kernel: 1)
      pictures.append(try op("Mul", [x, op("Sigmoid", [map])]))
    }
  }

  private mutating func transposed(_ x: String, _ count: Int) throws {
    let groups = try draw([1, 1, 2, count].filter { count % $0 == 0 })
    let made = groups == count ? 1 : try draw([4, 8])
    let weight = try b.weight(name("up"), [count, made, 2, 2])
    let bias = b.vector("\(weight).bias", 0, count: made * groups)
    let y = try op(
      "ConvTranspose", [x, weight, bias],
      ["strides": .ints([2, 2]), "kernel_shape": .ints([2, 2]), "group": .int(Int64(groups))])
    pictures.append(try b.maxPool(y, 2))
  }

  private mutating func resampled(_ x: String, _ count: Int) throws {
    let empty = ""
    let y: String
    if chance(0.5) {
      let scales = b.tensor(
        "scales", TensorData(vector: [Float(1), 1, 2, 2]), role: .constant)
      y = try op("Resize", [x, empty, scales], ["mode": .string("nearest")])
    } else {
      // The batch and the channels are looked up, as exporters write it.
      let shape = try op("Shape", [x])
      let front = try op("Slice", [shape, list([0]), list([2]), list([0])])
      let sizes = try op("Concat", [front, list([12, 12])], ["axis": .int(0)])
      y = try op("Resize", [x, empty, empty, sizes], ["mode": .string("nearest")])
    }
    pictures.append(try b.averagePool(y, 2))
  }

  private mutating func spaced(_ x: String, _ count: Int) throws {
    if count % 4 == 0, chance(0.5) {
      let mode = try draw(["DCR", "CRD"])
      let y = try op("DepthToSpace", [x], ["blocksize": .int(2), "mode": .string(mode)])
      pictures.append(try b.maxPool(y, 2))
    } else if count <= 16 {
      // Space to depth by strided slices of places, as YOLO's focus does it.
      var parts: [String] = []
      for corner in [(0, 0), (1, 0), (0, 1), (1, 1)] {
        let rows = try op("Slice", [x, list([corner.0]), list([6]), list([2]), list([2])])
        parts.append(try op("Slice", [rows, list([corner.1]), list([6]), list([3]), list([2])]))
      }
      let y = try b.conv(name("focus"), b.concat(name("corners"), parts), 16, kernel: 1)
      pictures.append(
        try op("DepthToSpace", [y], ["blocksize": .int(2), "mode": .string("DCR")]))
    }
  }

  private mutating func padded(_ x: String, _ count: Int) throws {
    let (before, after) = (Int.random(in: 0...2, using: &random), 2)
    let pads = list([0, before, 0, 0, 0, after, 0, 0])
    let y = try op("Pad", [x, pads])
    pictures.append(
      try op("Add", [y, b.conv(name("beside"), x, count + before + after, kernel: 1)]))
  }

  /// One channel, repeated to meet the others.
  private mutating func spread(_ x: String, _ count: Int) throws {
    let one = try b.conv(name("one"), x, 1, kernel: 1)
    let y =
      chance(0.5)
      ? try op("Tile", [one, list([1, count, 1, 1])])
      : try op("Expand", [one, list([1, count, 1, 1])])
    pictures.append(try op("Mul", [x, y]))
  }

  private mutating func nonLocal(_ x: String, _ count: Int) throws {
    let wide = try width()
    var parts: [String] = []
    for part in ["q", "k"] {
      var y = try b.conv(name(part), x, wide, kernel: 1)
      if chance(0.3) { y = try activated(y) }
      parts.append(try op("Reshape", [y, list([0, wide, -1])]))
    }
    let across = try op("Transpose", [parts[0]], ["perm": .ints([0, 2, 1])])
    let scores = try op("Softmax", [op("MatMul", [across, parts[1]])], ["axis": .int(-1)])
    let values = try op("Reshape", [x, list([0, 0, -1])])
    let mixed = try op("MatMul", [values, op("Transpose", [scores], ["perm": .ints([0, 2, 1])])])
    pictures.append(try op("Add", [x, op("Reshape", [mixed, list([0, count, 6, 6])])]))
  }

  /// One layer applied to two pictures.
  private mutating func shared(_ x: String, _ count: Int) throws {
    let first = try b.conv(name("shared"), x, width(), kernel: 1)
    let same = try pictures.filter { try b.channels($0) == count }
    let other = try draw(same)
    let second = try op(
      "Conv", [other, "\(first).weight", "\(first).bias"], ["kernel_shape": .ints([1, 1])])
    pictures.append(try b.concat(name("siamese"), [first, activated(second)]))
  }

  private mutating func scaled(_ x: String, _ count: Int) throws {
    if chance(0.5) {
      pictures.append(try op("PRelu", [x, b.weight(name("slope"), [count, 1, 1])]))
    } else {
      let y = try op("Mul", [x, b.weight(name("gamma"), [1, count, 1, 1])])
      pictures.append(try op("Add", [y, b.weight(name("beta"), [count, 1, 1])]))
    }
  }

  /// A one-dimensional convolution over all places in a row, with computed shapes around it.
  private mutating func stream(_ x: String, _ count: Int) throws {
    let batch = try op("Gather", [op("Shape", [x]), list([0])], ["axis": .int(0)])
    let target = try op("Concat", [batch, list([count]), list([36])], ["axis": .int(0)])
    let row = try op("Reshape", [x, target])
    let wide = try width()
    let weight = try b.weight(name("row"), [wide, count, 3])
    let y = try op("Conv", [row, weight], ["kernel_shape": .ints([3]), "pads": .ints([1, 1])])
    let rest = try op("Concat", [batch, list([wide, 6, 6])], ["axis": .int(0)])
    pictures.append(try op("Reshape", [activated(y), rest]))
  }
}
