// swift-tools-version: 6.2
// The rooms of Bonsai and which way the doors open: a room depends only on rooms below it.

import Foundation
import PackageDescription

// MARK: libtorch

/// The folder that holds libtorch's `include` and `lib`: `LIBTORCH` if set, else the local copy that
/// `make setup` unpacks into `.libtorch`.
let libtorch = Context.environment["LIBTORCH"] ?? "\(Context.packageDirectory)/.libtorch"

/// Compiler settings of the C++ bridge, the only code that sees libtorch's headers.
let bridgeCompiler: [CXXSetting] = [
  .unsafeFlags([
    "-isystem", "\(libtorch)/include",
    "-isystem", "\(libtorch)/include/torch/csrc/api/include",
    "-Wno-deprecated", "-fvisibility=hidden",
  ])
]

/// Linker settings of the C++ bridge: libtorch, found again at run time through an rpath.
let bridgeLinker: [LinkerSetting] = [
  .unsafeFlags(["-L\(libtorch)/lib", "-Xlinker", "-rpath", "-Xlinker", "\(libtorch)/lib"]),
  .linkedLibrary("torch"), .linkedLibrary("torch_cpu"), .linkedLibrary("c10"),
]

/// With `BONSAI_GRAPH_ONLY` set, only the rooms that need no libtorch are built and tested.
let graphOnly = Context.environment["BONSAI_GRAPH_ONLY"] != nil

// MARK: package

let strict: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny")
]

func room(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(of name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .testTarget(
    name: "\(name)Tests", dependencies: [.target(name: name)] + dependencies,
    swiftSettings: strict)
}

/// The graph: reads, counts, plans, cuts and writes models; needs no libtorch.
let graph: [Target] = [
  room(
    "Network",
    [
      .product(name: "HeapModule", package: "swift-collections"),
      .product(name: "OrderedCollections", package: "swift-collections"),
    ]),
  .target(
    name: "ONNX",
    dependencies: [
      "Network", .product(name: "OrderedCollections", package: "swift-collections"),
      .product(name: "SwiftProtobuf", package: "swift-protobuf"),
    ],
    exclude: ["Schema"], swiftSettings: strict),

  // Counts bits: the product of binary matrices.
  .target(name: "CBitCount"),
  room("Compression", ["CBitCount", "Network", "ONNX"]),
  room("Search", ["Network"]),

  // What `make fuzz` runs; without the engine it tries the reader and the planner's structure only.
  .executableTarget(
    name: "Fuzz",
    dependencies: [
      "Network", "ONNX", .product(name: "ArgumentParser", package: "swift-argument-parser"),
      .product(name: "OrderedCollections", package: "swift-collections"),
    ]
      + (graphOnly ? [] : ["Torch", "Execution", "Data", "Pruning", "Methods"]),
    swiftSettings: strict),

  tests(of: "Network"),
  tests(
    of: "ONNX",
    [
      .product(name: "OrderedCollections", package: "swift-collections"),
      .product(name: "SwiftProtobuf", package: "swift-protobuf"),
    ]),
  tests(of: "Compression", ["CBitCount", "Network", "ONNX"]),
  tests(of: "Search", ["Network"]),
]

/// Everything that computes with tensors.
let engine: [Target] = [
  // The tensor engine. The bridge is a library of its own, opened when the first tensor is made,
  // so that commands that need no engine start without it.
  .target(name: "CTorch"),
  .target(
    name: "CTorchBridge", dependencies: ["CTorch"], cxxSettings: bridgeCompiler,
    linkerSettings: bridgeLinker),
  room("Torch", ["CTorch"]),
  room("Execution", ["Network", "Torch"]),

  .systemLibrary(
    name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
  .target(name: "CSHA256"),
  room("Data", ["CZlib", "CSHA256"]),
  room("Training", ["Execution", "Data"]),
  room("Pruning", ["Training", "Data"]),
  room("Analysis", ["Pruning"]),
  .target(
    name: "Methods",
    dependencies: [
      "Pruning", "Compression", "Search", "Analysis", "ONNX", "Runtimes",
      .product(name: "Yams", package: "Yams"),
    ],
    resources: [.copy("Recipes")], swiftSettings: strict),
  room("Reporting", ["Methods", "Data"]),
  .target(name: "CONNXRuntime"),
  room("Runtimes", ["CONNXRuntime", "Compression", "Network", "ONNX", "Torch", "Execution"]),
  .executableTarget(
    name: "CommandLine",
    dependencies: [
      "Network", "ONNX", "Torch", "Execution", "Data", "Training", "Pruning", "Compression",
      "Analysis", "Methods", "Reporting", "Runtimes",
      .product(name: "ArgumentParser", package: "swift-argument-parser"),
    ],
    swiftSettings: strict),

  room(
    "Bonsai",
    [
      "Network", "ONNX", "Torch", "Execution", "Data", "Training", "Pruning", "Compression",
      "Search", "Analysis", "Methods", "Runtimes", "Reporting",
    ]),
  .executableTarget(
    name: "FirstCut", dependencies: ["Bonsai"], path: "Examples/FirstCut", swiftSettings: strict),
  .executableTarget(
    name: "OwnParts", dependencies: ["Bonsai"], path: "Examples/OwnParts", swiftSettings: strict),
  // What `make bench` measures beside PyTorch.
  .executableTarget(
    name: "Benchmarks",
    dependencies: [
      "Network", "Torch", "Execution", "Data", "Training", "Pruning", "Compression",
    ],
    swiftSettings: strict),
  .executableTarget(
    name: "BackendRunner",
    dependencies: [
      "Network", "ONNX", "Torch", "Execution",
      .product(name: "OrderedCollections", package: "swift-collections"),
    ], path: "Examples/BackendRunner", swiftSettings: strict),

  tests(of: "Torch"),
  tests(of: "Execution", ["Network", "ONNX", "Runtimes"]),
  tests(of: "Data", ["CSHA256"]),
  tests(of: "Training"),
  .testTarget(
    name: "PruningTests", dependencies: ["Pruning", "ONNX"], exclude: ["Malformed"],
    swiftSettings: strict),
  tests(of: "Analysis"),
  tests(of: "Methods"),
  tests(of: "Reporting", ["Methods"]),
  tests(of: "Runtimes"),
  .testTarget(
    name: "OwnPartsTests", dependencies: ["OwnParts", "Bonsai"], swiftSettings: strict),
  .testTarget(
    name: "CommandLineTests", dependencies: ["CommandLine"], exclude: ["Snapshots"],
    swiftSettings: strict),
]

let package = Package(
  name: "bonsai",
  products: [
    .library(name: "BonsaiGraph", targets: ["Network", "ONNX", "Compression", "Search"])
  ]
    + (graphOnly
      ? []
      : [
        .executable(name: "bonsai", targets: ["CommandLine"]),
        .library(name: "Bonsai", targets: ["Bonsai"]),
        .library(name: "CTorchBridge", type: .dynamic, targets: ["CTorchBridge"]),
      ]),
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
  ],
  targets: graphOnly ? graph : graph + engine,
  cxxLanguageStandard: .cxx20
)
