// Small sound files of the other kinds that users hand over, to start from.

#if canImport(Execution)
  import Data
  import Foundation
  import Methods

  /// Small sound files of the other kinds that users hand over, to start from.
  enum FileSamples {
    /// Arrays, archives, pictures, labels, recipes and targets, in a fixed order.
    static func all() throws -> [[UInt8]] {
      let numbers = try NDArray([1, 2, 3, 4, 5, 6] as [Float], shape: [2, 3])
      let labels = try NDArray([1, 0] as [Int64], shape: [2])
      var samples = [
        NPY.bytes(of: numbers), NPY.bytes(of: labels),
        try NPZ.bytes(of: ["x": numbers, "y": labels]),
        [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 1, 9, 8, 7, 6],
        [0, 0, 8, 1, 0, 0, 0, 2, 1, 0],
        Array("P5 2 2 255\n".utf8) + [1, 2, 3, 4], Array("P6 1 1 255\n".utf8) + [1, 2, 3],
        picture, Array("1 5 7 2\n0 4\n".utf8),
      ]
      for target in ["macs=0.5", "params=200k", "bytes=1.5MB", "sparsity=90%"] {
        samples.append(Array(target.utf8))
      }
      for name in Recipes.names.sorted() {
        guard let place = Recipes.builtIn(name) else { continue }
        samples.append([UInt8](try Data(contentsOf: place)))
      }
      return samples
    }

    /// A grey picture of one pixel, as PNG.
    private static let picture: [UInt8] = [
      0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 0x0D, 0x49, 0x48, 0x44, 0x52, 0, 0,
      0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0, 0x3A, 0x7E, 0x9B, 0x55, 0, 0, 0, 0x0A, 0x49, 0x44, 0x41,
      0x54, 0x78, 0x9C, 0x63, 0x68, 0, 0, 0, 0x82, 0, 0x81, 0x77, 0xCD, 0x72, 0xB6, 0, 0, 0, 0,
      0x49, 0x45, 0x4E, 0x44, 0xAE, 0x42, 0x60, 0x82,
    ]
  }
#endif
