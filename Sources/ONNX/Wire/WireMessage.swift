// Which fields of ONNX's messages are messages themselves, so that a file can be walked undecoded.

/// A kind of message, as far as walking a file needs to know it.
enum WireMessage {
  case model, training, function, graph, node, attribute, tensor, sparseTensor
  case valueInfo, annotation, type, typeTensor, typeElement, typeMap, shape
  case nodeDevice, sharding, shardedDimension
  /// A message that holds no messages.
  case leaf

  /// The field of a tensor that holds its bytes.
  static let rawData = 9

  /// The message in the field `number`; `nil` where the field is no message.
  func message(in number: Int) -> WireMessage? {
    switch (self, number) {
    case (.model, 7), (.training, 1), (.training, 2), (.attribute, 6), (.attribute, 11): .graph
    case (.model, 20): .training
    case (.model, 25): .function
    case (.graph, 1), (.function, 7): .node
    case (.node, 5), (.function, 11): .attribute
    case (.graph, 5), (.attribute, 5), (.attribute, 10), (.sparseTensor, 1), (.sparseTensor, 2):
      .tensor
    case (.graph, 15), (.attribute, 22), (.attribute, 23): .sparseTensor
    case (.graph, 11), (.graph, 12), (.graph, 13), (.function, 12): .valueInfo
    case (.graph, 14): .annotation
    case (.valueInfo, 2), (.attribute, 14), (.attribute, 15), (.typeElement, 1), (.typeMap, 2):
      .type
    case (.type, 1), (.type, 8): .typeTensor
    case (.type, 4), (.type, 9): .typeElement
    case (.type, 5): .typeMap
    case (.typeTensor, 2): .shape
    case (.node, 10): .nodeDevice
    case (.nodeDevice, 2): .sharding
    case (.sharding, 4): .shardedDimension
    case (.model, 8), (.model, 14), (.model, 26), (.training, 3), (.training, 4), (.function, 9),
      (.function, 14), (.graph, 16), (.node, 9), (.tensor, 3), (.tensor, 13), (.tensor, 16),
      (.valueInfo, 4), (.annotation, 2), (.type, 7), (.shape, 1), (.sharding, 3),
      (.shardedDimension, 2):
      .leaf
    default: nil
    }
  }

  /// Whether tensors inside this message have their bytes moved out of the message (see ``Splice``).
  ///
  /// Functions, training graphs and sparse tensors are kept as they are.
  var isSpliced: Bool {
    switch self {
    case .model, .graph, .node, .attribute, .tensor: true
    default: false
    }
  }
}
