// Elements converted to another type, or read as another.

import Network
import Torch

/// `Cast` to a stated type and `CastLike` to that of another tensor.
///
/// In a model that computes in a type of its own, casts to floating point are casts to that type.
enum Cast: Computation {
  static let names = ["Cast", "CastLike"]

  static func prepare(_ site: Site) throws(ExecutionError) -> Step {
    let saturates = site.node.int("saturate", default: 1) != 0
    let rounding = site.node.string("round_mode", default: "up")
    if site.node.op == "CastLike" {
      let known = site.element(1)
      return { x, _ throws(TorchError) in
        let like = try x[1].type
        let element = like.isFloatingPoint ? like.element : known ?? like.element
        return [try x[0].narrowed(to: element, saturating: saturates, rounding: rounding)]
      }
    }
    let element = try site.targetElement()
    let type = try site.scalarType(element)
    if type.isFloatingPoint {
      return { x, _ throws(TorchError) in [try x[0].to(type: type)] }
    }
    return { x, _ throws(TorchError) in
      [try x[0].narrowed(to: element, saturating: saturates, rounding: rounding)]
    }
  }
}

/// `BitCast`: the same bits read as another type of the same width.
enum BitCast: Computation {
  static let names = ["BitCast"]

  static func prepare(_ site: Site) throws(ExecutionError) -> Step {
    let element = try site.targetElement()
    let type = try site.scalarType(element)
    guard element.bitWidth >= 8 else {
      throw site.invalid("elements smaller than a byte cannot be read as others")
    }
    return { x, _ throws(TorchError) in
      let input = try x[0]
      guard input.type.size == type.size else {
        throw site.failure(x, "\(input.type) and \(type) differ in width")
      }
      return [try Torch.Operator.viewAs.tensor(.tensor(input.contiguous()), .type(type))]
    }
  }
}

extension Site {
  /// The element type that the attribute `to` names.
  fileprivate func targetElement() throws(ExecutionError) -> ElementType {
    let number = node.int("to", default: 0)
    guard let element = ElementType(rawValue: Int32(truncatingIfNeeded: number)) else {
      throw invalid("the attribute 'to' is \(number), which is no element type")
    }
    return element
  }
}

extension Torch.Operator {
  fileprivate static let viewAs = Torch.Operator("view", "dtype")
}
