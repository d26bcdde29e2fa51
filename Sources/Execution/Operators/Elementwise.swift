// Activations and other functions of one tensor, element by element.

import Network
import Torch

/// Functions of one tensor, element by element.
enum Elementwise: Computation {
  /// Functions without attributes.
  private static let plain: [String: @Sendable (Tensor) throws(TorchError) -> Tensor] = [
    "Abs": { x throws(TorchError) in try x.abs() },
    "Acos": { x throws(TorchError) in try x.acos() },
    "Acosh": { x throws(TorchError) in try Torch.Operator.acosh.tensor(.tensor(x)) },
    "Asin": { x throws(TorchError) in try x.asin() },
    "Asinh": { x throws(TorchError) in try Torch.Operator.asinh.tensor(.tensor(x)) },
    "Atan": { x throws(TorchError) in try x.atan() },
    "Atanh": { x throws(TorchError) in try Torch.Operator.atanh.tensor(.tensor(x)) },
    "BitwiseNot": { x throws(TorchError) in try Torch.Operator.bitwiseNot.tensor(.tensor(x)) },
    "Ceil": { x throws(TorchError) in try x.ceil() },
    "Cos": { x throws(TorchError) in try x.cos() },
    "Cosh": { x throws(TorchError) in try x.cosh() },
    "Erf": { x throws(TorchError) in try x.erf() },
    "Exp": { x throws(TorchError) in try x.exp() },
    "Floor": { x throws(TorchError) in try x.floor() },
    "HardSwish": { x throws(TorchError) in try x.hardswish() },
    "Identity": { x throws(TorchError) in x },
    "IsNaN": { x throws(TorchError) in try x.isNaN() },
    "Log": { x throws(TorchError) in try x.log() },
    "Mish": { x throws(TorchError) in try x.mish() },
    "Neg": { x throws(TorchError) in try -x },
    "Not": { x throws(TorchError) in try x.logicalNot() },
    "Reciprocal": { x throws(TorchError) in try x.reciprocal() },
    "Relu": { x throws(TorchError) in try x.relu() },
    "Round": { x throws(TorchError) in try x.round() },
    "Sigmoid": { x throws(TorchError) in try x.sigmoid() },
    "Sign": { x throws(TorchError) in try x.sign() },
    "Sin": { x throws(TorchError) in try x.sin() },
    "Sinh": { x throws(TorchError) in try x.sinh() },
    // Beyond 40 the function is the identity to the last bit of a double.
    "Softplus": { x throws(TorchError) in try x.softplus(threshold: 40) },
    "Softsign": { x throws(TorchError) in try x / (x.abs() + 1) },
    "Sqrt": { x throws(TorchError) in try x.sqrt() },
    "Tan": { x throws(TorchError) in try x.tan() },
    "Tanh": { x throws(TorchError) in try x.tanh() },
  ]

  private static let parametric = [
    "Celu", "Elu", "Gelu", "HardSigmoid", "IsInf", "LeakyRelu", "Selu", "Shrink", "Swish",
    "ThresholdedRelu",
  ]

  static let names = plain.keys.sorted() + parametric

  static func prepare(_ site: Site) throws(ExecutionError) -> Step {
    if site.node.op == "Sign" {
      // The gradient of a sign is zero; networks with binary activations are trained straight through.
      return { x, run throws(TorchError) in
        let value = try x[0]
        return [
          run.mode.isTraining && value.type.isFloatingPoint
            ? try value.signStraightThrough() : try value.sign()
        ]
      }
    }
    if let function = plain[site.node.op] {
      return { x, _ throws(TorchError) in [try function(x[0])] }
    }
    let alpha = { (value: Float) in site.real("alpha", default: value) }
    switch site.node.op {
    case "Celu":
      let alpha = alpha(1)
      return { x, _ throws(TorchError) in [try x[0].celu(alpha: .double(alpha))] }
    case "Elu":
      let alpha = alpha(1)
      return { x, _ throws(TorchError) in [try x[0].elu(alpha: .double(alpha))] }
    case "Gelu":
      let approximate = site.node.string("approximate", default: "none") == "tanh"
      return { x, _ throws(TorchError) in [try x[0].gelu(approximate: approximate)] }
    case "HardSigmoid":
      let (alpha, beta) = (alpha(0.2), site.real("beta", default: 0.5))
      return { x, _ throws(TorchError) in [try (x[0] * alpha + beta).clamp(min: 0, max: 1)] }
    case "IsInf":
      let positive = site.node.int("detect_positive", default: 1) != 0
      let negative = site.node.int("detect_negative", default: 1) != 0
      return { x, _ throws(TorchError) in
        let x = try x[0]
        if positive == negative {
          return [positive ? try x.isInfinite() : try x.zerosLike(type: .bool)]
        }
        return [try x.equal(.double(positive ? .infinity : -.infinity))]
      }
    case "LeakyRelu":
      let slope = alpha(0.01)
      return { x, _ throws(TorchError) in [try x[0].leakyRelu(slope: .double(slope))] }
    case "Selu":
      let (alpha, gamma) = (
        alpha(1.67326319217681884765625), site.real("gamma", default: 1.05070102214813232421875)
      )
      return { x, _ throws(TorchError) in [try x[0].elu(alpha: .double(alpha)) * gamma] }
    case "Shrink":
      let (limit, bias) = (site.real("lambd", default: 0.5), site.real("bias", default: 0))
      return { x, _ throws(TorchError) in
        let x = try x[0]
        let above = try (x - bias).where(x.greater(.double(limit)), else: x.zerosLike())
        return [try (x + bias).where(x.less(.double(-limit)), else: above)]
      }
    case "Swish":
      let alpha = alpha(1)
      return { x, _ throws(TorchError) in
        let x = try x[0]
        return [alpha == 1 ? try x.silu() : try x * (x * alpha).sigmoid()]
      }
    case "ThresholdedRelu":
      let alpha = alpha(1)
      return { x, _ throws(TorchError) in
        let x = try x[0]
        return [try x.where(x.greater(.double(alpha)), else: x.zerosLike())]
      }
    default: throw site.invalid("it is no function of one tensor")
    }
  }
}

extension Torch.Operator {
  fileprivate static let acosh = Torch.Operator("acosh")
  fileprivate static let asinh = Torch.Operator("asinh")
  fileprivate static let atanh = Torch.Operator("atanh")
  fileprivate static let bitwiseNot = Torch.Operator("bitwise_not")
}
