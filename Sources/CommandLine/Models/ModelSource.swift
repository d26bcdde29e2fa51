// The model a verb works on: an ONNX file, or a network built by name.

import Data
import Foundation
import Network
import ONNX

/// The model a verb works on.
struct ModelSource {
  /// As the user named it.
  let argument: String
  /// The file it was read from; `nil` for a network built by name.
  let path: String?
  /// The model.
  let model: ONNXModel

  /// The network.
  var network: Network { model.network }

  /// Reads the file called `argument`, or builds the network of that name.
  ///
  /// - Parameter seed: decides the weights of a network that is built; `nil` leaves them 0, for
  ///   looking at the structure only.
  /// - Throws: `ONNXError` for a broken file, `CommandError.noSuchModel`.
  init(_ argument: String, seed: UInt64? = 0) throws {
    self.argument = argument
    var status = stat()
    let looksLikeFile = argument.contains("/") || argument.hasSuffix(".onnx")
    if looksLikeFile || stat(argument, &status) == 0 {
      path = argument
      model = try ONNXModel(path: argument)
      return
    }
    let architecture: Architecture
    do throws(NetworkError) { architecture = try Architectures.named(argument) } catch {
      throw CommandError.noSuchModel(name: argument, builtIn: Architectures.names)
    }
    path = nil
    model = ONNXModel(try architecture.network(seed: seed))
  }

  /// Bytes on disk, with the data that ONNX may keep beside the file; `nil` where there is no file.
  func fileBytes() throws -> Int? {
    guard let path else { return nil }
    let beside = "\(path).data"
    let size = try FileBytes.size(of: path)
    return size + ((try? FileBytes.size(of: beside)) ?? 0)
  }

  /// The SHA-256 of the file; `nil` where there is none.
  func sha256() throws -> String? {
    guard let path else { return nil }
    return try FileBytes.sha256(of: path)
  }

  /// Calls `body` with a file that holds the model: its own, or one that is gone afterwards.
  func withFile<Result>(_ body: (String) throws -> Result) throws -> Result {
    if let path { return try body(path) }
    let folder = try TemporaryFolder()
    let file = folder.file("\(argument).onnx")
    try model.write(to: file)
    return try withExtendedLifetime(folder) { try body(file) }
  }
}
