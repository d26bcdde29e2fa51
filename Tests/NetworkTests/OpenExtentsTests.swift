// Networks whose inputs leave extents open are planned on numbers that fit them.

import OrderedCollections
import Testing

@testable import Network

@Suite struct OpenExtentsTests {
  /// A convolution with a kernel of the given size over an input of the given shape.
  func network(_ shape: [Extent], kernel: [Int]) throws -> Network {
    var net = Network(
      name: "open", inputs: [ValueInfo("x", .float32, shape)], outputs: [ValueInfo("y")])
    let weight = try TensorData(
      [Float](repeating: 1, count: kernel.reduce(1, *)), shape: kernel)
    net.initializers["w"] = Initializer(weight, role: .parameter)
    net.nodes = [Node("Conv", name: "conv", inputs: ["x", "w"], outputs: ["y"])]
    return net
  }

  @Test func imagesAreOfAnImagesSize() throws {
    let net = try network(["n", 3, "h", .unknown], kernel: [4, 3, 3, 3])
    #expect(try net.infer().types["x"]?.shape == [1, 3, 224, 224])
    #expect(try net.infer(binding: ["h": 10, "n": 2]).types["x"]?.shape == [2, 3, 10, 224])
    #expect(try net.infer(shapes: ["x": [1, 3, 5, 5]]).types["y"]?.shape == [1, 4, 3, 3])
    #expect(try net.inputShapes(batch: 6) == ["x": [6, 3, 224, 224]])
  }

  @Test func whatDoesNotFitIsTriedLarger() throws {
    let sound = try network(["n", 1, "length"], kernel: [2, 1, 50])
    #expect(try sound.infer().types["x"]?.shape == [1, 1, 64])
    let wide = try network([.unknown, .unknown, .unknown, .unknown], kernel: [4, 3, 300, 3])
    #expect(try wide.infer().types["x"]?.shape == [1, 3, 512, 512])
    let closed = try network([1, 3, 2, 2], kernel: [4, 3, 3, 3])
    #expect(throws: NetworkError.self) { try closed.infer() }
    let hopeless = try network(["n", 2, "h", "w"], kernel: [4, 3, 3, 3])
    #expect(throws: NetworkError.self) { try hopeless.infer() }
  }

  /// Attention between all pixels of an image of 224 by 224 would be two and a half billion numbers.
  @Test func smallerWhereAnImagesSizeIsTooMuch() throws {
    var net = try network(["n", 3, "h", "w"], kernel: [4, 3, 1, 1])
    net.initializers["rows"] = Initializer(
      TensorData(vector: [Int64(0), 4, -1]), role: .constant)
    net.nodes += [
      Node("Reshape", name: "rows", inputs: ["y", "rows"], outputs: ["k"]),
      Node(
        "Transpose", name: "turn", inputs: ["k"], outputs: ["q"],
        attributes: ["perm": .ints([0, 2, 1])]),
      Node("MatMul", name: "pairs", inputs: ["q", "k"], outputs: ["z"]),
    ]
    net.outputs = [ValueInfo("z")]
    #expect(try net.infer().types["z"]?.shape == [1, 4096, 4096])
    // What is asked for is what is taken.
    #expect(try net.infer(binding: ["h": 224, "w": 224]).types["x"]?.shape == [1, 3, 224, 224])
  }

  @Test func oneNameIsOneNumber() throws {
    var net = Network(
      name: "two",
      inputs: [
        ValueInfo("x", .float32, ["n", "length", 8]), ValueInfo("m", .float32, ["n", "length"]),
      ], outputs: [ValueInfo("y")])
    net.nodes = [Node("Relu", name: "", inputs: ["x"], outputs: ["y"])]
    #expect(try net.inputShapes(batch: 3) == ["x": [3, 1, 8], "m": [3, 1]])
  }

  /// A network that is bound to one example keeps to it.
  @Test func theBatchStaysWhereItMust() throws {
    var net = Network(
      name: "one", inputs: [ValueInfo("x", .float32, ["n", 6])], outputs: [ValueInfo("y")])
    net.initializers["shape"] = Initializer(TensorData(vector: [2, 3] as [Int64]), role: .constant)
    net.nodes = [Node("Reshape", name: "", inputs: ["x", "shape"], outputs: ["y"])]
    #expect(try net.inputShapes(batch: 2) == ["x": [1, 6]])
  }
}
