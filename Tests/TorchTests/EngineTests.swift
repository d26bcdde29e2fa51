// The engine as a whole: operators by name, errors, memory, and what a missing engine says.

import CTorch
import Testing

@testable import Torch

@Suite struct OperatorTests {
  @Test func callsByName() throws {
    let add = Operator("add", "Tensor")
    #expect(try add.tensor(.tensor(vector(1)), .tensor(vector(2)), 3).scalar() == 7)
    #expect(try Operator("aten::sum").tensor(.tensor(vector(1, 2))).scalar() == 3)
    #expect(try add.schema().hasPrefix("aten::add.Tensor(Tensor self, Tensor other, *, Scalar"))
  }

  @Test func resultsOfEveryKind() throws {
    let x = try counting([2, 3])
    guard case .int(2)? = try Operator("size", "int")(.tensor(x), 0).first,
      case .bool(false)? = try Operator("is_floating_point")(.tensor(Tensor([1]))).first,
      case .double(4)? = try Operator("item")(.tensor(Tensor(4.0))).first,
      case .tensors(let parts)? = try Operator("unbind", "int")(.tensor(x)).first
    else {
      Issue.record("a result of another kind")
      return
    }
    #expect(parts.count == 2)
  }

  @Test func argumentsOfEveryKind() throws {
    let x = try counting([1, 1, 2, 2])
    // A single number stands for a list of the length the schema fixes.
    #expect(try Operator("max_pool2d").tensor(.tensor(x), 2).scalar() == 3)
    #expect(
      try Operator("upsample_nearest2d", "vec").tensor(.tensor(x), nil, .doubles([2, 2])).shape == [
        1, 1, 4, 4,
      ])
    #expect(
      try Operator("zeros").tensor([2], .type(.int8), nil, .device(.cpu), false).type == .int8)
    #expect(try Operator("gelu").tensor(.tensor(x), "tanh").shape == x.shape)
    #expect(
      try Operator("clone").tensor(.tensor(x), .memoryFormat(.channelsLast)).strides == [
        4, 1, 2, 1,
      ])
    let sums = try [vector(1), vector(2)]
    try Operator("_foreach_add_", "ScalarList").inPlace(.tensors(sums), .doubles([10, 20]))
    #expect(try sums.map { try $0.scalar() } == [11, 22])
  }

  @Test func unknownNamesAreReported() throws {
    #expect(throws: TorchError.unknownOperator(name: "aten::no_such_thing")) {
      try Operator("no_such_thing")()
    }
    #expect(throws: TorchError.unknownOperator(name: "aten::add.Nothing")) {
      try Operator("add", "Nothing")()
    }
    #expect(TorchError.unknownOperator(name: "aten::x").description.contains("aten::x"))
  }

  @Test func errorsNameOperatorAndShapes() throws {
    let (a, b) = try (Tensor.ones([2, 3]), Tensor.ones([4, 5]))
    let error = #expect(throws: TorchError.self) { try a.matmul(b) }
    let text = try #require(error).description
    #expect(text.hasPrefix("aten::matmul(float32[2, 3], float32[4, 5]): "))
    #expect(text.contains("cannot be multiplied"))
    #expect(!text.contains("\n"))
    let list = #expect(throws: TorchError.self) {
      try Tensor.cat([a, Tensor.ones([3, 1])], axis: 0)
    }
    #expect(try #require(list).description.contains("[float32[2, 3], float32[3, 1]], 0"))
  }

  @Test func argumentsOfTheWrongKindAreNamed() throws {
    let x = try vector(1)
    func message(_ call: () throws -> Void) throws -> String {
      try #require(#expect(throws: TorchError.self) { try call() }).description
    }
    #expect(
      try message { try Operator("relu")(.int(1)) }
        .contains("argument 1 (self) of aten::relu must be Tensor, got an int"))
    #expect(try message { try Operator("relu")(nil) }.contains("got none"))
    #expect(try message { try Operator("relu")() }.contains("misses argument 1 (self: Tensor)"))
    #expect(
      try message { try Operator("relu")(.tensor(x), 2) }.contains("takes 1 arguments, got 2"))
    #expect(try message { _ = try Operator("sort").tensor(.tensor(x)) }.contains("one tensor"))
    #expect(try message { _ = try Operator("relu").pair(.tensor(x)) }.contains("two tensors"))
    #expect(try message { _ = try Operator("relu").triple(.tensor(x)) }.contains("three tensors"))
    #expect(
      try message { _ = try Operator("size", "int").tensors(.tensor(x), 0) }.contains("an integer"))
  }

  @Test func operatorsServeAllThreads() async throws {
    let square = Operator("square")
    let total = try await withThrowingTaskGroup(of: Double.self) { group in
      for i in 1...8 {
        group.addTask { try square.tensor(.tensor(vector(Double(i)))).scalar() }
      }
      return try await group.reduce(0, +)
    }
    #expect(total == 204)
  }
}

@Suite struct EngineTests {
  @Test func theEngineIsThere() throws {
    let version = try Engine.availability.get()
    #expect(version.split(separator: ".").count == 3)
    #expect(Engine.threads >= 1)
    #expect(Engine.cudaDeviceCount >= 0)
  }

  @Test func threadsCanBeSet() {
    let before = Engine.threads
    Engine.threads = 1
    #expect(Engine.threads == 1)
    Engine.threads = before
    #expect(Engine.threads == before)
  }

  @Test func aMissingBridgeSaysWhatAndWhy() {
    var reason = [CChar](repeating: 0, count: 512)
    #expect(ctorch_open_file("/nowhere/libCTorchBridge.so", &reason, reason.count) == nil)
    let text = String(
      decoding: reason.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    #expect(text.contains("/nowhere/libCTorchBridge.so"))
    #expect(text.contains("No such file"))
    let error = TorchError.unavailable(reason: text)
    #expect(error.description == text)
  }

  @Test func aLibraryThatIsNoBridgeIsRefused() {
    var reason = [CChar](repeating: 0, count: 512)
    #expect(ctorch_open_file("libm.so.6", &reason, reason.count) == nil)
    let text = String(
      decoding: reason.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    #expect(text.contains("exports no"))
  }
}
