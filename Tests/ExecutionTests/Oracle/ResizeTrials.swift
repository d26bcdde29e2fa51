// Interpolation against ONNX Runtime and central differences.

import Network
import OrderedCollections
import Runtimes
import Testing

@Suite struct ResizeTrials {
  private static let coordinates = [
    "align_corners", "asymmetric", "half_pixel", "pytorch_half_pixel",
  ]

  private static func scales(_ values: [Float]) -> Operand {
    .constant(TensorData(vector: values))
  }

  static func resizes() throws -> Trials {
    var t = Trials(opset: 13, seed: 26)
    for coordinate in coordinates {
      for mode in ["nearest", "linear", "cubic"] {
        for factors: [Float] in [[2, 2], [1.5, 0.7], [0.5, 3]] {
          try t.add(
            "Resize", [t.floats([1, 2, 4, 5]), .none, scales([1, 1] + factors)],
            ["mode": .string(mode), "coordinate_transformation_mode": .string(coordinate)])
        }
        try t.add(
          "Resize", [t.floats([1, 2, 4, 5]), .none, .none, .list([1, 2, 7, 3])],
          ["mode": .string(mode), "coordinate_transformation_mode": .string(coordinate)])
      }
      for rounding in ["round_prefer_floor", "round_prefer_ceil", "floor", "ceil"] {
        try t.add(
          "Resize", [t.floats([1, 2, 4, 6]), .none, scales([1, 1, 1.5, 0.5])],
          [
            "nearest_mode": .string(rounding),
            "coordinate_transformation_mode": .string(coordinate),
          ])
      }
    }
    try t.add(
      "Resize", [t.floats([1, 2, 4, 5]), .none, scales([1, 1, 0.6, 1.7])],
      ["mode": .string("cubic"), "exclude_outside": .int(1), "cubic_coeff_a": .float(-0.5)])
    try t.add(
      "Resize",
      [
        t.floats([1, 1, 6, 6]),
        .constant(TensorData(vector: [0, 0, 0.2, -0.2, 1, 1, 0.8, 1.1] as [Float])), .none,
        .list([1, 1, 4, 5]),
      ],
      [
        "mode": .string("linear"), "coordinate_transformation_mode": .string("tf_crop_and_resize"),
        "extrapolation_value": .float(9),
      ])
    return t
  }

  static func upsamples() throws -> Trials {
    var t = Trials(opset: 9, seed: 27)
    for mode in ["nearest", "linear"] {
      try t.add(
        "Upsample", [t.floats([1, 2, 3, 4]), scales([1, 1, 2, 3])], ["mode": .string(mode)])
    }
    return t
  }

  static func newer() throws -> Trials {
    var t = Trials(opset: 19, seed: 28)
    for policy in ["stretch", "not_larger", "not_smaller"] {
      try t.add(
        "Resize", [t.floats([1, 2, 4, 6]), .none, .none, .list([8, 9])],
        [
          "axes": .ints([2, 3]), "mode": .string("linear"),
          "keep_aspect_ratio_policy": .string(policy),
        ])
    }
    try t.add(
      "Resize", [t.floats([1, 2, 4, 6]), .none, scales([1.3, 0.8])],
      [
        "axes": .ints([2, 3]), "mode": .string("linear"),
        "coordinate_transformation_mode": .string("half_pixel_symmetric"),
      ])
    return t
  }

  @Test(.enabled(if: hasRuntime, whyNoRuntime)) func sizesAndNumbersAgree() throws {
    try Self.resizes().compare()
    try Self.upsamples().compare()
    try Self.newer().compare()
  }

  @Test func interpolationDifferentiates() throws {
    try Self.resizes().differentiate()
    try Self.upsamples().differentiate()
  }
}
