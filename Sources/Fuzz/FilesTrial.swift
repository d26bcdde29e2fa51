// Reads arrays, pictures, recipes and targets: what users hand over beside models.

#if canImport(Execution)
  import Data
  import Methods
  import Pruning

  /// Reads arrays, pictures, recipes and targets: what users hand over beside models.
  struct FilesTrial: Trial {
    static let endings = ["refused", "read"]

    let folder: String

    func run(_ path: String, number: Int) -> Int {
      guard let bytes = try? FileBytes.read(path) else { return 0 }
      var accepted = false
      accepted = (try? NPY.parse(bytes, path: path)) != nil || accepted
      accepted = (try? NPZ.read(path)) != nil || accepted
      for rank in 1...4 {
        accepted = (try? IDX.parse(bytes, path: path, rank: rank)) != nil || accepted
      }
      accepted = (try? IMDBTokens.parse(bytes, path: path)) != nil || accepted
      accepted = (try? RasterImage.read(path)) != nil || accepted
      let text = String(decoding: bytes, as: UTF8.self)
      accepted = (try? Recipe(parsing: text, file: "recipe.yaml")) != nil || accepted
      accepted = (try? Target(parsing: text)) != nil || accepted
      return accepted ? 1 : 0
    }
  }
#endif
