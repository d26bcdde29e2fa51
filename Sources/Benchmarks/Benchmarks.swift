// Answers requests for measurements, so that another program's can be taken in between.

import Foundation
import Network
import Torch

/// What `scripts/bench.py` talks to: reads a request a line, measures, answers with a line of JSON.
///
/// | request | answer |
/// | --- | --- |
/// | `threads N` | `{"version": ...}`: libtorch's, which from now on uses N threads |
/// | `train ID NETWORK BATCH LAYOUT FILE` | `{}`: the network stands ready as ID; FILE holds its weights and examples |
/// | `steps ID N` | `{"seconds": [...], "losses": [...]}` of N measured steps after one that is not |
/// | `score ID NETWORK BATCH FILE` | `{}`: the network stands ready to be scored; FILE as before |
/// | `scores ID CRITERION N` | `{"seconds": [...], "digest": ...}`: scored N times, and the sum of the squared scores |
/// | `product ROWS COLUMNS INNER` | `{}`: two matrices of signs stand ready |
/// | `products bits N`, `products floats N` | `{"seconds": [...]}` of N products, packed or in libtorch |
/// | `plan NETWORK N` | `{"seconds": [...]}`: shapes and coupling, N times |
/// | `prune NETWORK N` | `{"seconds": [...]}`: choosing half the MACs by L2, N times |
@main
struct Benchmarks {
  private var networks: [String: StepBenchmark] = [:]
  private var scored: [String: CriterionBenchmark] = [:]
  private var product: ProductBenchmark?

  static func main() {
    var benchmarks = Benchmarks()
    let encoder = JSONEncoder()
    while let line = readLine() {
      let words = line.split(separator: " ").map(String.init)
      var answer = Answer()
      do { answer = try benchmarks.answer(words) } catch { answer.error = "\(error)" }
      guard let json = try? encoder.encode(answer) else { return }
      FileHandle.standardOutput.write(json + Foundation.Data("\n".utf8))
    }
  }

  private mutating func answer(_ words: [String]) throws -> Answer {
    switch words.first {
    case "threads" where words.count == 2:
      let version = try Engine.availability.get()
      Engine.threads = try number(words[1])
      return Answer(version: version)
    case "train" where words.count == 6:
      networks[words[1]] = try StepBenchmark(
        words[2], batchSize: number(words[3]), layout: words[4], sharing: words[5])
      return Answer()
    case "steps" where words.count == 3:
      guard let network = networks[words[1]] else { throw BenchmarkError.noSuchNetwork(words[1]) }
      let steps = try network.measure(steps: number(words[2]))
      return Answer(seconds: steps.seconds, losses: steps.losses)
    case "score" where words.count == 5:
      scored[words[1]] = try CriterionBenchmark(
        words[2], batchSize: number(words[3]), sharing: words[4])
      return Answer()
    case "scores" where words.count == 4:
      guard let network = scored[words[1]] else { throw BenchmarkError.noSuchNetwork(words[1]) }
      let found = try network.measure(words[2], times: number(words[3]))
      return Answer(seconds: found.seconds, digest: found.digest)
    case "product" where words.count == 4:
      product = try ProductBenchmark(
        rows: number(words[1]), columns: number(words[2]), inner: number(words[3]))
      return Answer()
    case "products" where words.count == 3:
      guard let product else { throw BenchmarkError.unknownRequest(words.joined(separator: " ")) }
      let times = try number(words[2])
      return Answer(
        seconds: try words[1] == "bits"
          ? product.measureBits(times: times) : product.measureFloats(times: times))
    case "plan" where words.count == 3:
      return Answer(seconds: try PlanBenchmark.planning(words[1], times: number(words[2])))
    case "prune" where words.count == 3:
      return Answer(seconds: try PlanBenchmark.pruning(words[1], times: number(words[2])))
    default: throw BenchmarkError.unknownRequest(words.joined(separator: " "))
    }
  }

  private func number(_ word: String) throws(BenchmarkError) -> Int {
    guard let number = Int(word), number > 0 else { throw .notACount(word) }
    return number
  }
}

/// What goes back to the other program.
private struct Answer: Encodable {
  var version: String?
  var seconds: [Double]?
  var losses: [Double]?
  var digest: Double?
  var error: String?
}

/// What is wrong with a request.
enum BenchmarkError: Error, CustomStringConvertible {
  case unknownRequest(String)
  case notACount(String)
  case noSuchNetwork(String)
  case noSuchLayout(String)
  case notRepeatable

  var description: String {
    switch self {
    case .unknownRequest(let line): "the request '\(line)' is not known"
    case .notACount(let word): "'\(word)' stands where a number above 0 was expected"
    case .noSuchNetwork(let name): "'\(name)' is measured before 'train' or 'score' made it"
    case .noSuchLayout(let name):
      "'\(name)' is no layout; there are auto, contiguous, channels-last"
    case .notRepeatable: "the same network gave another result when measured again"
    }
  }
}
