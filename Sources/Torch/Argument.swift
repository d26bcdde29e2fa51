// What can be passed to an operator.

/// One argument of an operator. Literals work: `2`, `0.5`, `true`, `nil`, `"mean"`, `[1, 2]`.
public enum Argument {
  case none
  case tensor(Tensor)
  case int(Int)
  case double(Double)
  case bool(Bool)
  case string(String)
  case ints([Int])
  case doubles([Double])
  case bools([Bool])
  case tensors([Tensor])
  case optionalTensors([Tensor?])
  case type(ScalarType)
  case device(Device)
  case memoryFormat(MemoryFormat)
  case generator(Generator)

  /// A number of any kind.
  public static func scalar(_ value: Scalar) -> Argument {
    switch value {
    case .int(let value): .int(Int(value))
    case .double(let value): .double(value)
    case .bool(let value): .bool(value)
    }
  }

  /// A tensor, or nothing.
  public static func optional(_ value: Tensor?) -> Argument { value.map(Argument.tensor) ?? .none }
  /// An integer, or nothing.
  public static func optional(_ value: Int?) -> Argument { value.map(Argument.int) ?? .none }
  /// A double, or nothing.
  public static func optional(_ value: Double?) -> Argument { value.map(Argument.double) ?? .none }
  /// A number, or nothing.
  public static func optional(_ value: Scalar?) -> Argument { value.map(Argument.scalar) ?? .none }
  /// Integers, or nothing.
  public static func optional(_ value: [Int]?) -> Argument { value.map(Argument.ints) ?? .none }
  /// An element type, or nothing.
  public static func optional(_ value: ScalarType?) -> Argument {
    value.map(Argument.type) ?? .none
  }
  /// A device, or nothing.
  public static func optional(_ value: Device?) -> Argument { value.map(Argument.device) ?? .none }
  /// A memory format, or nothing.
  public static func optional(_ value: MemoryFormat?) -> Argument {
    value.map(Argument.memoryFormat) ?? .none
  }
  /// A generator, or nothing (the device's default generator).
  public static func optional(_ value: Generator?) -> Argument {
    value.map(Argument.generator) ?? .none
  }
}

extension Argument: ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
  ExpressibleByBooleanLiteral, ExpressibleByStringLiteral, ExpressibleByNilLiteral,
  ExpressibleByArrayLiteral
{
  /// An integer.
  public init(integerLiteral value: Int) { self = .int(value) }
  /// A double.
  public init(floatLiteral value: Double) { self = .double(value) }
  /// A truth value.
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  /// A text.
  public init(stringLiteral value: String) { self = .string(value) }
  /// Nothing.
  public init(nilLiteral: ()) { self = .none }
  /// Integers.
  public init(arrayLiteral elements: Int...) { self = .ints(elements) }
}

extension Argument: CustomStringConvertible {
  /// A short text for messages: types and shapes of tensors, values of the rest.
  public var description: String {
    switch self {
    case .none: "nil"
    case .tensor(let tensor): tensor.signature
    case .int(let value): "\(value)"
    case .double(let value): "\(value)"
    case .bool(let value): "\(value)"
    case .string(let value): "\"\(value)\""
    case .ints(let values): "\(values)"
    case .doubles(let values): "\(values)"
    case .bools(let values): "\(values)"
    case .tensors(let tensors): Self.list(tensors)
    case .optionalTensors(let tensors): Self.list(tensors)
    case .type(let type): "\(type)"
    case .device(let device): "\(device)"
    case .memoryFormat(let format): "\(format)"
    case .generator: "generator"
    }
  }

  /// At most eight signatures, then how many more there are.
  private static func list(_ tensors: [Tensor?]) -> String {
    var texts = tensors.prefix(8).map { $0?.signature ?? "nil" }
    if tensors.count > 8 { texts.append("and \(tensors.count - 8) more") }
    return "[\(texts.joined(separator: ", "))]"
  }
}
