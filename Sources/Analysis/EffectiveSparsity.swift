// Effective sparsity: weights on no path from input to output do not count as kept.
//
// A. Vysogorets, J. Kempe, "Connectivity Matters: Neural Network Pruning Through the Lens of Effective
// Sparsity", JMLR 2023. With n weights of which k are not zero and e are effective (see Connectivity):
// the nominal sparsity is 1 - k/n, the effective one 1 - e/n >= 1 - k/n.

import Network
import Pruning
import Torch

/// How many of a network's weights do something.
///
/// Weights are the floating-point ones of `Network.weightNames`; biases, normalisation and tables stored
/// as integers are not counted.
public struct EffectiveSparsity: Analysis {
  public static let name = "effective-sparsity"
  public static let summary =
    "sparsity without the weights on no path (Vysogorets and Kempe 2023)"

  /// The counts of a network, or of one weight tensor.
  public struct Count: Sendable, Codable, Equatable {
    /// All weights.
    public var weights = 0
    /// Those that are not zero.
    public var nonZero = 0
    /// Those on a path from an input or a bias to an output; all others can be removed without
    /// changing a bit of the output.
    public var effective = 0
    /// Those on a path from an input to an output; what only carries biases is left out.
    public var onPaths = 0

    /// The fraction that is zero.
    public var sparsity: Double { fraction(nonZero) }
    /// The fraction that is zero or without effect.
    public var effectiveSparsity: Double { fraction(effective) }
    /// The fraction on no path from an input: the paper's number.
    public var pathSparsity: Double { fraction(onPaths) }

    private func fraction(_ kept: Int) -> Double {
      weights == 0 ? 0 : 1 - Double(kept) / Double(weights)
    }
  }

  /// What is found of a network.
  public struct Finding: Sendable {
    /// The whole network.
    public internal(set) var total = Count()
    /// Each weight tensor by its name.
    public internal(set) var weights: [(name: String, count: Count)] = []
    /// The network without the weights that have no effect.
    public internal(set) var reduced: Network
    /// Nodes that were taken to pass everything on.
    public internal(set) var opaque: [String]
  }

  /// The analysis; it has no settings.
  public init() {}

  public func look(at subject: AnalysisSubject) throws(AnalysisError) -> AnalysisReport {
    let finding = try Self.finding(in: try subject.networks(for: Self.self)[0])
    let total = finding.total
    func compression(_ kept: Int) -> Double { Double(total.weights) / Double(max(kept, 1)) }
    return AnalysisReport(
      [
        "effective sparsity": total.effectiveSparsity, "sparsity": total.sparsity,
        "sparsity of paths from inputs": total.pathSparsity,
        "effective compression": compression(total.effective),
        "compression": compression(total.nonZero), "weights": Double(total.weights),
        "weights not zero": Double(total.nonZero),
        "weights without effect": Double(total.nonZero - total.effective),
      ],
      notes: finding.opaque.isEmpty
        ? []
        : [
          "nodes taken to pass everything on, so that more may be without effect: "
            + finding.opaque.joined(separator: ", ")
        ])
  }

  /// Counts, and finds the network that is left.
  public static func finding(in network: Network) throws(AnalysisError) -> Finding {
    let connectivity = try Connectivity(network)
    let paths = try Connectivity(network, from: .inputs)
    var finding = Finding(reduced: network, opaque: connectivity.opaque)
    var masks = ElementMasks()
    for (name, effective) in connectivity.effective {
      guard let tensor = network.initializers[name]?.tensor, network.isWeight(name),
        tensor.type.isFloatingPoint
      else { continue }
      let kept = try engine { () throws(TorchError) in try effective.values(as: Float.self) }
      var count = Count()
      count.weights = tensor.count
      count.nonZero =
        tensor.count
        - Int(
          (network.sparsity(of: [name]) * Double(tensor.count)).rounded())
      count.effective = kept.count { $0 != 0 }
      count.onPaths = try engine { () throws(TorchError) in
        Int(try paths.effective[name]?.sum().scalar() ?? 0)
      }
      finding.weights.append((name, count))
      finding.total.weights += count.weights
      finding.total.nonZero += count.nonZero
      finding.total.effective += count.effective
      finding.total.onPaths += count.onPaths
      if count.effective < count.nonZero { masks.kept[name] = kept.map { $0 != 0 } }
    }
    finding.reduced = try pruning { () throws(PruningError) in try network.masked(by: masks) }
    return finding
  }

  /// The fraction of a network's weights on no path from an input, for `Pruner.effective`.
  public static let ofPaths: @Sendable (Network) throws(PruningError) -> Double = {
    (network) throws(PruningError) in
    do throws(AnalysisError) { return try pathSparsity(of: network) } catch {
      throw .combination("the paths of the network cannot be followed: \(error)")
    }
  }

  private static func pathSparsity(of network: Network) throws(AnalysisError) -> Double {
    let paths = try Connectivity(network, from: .inputs)
    var count = Count()
    for (name, effective) in paths.effective {
      guard let tensor = network.initializers[name]?.tensor, network.isWeight(name),
        tensor.type.isFloatingPoint
      else { continue }
      count.weights += tensor.count
      count.onPaths += try engine { () throws(TorchError) in Int(try effective.sum().scalar()) }
    }
    return count.pathSparsity
  }
}
