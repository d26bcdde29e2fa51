// How many values the weights of a layer may share, as bits of their numbers.

import Network

/// How many values a layer's weights may share: `2^bits`, by the layer's kind or its weight's name.
public struct SharingBits: Sendable, Hashable {
  /// The bits of convolutions: weights with more than two axes.
  public var convolution: Int
  /// The bits of fully connected layers: weights with two axes.
  public var linear: Int
  /// The bits of single weights, by name.
  public var named: [String: Int]

  /// The bits that are possible: 2 to 65536 values.
  public static let possible = 1...16

  /// The paper's bits: 8 for convolutions, 5 for fully connected layers.
  ///
  /// - Throws: ``CompressionError/setting(name:found:expected:)``.
  public init(
    convolution: Int = 8, linear: Int = 5, named: [String: Int] = [:]
  ) throws(CompressionError) {
    for bits in [convolution, linear] + named.values where !Self.possible.contains(bits) {
      throw .setting(name: "bits", found: "\(bits)", expected: "a number from 1 to 16")
    }
    (self.convolution, self.linear, self.named) = (convolution, linear, named)
  }

  /// Reads `5`, or a list such as `conv=8,fc=5,fc3.weight=6`.
  ///
  /// - Throws: ``CompressionError/setting(name:found:expected:)``.
  public init(parsing text: String) throws(CompressionError) {
    if let bits = Int(text) {
      try self.init(convolution: bits, linear: bits)
      return
    }
    var (convolution, linear): (Int, Int) = (8, 5)
    var named: [String: Int] = [:]
    for word in text.split(separator: ",", omittingEmptySubsequences: false) {
      let sides = word.split(separator: "=", maxSplits: 1).map(String.init)
      guard sides.count == 2, let bits = Int(sides[1]) else {
        throw .setting(
          name: "bits", found: "'\(word)'", expected: "such as 5, or conv=8,fc=5,fc3.weight=6")
      }
      switch sides[0] {
      case "conv": convolution = bits
      case "fc": linear = bits
      default: named[sides[0]] = bits
      }
    }
    try self.init(convolution: convolution, linear: linear, named: named)
  }

  /// The bits of the weight called `name` with the given shape.
  public func bits(of name: String, shape: [Int]) -> Int {
    named[name] ?? (shape.count > 2 ? convolution : linear)
  }
}

extension SharingBits: CustomStringConvertible {
  /// `conv=8,fc=5`, then what is stated for single weights.
  public var description: String {
    (["conv=\(convolution)", "fc=\(linear)"]
      + named.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }).joined(separator: ",")
  }
}
