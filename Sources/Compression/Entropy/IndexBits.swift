// How wide the steps between stored weights are, by the kind of layer.

/// How wide the steps between stored weights are before Huffman coding, by the kind of layer.
public struct IndexBits: Sendable, Hashable {
  /// The bits of convolutions (weights with more than two axes); `nil` where each weight takes those
  /// that make it smallest.
  public var convolution: Int?
  /// The same of all other tensors.
  public var linear: Int?

  /// Each weight takes the bits that make it smallest.
  public static let automatic = IndexBits()

  private init() {}

  /// Reads `auto`, a number, or a list such as `conv=8,fc=5`.
  ///
  /// - Throws: ``CompressionError/setting(name:found:expected:)``.
  public init(parsing text: String) throws(CompressionError) {
    func bits(_ text: some StringProtocol) throws(CompressionError) -> Int {
      guard let bits = Int(text), RelativeIndex.widths.contains(bits) else {
        throw .setting(
          name: "index-bits", found: "'\(text)'",
          expected: "a number from 3 to 8, auto, or a list such as conv=8,fc=5")
      }
      return bits
    }
    if text == "auto" { return }
    guard text.contains("=") else {
      (convolution, linear) = (try bits(text), try bits(text))
      return
    }
    for word in text.split(separator: ",", omittingEmptySubsequences: false) {
      let sides = word.split(separator: "=", maxSplits: 1)
      switch (sides.first, sides.count) {
      case ("conv", 2): convolution = try bits(sides[1])
      case ("fc", 2): linear = try bits(sides[1])
      default: _ = try bits(word)
      }
    }
  }

  /// The codecs for a tensor of the given shape.
  public func codecs(for shape: [Int]) throws(CompressionError) -> [any Codec] {
    guard let bits = shape.count > 2 ? convolution : linear else { return Codecs.all }
    let own = try DeepCompression(indexBits: bits)
    return [own] + Codecs.all.filter { !($0 is DeepCompression) }
  }
}
