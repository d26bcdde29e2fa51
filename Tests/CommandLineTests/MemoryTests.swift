// How much memory cutting a model takes, beside the size of its file.

import Foundation
import Network
import ONNX
import Testing

#if canImport(Glibc)
  import Glibc

  @Suite(.serialized) struct MemoryTests {
    /// Reading, planning, cutting and writing takes at most 1.5 times the file, beside what the
    /// program takes for the smallest model: code, libraries, buffers.
    ///
    /// The cut file is 0.9 of the dense one here, so that keeping both in memory would not pass.
    @Test(arguments: [false, true]) func peakMemoryOfPruning(external: Bool) throws {
      let folder = try TestFolder()
      try write(layers: 1, width: 8, to: folder("tiny.onnx"), external: false)
      try write(layers: 10, width: 1024, to: folder("model.onnx"), external: external)
      let size = try bytes(of: folder("model.onnx") + (external ? ".data" : ""))
      #expect(size > 40 << 20)
      func peak(_ model: String) throws -> Int {
        try Self.peak(
          [
            "prune", model, "-o", folder("out.onnx"), "--target", "params=0.9", "--allocation",
            "uniform", "--no-verify",
          ])
      }
      let least = try peak(folder("tiny.onnx"))
      let most = try peak(folder("model.onnx"))
      #expect(try bytes(of: folder("out.onnx")) > size * 85 / 100)
      let ratio = Double(most - least) / Double(size)
      #expect(ratio <= 1.5, "\(most >> 20) MB, of which \(least >> 20) MB for the smallest model")
    }

    /// A chain of square linear layers.
    private func write(layers: Int, width: Int, to path: String, external: Bool) throws {
      var b = NetworkBuilder("chain", input: ["batch", .fixed(width)], seed: 1)
      var x = b.input
      for layer in 0..<layers { x = try b.relu(try b.linear("fc\(layer)", x, width)) }
      try ONNXModel(try b.finish(try b.linear("head", x, 8)))
        .write(to: path, externalData: external ? .always() : .never)
    }

    private func bytes(of path: String) throws -> Int {
      try #require(try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int)
    }

    /// The most memory, in bytes, that the program had at once.
    private static func peak(_ arguments: [String]) throws -> Int {
      var argv = ([Program.path] + arguments).map { strdup($0) } + [nil]
      defer { for pointer in argv { free(pointer) } }
      var actions = posix_spawn_file_actions_t()
      posix_spawn_file_actions_init(&actions)
      defer { posix_spawn_file_actions_destroy(&actions) }
      for stream in [STDOUT_FILENO, STDERR_FILENO] {
        posix_spawn_file_actions_addopen(&actions, stream, "/dev/null", O_WRONLY, 0)
      }
      var child: pid_t = 0
      try #require(posix_spawn(&child, Program.path, &actions, nil, &argv, environ) == 0)
      var (status, usage): (Int32, rusage) = (0, rusage())
      try #require(wait4(child, &status, 0, &usage) == child)
      #expect(status == 0)
      return usage.ru_maxrss << 10
    }
  }
#endif
