// The data sets that have a name: what they are, where they come from, how they are stored.

/// A data set that can be asked for by name.
public struct DatasetCard: Sendable, Equatable {
  /// A file of the data set as it is published.
  public struct File: Sendable, Equatable {
    /// Its name in the data set's folder.
    public let name: String
    /// Its length in bytes, or nil where that is not published.
    public let size: Int?
    /// What it must pass.
    public let check: FileCheck
  }

  /// The name used on the command line and in recipes.
  public let name: String
  /// What it shows, in one line.
  public let title: String
  /// Who made it.
  public let origin: String
  /// Under which terms.
  public let licence: String
  /// The layouts in which it is read, the published one among them.
  public let formats: [DatasetFormat]
  /// The name of each class.
  public let classNames: [String]
  /// The usual normalization of its pictures; `nil` where it holds none.
  public var normalization: Normalization?
  /// The published files.
  public let files: [File]
  /// Addresses of folders that hold the files, tried in order.
  public let mirrors: [String]

  /// Says in a few lines how to get the data set.
  public func advice(folder: String) -> String {
    let files = formats.map(\.fileNames).joined(separator: "; or ")
    return "to get it: bonsai data fetch \(name)\nor: put \(files) into \(folder)/\(name), or set "
      + "BONSAI_DATA to the folder above '\(name)'"
  }
}

/// The catalogue of named data sets.
public enum DatasetCatalog {
  private static let digits = (0..<10).map { "\($0)" }

  /// Every named data set.
  public static let cards: [DatasetCard] = [
    DatasetCard(
      name: "mnist",
      title: "handwritten digits, 28 x 28, grey; 60,000 to train on, 10,000 to test on",
      origin: "Y. LeCun, C. Cortes, C. J. C. Burges, from NIST Special Databases 1 and 3",
      licence: "CC BY-SA 3.0, as commonly stated", formats: [.idx], classNames: digits,
      normalization: Normalization(mean: [0.1307], standardDeviation: [0.3081]),
      files: [
        .init(
          name: "train-images-idx3-ubyte.gz", size: 9_912_422,
          check: .sha256("440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609")),
        .init(
          name: "train-labels-idx1-ubyte.gz", size: 28_881,
          check: .sha256("3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c")),
        .init(
          name: "t10k-images-idx3-ubyte.gz", size: 1_648_877,
          check: .sha256("8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6")),
        .init(
          name: "t10k-labels-idx1-ubyte.gz", size: 4_542,
          check: .sha256("f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6")),
      ],
      mirrors: [
        "https://storage.googleapis.com/cvdf-datasets/mnist",
        "https://ossci-datasets.s3.amazonaws.com/mnist",
        "http://yann.lecun.com/exdb/mnist",
      ]),
    DatasetCard(
      name: "fashion-mnist",
      title: "clothes, 28 x 28, grey; 60,000 to train on, 10,000 to test on",
      origin: "H. Xiao, K. Rasul, R. Vollgraf, Zalando Research, 2017", licence: "MIT",
      formats: [.idx],
      classNames: [
        "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag",
        "Ankle boot",
      ],
      normalization: Normalization(mean: [0.2860], standardDeviation: [0.3530]),
      files: [
        .init(
          name: "train-images-idx3-ubyte.gz", size: 26_421_880,
          check: .sha256("3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84")),
        .init(
          name: "train-labels-idx1-ubyte.gz", size: 29_515,
          check: .sha256("a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845")),
        .init(
          name: "t10k-images-idx3-ubyte.gz", size: 4_422_102,
          check: .sha256("346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073")),
        .init(
          name: "t10k-labels-idx1-ubyte.gz", size: 5_148,
          check: .sha256("67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5")),
      ],
      mirrors: [
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com",
        "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion",
      ]),
    DatasetCard(
      name: "cifar10",
      title: "colour pictures of ten classes, 32 x 32; 50,000 to train on, 10,000 to test on",
      origin: "A. Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009",
      licence: "none stated; published for research", formats: [.cifar10],
      classNames: [
        "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
      ],
      normalization: Normalization(
        mean: [0.4914, 0.4822, 0.4465], standardDeviation: [0.2470, 0.2435, 0.2616]),
      files: [
        .init(
          name: "cifar-10-binary.tar.gz", size: 170_052_171,
          check: .sha256("c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd"))
      ],
      mirrors: ["https://www.cs.toronto.edu/~kriz"]),
    DatasetCard(
      name: "imdb", title: "50,000 film reviews, favourable or not, as word numbers below 10,000",
      origin: "A. L. Maas and others, Large Movie Review Dataset v1.0, ACL 2011",
      licence: "published for research", formats: [.imdb, .kerasReviews],
      classNames: ["unfavourable", "favourable"], normalization: nil,
      // Both checksums are those that Keras itself demands of the two files.
      files: [
        .init(
          name: "imdb.npz", size: 17_464_789,
          check: .sha256("69664113be75683a8fe16e3ed0ab59fda8886cb3cd7ada244f7d9544e4676b9f")),
        .init(
          name: "imdb_word_index.json", size: 1_641_221,
          check: .md5("bfafd718b763782e994055a2d397834f")),
      ],
      mirrors: [
        "https://storage.googleapis.com/tensorflow/tf-keras-datasets",
        "https://s3.amazonaws.com/text-datasets",
      ]),
    DatasetCard(
      name: "usps", title: "handwritten digits, 16 x 16, grey; 7,291 to train on, 2,007 to test on",
      origin: "scanned by the U.S. Postal Service; LeCun and others, 1990",
      licence: "none stated; in wide free academic use", formats: [.idx, .zipCode],
      classNames: digits, normalization: Normalization(mean: [0.2545], standardDeviation: [0.3846]),
      // The data page of "The Elements of Statistical Learning" states neither length nor checksum, but
      // how many pictures of each digit there are.
      files: [
        .init(
          name: "zip.train.gz", size: nil,
          check: .digits(counts: [1194, 1005, 731, 658, 652, 556, 664, 645, 542, 644])),
        .init(
          name: "zip.test.gz", size: nil,
          check: .digits(counts: [359, 264, 198, 166, 200, 160, 170, 147, 166, 177])),
      ],
      mirrors: [
        "https://hastie.su.domains/ElemStatLearn/datasets",
        "https://web.stanford.edu/~hastie/ElemStatLearn/datasets",
        "http://statweb.stanford.edu/~tibs/ElemStatLearn/datasets",
      ]),
  ]

