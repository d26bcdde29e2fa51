// How runs end: the status, one line on standard error, and nothing left behind.

import Foundation
import Network
import Testing

@testable import CommandLine

@Suite struct ExitStatusTests {
  /// A command line and how it must end.
  struct Trial: CustomTestStringConvertible, Sendable {
    let arguments: String
    let status: Int32
    let says: String
    var testDescription: String { "bonsai \(arguments)" }

    init(_ arguments: String, _ status: Int32, _ says: String) {
      (self.arguments, self.status, self.says) = (arguments, status, says)
    }
  }

  static let trials = [
    // Wrong usage.
    Trial("frobnicate", 64, "bonsai --help"),
    Trial("prune", 64, "bonsai prune --help"),
    Trial("prune small.onnx", 64, "--dry-run"),
    Trial("prune small.onnx -o out.onnx --frobnicate", 64, "--frobnicate"),
    Trial("prune small.onnx -o out.onnx --round-to 0", 64, "--round-to is 0"),
    Trial("prune small.onnx -o out.onnx --opset 3", 64, "10 to 24"),
    Trial("prune small.onnx -o out.onnx --criterion magic", 64, "l1, l2, fpgm"),
    Trial("prune small.onnx -o out.onnx --allocation magic", 64, "global, uniform"),
    Trial("prune small.onnx -o out.onnx --granularity magic", 64, "filter, element"),
    Trial("prune small.onnx -o out.onnx --target magic=1", 64, "params, macs, bytes, sparsity"),
    Trial("prune small.onnx -o out.onnx --target macs=0", 64, "fraction kept"),
    Trial("prune small.onnx -o out.onnx --target latency=2", 64, "latency=2ms"),
    Trial("prune small.onnx -o out.onnx --criterion taylor", 64, "looks at data: give --data"),
    Trial("prune small.onnx -o out.onnx --data mnist", 65, "the network expects [batch, 2, 8, 8]"),
    Trial("prune small.onnx -o out.onnx --granularity element", 64, "sparsity"),
    Trial("run small.onnx --inputs in.npz", 64, "--outputs"),
    Trial("run small.onnx --inputs in.npz --outputs out.npz --device gpu", 64, "cuda:N"),
    Trial("evaluate small.onnx --data mnist --batch 0", 64, "--batch is 0"),
    Trial("bench small.onnx --batch 1,x", 64, "'x'"),
    Trial("bench small.onnx --seconds -1", 64, "--seconds"),
    Trial("verify small.onnx", 64, "bonsai verify --help"),
    // Bad input.
    Trial("inspect missing.onnx", 65, "cannot read missing.onnx"),
    Trial("inspect no-such-network", 65, "resnet-20"),
    Trial("inspect resnet-21", 65, "resnet-21"),
    Trial("inspect truncated.onnx", 65, "truncated.onnx is damaged at byte"),
    Trial("inspect empty.onnx", 65, "it is empty"),
    Trial("inspect noise.onnx", 65, "noise.onnx"),
    Trial("inspect .", 65, "not a regular file"),
    Trial("prune truncated.onnx -o out.onnx", 65, "truncated.onnx is damaged"),
    Trial("prune small.onnx -o out.onnx --target macs=0.0001", 65, "cannot be met"),
    Trial("prune small.onnx -o out.onnx --exclude nothing", 65, "nothing is called 'nothing'"),
    Trial("prune small.onnx -o out.onnx --exclude *", 65, "every group is excluded"),
    Trial("run small.onnx --inputs missing.npz --outputs out.npz", 65, "missing.npz"),
    Trial("run small.onnx --inputs noise.onnx --outputs out.npz", 65, "noise.onnx"),
    Trial("run small.onnx --inputs misnamed.npz --outputs out.npz", 65, "no input 'picture'"),
    Trial("run small.onnx --inputs none.npz --outputs out.npz", 65, "no array for the input"),
    Trial("run small.onnx --inputs misshapen.npz --outputs out.npz", 65, "[batch, 2, 8, 8]"),
    Trial("run small.onnx --inputs mistyped.npz --outputs out.npz", 65, "x.astype('float32')"),
    Trial("evaluate small.onnx --data nowhere", 65, "neither a data set nor a path"),
    Trial("evaluate small.onnx --data data.npz --split test", 65, "test"),
    Trial("data path no-such-set", 65, "mnist"),
    Trial("data fetch no-such-set", 65, "mnist"),
    Trial("apply wrong.yaml --run out --model small.onnx", 65, "wrong.yaml:1: stages[0].prune"),
    // Files that cannot be written.
    Trial("prune small.onnx -o no/such/folder/out.onnx", 74, "no/such/folder"),
    Trial("prune small.onnx -o small.onnx/out.onnx", 74, "not a folder"),
    Trial("prune small.onnx -o .", 74, "it is a folder"),
    Trial("prune small.onnx -o /proc/out.onnx", 74, "cannot write /proc/out.onnx"),
    Trial("prune small.onnx -o out.onnx --json no/plan.json", 74, "no/plan.json"),
    Trial("run small.onnx --inputs in.npz --outputs no/out.npz", 74, "no/out.npz"),
    // A finished file takes the name it is given: never that of a pipe or a device.
    Trial("prune small.onnx -o pipe", 74, "a device or a pipe, not a file"),
    Trial("prune small.onnx -o out.onnx --json pipe", 74, "a device or a pipe, not a file"),
    Trial("run small.onnx --inputs in.npz --outputs pipe", 74, "a device or a pipe, not a file"),
  ]

