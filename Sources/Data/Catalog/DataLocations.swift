// The folders in which named data sets are looked for.

import Foundation

/// Where data sets may lie on this machine, in the order in which the places are tried: the folder given
/// by hand, `BONSAI_DATA`, the `Data` folder of the project (looked for upwards from the working folder
/// and from the program), the user's cache.
public struct DataLocations: Sendable, Equatable {
  /// A folder given by hand, or nil.
  public var folder: String?
  /// The value of `BONSAI_DATA`, or nil.
  public var environmentFolder: String?
  /// Folders from which `Data` is looked for upwards.
  public var origins: [String]
  /// The user's cache; downloads go here.
  public var cache: String

  /// Places given one by one.
  public init(folder: String?, environmentFolder: String?, origins: [String], cache: String) {
    self.folder = folder
    self.environmentFolder = environmentFolder
    self.origins = origins
    self.cache = cache
  }

  /// The places of this process.
  public static var standard: DataLocations { standard(folder: nil) }

  /// The places of this process, and before them a folder given by hand.
  public static func standard(folder: String?) -> DataLocations {
    let environment = ProcessInfo.processInfo.environment
    func value(_ name: String) -> String? {
      environment[name].flatMap { $0.isEmpty ? nil : expanded($0) }
    }
    let caches = value("XDG_CACHE_HOME") ?? NSHomeDirectory() + "/.cache"
    var origins = [FileManager.default.currentDirectoryPath]
    if let program = Bundle.main.executablePath {
      let path = URL(fileURLWithPath: program).resolvingSymlinksInPath().path
      origins.append((path as NSString).deletingLastPathComponent)
    }
    return DataLocations(
      folder: folder.map(expanded), environmentFolder: value("BONSAI_DATA"), origins: origins,
      cache: "\(caches)/bonsai/data")
  }

  /// The folders that are tried for a data set, in order.
  public func candidates(for name: String) -> [String] {
    var folders: [String] = []
    for root in [folder, environmentFolder].compactMap({ $0 }) {
      folders += ["\(root)/\(name)", root]
    }
    for origin in origins {
      var current = origin
      while !current.isEmpty {
        folders.append((current == "/" ? "" : current) + "/Data/\(name)")
        let parent = (current as NSString).deletingLastPathComponent
        if parent == current { break }
        current = parent
      }
    }
    folders.append("\(cache)/\(name)")
    var seen: Set<String> = []
    return folders.filter { seen.insert($0).inserted }
  }

  /// The folder that holds a named data set, and in which of its formats.
  ///
  /// - Throws: `DataError.datasetNotFound` with the places that were tried and how to get it.
  func place(
    of card: DatasetCard
  ) throws(DataError) -> (folder: String, format: DatasetFormat) {
    let candidates = candidates(for: card.name)
    // A root folder itself counts only if it is named as the data set or given by hand: two data sets
    // of one format could not be told apart otherwise.
    for folder in candidates {
      guard let format = card.formats.first(where: { $0.matches(folder) }) else { continue }
      let last = folder.split(separator: "/").last.map(String.init)
      if last == card.name || DatasetCatalog.card(named: last ?? "") == nil {
        return (folder, format)
      }
    }
    throw .datasetNotFound(
      name: card.name, searched: candidates, advice: card.advice(folder: cache))
  }

  /// A path with `~` spelled out.
  static func expanded(_ path: String) -> String {
    var path = (path as NSString).expandingTildeInPath
    while path.count > 1, path.hasSuffix("/") { path.removeLast() }
    return path
  }
}
