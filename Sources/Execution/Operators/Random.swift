// Numbers drawn at random.

import Network
import Torch

/// `RandomNormal`, `RandomUniform`, their `Like` forms, and `Bernoulli`.
///
/// In training the run's generator draws. Otherwise each run draws the same numbers: from the
/// node's `seed` where it states one.
enum Random: Computation {
  static let names = [
    "Bernoulli", "RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike",
  ]

  static func prepare(_ site: Site) throws(ExecutionError) -> Step {
    let op = site.node.op
    let stated = try site.statedType("dtype")
    let seed = UInt64(site.real("seed", default: 0).bitPattern)
    let isNormal = op.hasPrefix("RandomNormal")
    let (first, second) =
      isNormal
      ? (site.real("mean", default: 0), site.real("scale", default: 1))
      : (site.real("low", default: 0), site.real("high", default: 1))
    let shape = site.node.ints("shape")
    let device = site.device
    return { x, run throws(TorchError) in
      let generator: Generator
      if case .training(let own) = run.mode {
        generator = own
      } else {
        generator = try Generator(seed: seed, device: device)
      }
      if op == "Bernoulli" {
        let chances = try x[0]
        return [try chances.bernoulli(generator).to(type: stated ?? chances.type)]
      }
      let like = x.optional(0)
      let type = stated ?? like?.type ?? .float32
      guard let shape = like?.shape ?? shape else { throw site.failure(x, "no shape is given") }
      let empty = try Tensor.empty(shape, type: type, device: device)
      return [
        isNormal
          ? try empty.normalInPlace(mean: first, deviation: second, generator)
          : try empty.uniformInPlace(from: first, to: second, generator)
      ]
    }
  }
}
