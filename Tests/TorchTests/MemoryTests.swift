// Memory is freed at once: nothing grows over ten thousand steps, and errors leave nothing behind.

import Foundation
import Testing

@testable import Torch

/// Counts are of the whole process, in which other tests run meanwhile: the bounds leave room for
/// their few tensors, and a leak of one tensor a step exceeds them many times over.
@Suite(.serialized) struct MemoryTests {
  /// Resident memory of this process in bytes, or nil where the system does not tell.
  private func residentBytes() -> Int? {
    guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8) else {
      return nil
    }
    let fields = text.split(separator: " ")
    return fields.count > 1 ? Int(fields[1]).map { $0 * Int(sysconf(Int32(_SC_PAGESIZE))) } : nil
  }

  private func step(_ weight: Tensor, _ x: Tensor, _ target: Tensor) throws {
    let loss = try x.linear(weight).relu().crossEntropy(target)
    let gradient = try gradients(of: loss, with: [weight])[0]
    try withoutGradients { _ = try weight.subtractInPlace(gradient, alpha: 0.01) }
  }

  #if canImport(Glibc)
    @Test func freedMemoryIsKeptForTheNextTensors() throws {
      var tensors = try (0..<3).map {
        try Tensor.full([1024, 4096], Scalar.int($0), type: .float32)
      }
      guard let before = residentBytes() else { return }
      #expect(tensors.count == 3)
      tensors = []
      // By default the C library would give all 48 MiB back at once.
      let after = try #require(residentBytes())
      #expect(before - after < 16 << 20)
    }
  #endif

  @Test func tenThousandStepsDoNotGrow() throws {
    let generator = try Generator(seed: 1)
    // 16 KiB a tensor: one leaked a step would be 160 MiB.
    let x = try Tensor.randn([8, 64], generator)
    let weight = try Tensor.randn([64, 64], generator).requireGradient()
    let target = try Tensor.randint([8], to: 64, generator)
    for _ in 0..<200 { try step(weight, x, target) }
    let tensors = Engine.liveTensorCount
    let bytes = residentBytes()
    for _ in 0..<10_000 { try step(weight, x, target) }
    #expect(Engine.liveTensorCount - tensors < 2_000)
    if let bytes, let now = residentBytes() { #expect(now - bytes < 96 << 20) }
    #expect(try weight.isFinite().all().item() == .bool(true))
  }

  @Test func higherOrdersDoNotGrow() throws {
    let x = try vector(0.5, 0.25).requireGradient()
    let before = Engine.liveTensorCount
    for _ in 0..<2_000 {
      let first = try gradients(of: x.pow(3).sum(), with: [x], createGraph: true)[0]
      #expect(try gradients(of: first.sum(), with: [x])[0].values(as: Double.self) == [3, 1.5])
    }
    #expect(Engine.liveTensorCount - before < 1_000)
  }

  @Test func errorsLeaveNothingBehind() throws {
    let a = try Tensor.ones([64, 64])
    let b = try Tensor.ones([63, 64])
    let before = Engine.liveTensorCount
    for _ in 0..<2_000 {
      #expect(throws: TorchError.self) { try (a * 2).matmul(b) }
      #expect(throws: TorchError.self) {
        try Operator("sort").tensor(.tensor(a.narrow(axis: 0, start: 0, length: 1)))
      }
    }
    #expect(Engine.liveTensorCount - before < 1_000)
  }

  @Test func listsOfTensorsAreGivenBack() throws {
    let x = try Tensor.ones([50, 4])
    let before = Engine.liveTensorCount
    for _ in 0..<400 { #expect(try x.unbind().count == 50) }
    #expect(Engine.liveTensorCount - before < 2_000)
  }
}
