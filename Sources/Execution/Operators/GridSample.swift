// Images looked up at computed places.

import Network
import Torch

/// `GridSample`: the input at each place of a grid, in coordinates from -1 to 1.
enum GridSample: Computation {
  static let names = ["GridSample"]

  private static let modes = [
    "bilinear": 0, "linear": 0, "nearest": 1, "bicubic": 2, "cubic": 2,
  ]
  private static let paddings = ["zeros": 0, "border": 1, "reflection": 2]

  static func prepare(_ site: Site) throws(ExecutionError) -> Step {
    let name = site.node.string("mode", default: "linear")
    let filling = site.node.string("padding_mode", default: "zeros")
    guard let mode = modes[name], let padding = paddings[filling] else {
      throw site.invalid("the mode '\(name)' or the padding '\(filling)' is not known")
    }
    let alignsCorners = site.node.int("align_corners", default: 0) != 0
    return { x, _ throws(TorchError) in
      let (input, grid) = (try x[0], try x[1])
      guard input.rank == 4 || input.rank == 5, grid.rank == input.rank else {
        throw site.failure(x, "two or three spatial axes were expected")
      }
      let op =
        input.rank == 4 ? Torch.Operator.gridSampler2d : Torch.Operator.gridSampler3d
      return [
        try op.tensor(
          .tensor(input), .tensor(grid.to(type: input.type)), .int(mode), .int(padding),
          .bool(alignsCorners))
      ]
    }
  }
}

/// `AffineGrid`: the grid of places that an affine map sends a grid of the output's size to.
enum AffineGrid: Computation {
  static let names = ["AffineGrid"]

  static func prepare(_ site: Site) throws(ExecutionError) -> Step {
    let alignsCorners = site.node.int("align_corners", default: 0) != 0
    let size = site.integers(atInput: 1)
    return { x, _ throws(TorchError) in
      guard let size = try size(x) else { throw site.failure(x, "no size is given") }
      return [
        try Torch.Operator.affineGrid.tensor(
          .tensor(x[0]), .ints(size), .bool(alignsCorners))
      ]
    }
  }
}

extension Torch.Operator {
  fileprivate static let gridSampler2d = Torch.Operator("grid_sampler_2d")
  fileprivate static let gridSampler3d = Torch.Operator("grid_sampler_3d")
  fileprivate static let affineGrid = Torch.Operator("affine_grid_generator")
}
