// What is written is what is read: networks, attributes, element types.

import Network
import OrderedCollections
import Testing

@testable import ONNX

@Suite struct RoundTripTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test func aNetworkComesBackEqual() throws {
    let network = try Samples.residual()
    #expect(try folder.roundTrip(ONNXModel(network)).network == network)
  }

  @Test func attributesOfAllKindsComeBackEqual() throws {
    let network = try Samples.attributes()
    #expect(try folder.roundTrip(ONNXModel(network)).network == network)
  }

  @Test func theSameModelGivesTheSameBytes() throws {
    let model = ONNXModel(try Samples.attributes())
    try model.write(to: folder("a.onnx"))
    try model.write(to: folder("b.onnx"))
    try ONNXModel(path: folder("a.onnx")).write(to: folder("c.onnx"))
    #expect(try folder.bytes("a.onnx") == folder.bytes("b.onnx"))
    #expect(try folder.bytes("a.onnx") == folder.bytes("c.onnx"))
  }

  @Test(arguments: ElementType.allCases)
  func elementsComeBackBitForBit(type: ElementType) throws {
    let tensor =
      if type == .string {
        try TensorData(strings: [[], [0xFF, 0], Array("é".utf8)], shape: [3])
      } else {
        // 15 elements: the packed types end in half a byte.
        try TensorData(
          type: type, shape: [3, 5],
          bytes: Bytes((0..<type.byteCount(of: 15)).map { UInt8(truncatingIfNeeded: $0 * 37 + 11) })
        )
      }
    var network = Network(name: "n", opsets: ["": 24])
    network.initializers["t"] = Initializer(tensor, role: .constant)
    network.nodes = [
      Node("Constant", name: "", inputs: [], outputs: ["c"], attributes: ["value": .tensor(tensor)])
    ]
    let read = try folder.roundTrip(ONNXModel(network)).network
    #expect(read.initializers["t"]?.tensor == tensor)
    // The constant is carried as an initializer, and is a node again in the file.
    #expect(read.initializers["c"]?.tensor == tensor)
    #expect(read.nodes.isEmpty)
    try ONNXModel(path: folder("trip.onnx")).write(to: folder("again.onnx"))
    #expect(try folder.bytes("again.onnx") == folder.bytes("trip.onnx"))
  }

  @Test func rolesFollowFromTheOperators() throws {
    var network = try Samples.residual()
    network.initializers["shape"] = Initializer(
      TensorData(vector: [1, -1] as [Int64]), role: .constant)
    network.initializers["slope"] = Initializer(TensorData(scalar: Float(0.5)), role: .constant)
    network.initializers["table"] = Initializer(try Samples.ramp([2, 2]), role: .constant)
    let read = try folder.roundTrip(ONNXModel(network)).network
    let roles = read.initializers.mapValues(\.role)
    #expect(roles["conv.weight"] == .parameter)
    #expect(roles["bn.mean"] == .buffer)
    #expect(roles["shape"] == .constant)
    #expect(roles["slope"] == .constant, "one number alone is no parameter unless an operator says")
    #expect(roles["table"] == .parameter)
  }

  @Test func nodesThatComeUnsortedAreSortedAndOthersStay() throws {
    var network = try Samples.residual()
    network.nodes.swapAt(0, 3)
    let read = try folder.roundTrip(ONNXModel(network)).network
    #expect(read.nodes == (try Samples.residual().nodes))
  }

  @Test func aNodeIsOrderedAfterWhatItsBranchesCapture() throws {
    var network = try Samples.attributes()
    network.inputs.removeFirst()
    network.nodes.append(
      Node(
        "Constant", name: "late", inputs: [], outputs: ["x"],
        attributes: ["value_floats": .floats([1, 2])]))
    let read = try folder.roundTrip(ONNXModel(network)).network
    #expect(read.nodes.map(\.name) == ["late", "if", "all"])
  }

  @Test func weightsStayInTheFile() throws {
    let network = try Samples.residual()
    try ONNXModel(network).write(to: folder("m.onnx"))
    var model = try ONNXModel(path: folder("m.onnx"))
    model.network.nodes.removeAll { $0.name == "fc" }
    model.network.initializers["fc.weight"] = nil
    model.network.outputs = [ValueInfo("m", .float32, ["batch", 3])]
    // Writing over the file that the weights still are windows on.
    try model.write(to: folder("m.onnx"))
    let read = try ONNXModel(path: folder("m.onnx")).network
    #expect(read == model.network)
    #expect(read.initializers["conv.weight"] == network.initializers["conv.weight"])
  }

  @Test func provenanceTravelsInTheMetadata() throws {
    var network = try Samples.residual()
    #expect(Provenance(network) == nil)
    let origin = Provenance(
      version: "1.2.3", recipe: "l1-filters", seed: .max, parent: String(repeating: "ab", count: 32)
    )
    network.setProvenance(Provenance(version: "0", recipe: "old", seed: 1, parent: "old"))
    network.setProvenance(origin)
    let read = try folder.roundTrip(ONNXModel(network))
    #expect(Provenance(read.network) == origin)
    #expect(read.network.metadata["author"] == "a test")
    #expect(read.network.metadata["bonsai.seed"] == "18446744073709551615")
    #expect(read.producer == ("bonsai", "1.2.3"))
    network.setProvenance(Provenance(version: "2"))
    #expect(Provenance(network) == Provenance(version: "2"))
    #expect(network.metadata["bonsai.parent"] == nil)
  }
}
