// Channels moved into space and back.

import Network
import Torch

/// `DepthToSpace` and `SpaceToDepth`: blocks of `blocksize` by `blocksize` elements against channels.
enum DepthToSpace: Computation {
  static let names = ["DepthToSpace", "SpaceToDepth"]

  static func prepare(_ site: Site) throws(ExecutionError) -> Step {
    let block = site.node.int("blocksize", default: 0)
    guard (1...1 << 16).contains(block) else { throw site.invalid("blocksize is \(block)") }
    let isColumnFirst = site.node.string("mode", default: "DCR") == "CRD"
    let isDepthToSpace = site.node.op == "DepthToSpace"
    return { x, _ throws(TorchError) in
      let input = try x[0]
      let s = input.shape
      guard s.count == 4 else { throw site.failure(x, "four axes were expected") }
      if !isDepthToSpace {
        return [
          try input.reshape([s[0], s[1], s[2] / block, block, s[3] / block, block])
            .permute(isColumnFirst ? [0, 1, 3, 5, 2, 4] : [0, 3, 5, 1, 2, 4])
            .reshape([s[0], s[1] * block * block, s[2] / block, s[3] / block])
        ]
      }
      let channels = s[1] / (block * block)
      let split =
        isColumnFirst
        ? try input.reshape([s[0], channels, block, block, s[2], s[3]])
          .permute([0, 1, 4, 2, 5, 3])
        : try input.reshape([s[0], block, block, channels, s[2], s[3]])
          .permute([0, 3, 4, 1, 5, 2])
      return [try split.reshape([s[0], channels, s[2] * block, s[3] * block])]
    }
  }
}