  @Test(arguments: trials) func endsAsItShould(_ trial: Trial) throws {
    let folder = try TestFolder()
    try folder.put(try Networks.small(), as: "small.onnx")
    let bytes = try [UInt8](Data(contentsOf: URL(fileURLWithPath: folder("small.onnx"))))
    try write(bytes.prefix(bytes.count / 2), to: folder("truncated.onnx"))
    try write([], to: folder("empty.onnx"))
    try write(
      (0..<4000).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 13) },
      to: folder("noise.onnx"))
    let good = try TensorData([Float](repeating: 0, count: 128), shape: [1, 2, 8, 8])
    let wide = try TensorData([Double](repeating: 0, count: 128), shape: [1, 2, 8, 8])
    let long = try TensorData([Float](repeating: 0, count: 144), shape: [1, 2, 8, 9])
    try folder.put(["input": good], as: "in.npz")
    try folder.put(["input": good, "picture": good], as: "misnamed.npz")
    try folder.put([:], as: "none.npz")
    try folder.put(["input": long], as: "misshapen.npz")
    try folder.put(["input": wide], as: "mistyped.npz")
    let labels = try TensorData([Int64](repeating: 0, count: 1), shape: [1])
    try folder.put(["x": good, "y": labels], as: "data.npz")
    let recipe = "stages: [{prune: {criterion: taylor, target: {macs: 0.5}}}]\n"
    try write(recipe.utf8, to: folder("wrong.yaml"))
    #expect(mkfifo(folder("pipe"), 0o600) == 0)
    let before = folder.names

    let run = try Program.run(
      trial.arguments.split(separator: " ").map(String.init), in: folder)
    #expect(run.status == trial.status, "\(run.errors)")
    #expect(run.errors.hasPrefix("bonsai: error: "), "\(run.errors)")
    #expect(run.errors.contains(trial.says), "\(run.errors)")
    #expect(!run.errors.contains("Error("), "\(run.errors)")
    #expect(folder.names == before)
    var status = stat()
    #expect(stat(folder("pipe"), &status) == 0 && status.st_mode & S_IFMT == S_IFIFO)
  }

  private func write(_ bytes: some Sequence<UInt8>, to path: String) throws {
    try Data(bytes).write(to: URL(fileURLWithPath: path))
  }

  @Test func aFileThatIsThereStaysWhenWritingFails() throws {
    let folder = try TestFolder()
    try folder.put(try Networks.small(), as: "small.onnx")
    try write([1, 2, 3], to: folder("out.onnx"))
    let run = try Program.run(
      ["prune", "small.onnx", "-o", "out.onnx", "--target", "macs=0.0001"], in: folder)
    #expect(run.status == 65)
    #expect(try Data(contentsOf: URL(fileURLWithPath: folder("out.onnx"))) == Data([1, 2, 3]))
  }

  @Test func aFullStandardOutputIsAnError() throws {
    let folder = try TestFolder()
    for arguments in [["inspect", "lenet-5"], ["--help"]] {
      let process = Process()
      process.executableURL = URL(fileURLWithPath: "/bin/sh")
      process.arguments = ["-c", "\"$0\" \"$@\" > /dev/full", Program.path] + arguments
      process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
      process.standardError = FileHandle.nullDevice
      try process.run()
      process.waitUntilExit()
      #expect(process.terminationStatus == 74)
    }
  }

  @Test func aClosedPipeEndsTheRunSilently() throws {
    let folder = try TestFolder()
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", "\"$0\" inspect densenet-201 2> errors | head -n 1", Program.path]
    process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    #expect(String(decoding: output, as: UTF8.self).hasPrefix("densenet-201"))
    #expect(try String(contentsOfFile: folder("errors"), encoding: .utf8) == "")
  }

  @Test(arguments: [0.0, 0.1, 0.2, 0.35]) func anInterruptionLeavesNoHalfFile(
    after seconds: Double
  ) throws {
    let folder = try TestFolder()
    let logs = try TestFolder()
    let process = try Program.start(
      [
        "prune", "vgg-16", "-o", "out.onnx", "--target", "sparsity=0.5", "--granularity", "element",
        "--no-verify",
      ], in: folder.path, output: logs("output"), errors: logs("errors"))
    Thread.sleep(forTimeInterval: seconds)
    // Not an interrupt: a test runner may have told its children to ignore those.
    process.terminate()
    process.waitUntilExit()
    #expect([0, 15, 128 + 15].contains(process.terminationStatus))
    #expect(folder.names == [] || folder.names == ["out.onnx"])
    if folder.names == ["out.onnx"] {
      #expect(try Program.run(["inspect", "out.onnx"], in: folder).status == 0)
    }
  }

  @Test func temporariesOfThisProcessAreRecognised() {
    let pid = ProcessInfo.processInfo.processIdentifier
    #expect(OutputFile.isTemporary(".out.onnx.\(pid).0.tmp", of: "out.onnx"))
    #expect(OutputFile.isTemporary("out.npz.\(pid).tmp", of: "out.npz"))
    #expect(OutputFile.isTemporary(".out.onnx.data.\(pid).0.tmp", of: "out.onnx"))
    #expect(!OutputFile.isTemporary(".out.onnx.\(pid + 1).0.tmp", of: "out.onnx"))
    #expect(!OutputFile.isTemporary("out.onnx", of: "out.onnx"))
    #expect(!OutputFile.isTemporary(".other.onnx.\(pid).0.tmp", of: "out.onnx"))
  }
}
