// Verbs that need no tensors work without libtorch, and those that do say what is missing.

import Foundation
import Testing

@Suite struct LazyEngineTests {
  @Test(arguments: [
    ["--help"], ["--version"], ["inspect", "resnet-20"], ["inspect", "lenet-5", "--json"],
    ["data"], ["data", "list", "--json"], ["prune", "lenet-5", "--dry-run"],
    ["prune", "lenet-5", "--dry-run", "--json", "-"], ["doctor"], ["doctor", "--json"],
  ])
  func worksWithoutIt(_ arguments: [String]) throws {
    let run = try Program.run(arguments, environment: Program.withoutTorch)
    #expect(run.status == 0, "\(run.errors)")
    #expect(!run.output.isEmpty)
  }

  @Test(
    .enabled(
      if: FileManager.default.fileExists(atPath: "/proc/self/maps"),
      "the libraries a process opens are listed on Linux only"),
    arguments: [
      ["--help"], ["inspect", "resnet-20"], ["data"], ["prune", "lenet-5", "--dry-run"],
    ])
  func doesNotOpenIt(_ arguments: [String]) throws {
    let run = try Program.run(arguments, environment: ["LD_DEBUG": "files"])
    #expect(run.status == 0)
    #expect(run.errors.contains("libc.so"), "the loader is expected to list what it opens")
    #expect(!run.errors.contains("libtorch"))
    #expect(!run.errors.contains("libonnxruntime"))
  }

  @Test func doctorExplains() throws {
    let environment = Program.withoutTorch.merging(Program.withoutRuntime) { a, _ in a }
    let findings = try Program.run(["doctor", "--json"], environment: environment).list()
    for name in ["libtorch", "ONNX Runtime"] {
      let finding = try #require(findings.first { $0["name"] as? String == name })
      #expect(finding["ok"] as? Bool == false)
      #expect((finding["detail"] as? String ?? "").contains("/nowhere/"))
      #expect((finding["fix"] as? String ?? "").contains("make "))
    }
    let names = findings.compactMap { $0["name"] as? String }
    for name in ["Python", "data: mnist", "processors", "memory", "disk", "OpenMP"] {
      #expect(names.contains(name))
    }
  }

  @Test func runningSaysWhatIsMissing() throws {
    let folder = try TestFolder()
    try folder.put(try Networks.small(), as: "small.onnx")
    let run = try Program.run(
      ["verify", "small.onnx", "small.onnx", "--runtime", "bonsai"], in: folder,
      environment: Program.withoutTorch)
    #expect(run.status == 70)
    #expect(run.errors.contains("make setup"))
  }

  @Test func pruningGoesOnAndSaysWhatWasNotChecked() throws {
    let folder = try TestFolder()
    try folder.put(try Networks.small(), as: "small.onnx")
    let run = try Program.run(
      ["prune", "small.onnx", "-o", "out.onnx", "--json", "-"], in: folder,
      environment: Program.withoutTorch)
    #expect(run.status == 0)
    #expect(run.errors.contains("not compared"))
    let equivalence = try #require(try run.object()["equivalence"] as? [String: Any])
    #expect(equivalence["maxAbsDiff"] is NSNull)
    #expect((equivalence["skipped"] as? String ?? "").contains("/nowhere/"))
    #expect(folder.names == ["out.onnx", "small.onnx"])
  }
}
