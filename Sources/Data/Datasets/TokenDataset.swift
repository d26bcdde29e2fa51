// Labelled texts as word numbers.

/// Texts as runs of word numbers with one class each.
public struct TokenDataset: Dataset {
  /// The name shown to people.
  public let name: String
  /// The name of each class.
  public let classNames: [String]
  /// The words by number; empty where unknown.
  public let vocabulary: [String]
  /// The most tokens of a text that are used, or nil for all.
  public let maximumLength: Int?
  private let tokens: [UInt16]
  private let offsets: [Int]
  private let labels: [UInt8]

  /// Texts vary in length, so there is no fixed shape.
  public var exampleShape: [Int] { [] }
  /// The number of texts.
  public var count: Int { labels.count }

  /// Reviews read from a file.
  ///
  /// - Parameters:
  ///   - vocabulary: the word of each number, or empty.
  ///   - maximumLength: longer texts keep their first tokens.
  /// - Throws: `DataError.inconsistent` if a token is outside the vocabulary, `invalidOption`.
  public init(
    name: String, path: String, reviews: IMDBTokens, classNames: [String], vocabulary: [String],
    maximumLength: Int? = nil
  ) throws(DataError) {
    if let maximumLength, maximumLength < 1 {
      throw .invalidOption(
        name: "maximum length", value: "\(maximumLength)", expected: "at least 1")
    }
    if !vocabulary.isEmpty, let largest = reviews.tokens.max(), largest >= vocabulary.count {
      throw .inconsistent(
        path: path, expected: "tokens below the vocabulary's size \(vocabulary.count)",
        found: "token \(largest)")
    }
    self.name = name
    self.classNames = classNames
    self.vocabulary = vocabulary
    self.maximumLength = maximumLength
    tokens = reviews.tokens
    offsets = reviews.offsets
    labels = reviews.labels
  }

  /// The class of a text.
  public func label(at index: Int) -> Int? { Int(labels[index]) }

  /// The word numbers of a text, cut at `maximumLength`.
  public func text(at index: Int) -> ArraySlice<UInt16> {
    tokens[offsets[index]..<offsets[index + 1]].prefix(maximumLength ?? .max)
  }

  /// Gathers texts `[B, T]`, T being the longest of them; the others are padded at the end with 0.
  public func batch(
    _ indices: [Int], augmentation: EpochAugmentation?
  ) throws(DataError) -> Batch {
    try check(indices)
    guard augmentation == nil else {
      throw .invalidOption(
        name: "augmentation", value: "set", expected: "none: '\(name)' holds texts")
    }
    let texts = indices.map { text(at: $0) }
    let longest = texts.reduce(0) { max($0, $1.count) }
    var ids = [Int64](repeating: 0, count: indices.count * longest)
    for (row, text) in texts.enumerated() {
      for (column, token) in text.enumerated() { ids[row * longest + column] = Int64(token) }
    }
    return Batch(
      inputs: .tokens(
        ids, shape: [indices.count, longest], lengths: texts.map { Int64($0.count) }),
      targets: .classes(indices.map { Int64(labels[$0]) }), indices: indices)
  }
}
