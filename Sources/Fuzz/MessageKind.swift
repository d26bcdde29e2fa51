// What the fields of ONNX's messages hold, so that a mutation can be aimed at a field's meaning.

/// A message of ONNX.
enum MessageKind: UInt8, Hashable {
  case model, graph, node, attribute, tensor, sparseTensor, valueInfo, type, typeTensor, typeElement
  case typeMap, shape, dimension, opset, entry, function, annotation, training, segment

  /// What a field holds.
  enum Content {
    case message(MessageKind)
    case text
    case bytes
    /// Packed numbers: of variable length, of four or of eight bytes.
    case numbers, words, doubleWords
  }

  /// What the length-delimited field `number` holds; bytes where nothing is known of it.
  func content(of number: Int) -> Content {
    switch (self, number) {
    case (.model, 7), (.attribute, 6), (.attribute, 11), (.training, 1), (.training, 2):
      .message(.graph)
    case (.model, 8): .message(.opset)
    case (.model, 14), (.graph, 16), (.node, 9), (.tensor, 13), (.tensor, 16), (.valueInfo, 4),
      (.annotation, 2), (.function, 14):
      .message(.entry)
    case (.model, 20): .message(.training)
    case (.model, 25): .message(.function)
    case (.function, 9): .message(.opset)
    case (.graph, 1), (.function, 7): .message(.node)
    case (.node, 5), (.function, 11): .message(.attribute)
    case (.graph, 5), (.attribute, 5), (.attribute, 10), (.sparseTensor, 1), (.sparseTensor, 2):
      .message(.tensor)
    case (.graph, 15), (.attribute, 22), (.attribute, 23): .message(.sparseTensor)
    case (.graph, 11), (.graph, 12), (.graph, 13), (.function, 12): .message(.valueInfo)
    case (.graph, 14): .message(.annotation)
    case (.valueInfo, 2), (.attribute, 14), (.attribute, 15), (.typeElement, 1), (.typeMap, 2):
      .message(.type)
    case (.type, 1), (.type, 8): .message(.typeTensor)
    case (.type, 4), (.type, 9): .message(.typeElement)
    case (.type, 5): .message(.typeMap)
    case (.typeTensor, 2): .message(.shape)
    case (.shape, 1): .message(.dimension)
    case (.tensor, 3): .message(.segment)
    case (.tensor, 9), (.tensor, 6), (.attribute, 4), (.attribute, 9): .bytes
    case (.tensor, 4), (.attribute, 7): .words
    case (.tensor, 10): .doubleWords
    case (.tensor, 1), (.tensor, 5), (.tensor, 7), (.tensor, 11), (.attribute, 8),
      (.sparseTensor, 3):
      .numbers
    default: .text
    }
  }
}
