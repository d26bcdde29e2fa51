// Tensors kept in files beside the model: found, checked and mapped.

import Network
import SwiftProtobuf

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The files beside a model that hold tensors for it, each mapped once.
final class ExternalData {
  private let model: String
  private var files: [String: MappedFile] = [:]

  /// The files beside the model at the path `model`.
  init(model: String) { self.model = model }

  /// The `expected` bytes of a tensor; `name` is what errors call it.
  func bytes(
    of proto: Onnx_TensorProto, name: String, expected: Int
  ) throws(ONNXError) -> Bytes {
    var entries: [String: String] = [:]
    for entry in proto.externalData { entries[entry.key] = entry.value }
    let location = entries["location"] ?? ""
    func wrong(_ reason: String) -> ONNXError {
      .externalData(path: model, tensor: name, location: location, reason: reason)
    }
    func number(_ key: String) throws(ONNXError) -> Int? {
      guard let text = entries[key] else { return nil }
      guard let number = Int(text), number >= 0 else {
        throw wrong("its \(key) '\(text)' is not a number of bytes")
      }
      return number
    }
    let offset = try number("offset") ?? 0
    let length = try number("length") ?? expected
    guard length == expected else {
      throw wrong("its type and shape need \(expected) bytes, \(length) are stated")
    }
    let file = try file(location, wrong)
    guard offset <= file.count, length <= file.count - offset,
      let bytes = Bytes(file, offset..<offset + length)
    else {
      throw wrong(
        "bytes \(offset) to \(offset.addingReportingOverflow(length).partialValue) are needed, "
          + "the file has \(file.count); it may be cut off")
    }
    return bytes
  }

  private func file(
    _ location: String, _ wrong: (String) -> ONNXError
  ) throws(ONNXError) -> MappedFile {
    if let file = files[location] { return file }
    let parts = location.split(separator: "/", omittingEmptySubsequences: false)
    guard !location.isEmpty, !location.hasPrefix("/"), !parts.contains(".."),
      !location.utf8.contains(0)
    else {
      throw wrong("the location must be a path below the model's folder")
    }
    let folder = model.folder
    let path = "\(folder)/\(location)"
    guard let real = realPath(path) else {
      throw wrong("\(String(cString: strerror(errno))); it belongs in the folder \(folder)")
    }
    // A link may lead to where the model itself is kept (stores that link by content do), no farther.
    let homes = [realPath(folder), realPath(model)?.folder].compactMap { $0 }
    guard homes.contains(where: { real.hasPrefix($0 == "/" ? "/" : $0 + "/") }) else {
      throw wrong("it is a link that leaves the model's folder")
    }
    do throws(NetworkError) {
      let file = try MappedFile(path: real)
      files[location] = file
      return file
    } catch {
      throw wrong("\(error)")
    }
  }

  private func realPath(_ path: String) -> String? {
    guard let real = realpath(path, nil) else { return nil }
    defer { free(real) }
    return String(cString: real)
  }
}

extension String {
  /// The folder of a path; `.` for a bare name.
  var folder: String {
    guard let slash = lastIndex(of: "/") else { return "." }
    return slash == startIndex ? "/" : String(self[..<slash])
  }

  /// The last component of a path.
  var fileName: String {
    lastIndex(of: "/").map { String(self[index(after: $0)...]) } ?? self
  }
}
