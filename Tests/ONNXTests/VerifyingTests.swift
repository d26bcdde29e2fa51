// Reading a written file back finds every byte of a weight that is not what was written.

import Foundation
import Network
import Testing

@testable import ONNX

@Suite struct VerifyingTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test(arguments: [ONNXModel.ExternalData.never, .always(minimumBytes: 1)])
  func whatWasWrittenIsThere(_ place: ONNXModel.ExternalData) throws {
    let model = ONNXModel(try Samples.residual())
    try model.write(to: folder("model.onnx"), opset: 21, externalData: place)
    try model.verify(at: folder("model.onnx"))
  }

  @Test func aFlippedBitIsFound() throws {
    let model = ONNXModel(try Samples.residual())
    try model.write(to: folder("model.onnx"))
    var bytes = try folder.bytes("model.onnx")
    let weight = try #require(model.network.initializers["conv.weight"]).tensor.bytes.array
    let place = try #require(bytes.firstRange(of: weight))
    bytes[place.upperBound - 1] ^= 1
    let path = try folder.put(bytes)
    let error = try #require(throws: ONNXError.self) { try model.verify(at: path) }
    #expect("\(error)".contains("tensor 'conv.weight'"), "\(error)")
  }

  @Test func missingAndOtherTensorsAreFound() throws {
    var model = ONNXModel(try Samples.residual())
    try model.write(to: folder("model.onnx"))
    model.network.initializers["more"] = Initializer(TensorData(scalar: Float(1)), role: .constant)
    var error = try #require(throws: ONNXError.self) { try model.verify(at: folder("model.onnx")) }
    #expect("\(error)".contains("tensor 'more': it is missing"), "\(error)")
    model.network.initializers["more"] = nil
    model.network.initializers["conv.bias"]?.tensor = TensorData(vector: [1, 2] as [Float])
    error = try #require(throws: ONNXError.self) { try model.verify(at: folder("model.onnx")) }
    #expect("\(error)".contains("shape [2] were written"), "\(error)")
  }
}
