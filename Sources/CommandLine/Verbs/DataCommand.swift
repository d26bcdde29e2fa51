// `bonsai data`: the data sets that have a name, where they are, and how to get them.

import ArgumentParser
import Data
import Foundation
import Reporting

/// The data sets that have a name.
struct DataCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data",
    abstract: "List, fetch and describe data sets.",
    discussion: """
      Named data sets are looked for in BONSAI_DATA, in the folder Data of the project, and in the \
      user's cache, where downloads go. Anything else that takes --data also takes a path.

      Pixels are normalized to mean 0 and deviation 1 by the statistics of the training pictures; the name \
      with -unit behind it, such as mnist-unit, is the same data set with pixels from 0 to 1.

      Examples:
        bonsai data                          what there is, and what is on this machine
        bonsai data fetch fashion-mnist
        bonsai data show mnist
      """,
    subcommands: [List.self, Fetch.self, Path.self, Show.self], defaultSubcommand: List.self)

  /// Lists the catalogue.
  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List the named data sets and whether they are on this machine.",
      discussion: """
        Examples:
          bonsai data list
          bonsai data list --json
        """)

    @Flag(help: "Print JSON instead of a table.")
    var json = false

    func run() throws {
      let rows = DatasetCatalog.cards.map { card in
        DatasetRow(card, path: try? DatasetCatalog.source(card.name).path)
      }
      if json { return try JSONOutput.print(rows) }
      var table = TextTable([.left("name"), .left("what"), .left("where")])
      for row in rows {
        table.add([row.name, row.title, row.path ?? "missing: bonsai data fetch \(row.name)"])
      }
      print(table)
    }
  }

  /// Downloads a data set.
  struct Fetch: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Download a data set; what is there already is left alone.",
      discussion: """
        Every file is checked, against a checksum where its publisher states one, and appears under its \
        name only when it is whole. A download that breaks off goes on where it stopped. Files are read as \
        they are published; nothing is converted.

        imdb is what Keras's imdb.load_data(num_words=10000) gives: 1 starts a review, 2 is a word too \
        rare, the other words are numbered from 4 on by frequency. usps comes from the data page of The \
        Elements of Statistical Learning, which states no checksum: gzip's own and the published count of \
        each digit are checked.

        Examples:
          bonsai data fetch cifar10
          bonsai data fetch fashion-mnist --into /data
          bonsai data fetch usps --from https://mirror.example/usps
        """)

    @Argument(help: "The data set's name.")
    var name: String

    @Option(help: ArgumentHelp("The folder above the data set's; the cache if not given."))
    var into: String?

    @Option(
      help: ArgumentHelp(
        "The address of a folder with the files, tried before the published ones.",
        valueName: "address"))
    var from: String?

    func run() throws {
      guard let card = DatasetCatalog.card(named: name) else {
        throw DataError.unknownDataset(name: name, known: DatasetCatalog.names)
      }
      let folder = into ?? DataLocations.standard.cache
      var bar: (file: String, bar: ProgressBar)?
      let path = try Downloader().fetch(card, from: from, into: folder) { progress in
        // A file whose length is not published has no bar.
        guard let total = progress.total else { return }
        if bar?.file != progress.file {
          bar?.bar.finish()
          bar = (
            progress.file,
            ProgressBar(
              title: progress.file, total: total, from: progress.received, unit: .bytes)
          )
        }
        bar?.bar.update(progress.received)
      }
      bar?.bar.finish()
      for file in card.files {
        StandardError.say("bonsai: \(file.name) is whole; checked: \(file.check.description)")
      }
      print(path)
    }
  }

  /// Prints where a data set is.
  struct Path: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Print where a data set is on this machine.",
      discussion: """
        Examples:
          ls "$(bonsai data path mnist)"
        """)

    @Argument(help: "The data set's name.")
    var name: String

    func run() throws {
      print(try DatasetCatalog.source(name).path)
    }
  }

  /// Describes a data set.
  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Describe a data set: examples, classes, origin, licence.",
      discussion: """
        Examples:
          bonsai data show mnist
          bonsai data show pictures/ --json
        """)

    @Argument(help: "A data set's name, or the path of a folder or an .npz file.")
    var name: String

    @Flag(help: "Print JSON instead of a table.")
    var json = false

    func run() throws {
      let source = try DatasetCatalog.source(name)
      let splits = try source.splits.map { split in
        DatasetView.SplitView(split, try source.load(split))
      }
      let view = DatasetView(source, splits: splits)
      if json { try JSONOutput.print(view) } else { print(view.text) }
    }
  }
}

/// A line of the catalogue.
private struct DatasetRow: Encodable {
  let name: String
  let title: String
  let path: String?

  init(_ card: DatasetCard, path: String?) {
    name = card.name
    title = card.title
    self.path = path
  }
}

/// A data set as it lies on the disk.
private struct DatasetView: Encodable {
  /// A split: how many examples of which shape, and how many of each class.
  struct SplitView: Encodable {
    let split: String
    let count: Int
    let shape: [Int]
    let classes: [String: Int]

    init(_ split: Split, _ dataset: any Dataset) {
      self.split = split.rawValue
      count = dataset.count
      shape = dataset.exampleShape
      var classes: [String: Int] = [:]
      for index in 0..<dataset.count {
        guard let label = dataset.label(at: index) else { break }
        let names = dataset.classNames
        classes[names.indices.contains(label) ? names[label] : "\(label)", default: 0] += 1
      }
      self.classes = classes
    }
  }

  let name: String
  let path: String
  let title: String?
  let origin: String?
  let licence: String?
  let splits: [SplitView]

  init(_ source: DatasetSource, splits: [SplitView]) {
    name = source.name
    path = source.path
    title = source.card?.title
    origin = source.card?.origin
    licence = source.card?.licence
    self.splits = splits
  }

  /// The description for people.
  var text: String {
    var lines = [name + (title.map { ": \($0)" } ?? ""), "where    \(path)"]
    if let origin { lines.append("origin   \(origin)") }
    if let licence { lines.append("licence  \(licence)") }
    let names = Set(splits.flatMap(\.classes.keys)).sorted {
      $0.compare($1, options: .numeric) == .orderedAscending
    }
    var table = TextTable([.left("")] + splits.map { .right($0.split) })
    table.add(["examples"] + splits.map { Format.integer($0.count) })
    table.add(
      ["shape"]
        + splits.map { split in
          split.shape.isEmpty ? "varies" : split.shape.map(String.init).joined(separator: " x ")
        })
    if !names.isEmpty { table.addRule() }
    for name in names {
      table.add([name] + splits.map { Format.integer($0.classes[name] ?? 0) })
    }
    return lines.joined(separator: "\n") + "\n\n\(table)"
  }
}
