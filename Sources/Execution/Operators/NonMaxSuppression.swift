// Detections thinned out: of boxes that overlap, the best.

import Network
import Torch

/// `NonMaxSuppression`: for each sample and class, boxes in the order of their scores, without those
/// that overlap a better one by more than a threshold (intersection over union).
///
/// Inputs: boxes [N, B, 4], scores [N, C, B], the most boxes a class may keep, the threshold of the
/// overlap, that of the score. Output: rows of sample, class and box.
enum NonMaxSuppression: Computation {
  static let names = ["NonMaxSuppression"]

  static func prepare(_ site: Site) throws(ExecutionError) -> Step {
    let isCentred = site.node.int("center_point_box", default: 0) != 0
    let device = site.device
    return { x, _ throws(TorchError) in
      let (boxes, scores) = (try x[0], try x[1])
      guard boxes.rank == 3, boxes.shape[2] == 4, scores.rank == 3,
        scores.shape[0] == boxes.shape[0], scores.shape[2] == boxes.shape[1]
      else { throw site.failure(x, "boxes [N, B, 4] and scores [N, C, B] were expected") }
      let limit = try x.integers(2)?.first ?? 0
      let overlap = try x.optional(3)?.scalar() ?? 0
      let least = try x.optional(4)?.scalar()
      let (count, classes) = (boxes.shape[1], scores.shape[1])
      let corners = try boxes.values(as: Double.self)
      let values = try scores.values(as: Double.self)
      var rows: [Int64] = []
      for sample in 0..<boxes.shape[0] {
        let own = (0..<count).map { box in
          Box(
            Array(corners[(sample * count + box) * 4..<(sample * count + box + 1) * 4]), isCentred)
        }
        for kind in 0..<classes {
          let base = (sample * classes + kind) * count
          let candidates = (0..<count)
            .filter { box in least.map { values[base + box] > $0 } ?? true }
            .sorted { (values[base + $0], $1) > (values[base + $1], $0) }
          var kept: [Int] = []
          for box in candidates where kept.count < limit {
            if kept.contains(where: { own[$0].overlap(own[box]) > overlap }) { continue }
            kept.append(box)
            rows += [Int64(sample), Int64(kind), Int64(box)]
          }
        }
      }
      return [try Tensor(rows, shape: [rows.count / 3, 3], device: device)]
    }
  }
}

/// A rectangle.
private struct Box {
  let low: (Double, Double)
  let high: (Double, Double)

  /// From two opposite corners, or from a centre and a size.
  init(_ numbers: [Double], _ isCentred: Bool) {
    let (a, b, c, d) = (numbers[0], numbers[1], numbers[2], numbers[3])
    if isCentred {
      low = (a - c / 2, b - d / 2)
      high = (a + c / 2, b + d / 2)
    } else {
      low = (min(a, c), min(b, d))
      high = (max(a, c), max(b, d))
    }
  }

  private var area: Double { (high.0 - low.0) * (high.1 - low.1) }

  /// The common area as a part of the area of both together; 0 where they are apart or empty.
  func overlap(_ other: Box) -> Double {
    let width = min(high.0, other.high.0) - max(low.0, other.low.0)
    let height = min(high.1, other.high.1) - max(low.1, other.low.1)
    guard width > 0, height > 0, area > 0, other.area > 0 else { return 0 }
    return width * height / (area + other.area - width * height)
  }
}
