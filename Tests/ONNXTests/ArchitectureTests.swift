// Networks of the catalogue go through a file unchanged, in both operator sets that are written.

import Network
import OrderedCollections
import Testing

@testable import ONNX

@Suite struct ArchitectureTests {
  static let names = [
    "lenet-300-100", "lenet-5", "resnet-20", "se-resnet-20", "mobilenet-v1-cifar", "mobilenet-v2",
    "densenet-121", "lstm",
  ]

  @Test(arguments: names)
  func builtNetworksComeBackEqual(name: String) throws {
    let folder = try TemporaryFolder()
    // Distinct weights where they are few; the structure alone of the large ones.
    let seed: UInt64? = name.hasPrefix("lenet-5") || name == "resnet-20" ? 1 : nil
    let network = try Architectures.named(name).network(seed: seed)
    let read = try folder.roundTrip(ONNXModel(network))
    #expect(read.network.nodes == network.nodes)
    #expect(read.network.initializers == network.initializers)
    #expect(read.network == network)
    let other = network.opset == 17 ? 21 : 17
    let converted = try folder.roundTrip(ONNXModel(network), opset: other)
    #expect(converted.network.opset == other)
    #expect(try folder.roundTrip(converted, opset: network.opset).network == network)
  }
}
