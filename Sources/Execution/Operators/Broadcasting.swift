// Functions of several tensors, element by element, after stretching them to one shape.

import Network
import Torch

/// `SwiGLU`: a gate through Swish, times a second tensor.
enum SwiGLU: Computation {
  static let names = ["SwiGLU"]

  static func prepare(_ site: Site) throws(ExecutionError) -> Step {
    let alpha = site.real("alpha", default: 1)
    return { x, _ throws(TorchError) in
      let gate = try x[0]
      return [try gate * (gate * alpha).sigmoid() * x[1]]
    }
  }
}

/// Arithmetic, comparisons and logic, element by element.
enum Broadcasting: Computation {
  typealias Binary = @Sendable (Tensor, Tensor) throws(TorchError) -> Tensor

  private static let binary: [String: Binary] = [
    "Add": { a, b throws(TorchError) in try a + b },
    "And": { a, b throws(TorchError) in try a.logicalAnd(b) },
    "BitwiseAnd": { a, b throws(TorchError) in try Torch.Operator.bitwiseAnd.of(a, b) },
    "BitwiseOr": { a, b throws(TorchError) in try Torch.Operator.bitwiseOr.of(a, b) },
    "BitwiseXor": { a, b throws(TorchError) in try Torch.Operator.bitwiseXor.of(a, b) },
    // Quotients of integers are truncated.
    "Div": { a, b throws(TorchError) in
      a.type.isFloatingPoint ? try a / b : try a.divide(b, rounding: .truncate)
    },
    "Equal": { a, b throws(TorchError) in try a.equal(b) },
    "Greater": { a, b throws(TorchError) in try a.greater(b) },
    "GreaterOrEqual": { a, b throws(TorchError) in try a.greaterOrEqual(b) },
    "Less": { a, b throws(TorchError) in try a.less(b) },
    "LessOrEqual": { a, b throws(TorchError) in try a.lessOrEqual(b) },
    "Mul": { a, b throws(TorchError) in try a * b },
    "Or": { a, b throws(TorchError) in try a.logicalOr(b) },
    "PRelu": { x, slope throws(TorchError) in try x.where(x.greater(0), else: x * slope) },
    // The power has the type of the base.
    "Pow": { a, b throws(TorchError) in
      if a.type == b.type { return try a.pow(b) }
      return try a.to(type: a.type.isFloatingPoint ? nil : .float64).pow(b).to(type: a.type)
    },
    "Sub": { a, b throws(TorchError) in try a - b },
    "Xor": { a, b throws(TorchError) in try a.logicalXor(b) },
  ]

  private static let variadic: [String: Binary] = [
    "Max": { a, b throws(TorchError) in try a.maximum(b) },
    "Mean": { a, b throws(TorchError) in try a + b },
    "Min": { a, b throws(TorchError) in try a.minimum(b) },
    "Sum": { a, b throws(TorchError) in try a + b },
  ]

  static let names =
    binary.keys.sorted() + variadic.keys.sorted() + ["BitShift", "Mod", "Where"]

  static func prepare(_ site: Site) throws(ExecutionError) -> Step {
    let op = site.node.op
    if let function = binary[op] {
      // Before operator set 7 the second operand was lined up with an axis of the first.
      // A slope for each channel belongs to the second.
      let axis = site.opset < 7 ? site.node.int("axis") ?? (op == "PRelu" ? 1 : nil) : nil
      return { x, _ throws(TorchError) in
        let a = try x[0]
        var b = try x[1]
        if let axis, b.count > 1, case let start = try site.axis(axis, rank: a.rank, x),
          case let behind = a.rank - start - b.rank, behind > 0
        {
          b = try b.reshape(b.shape + Array(repeating: 1, count: behind))
        }
        return [try function(a, b)]
      }
    }
    if let function = variadic[op] {
      return { x, _ throws(TorchError) in
        var result = try x[0]
        for index in 1..<max(1, x.count) { result = try function(result, x[index]) }
        return [op == "Mean" ? try result / Double(x.count) : result]
      }
    }
    switch op {
    case "BitShift":
      let left = site.node.string("direction", default: "") == "LEFT"
      return { x, _ throws(TorchError) in
        let shift = left ? Torch.Operator.leftShift : Torch.Operator.rightShift
        return [try shift.of(x[0], x[1])]
      }
    case "Mod":
      let truncated = site.node.int("fmod", default: 0) == 1
      return { x, _ throws(TorchError) in
        [truncated ? try x[0].truncatedRemainder(x[1]) : try x[0].remainder(x[1])]
      }
    default: return { x, _ throws(TorchError) in [try x[1].where(x[0], else: x[2])] }
    }
  }
}

extension Torch.Operator {
  fileprivate static let bitwiseAnd = Torch.Operator("bitwise_and", "Tensor")
  fileprivate static let bitwiseOr = Torch.Operator("bitwise_or", "Tensor")
  fileprivate static let bitwiseXor = Torch.Operator("bitwise_xor", "Tensor")
  fileprivate static let leftShift = Torch.Operator("bitwise_left_shift", "Tensor")
  fileprivate static let rightShift = Torch.Operator("bitwise_right_shift", "Tensor")

  /// The result for two tensors.
  fileprivate func of(_ a: Tensor, _ b: Tensor) throws(TorchError) -> Tensor {
    try tensor(.tensor(a), .tensor(b))
  }
}
