// Made-up inputs: the declared shapes, the same bytes for the same seed, errors that name the input.

import Network
import Testing

@testable import Runtimes

@Suite("Synthetic inputs")
struct SyntheticInputsTests {
  @Test func theBytesAreThoseOfTheFirstVersion() throws {
    let made = try SyntheticInputs(batch: 1).make([ValueInfo("x", .float64, [3])], model: "m")
    // From the first numbers of SplitMix64 from 0, as published: their 53 highest bits, in [-1, 1).
    let first: [UInt64] = [0xE220_A839_7B1D_CDAF, 0x6E78_9E6A_A1B9_65F4, 0x06C4_5D18_8009_454F]
    #expect(made["x"]?.reals == first.map { Double($0 >> 11) * 0x1p-52 - 1 })
  }

  @Test func shapesFollowTheDeclaration() throws {
    let inputs = [
      ValueInfo("image", .float32, ["batch", 3, 4]), ValueInfo("ids", .int64, [.unknown, 7]),
      ValueInfo("scale", .float64, [2]), ValueInfo("half", .float16, [1, 1]),
      ValueInfo("mask", .bool, [5]),
    ]
    let made = try SyntheticInputs(batch: 6).make(inputs, model: "m")
    #expect(made["image"]?.shape == [6, 3, 4])
    #expect(made["ids"]?.shape == [6, 7])
    #expect(made["scale"]?.shape == [2])
    #expect(made["half"]?.type == .float16)
    #expect(made["ids"]?.integers == [Int](repeating: 0, count: 42))
    #expect(made["mask"]?.integers == [0, 0, 0, 0, 0])
  }

  @Test func numbersAreInRangeAndSpread() throws {
    let inputs = [ValueInfo("x", .float32, [10_000])]
    let made = try #require(try SyntheticInputs(batch: 1).make(inputs, model: "m")["x"]?.reals)
    #expect(made.allSatisfy { $0 >= -1 && $0 <= 1 })
    let mean = made.reduce(0, +) / 10_000
    let variance = made.reduce(0) { $0 + $1 * $1 } / 10_000
    #expect(abs(mean) < 0.03)
    #expect(abs(variance - 1.0 / 3) < 0.02)
  }

  @Test func sameSeedSameBytes() throws {
    let inputs = [ValueInfo("x", .float32, ["n", 9])]
    let make = { (seed: UInt64) in
      try SyntheticInputs(batch: 3, seed: seed).make(inputs, model: "m")
    }
    #expect(try make(5) == make(5))
    #expect(try make(5) != make(6))
  }

  @Test func openAxesInsideAreRefused() {
    let shape: [Extent] = ["n", "height"]
    #expect(
      throws: RuntimeError.unknownInputShape(name: "x", model: "m", declared: shape)
    ) {
      try SyntheticInputs(batch: 1).make([ValueInfo("x", .float32, shape)], model: "m")
    }
    #expect(throws: RuntimeError.unknownInputShape(name: "x", model: "m", declared: nil)) {
      try SyntheticInputs(batch: 1).make([ValueInfo("x", .float32, nil)], model: "m")
    }
    #expect(throws: RuntimeError.self) {
      try SyntheticInputs(batch: -1).make([ValueInfo("x", .float32, ["n"])], model: "m")
    }
  }

  @Test func shapesAndIntegersAsAsked() throws {
    let made = try SyntheticInputs(batch: 1, largest: 1, shapes: ["x": [2, 300]]).make(
      [ValueInfo("x", .int32, ["n", "length"]), ValueInfo("b", .bool, [3])], model: "m")
    #expect(made["x"]?.shape == [2, 300])
    #expect(Set(made["x"]?.integers ?? []) == [0, 1])
    #expect(made["b"]?.integers == [0, 0, 0])
  }

  @Test func stringsAreRefused() {
    #expect(throws: RuntimeError.self) {
      try SyntheticInputs(batch: 1).make([ValueInfo("x", .string, [1])], model: "m")
    }
  }
}
