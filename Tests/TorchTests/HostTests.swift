// Numbers going into tensors and coming back, views, strides, devices and descriptions.

import Testing

@testable import Torch

@Suite struct HostTests {
  func survives<Element: TorchScalar & Equatable>(_ values: [Element]) throws {
    let tensor = try Tensor(values, shape: [values.count / 2, 2])
    #expect(tensor.type == Element.scalarType)
    #expect(tensor.count == values.count)
    #expect(try tensor.values(as: Element.self) == values)
    #expect(try tensor.bytes() == values.withUnsafeBytes(Array.init))
    #expect(tensor.type.size == MemoryLayout<Element>.size)
  }

  @Test func everyNumberTypeSurvives() throws {
    try survives([0, 1, -1, .infinity] as [Float16])
    try survives([0, 1.5, -1e30, .infinity] as [Float])
    try survives([0, 1.5, -1e300, .infinity] as [Double])
    try survives([0, 1, .min, .max] as [Int])
    try survives([0, 1, .min, .max] as [Int64])
    try survives([0, 1, .min, .max] as [Int32])
    try survives([0, 1, .min, .max] as [Int16])
    try survives([0, 1, .min, .max] as [Int8])
    try survives([0, 1, 128, .max] as [UInt8])
    try survives([true, false, false, true])
  }

  @Test(arguments: ScalarType.allCases) func everyTypeSurvivesAsBytes(_ type: ScalarType) throws {
    // Bytes that are valid truth values too, so that they may stand for every type.
    let bytes = (0..<(3 * type.size)).map { UInt8($0 % 2) }
    let tensor = try bytes.withUnsafeBytes { try Tensor(bytes: $0, shape: [3, 1], type: type) }
    #expect(tensor.type == type)
    #expect(tensor.shape == [3, 1])
    #expect(try tensor.bytes() == bytes)
    #expect(try tensor.withBytes { $0.count } == bytes.count)
    #expect(try tensor.clone().bytes() == bytes)
  }

  @Test func bfloat16IsTheUpperHalfOfFloat() throws {
    let floats: [Float] = [1, -2.5, 0.15625]
    let half = try Tensor(floats).to(type: .bfloat16)
    let expected = floats.flatMap { value -> [UInt8] in
      let upper = UInt16(value.bitPattern >> 16)
      return [UInt8(upper & 0xff), UInt8(upper >> 8)]
    }
    #expect(try half.bytes() == expected)
    #expect(try half.values(as: Float.self) == floats)
  }

  @Test func valuesConvert() throws {
    #expect(try Tensor([1.75, -1.75]).values(as: Int.self) == [1, -1])
    #expect(try Tensor([0, 2]).values(as: Bool.self) == [false, true])
    #expect(try Tensor([] as [Float]).values(as: Double.self) == [])
    #expect(try Tensor(Int.max).item() == .int(.max))
    #expect(try Tensor(true).item() == .bool(true))
    #expect(try Tensor(Float(0.5)).scalar() == 0.5)
  }

  @Test func valuesOfAViewComeInItsOrder() throws {
    let x = try Tensor((0..<6).map(Float.init), shape: [2, 3])
    let turned = try x.transpose()
    #expect(turned.shape == [3, 2])
    #expect(turned.strides == [1, 3])
    #expect(!turned.isContiguous)
    #expect(try turned.values(as: Float.self) == [0, 3, 1, 4, 2, 5])
    #expect(try turned.contiguous().strides == [2, 1])
    let steps = try x.slice(axis: 1, step: 2)
    #expect(steps.strides == [3, 2])
    #expect(try steps.values(as: Int.self) == [0, 2, 3, 5])
    #expect(try x.unsqueeze(0).expand([4, 2, 3]).strides == [0, 3, 1])
    #expect(x.rank == 2)
  }

  @Test func channelsLastKeepsShapeAndValues() throws {
    let x = try counting([2, 3, 4, 5])
    let last = try x.contiguous(.channelsLast)
    #expect(last.isContiguous(.channelsLast) && !last.isContiguous)
    #expect(last.strides == [60, 1, 15, 3])
    #expect(try last.isEqual(to: x))
    #expect(try last.bytes() == x.bytes())
    #expect(try x.to(memoryFormat: .channelsLast).strides == last.strides)
  }

  @Test func countsMustFit() throws {
    #expect(
      throws: TorchError.countMismatch(
        operation: "Tensor(float32)", shape: [2, 2], expected: 4, found: 3)
    ) {
      try Tensor([1, 2, 3] as [Float], shape: [2, 2])
    }
    #expect(throws: TorchError.self) { try Tensor([1.0], shape: [-1]) }
    #expect(throws: TorchError.self) { try Tensor([1.0], shape: [.max, .max]) }
    #expect(throws: TorchError.self) { try Tensor([1.0, 2]).item() }
    let small = UnsafeMutableRawBufferPointer.allocate(byteCount: 3, alignment: 8)
    defer { small.deallocate() }
    #expect(throws: TorchError.self) { try Tensor([1 as Float]).copy(into: small) }
  }

  @Test func devicesAreNamed() throws {
    for text in ["cpu", "meta", "cuda:0", "cuda:3"] {
      #expect(try Device(text).description == text)
    }
    #expect(try Device("cuda") == .cuda(0))
    for text in ["", "gpu", "cuda:", "cuda:-1", "cuda:x", "cuda:999"] {
      #expect(throws: TorchError.unknownDevice(text: text)) { try Device(text) }
      let count = Engine.cudaDeviceCount
      let absent = TorchError.absentDevice(text: "cuda:\(count)", count: count)
      #expect(throws: absent) { try Device(present: "cuda:\(count)") }
      #expect("\(absent)".contains("libtorch sees \(count) CUDA devices"))
      #expect(try Device(present: "cpu") == .cpu)
    }
  }

  @Test func metaTensorsHaveOnlyShapes() throws {
    let x = try Tensor.zeros([2, 3], device: .meta)
    let y = try Tensor.zeros([3, 5], device: .meta)
    let product = try x.matmul(y)
    #expect(product.shape == [2, 5])
    #expect(product.device == .meta)
    #expect(product.description == "float32[2, 5]@meta")
    #expect(throws: TorchError.self) { try product.bytes() }
  }

  @Test func descriptionsAreShort() throws {
    #expect(try Tensor([1, 2.5] as [Float]).description == "float32[2]: 1.0, 2.5")
    #expect(try Tensor([1, 2]).description == "int64[2]: 1, 2")
    #expect(try Tensor([true]).description == "bool[1]: true")
    #expect(try Tensor([] as [Double]).description == "float64[0]")
    #expect(
      try Tensor.arange(to: 100).description == "int64[100]: 0, 1, 2, 3, 4, 5, ...")
  }

  @Test func toChangesOnlyWhatIsAsked() throws {
    let x = try vector(1, 2)
    #expect(try x.to(type: .float32).type == .float32)
    try x.to().fillInPlace(5)
    #expect(try x.values(as: Double.self) == [5, 5])
    try x.to(copy: true).fillInPlace(6)
    #expect(try x.values(as: Double.self) == [5, 5])
  }
}
