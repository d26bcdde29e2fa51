// The IMDB reviews as Keras publishes them, which is how most papers that use word numbers have them.

import Foundation

/// Film reviews from Keras's `imdb.npz` and `imdb_word_index.json`.
///
/// The file holds `x_train`, `y_train`, `x_test`, `y_test`; a review is a list of the ranks of its words,
/// 1 being the most frequent. What is read is what `keras.datasets.imdb.load_data(num_words=10000)` gives,
/// in the order of the file: 0 pads (never in a review), 1 starts every review, 2 stands for a word whose
/// number would be 10,000 or more, and rank r has number r + 3, so that 3 is never used.
enum KerasReviews {
  /// Word numbers are below this (`num_words`).
  static let wordLimit = 10_000
  /// The number that starts a review (`start_char`).
  static let start: UInt16 = 1
  /// The number of a word that is too rare (`oov_char`).
  static let unknown: UInt16 = 2
  /// What is added to a rank (`index_from`).
  static let offset = 3

  /// The reviews of a split.
  ///
  /// - Throws: `DataError.missingEntry`, `inconsistent`, `labelOutOfRange`, `empty`, and what the formats
  ///   below throw.
  static func read(_ path: String, _ split: Split) throws(DataError) -> IMDBTokens {
    let suffix = split == .test ? "test" : "train"
    let archive = try FileBytes.read(path, limit: 1 << 28)
    let place = "\(path):x_\(suffix).npy"
    let ranks = try NPY.integerLists(
      NPZ.contents(of: "x_\(suffix)", in: archive, path: path, limit: 1 << 28), path: place)
    let labels = try NPY.parse(
      NPZ.contents(of: "y_\(suffix)", in: archive, path: path, limit: 1 << 28),
      path: "\(path):y_\(suffix).npy"
    ).integers()
    guard !ranks.isEmpty else { throw .empty(path: place) }
    guard labels.count == ranks.count else {
      throw .inconsistent(
        path: place, expected: "\(labels.count) reviews, one a label", found: "\(ranks.count)")
    }
    if let index = labels.firstIndex(where: { $0 < 0 || $0 > 1 }) {
      throw .labelOutOfRange(path: path, index: index, label: Int(labels[index]), classCount: 2)
    }
    var tokens: [UInt16] = []
    var offsets = [0]
    for (index, review) in ranks.enumerated() {
      tokens.append(start)
      for rank in review {
        guard rank > 0 else {
          throw .inconsistent(
            path: place, expected: "ranks from 1 on in review \(index)", found: "\(rank)")
        }
        tokens.append(rank < wordLimit - offset ? UInt16(rank + offset) : unknown)
      }
      offsets.append(tokens.count)
    }
    return IMDBTokens(labels: labels.map { UInt8($0) }, offsets: offsets, tokens: tokens)
  }

  /// The word of each number, from a JSON object of words and their ranks. A number that no word has is
  /// `<unused>`.
  ///
  /// - Throws: `DataError.malformed`, `inconsistent`.
  static func vocabulary(_ path: String) throws(DataError) -> [String] {
    let bytes = try FileBytes.read(path, limit: 1 << 26)
    let ranks: [String: Int]
    do {
      ranks = try JSONDecoder().decode([String: Int].self, from: Foundation.Data(bytes))
    } catch {
      throw .malformed(
        path: path, offset: 0, expected: "a JSON object of words and their ranks",
        found: bytes.prefix(8).hexadecimal)
    }
    let special = ["<pad>", "<start>", "<unk>"]
    var words = special + [String](repeating: "<unused>", count: wordLimit - special.count)
    for (word, rank) in ranks {
      guard rank > 0 else {
        throw .inconsistent(path: path, expected: "ranks from 1 on", found: "\(rank) for '\(word)'")
      }
      if rank < wordLimit - offset { words[rank + offset] = word }
    }
    return words
  }
}
