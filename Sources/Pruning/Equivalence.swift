// The master invariant: the masked network and the cut network give the same outputs.

import Data
import Execution
import Network
import Torch

/// How far two networks' outputs lie apart on the same random inputs.
public struct Equivalence: Sendable, Hashable, Codable {
  /// The largest absolute difference of any output element.
  public let maxAbsDiff: Double
  /// The largest absolute value of any output element: what the difference is to be judged by.
  public let scale: Double
  /// The output with the largest difference.
  public let output: String

  /// Whether the difference is rounding: at most `tolerance` of the outputs' scale, however small
  /// that is.
  public func holds(within tolerance: Double = 1e-9) -> Bool { maxAbsDiff <= tolerance * scale }

  /// Runs both networks in float64 on the same normal inputs, two examples at once where the network
  /// takes them.
  ///
  /// - Throws: ``PruningError/execution(_:)`` where one of them cannot be run.
  public static func check(
    _ a: Network, _ b: Network, seed: UInt64 = 0
  ) throws(PruningError) -> Equivalence {
    do throws(ExecutionError) {
      return try measure(a, b, seed: seed)
    } catch { throw .execution(error) }
  }

  private static func measure(
    _ a: Network, _ b: Network, seed: UInt64
  ) throws(ExecutionError) -> Equivalence {
    let first = try Model(a, type: .float64)
    let second = try Model(b, type: .float64)
    let inputs = try randomInputs(for: first, seed: seed)
    let x = try withoutGradients { () throws(ExecutionError) in try first.run(inputs) }
    let y = try withoutGradients { () throws(ExecutionError) in try second.run(inputs) }
    var (worst, scale, output) = (0.0, 0.0, "")
    for (name, value) in x.sorted(by: { $0.key < $1.key }) {
      guard let other = y[name] else { throw .noSuchValue(name: name) }
      do throws(TorchError) {
        let difference = try (value - other).abs().max().scalar()
        scale = max(scale, try value.abs().max().scalar())
        // A difference that is no number is the worst of all.
        if output.isEmpty || difference.isNaN || difference > worst {
          (worst, output) = (difference, name)
        }
        if worst.isNaN { break }
      } catch { throw .engine(error) }
    }
    return Equivalence(maxAbsDiff: worst, scale: scale, output: output)
  }

  /// Normal numbers for floating inputs, small non-negative integers for others.
  private static func randomInputs(
    for model: Model, seed: UInt64
  ) throws(ExecutionError) -> [String: Tensor] {
    let shapes: [String: [Int]]
    do throws(NetworkError) { shapes = try model.network.inputShapes(batch: 2) } catch {
      throw .network(error)
    }
    do throws(TorchError) {
      let generator = try Generator(seed: seed)
      var inputs: [String: Tensor] = [:]
      for info in model.freeInputs {
        let shape = shapes[info.name] ?? []
        let type = info.type.flatMap(ScalarType.init) ?? .float32
        inputs[info.name] =
          type.isFloatingPoint
          ? try Tensor.randn(shape, generator, type: .float64)
          : try Tensor.randint(shape, to: 2, generator).to(type: type)
      }
      return inputs
    } catch { throw .engine(error) }
  }
}
