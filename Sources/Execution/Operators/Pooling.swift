// Pooling over sliding windows: maximum, mean and p-norm.

import Network
import Torch

/// The largest element of each window, and on request where it stands.
enum MaxPool: Computation {
  static let names = ["MaxPool"]

  static func prepare(_ site: Site) throws(ExecutionError) -> Step {
    let kernel = try site.kernel()
    let wantsIndices = site.node.outputs.count > 1
    let columnMajor = site.node.int("storage_order", default: 0) == 1
    if !wantsIndices, let padding = site.enginePadding(kernel) {
      let stride = site.node.ints("strides") ?? kernel.map { _ in 1 }
      let dilation = site.node.ints("dilations") ?? [1]
      let ceil = site.node.int("ceil_mode", default: 0) == 1
      return { x, _ throws(TorchError) in
        let input = try x[0]
        let y = try real(input).maxPool(
          kernel, stride: stride, padding: padding, dilation: dilation, ceil: ceil)
        return [try y.to(type: input.type)]
      }
    }
    return { x, _ throws(TorchError) in
      let input = try x[0]
      let window = try site.window(over: input, kernel: kernel, x)
      let spatial = Array(input.shape.dropFirst(2))
      let padded = try real(input).pad(
        Window.padding(window.padBegin, window.reach(beyond: spatial)),
        value: .double(-.infinity))
      if !wantsIndices {
        let y = try padded.maxPool(
          kernel, stride: window.strides, dilation: window.dilations)
        return [try y.to(type: input.type)]
      }
      let (y, positions) = try padded.maxPoolWithIndices(
        kernel, stride: window.strides, dilation: window.dilations)
      let indices = try indices(
        positions, padded: padded.shape, begin: window.padBegin, shape: input.shape,
        columnMajor: columnMajor)
      return [try y.to(type: input.type), indices]
    }
  }

  /// The engine pools real numbers only; small integers are exact as such.
  private static func real(_ x: Tensor) throws(TorchError) -> Tensor {
    x.type.isFloatingPoint ? x : try x.to(type: .float64)
  }

  /// Positions in the flattened padded spatial axes as positions in the whole flattened input.
  private static func indices(
    _ positions: Tensor, padded: [Int], begin: [Int], shape: [Int], columnMajor: Bool
  ) throws(TorchError) -> Tensor {
    var rest = positions
    var coordinates: [(axis: Int, value: Tensor)] = []
    for axis in (0..<begin.count).reversed() {
      let extent = try Tensor(Int64(padded[axis + 2]), device: positions.device)
      coordinates.append((axis, try rest.remainder(extent) - Int64(begin[axis])))
      rest = try rest.divide(extent, rounding: .floor)
    }
    let spatial = Array(shape.dropFirst(2))
    var result = try positions.zerosLike()
    for (axis, value) in coordinates {
      let stride = (columnMajor ? spatial[..<axis] : spatial[(axis + 1)...]).reduce(1, *)
      result = try result + value * Int64(stride)
    }
    let image = spatial.reduce(1, *)
    let planes = try Tensor.arange(
      to: .int(Int64(shape[0] * shape[1])), type: .int64, device: positions.device)
    let first = try (planes * Int64(image)).reshape(
      [shape[0], shape[1]] + spatial.map { _ in 1 })
    return try result + first
  }
}

/// The mean, or the p-norm, of each window.
enum AveragePool: Computation {
  static let names = ["AveragePool", "LpPool"]

  static func prepare(_ site: Site) throws(ExecutionError) -> Step {
    let kernel = try site.kernel()
    let order = site.node.op == "LpPool" ? site.node.int("p", default: 2) : nil
    let countsPadding = site.node.int("count_include_pad", default: 0) == 1
    let ceil = site.node.int("ceil_mode", default: 0) == 1
    let dense = site.node.ints("dilations")?.allSatisfy { $0 == 1 } ?? true
    if order == nil, dense, let padding = site.enginePadding(kernel) {
      let stride = site.node.ints("strides") ?? kernel.map { _ in 1 }
      return { x, _ throws(TorchError) in
        [
          try x[0].averagePool(
            kernel, stride: stride, padding: padding, ceil: ceil, countPadding: countsPadding)
        ]
      }
    }
    return { x, _ throws(TorchError) in
      let input = try x[0]
      let window = try site.window(over: input, kernel: kernel, x)
      let spatial = Array(input.shape.dropFirst(2))
      let reach = window.reach(beyond: spatial)
      if let order {
        let powers = try input.abs().pow(.int(Int64(order)))
        let sums = try sums(powers.pad(Window.padding(window.padBegin, reach)), window)
        return [try sums.pow(.double(1 / Double(order)))]
      }
      // How many elements of each window count: those inside, and those of the stated padding.
      let ones = try Tensor.ones([1, 1] + spatial, type: input.type, device: input.device)
      let region = try ones.pad(
        Window.padding(window.padBegin, window.padEnd), value: countsPadding ? 1 : 0)
      let rest = zip(reach, window.padEnd).map { $0 - $1 }
      let counts = try sums(region.pad(Window.padding(rest.map { _ in 0 }, rest)), window)
      let total = try sums(input.pad(Window.padding(window.padBegin, reach)), window)
      return [try total / counts]
    }
  }

  /// The sum of each window of an input that is padded already.
  private static func sums(_ x: Tensor, _ window: Window) throws(TorchError) -> Tensor {
    let shape = x.shape
    let planes = try x.reshape([shape[0] * shape[1], 1] + shape.dropFirst(2))
    let ones = try Tensor.ones([1, 1] + window.kernel, type: x.type, device: x.device)
    let sums = try planes.convolution(
      ones, stride: window.strides, dilation: window.dilations)
    return try sums.reshape(Array(shape[..<2]) + sums.shape.dropFirst(2))
  }
}

extension Site {
  /// The attribute `kernel_shape`, which pooling needs.
  fileprivate func kernel() throws(ExecutionError) -> [Int] {
    guard let kernel = node.ints("kernel_shape"), (1...3).contains(kernel.count),
      kernel.allSatisfy({ (1...1 << 31).contains($0) })
    else { throw invalid("kernel_shape must be one to three positive numbers") }
    return kernel
  }

  /// The padding where the engine can pool with it: the same on both sides, half a kernel at most.
  fileprivate func enginePadding(_ kernel: [Int]) -> [Int]? {
    guard let padding = symmetricPadding() else { return nil }
    let all = padding.count == kernel.count ? padding : kernel.map { _ in padding.first ?? 0 }
    return zip(all, kernel).allSatisfy { $0 >= 0 && $0 <= $1 / 2 } ? all : nil
  }
}
