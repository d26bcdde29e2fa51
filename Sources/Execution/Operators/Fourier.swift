// Discrete Fourier transforms of whole axes and of windows that slide.

import Foundation
import Network
import Torch

/// `DFT`: the discrete Fourier transform along an axis, forth and back.
///
/// The last axis holds real numbers (extent 1) or pairs of real and imaginary parts (extent 2).
enum DFT: Computation {
  static let names = ["DFT"]

  static func prepare(_ site: Site) throws(ExecutionError) -> Step {
    let isInverse = site.node.int("inverse", default: 0) != 0
    let isOneSided = site.node.int("onesided", default: 0) != 0
    let attribute = site.opset < 20 ? [site.node.int("axis", default: 1)] : nil
    let axes = IntegerList(known: attribute ?? site.integers(2), index: 2)
    let lengths = site.integers(atInput: 1)
    return { x, _ throws(TorchError) in
      let input = try x[0]
      let axis = try site.axis(axes(x)?.first ?? -2, rank: input.rank, x)
      guard axis < input.rank - 1 else { throw site.failure(x, "the last axis holds the numbers") }
      let stated = try lengths(x)?.first
      if isInverse, isOneSided {
        let length = stated ?? 2 * (input.shape[axis] - 1)
        return [
          try Torch.Operator.irfft.tensor(.tensor(Complex.joined(input)), .int(length), .int(axis))
            .unsqueeze(-1).to(type: input.type)
        ]
      }
      let op = isInverse ? Torch.Operator.ifft : Torch.Operator.fft
      let length = stated ?? input.shape[axis]
      var y = try op.tensor(.tensor(Complex.joined(input)), .int(length), .int(axis))
      if isOneSided { y = try y.narrow(axis: axis, start: 0, length: length / 2 + 1) }
      return [try Complex.parted(y, input.type)]
    }
  }
}

/// `STFT`: the Fourier transforms of windows that slide over a signal [N, length, 1 or 2].
enum STFT: Computation {
  static let names = ["STFT"]

  static func prepare(_ site: Site) throws(ExecutionError) -> Step {
    let isOneSided = site.node.int("onesided", default: 1) != 0
    return { x, _ throws(TorchError) in
      let signal = try x[0]
      guard signal.rank == 3, let step = try x.integers(1)?.first, step > 0 else {
        throw site.failure(x, "a signal of three axes and a step above 0 were expected")
      }
      let window = x.optional(2)
      let stated = try x.integers(3)?.first
      let size = window?.count ?? stated ?? signal.shape[1]
      var frames = try Torch.Operator.sliding.tensor(
        .tensor(Complex.joined(signal)), 1, .int(size), .int(step))
      if let window { frames = try frames * window }
      var y = try Torch.Operator.fft.tensor(.tensor(frames), .int(size), -1)
      if isOneSided { y = try y.narrow(axis: -1, start: 0, length: size / 2 + 1) }
      return [try Complex.parted(y, signal.type)]
    }
  }
}

/// `HannWindow`, `HammingWindow` and `BlackmanWindow`: a sum of cosines over a given length.
enum CosineWindow: Computation {
  /// The coefficients of 1, -cos(t) and cos(2 t).
  private static let coefficients: [String: [Double]] = [
    "BlackmanWindow": [0.42, 0.5, 0.08],
    "HammingWindow": [25.0 / 46, 21.0 / 46, 0],
    "HannWindow": [0.5, 0.5, 0],
  ]
  static let names = coefficients.keys.sorted()

  static func prepare(_ site: Site) throws(ExecutionError) -> Step {
    guard let c = coefficients[site.node.op] else { throw site.invalid("it is no window") }
    let isPeriodic = site.node.int("periodic", default: 1) != 0
    let type = try site.statedType("output_datatype") ?? .float32
    let device = site.device
    return { x, _ throws(TorchError) in
      guard let size = try x.integers(0)?.first, (0...1 << 31).contains(size) else {
        throw site.failure(x, "the size makes no sense")
      }
      let period = Double(max(1, isPeriodic ? size : size - 1))
      let values = (0..<size).map { index in
        let t = 2 * Double.pi * Double(index) / period
        return c[0] - c[1] * cos(t) + c[2] * cos(2 * t)
      }
      return [try Tensor(values, device: device).to(type: type)]
    }
  }
}

/// `MelWeightMatrix`: triangles over the bins of a spectrum, evenly spaced as the ear hears pitch.
enum MelWeightMatrix: Computation {
  static let names = ["MelWeightMatrix"]

  static func prepare(_ site: Site) throws(ExecutionError) -> Step {
    let type = try site.statedType("output_datatype") ?? .float32
    let device = site.device
    return { x, _ throws(TorchError) in
      guard let bands = try x.integers(0)?.first, let length = try x.integers(1)?.first,
        (1...1 << 20).contains(bands), (1...1 << 24).contains(length)
      else { throw site.failure(x, "the numbers of bands and bins make no sense") }
      let (rate, low, high) = (try x[2].scalar(), try x[3].scalar(), try x[4].scalar())
      func mel(_ hertz: Double) -> Double { 2595 * log10(1 + hertz / 700) }
      let step = (mel(high) - mel(low)) / Double(bands + 2)
      let bins = length / 2 + 1
      let edges = (0..<bands + 2).map { index in
        let hertz = 700 * (pow(10, (mel(low) + Double(index) * step) / 2595) - 1)
        return (Double(length + 1) * hertz / rate).rounded(.down)
      }
      var weights = [Double](repeating: 0, count: bins * bands)
      for band in 0..<bands {
        let (left, centre, right) = (edges[band], edges[band + 1], edges[band + 2])
        for bin in 0..<bins {
          let place = Double(bin)
          if place >= left, place <= centre {
            weights[bin * bands + band] = centre == left ? 1 : (place - left) / (centre - left)
          }
          if place >= centre, place < right {
            weights[bin * bands + band] = (right - place) / (right - centre)
          }
        }
      }
      return [try Tensor(weights, shape: [bins, bands], device: device).to(type: type)]
    }
  }
}

/// Complex numbers as the engine and as ONNX hold them.
private enum Complex {
  /// The last axis, of extent 1 or 2, taken up into the numbers, in double precision: sums that
  /// cancel shall give next to nothing.
  static func joined(_ x: Tensor) throws(TorchError) -> Tensor {
    let wide = try x.to(type: .float64)
    if x.shape.last == 1 { return try wide.squeeze([-1]) }
    return try Torch.Operator.viewAsComplex.tensor(.tensor(wide.contiguous()))
  }

  /// The real and the imaginary part along a new last axis, in the given type.
  static func parted(_ x: Tensor, _ type: ScalarType) throws(TorchError) -> Tensor {
    try Torch.Operator.viewAsReal.tensor(.tensor(x)).to(type: type)
  }
}

extension Torch.Operator {
  fileprivate static let fft = Torch.Operator("fft_fft")
  fileprivate static let ifft = Torch.Operator("fft_ifft")
  fileprivate static let irfft = Torch.Operator("fft_irfft")
  fileprivate static let viewAsComplex = Torch.Operator("view_as_complex")
  fileprivate static let viewAsReal = Torch.Operator("view_as_real")
  fileprivate static let sliding = Torch.Operator("unfold")
}
