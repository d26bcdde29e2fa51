// Where the tests find real data sets: MNIST always, the others only where a machine has them.

import Foundation
import Testing

@testable import Data

enum TestData {
  /// The project's own folder.
  static let project = (#filePath as NSString).deletingLastPathComponent + "/../.."

  /// MNIST as the project carries it.
  static func mnist() throws -> String {
    let folder = "\(project)/Data/mnist"
    try #require(FileBytes.isFolder(folder), "the project carries MNIST in Data/mnist")
    return folder
  }

  /// Places that hold only what `BONSAI_DATA` or a folder beside the project holds.
  static let locations: DataLocations = {
    var locations = DataLocations.standard
    if locations.environmentFolder == nil {
      locations.environmentFolder = project + "/../shared/data"
    }
    locations.origins = []
    return locations
  }()

  static func has(_ name: String) -> Bool {
    (try? DatasetCatalog.source(name, in: locations)) != nil
  }

  static func reason(_ name: String) -> Comment {
    "\(name) is not on this machine: set BONSAI_DATA to a folder that holds it"
  }
}
