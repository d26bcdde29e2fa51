// The layouts in which a data set may lie on the disk, and how they are told apart.

/// How the files of a data set are laid out.
public enum DatasetFormat: String, Sendable, Codable {
  /// IDX files of images and labels, as MNIST has them.
  case idx
  /// Binary CIFAR-10 batches, or the archive that they are published in.
  case cifar10
  /// Tokenized reviews.
  case imdb
  /// Tokenized reviews as Keras publishes them.
  case kerasReviews
  /// The text files of the USPS digits.
  case zipCode
  /// One `.npz` file with arrays.
  case npz
  /// One `.npy` file with the array `x`: examples without targets.
  case npy
  /// A folder of pictures, one sub-folder a class.
  case images

  /// The files that a person should provide.
  var fileNames: String {
    switch self {
    case .idx:
      "train-images-idx3-ubyte.gz, train-labels-idx1-ubyte.gz, t10k-images-idx3-ubyte.gz and "
        + "t10k-labels-idx1-ubyte.gz (or test-...)"
    case .cifar10:
      "cifar-10-binary.tar.gz, or its data_batch_1.bin to data_batch_5.bin and test_batch.bin"
    case .imdb: "train.bin.gz, val.bin.gz, test.bin.gz and vocab.txt (tokenized reviews)"
    case .kerasReviews: "Keras's imdb.npz and imdb_word_index.json"
    case .zipCode: "zip.train.gz and zip.test.gz of The Elements of Statistical Learning"
    case .npz: "an .npz file with the arrays x and y"
    case .npy: "an .npy file with one array of examples"
    case .images: "a sub-folder of pictures for each class"
    }
  }

  /// The format of a folder, or nil if it holds none of them.
  static func detect(_ folder: String) -> DatasetFormat? {
    if idx(in: folder, .train) != nil || idx(in: folder, .test) != nil { return .idx }
    if cifar10(in: folder, .train) != nil || cifar10(in: folder, .test) != nil { return .cifar10 }
    if imdb(in: folder, .train) != nil || imdb(in: folder, .test) != nil { return .imdb }
    if FileBytes.exists("\(folder)/\(reviews)") { return .kerasReviews }
    if zipCode(in: folder, .train) != nil || zipCode(in: folder, .test) != nil { return .zipCode }
    return ImageFolder.isOne(folder) ? .images : nil
  }

  /// True if the folder holds a data set in this format.
  func matches(_ folder: String) -> Bool {
    switch self {
    case .idx: Self.idx(in: folder, .train) != nil || Self.idx(in: folder, .test) != nil
    case .cifar10: Self.cifar10(in: folder, .train) != nil || Self.cifar10(in: folder, .test) != nil
    case .imdb: Self.imdb(in: folder, .train) != nil || Self.imdb(in: folder, .test) != nil
    case .kerasReviews: FileBytes.exists("\(folder)/\(Self.reviews)")
    case .zipCode: Self.zipCode(in: folder, .train) != nil || Self.zipCode(in: folder, .test) != nil
    case .npz, .npy, .images: Self.detect(folder) == self
    }
  }

  /// The path of `name`, plain or with `.gz`, if one of them is a file.
  private static func file(_ name: String, in folder: String) -> String? {
    ["\(folder)/\(name)", "\(folder)/\(name).gz"].first(where: FileBytes.exists)
  }

  /// The image and label files of a split.
  static func idx(in folder: String, _ split: Split) -> (images: String, labels: String)? {
    let prefixes =
      switch split {
      case .train: ["train"]
      case .validation: ["validation", "val"]
      case .test: ["t10k", "test"]
      }
    for prefix in prefixes {
      if let images = file("\(prefix)-images-idx3-ubyte", in: folder),
        let labels = file("\(prefix)-labels-idx1-ubyte", in: folder)
      {
        return (images, labels)
      }
    }
    return nil
  }

  /// Where the records of a split are.
  enum CIFARFiles: Equatable {
    case batches([String])
    case archive(String)
  }

  /// The batch files of a split, or the archive that holds them.
  static func cifar10(in folder: String, _ split: Split) -> CIFARFiles? {
    for folder in [folder, "\(folder)/cifar-10-batches-bin"] {
      let names =
        switch split {
        case .train: (1...5).flatMap { ["data_batch_\($0).bin", "train_\($0).bin"] }
        case .validation: [String]()
        case .test: ["test_batch.bin"]
        }
      let found = names.compactMap { file($0, in: folder) }
      if !found.isEmpty { return .batches(found) }
    }
    let archive = "\(folder)/cifar-10-binary.tar.gz"
    return split != .validation && FileBytes.exists(archive) ? .archive(archive) : nil
  }

  /// The review file of a split.
  static func imdb(in folder: String, _ split: Split) -> String? {
    let name =
      switch split {
      case .train: "train.bin"
      case .validation: "val.bin"
      case .test: "test.bin"
      }
    return file(name, in: folder)
  }

  /// Keras's file of reviews.
  static let reviews = "imdb.npz"

  /// The text file of a split of the USPS digits.
  static func zipCode(in folder: String, _ split: Split) -> String? {
    split == .validation ? nil : file("zip.\(split.rawValue)", in: folder)
  }
}
