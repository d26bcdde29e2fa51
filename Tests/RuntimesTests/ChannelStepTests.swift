// The step of channel counts: found on staircases made up by the test, on a clock of its own.

import Network
import Synchronization
import Testing

@testable import Runtimes

/// A runtime whose times are a function of the channels in the middle of the small network it is given,
/// and the widths it was given.
private final class MadeUpTimes: Sendable {
  private let state = Mutex((now: UInt64(1), random: SeededGenerator(state: 3), widths: [Int]()))
  let noise: Double
  let nanoseconds: @Sendable (Int) -> Double

  init(noise: Double = 0, _ nanoseconds: @escaping @Sendable (Int) -> Double) {
    (self.noise, self.nanoseconds) = (noise, nanoseconds)
  }

  var widths: [Int] { state.withLock { $0.widths } }

  func measurement() -> ChannelStepMeasurement {
    ChannelStepMeasurement(
      batch: 1, threads: 1, seconds: 0,
      measurement: LatencyMeasurement(
        warmup: 1, minimumSeconds: 0, minimumRuns: 30, visitSeconds: 0,
        now: { self.state.withLock { $0.now } })
    ) { network throws(RuntimeError) in
      let width = network.initializers["a.weight"]?.tensor.shape[0] ?? 0
      self.state.withLock { $0.widths.append(width) }
      return LatencyCandidate(name: network.name) { () throws(RuntimeError) in
        self.state.withLock {
          let off = 1 + self.noise * (2 * $0.random.uniform() - 1)
          $0.now += UInt64(self.nanoseconds(width) * off)
        }
      }
    }
  }
}

@Suite("Channel step")
struct ChannelStepTests {
  /// A network of three kinds of convolution, of 64, 128 and 256 channels.
  private static func network() throws -> Network {
    var b = NetworkBuilder("widths", input: ["batch", 8, 16, 16], seed: 1)
    var x = try b.relu(b.conv("c1", b.input, 64, kernel: 3, padding: 1))
    x = try b.relu(b.conv("c2", x, 128, kernel: 3, padding: 1))
    x = try b.relu(b.conv("c3", x, 256, kernel: 1))
    return try b.finish(b.linear("fc", b.flatten(b.globalAveragePool(x)), 10))
  }

  private static func up(_ width: Int, _ step: Int) -> Double {
    Double((width + step - 1) / step * step)
  }

  /// With the noise that several runs leave of a median; a step of 2 is not to be seen in more.
  @Test(arguments: [2, 4, 8, 16, 32], [0, 0.004])
  func aStaircaseIsSeen(step: Int, noise: Double) throws {
    let times = MadeUpTimes(noise: noise) { 1e6 + 2e4 * Self.up($0, step) }
    let found = try times.measurement().find(for: Self.network())
    #expect(found.units == step, "\(found.reason) \(found.candidates)")
    #expect(found.reason.contains("by steps of \(step)"))
    #expect(found.candidates.map(\.step) == [2, 4, 8, 16, 32])
    // Below the real step nothing is saved; above it half and more of a step.
    for candidate in found.candidates {
      if candidate.step <= step {
        #expect(candidate.share.magnitude < 0.25)
      } else {
        #expect(candidate.share > 0.35)
      }
    }
  }

  @Test(arguments: [0, 0.01]) func aStraightLineHasNoStep(noise: Double) throws {
    let times = MadeUpTimes(noise: noise) { 1e6 + 2e4 * Double($0) }
    let found = try times.measurement().find(for: Self.network())
    #expect(found.units == 1 && found.reason.contains("no step"), "\(found.candidates)")
  }

  /// Kernels that are slower for counts that are no multiple of 8.
  @Test func oddCountsThatAreSlowerMakeAStep() throws {
    let times = MadeUpTimes { 1e6 + 2e4 * Self.up($0, 8) * ($0 % 8 == 0 ? 1 : 1.3) }
    #expect(try times.measurement().find(for: Self.network()).units == 8)
  }

  /// Where width costs nothing, and where it cannot be told from noise, there is nothing to round to.
  @Test func noLatencyNoStep() throws {
    let flat = try MadeUpTimes { _ in 1e6 }.measurement().find(for: Self.network())
    #expect(flat.units == 1 && flat.candidates.isEmpty && flat.reason.contains("noise"))
    #expect(flat.layers.allSatisfy { $0.unitSaving == nil })
    let noisy = MadeUpTimes(noise: 0.5) { 1e6 + 10 * Double($0) }
    #expect(try noisy.measurement().find(for: Self.network()).units == 1)
  }

  @Test func theHeaviestLayersAreTimedAroundTheirWidth() throws {
    let network = try Self.network()
    let pairs = try LayerPair.heaviest(of: network, batch: 1)
    #expect(pairs.map(\.group) == ["c2", "c1", "c3"])
    #expect(pairs.map(\.size) == [128, 64, 256])
    let macs = 256 * 64 * 128 * 9 + 256 * 128 * 256
    #expect(pairs[0].macs == macs)
    #expect(try LayerPair.heaviest(of: network, batch: 4)[0].macs == 4 * macs)
    let times = MadeUpTimes { 1e6 + 2e4 * Double($0) }
    let found = try times.measurement().find(for: network)
    #expect(times.widths.count == 3 * ChannelStep.offsets.count)
    #expect(
      Set(times.widths) == Set([128, 64, 128].flatMap { w in ChannelStep.offsets.map { w - $0 } }))
    #expect(found.layers.map { $0.widths.map(\.units).first } == [128, 64, 128])
    #expect(abs(found.layers.reduce(0) { $0 + $1.weight } - 1) < 1e-12)
    #expect(
      found.layers[0].layers == [
        "Conv 128x64x3x3 on 1x64x16x16", "Conv 256x128x1x1 on 1x128x16x16",
      ])
  }

  /// The small networks are networks: shapes agree at every width, in a chain where the layers follow
  /// each other, side by side where something stands between them.
  @Test(arguments: ["lenet-300-100", "resnet-20", "se-resnet-20", "mobilenet-v1-cifar"])
  func theSmallNetworksHoldTogether(name: String) throws {
    let network = try Architectures.named(name).network(seed: 1)
    let pairs = try LayerPair.heaviest(of: network, batch: 2)
    #expect(!pairs.isEmpty)
    for pair in pairs {
      let own = try pair.network(width: pair.size)
      let inference = try own.infer()
      #expect(inference.gaps.isEmpty, "\(inference.gaps)")
      #expect(try own.cost().total.macs == pair.macs, "\(pair.group)")
      for width in [1, 31, 64] {
        let probe = try pair.network(width: width)
        #expect(try probe.infer().gaps.isEmpty)
        #expect(probe.outputs.allSatisfy { ["r", "b"].contains($0.name) })
      }
    }
  }

  @Test func aNetworkWithoutPlainLayersSaysSo() throws {
    var b = NetworkBuilder("none", input: ["batch", 8], seed: 1)
    let found = try MadeUpTimes { _ in 1 }.measurement()
      .find(for: try b.finish(b.linear("fc", b.input, 10)))
    #expect(found.units == 1 && found.layers.isEmpty && found.reason.contains("no layer"))
  }
}
