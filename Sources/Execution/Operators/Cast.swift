// Elements converted to another type.

import Network
import Torch

/// `Cast` to a stated type and `CastLike` to that of another tensor.
///
/// In a model that computes in a type of its own, casts to floating point are casts to that type.
enum Cast: Computation {
  static let names = ["Cast", "CastLike"]

  static func prepare(_ site: Site) throws(ExecutionError) -> Step {
    if site.node.op == "CastLike" {
      return { x, _ throws(TorchError) in [try x[0].to(type: x[1].type)] }
    }
    let number = site.node.int("to", default: 0)
    guard let element = ElementType(rawValue: Int32(truncatingIfNeeded: number)) else {
      throw site.invalid("the attribute 'to' is \(number), which is no element type")
    }
    let type = try site.scalarType(element)
    return { x, _ throws(TorchError) in [try x[0].to(type: type)] }
  }
}
