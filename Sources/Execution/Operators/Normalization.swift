// Normalisation over a sample's own statistics: layer, instance, group, local response.

import Network
import Torch

/// Layer normalisation over the axes from `axis` on; on request also mean and inverse deviation.
enum LayerNormalization: Computation {
  static let names = ["LayerNormalization"]

  static func prepare(_ site: Site) throws(ExecutionError) -> Step {
    let stated = site.node.int("axis", default: -1)
    let epsilon = site.real("epsilon", default: 1e-5)
    let wantsStatistics = site.node.outputs.count > 1
    return { x, _ throws(TorchError) in
      let (input, scale) = (try x[0], try x[1])
      let bias = x.optional(2)
      let axis = try site.axis(stated, rank: input.rank, x)
      let shape = Array(input.shape[axis...])
      var y: Tensor
      if scale.shape == shape, bias.map({ $0.shape == shape }) ?? true {
        y = try input.layerNorm(shape, weight: scale, bias: bias, epsilon: epsilon)
      } else {
        y = try input.layerNorm(shape, epsilon: epsilon) * scale
        if let bias { y = try y + bias }
      }
      guard wantsStatistics else { return [y] }
      let axes = Array(axis..<input.rank)
      let variance = try input.variance(axes, correction: 0, keepAxes: true)
      return [y, try input.mean(axes, keepAxes: true), try (variance + epsilon).rsqrt()]
    }
  }
}

/// Root-mean-square normalisation over the axes from `axis` on, in float32 at least.
///
/// `SimplifiedLayerNormalization` is the name that exporters gave it before ONNX did; on request it
/// gives the inverse root too.
enum RMSNormalization: Computation {
  static let names = ["RMSNormalization", "SimplifiedLayerNormalization"]

  static func prepare(_ site: Site) throws(ExecutionError) -> Step {
    let stated = site.node.int("axis", default: -1)
    let epsilon = site.real("epsilon", default: 1e-5)
    let precision: ScalarType? =
      site.node.int("stash_type", default: 1) == 1 ? .float32 : nil
    return { x, _ throws(TorchError) in
      let input = try x[0]
      let axis = try site.axis(stated, rank: input.rank, x)
      let type = input.type == .float64 ? input.type : precision ?? input.type
      let wide = try input.to(type: type)
      let square = try wide.square().mean(Array(axis..<input.rank), keepAxes: true)
      let scale = try x[1]
      let inverse = try (square + epsilon).rsqrt()
      return [try (wide * inverse).to(type: scale.type) * scale, inverse]
    }
  }
}

/// Instance normalisation: each channel of each sample over its spatial axes.
enum InstanceNormalization: Computation {
  static let names = ["InstanceNormalization"]

  static func prepare(_ site: Site) throws(ExecutionError) -> Step {
    let epsilon = site.real("epsilon", default: 1e-5)
    return { x, _ throws(TorchError) in
      [try x[0].instanceNorm(weight: x[1], bias: x[2], epsilon: epsilon)]
    }
  }
}

/// Group normalisation; scale and shift are given by channel or, before operator set 21, by group.
enum GroupNormalization: Computation {
  static let names = ["GroupNormalization"]

  static func prepare(_ site: Site) throws(ExecutionError) -> Step {
    let epsilon = site.real("epsilon", default: 1e-5)
    let groups = site.node.int("num_groups", default: 0)
    guard groups > 0 else { throw site.invalid("num_groups is \(groups)") }
    let byGroup = site.opset < 21
    return { x, _ throws(TorchError) in
      let input = try x[0]
      var (scale, bias) = (try x[1], try x[2])
      let channels = input.rank > 1 ? input.shape[1] : 0
      if byGroup, scale.count == groups, channels != groups {
        scale = try scale.repeatInterleave(channels / groups, axis: 0)
        bias = try bias.repeatInterleave(channels / groups, axis: 0)
      }
      return [try input.groupNorm(groups: groups, weight: scale, bias: bias, epsilon: epsilon)]
    }
  }
}

/// Local response normalisation:
/// `x / (bias + alpha / size * sum of x^2 over neighbouring channels)^beta`.
enum LocalResponseNormalization: Computation {
  static let names = ["LRN"]

  static func prepare(_ site: Site) throws(ExecutionError) -> Step {
    let size = site.node.int("size", default: 0)
    guard (1...1 << 20).contains(size) else { throw site.invalid("size is \(size)") }
    let alpha = site.real("alpha", default: 1e-4)
    let beta = site.real("beta", default: 0.75)
    let bias = site.real("bias", default: 1)
    return { x, _ throws(TorchError) in
      let input = try x[0]
      let shape = input.shape
      guard shape.count > 1 else { throw site.failure(x, "at least two axes were expected") }
      let before = (size - 1) / 2
      let squares = try input.square()
        .reshape([shape[0], 1, shape[1], shape[2...].reduce(1, *)])
        .pad([0, 0, before, size - 1 - before])
      let means = try squares.averagePool([size, 1], stride: [1, 1]).reshape(shape)
      return [try input / (means * alpha + bias).pow(.double(beta))]
    }
  }
}

/// Division by a norm along an axis, and zero mean and unit variance over some axes.
enum ParameterlessNormalization: Computation {
  static let names = ["LpNormalization", "MeanVarianceNormalization"]

  static func prepare(_ site: Site) throws(ExecutionError) -> Step {
    if site.node.op == "LpNormalization" {
      let axis = site.node.int("axis", default: -1)
      let order = site.node.int("p", default: 2)
      return { x, _ throws(TorchError) in
        let input = try x[0]
        let norm = try input.norm(order: .int(Int64(order)), [axis], keepAxes: true)
        // A vector of zeros stays one.
        return [try input / norm.maskedFill(norm.equal(0), 1)]
      }
    }
    let axes = site.node.ints("axes") ?? [0, 2, 3]
    return { x, _ throws(TorchError) in
      let input = try x[0]
      let centred = try input - input.mean(axes, keepAxes: true)
      let deviation = try centred.square().mean(axes, keepAxes: true).sqrt()
      return [try centred / (deviation + 1e-9)]
    }
  }
}
