// Reads a written file back and compares its weights with those in memory.

import Network

extension ONNXModel {
  /// Reads the file that ``write(to:opset:externalData:valueInfo:)`` left at `path`, and compares
  /// every tensor of the network with the one in the file: its type, its shape and each of its bytes.
  ///
  /// This is what "verified weights" means: what is on its way to the disk is what was meant to be
  /// written. Nothing is computed; what the network computes is for a run of the file to show.
  ///
  /// - Throws: ``ONNXError/differs(path:tensor:reason:)``, or why the file cannot be read.
  public func verify(at path: String) throws(ONNXError) {
    let written = try ONNXModel(path: path).network.initializers
    for (name, initializer) in network.initializers {
      let expected = initializer.tensor
      guard let found = written[name]?.tensor else {
        throw .differs(path: path, tensor: name, reason: "it is missing")
      }
      guard found.type == expected.type, found.shape == expected.shape else {
        throw .differs(
          path: path, tensor: name,
          reason: "type \(expected.type) and shape \(expected.shape) were written, "
            + "\(found.type) and \(found.shape) are there")
      }
      guard found.bytes == expected.bytes, found.strings == expected.strings else {
        throw .differs(
          path: path, tensor: name, reason: "other elements are there than were written")
      }
      found.bytes.release()
      expected.bytes.release()
    }
  }
}