  /// The names of the catalogue in its order.
  public static var names: [String] { cards.map(\.name) }

  /// The card of a name, or nil.
  public static func card(named name: String) -> DatasetCard? {
    cards.first { $0.name == name }
  }

  /// The card of a set of pictures whose name has `-unit` behind it here; nil for anything else.
  private static func cardInUnitRange(_ name: String) -> DatasetCard? {
    guard name.hasSuffix("-unit") else { return nil }
    return card(named: String(name.dropLast(5))).flatMap { $0.normalization == nil ? nil : $0 }
  }

  /// Finds a data set by name or path.
  ///
  /// A name of the catalogue is looked for in `locations`; that of a set of pictures with `-unit` behind it,
  /// such as `mnist-unit`, is the same set with pixels from 0 to 1, not normalized. Anything else is a path:
  /// a folder in the format of one of the named data sets, an `.npz` file with the arrays `x` and `y`, or a
  /// folder of pictures with one sub-folder a class. A folder named as in the catalogue, holding that data
  /// set's files, is that data set.
  ///
  /// - Throws: `DataError.unknownDataset`, `datasetNotFound` (which says how to get it), `unsupported`.
  public static func source(
    _ nameOrPath: String, in locations: DataLocations = .standard
  ) throws(DataError) -> DatasetSource {
    if let card = card(named: nameOrPath) {
      let place = try locations.place(of: card)
      return DatasetSource(name: card.name, path: place.folder, format: place.format, card: card)
    }
    if var card = cardInUnitRange(nameOrPath) {
      let place = try locations.place(of: card)
      card.normalization = card.normalization.map { .identity(channels: $0.mean.count) }
      return DatasetSource(name: nameOrPath, path: place.folder, format: place.format, card: card)
    }
    let path = DataLocations.expanded(nameOrPath)
    if FileBytes.exists(path), path.hasSuffix(".npz") {
      return DatasetSource(name: nameOrPath, path: path, format: .npz, card: nil)
    }
    if FileBytes.exists(path), path.hasSuffix(".npy") {
      return DatasetSource(name: nameOrPath, path: path, format: .npy, card: nil)
    }
    guard FileBytes.isFolder(path) else {
      guard !FileBytes.exists(path) else {
        throw .unsupported(
          path: path, what: "this kind of file",
          advice: "give a folder, an .npz file with the arrays x and y, or one of "
            + names.joined(separator: ", "))
      }
      throw .unknownDataset(name: nameOrPath, known: names)
    }
    guard let format = DatasetFormat.detect(path) else {
      throw .unsupported(
        path: path, what: "this folder's layout",
        advice: "it should hold IDX files (train-images-idx3-ubyte[.gz], ...), CIFAR-10 batches "
          + "(data_batch_1.bin, ...), train.bin.gz or Keras's imdb.npz of IMDB, zip.train.gz of USPS, or "
          + "a sub-folder of pictures for each class"
      )
    }
    let last = path.split(separator: "/").last.map(String.init) ?? path
    let card = card(named: last).flatMap { $0.formats.contains(format) ? $0 : nil }
    return DatasetSource(name: card?.name ?? nameOrPath, path: path, format: format, card: card)
  }
}
