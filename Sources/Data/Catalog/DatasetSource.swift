// A data set that was found on the disk, ready to load split by split.

/// A part of a data set by its role.
public enum Split: String, Sendable, Codable, CaseIterable {
  /// To learn from.
  case train
  /// To choose by.
  case validation
  /// To report on.
  case test
}

/// A data set found on the disk. Nothing is read until a split is loaded.
public struct DatasetSource: Sendable {
  /// The name shown to people.
  public let name: String
  /// The folder or file.
  public let path: String
  /// How it is laid out.
  public let format: DatasetFormat
  /// The card of the catalogue, if it is a named data set.
  public let card: DatasetCard?

  /// The splits that lie on the disk. A source that is not divided has all its examples in `.train`.
  public var splits: [Split] {
    Split.allCases.filter { split in
      switch format {
      case .idx: DatasetFormat.idx(in: path, split) != nil
      case .cifar10: DatasetFormat.cifar10(in: path, split) != nil
      case .imdb: DatasetFormat.imdb(in: path, split) != nil
      case .kerasReviews: split != .validation
      case .zipCode: DatasetFormat.zipCode(in: path, split) != nil
      case .npz: (try? ArrayDataset.names(of: split, in: path)) != nil
      case .npy: split == .train
      case .images: ImageFolder.folder(of: split, in: path) != nil
      }
    }
  }

  /// The split to report on: the test split, or what comes nearest in a source without one.
  public var splitForEvaluation: Split { splits.last ?? .test }

  /// Loads a split into memory.
  ///
  /// - Throws: `DataError.missingSplit` if the source has none, and everything that reading the files
  ///   can throw.
  public func load(_ split: Split) throws(DataError) -> any Dataset {
    switch format {
    case .idx:
      guard let files = DatasetFormat.idx(in: path, split) else { break }
      return try idx(files.images, files.labels)
    case .cifar10:
      guard let files = DatasetFormat.cifar10(in: path, split) else { break }
      return try cifar10(files, split)
    case .imdb:
      guard let file = DatasetFormat.imdb(in: path, split) else { break }
      return try imdb(file)
    case .kerasReviews:
      guard split != .validation else { break }
      return try kerasReviews(split)
    case .zipCode:
      guard let file = DatasetFormat.zipCode(in: path, split) else { break }
      return try zipCode(file)
    case .npz:
      guard let names = try ArrayDataset.names(of: split, in: path) else { break }
      return try ArrayDataset(name: name, path: path, x: names.x, y: names.y)
    case .npy:
      guard split == .train else { break }
      return try ArrayDataset(name: name, path: path, x: NPY.read(path), y: nil)
    case .images:
      guard let folder = ImageFolder.folder(of: split, in: path) else { break }
      return try images(folder, split)
    }
    throw .missingSplit(
      dataset: name, split: split.rawValue,
      advice: split == .validation
        ? "hold out a part of the training examples instead"
        : "it has: \(splits.map(\.rawValue).joined(separator: ", "))")
  }

  /// Loads what to train on and what to choose by. A validation split that lies on the disk is used;
  /// otherwise a part of the training examples is held out.
  public func loadForTraining(
    holdingOut holdOut: HoldOut
  ) throws(DataError) -> (train: any Dataset, validation: any Dataset) {
    let train = try load(.train)
    if splits.contains(.validation) { return (train, try load(.validation)) }
    let parts = try holdOut.divide(train)
    return (parts.rest, parts.heldOut)
  }

  private func idx(_ imagePath: String, _ labelPath: String) throws(DataError) -> any Dataset {
    let images = try IDX.read(imagePath, rank: 3)
    let labels = try IDX.read(labelPath, rank: 1).elements.map(Int.init)
    guard images.shape[0] == labels.count else {
      throw .inconsistent(
        path: labelPath, expected: "\(images.shape[0]) labels, one a picture of \(imagePath)",
        found: "\(labels.count)")
    }
    var normalization = card?.normalization
    if normalization == nil { normalization = try trainingNormalization() }
    return try ImageDataset(
      name: name, path: labelPath, pixels: images.elements, shape: [1] + images.shape[1...],
      labels: labels,
      classNames: card?.classNames ?? (0...(labels.max() ?? 0)).map { "\($0)" },
      normalization: normalization)
  }

  /// The statistics of the training pictures of a folder that is not in the catalogue, so that every
  /// split is normalized alike.
  private func trainingNormalization() throws(DataError) -> Normalization? {
    guard let files = DatasetFormat.idx(in: path, .train) else { return nil }
    let images = try IDX.read(files.images, rank: 3)
    return .measured(
      images.elements, channels: 1, planeSize: max(1, images.shape[1] * images.shape[2]))
  }

  private func cifar10(
    _ files: DatasetFormat.CIFARFiles, _ split: Split
  ) throws(DataError) -> any Dataset {
    let pixels: [UInt8]
    let labels: [UInt8]
    switch files {
    case .batches(let paths): (pixels, labels) = try CIFARBinary.read(paths)
    case .archive(let archive): (pixels, labels) = try CIFARBinary.read(archive: archive, split)
    }
    let card = card ?? DatasetCatalog.card(named: "cifar10")
    return try ImageDataset(
      name: name, path: path, pixels: pixels, shape: CIFARBinary.shape,
      labels: labels.map(Int.init),
      classNames: card?.classNames ?? [], normalization: card?.normalization)
  }

  private func zipCode(_ file: String) throws(DataError) -> any Dataset {
    let digits = try ZIPCode.read(file)
    let card = card ?? DatasetCatalog.card(named: "usps")
    return try ImageDataset(
      name: name, path: file, pixels: digits.pixels, shape: ZIPCode.shape, labels: digits.labels,
      classNames: card?.classNames ?? [], normalization: card?.normalization)
  }

  private func kerasReviews(_ split: Split) throws(DataError) -> any Dataset {
    let file = "\(path)/\(DatasetFormat.reviews)"
    let words = "\(path)/imdb_word_index.json"
    return try TokenDataset(
      name: name, path: file, reviews: KerasReviews.read(file, split),
      classNames: card?.classNames ?? ["unfavourable", "favourable"],
      vocabulary: FileBytes.exists(words) ? KerasReviews.vocabulary(words) : [])
  }

  private func imdb(_ file: String) throws(DataError) -> any Dataset {
    let list = "\(path)/vocab.txt"
    var vocabulary: [String] = []
    if FileBytes.exists(list) {
      vocabulary = String(decoding: try FileBytes.read(list, limit: 1 << 26), as: UTF8.self)
        .split(separator: "\n").map(String.init)
    }
    return try TokenDataset(
      name: name, path: file, reviews: IMDBTokens.read(file),
      classNames: card?.classNames ?? ["unfavourable", "favourable"], vocabulary: vocabulary)
  }

  private func images(_ folder: String, _ split: Split) throws(DataError) -> any Dataset {
    var normalization: Normalization?
    if split != .train, let training = ImageFolder.folder(of: .train, in: path), training != folder
    {
      normalization = try ImageFolder.read(training, name: name).normalization
    }
    return try ImageFolder.read(folder, name: name, normalization: normalization)
  }
}
