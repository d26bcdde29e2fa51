// Regions of images brought to one size.

import Network
import Torch

/// `RoiAlign`: each region cut into bins, each bin the mean or the maximum of bilinear samples.
///
/// Inputs: x [N, C, H, W], regions [R, 4] as left, top, right, bottom, the image of each region.
/// Output: [R, C, height, width]. The maximum goes over the four weighted neighbours of each sample.
enum RoiAlign: Computation {
  static let names = ["RoiAlign"]

  static func prepare(_ site: Site) throws(ExecutionError) -> Step {
    let node = site.node
    let size = (node.int("output_height", default: 1), node.int("output_width", default: 1))
    let ratio = node.int("sampling_ratio", default: 0)
    guard (1...1 << 16).contains(size.0), (1...1 << 16).contains(size.1),
      (0...1 << 16).contains(ratio)
    else { throw site.invalid("the output size \(size) or the sampling ratio makes no sense") }
    let scale = site.real("spatial_scale", default: 1)
    let mode = node.string(
      "coordinate_transformation_mode",
      default: site.opset < 16 ? "output_half_pixel" : "half_pixel")
    let isHalf = mode == "half_pixel"
    let takesMaximum = node.string("mode", default: "avg") == "max"
    return { x, _ throws(TorchError) in
      let input = try x[0]
      let regions = try x[1].values(as: Double.self)
      let images = try x.integers(2) ?? []
      guard input.rank == 4, regions.count == 4 * images.count,
        images.allSatisfy({ (0..<input.shape[0]).contains($0) })
      else { throw site.failure(x, "regions [R, 4] and an image for each were expected") }
      var results: [Tensor] = []
      for (index, image) in images.enumerated() {
        let ends = regions[4 * index..<4 * index + 4].map { $0 * scale - (isHalf ? 0.5 : 0) }
        func axis(_ low: Double, _ high: Double, _ bins: Int, _ extent: Int) -> RegionAxis {
          RegionAxis(
            start: low, length: isHalf ? high - low : max(high - low, 1), bins: bins,
            ratio: ratio, extent: extent)
        }
        let rows = axis(ends[1], ends[3], size.0, input.shape[2])
        let columns = axis(ends[0], ends[2], size.1, input.shape[3])
        let picture = try input.select(axis: 0, image)
        var sum: Tensor?
        for (row, rowWeight) in try rows.corners(like: input) {
          for (column, columnWeight) in try columns.corners(like: input) {
            let part =
              try picture.indexSelect(axis: 1, row).indexSelect(axis: 2, column)
              * (rowWeight.unsqueeze(1) * columnWeight)
            guard let known = sum else {
              sum = part
              continue
            }
            sum = takesMaximum ? try known.maximum(part) : try known + part
          }
        }
        guard let samples = sum else { continue }
        let binned = try samples.reshape(
          [input.shape[1], size.0, rows.samples, size.1, columns.samples])
        results.append(
          takesMaximum ? try binned.amax([2, 4]) : try binned.mean([2, 4]))
      }
      if results.isEmpty {
        return [
          try Tensor.zeros(
            [0, input.shape[1], size.0, size.1], type: input.type, device: input.device)
        ]
      }
      return [try Tensor.stack(results)]
    }
  }
}

/// Where a region is sampled along one axis.
private struct RegionAxis {
  /// Samples in each bin.
  let samples: Int
  private let places: [Double]
  private let extent: Int

  init(start: Double, length: Double, bins: Int, ratio: Int, extent: Int) {
    let width: Double = length / Double(bins)
    let wanted: Double = ratio > 0 ? Double(ratio) : width.rounded(.up)
    let count = wanted.isFinite ? Int(min(max(wanted, 1), 65536)) : 1
    let step: Double = width / Double(count)
    samples = count
    self.extent = extent
    places = (0..<bins * count).map { index -> Double in start + (Double(index) + 0.5) * step }
  }

  /// The neighbours below and above each sample, with their weights; zero for samples outside.
  func corners(like x: Tensor) throws(TorchError) -> [(position: Tensor, weight: Tensor)] {
    var (low, high): ([Int64], [Int64]) = ([], [])
    var (lowWeight, highWeight): ([Double], [Double]) = ([], [])
    for place in places {
      let isInside = (-1...Double(extent)).contains(place) && extent > 0
      // A region may have borders that are no numbers; its samples are outside.
      let held = isInside ? min(max(place, 0), Double(max(0, extent - 1))) : 0
      let below = held.rounded(.down)
      low.append(Int64(below))
      high.append(Int64(min(below + 1, Double(max(0, extent - 1)))))
      lowWeight.append(isInside ? 1 - (held - below) : 0)
      highWeight.append(isInside ? held - below : 0)
    }
    return [
      (
        try Tensor(low, device: x.device),
        try Tensor(lowWeight, device: x.device).to(type: x.type)
      ),
      (
        try Tensor(high, device: x.device),
        try Tensor(highWeight, device: x.device).to(type: x.type)
      ),
    ]
  }
}
