// What makes two runs the same run: a folder is only ever taken up by the run that began it.

/// What makes two runs the same run.
struct RunIdentity: Codable, Equatable {
  /// The recipe as it was written.
  var recipe: String
  /// Where all random numbers start.
  var seed: UInt64
  /// The data set's name; `nil` where none is used.
  var data: String?
  /// The checksum of the model that was given; `nil` where the recipe's network is built.
  var model: String?
  /// The version of Bonsai, as another one may compute otherwise.
  var version = Version.current

  /// Why a run of this identity cannot go on with what `begun` began; `nil` where it can.
  func refusal(of begun: RunIdentity) -> String? {
    func name(_ data: String?) -> String { data.map { "the data set '\($0)'" } ?? "no data set" }
    if begun.recipe != recipe { return "it was begun with another recipe (see recipe.yaml there)" }
    if begun.seed != seed { return "it was begun with seed \(begun.seed), not \(seed)" }
    if begun.data != data { return "it was begun with \(name(begun.data)), not \(name(data))" }
    if begun.model != model { return "it was begun with another model" }
    if begun.version != version {
      return "it was begun with Bonsai \(begun.version), and this is \(version)"
    }
    return nil
  }
}
