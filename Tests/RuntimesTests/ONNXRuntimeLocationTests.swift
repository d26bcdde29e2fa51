// Where ONNX Runtime is looked for, and what is said when what is there cannot be used.

import Foundation
import Testing

@testable import Runtimes

@Suite("Finding ONNX Runtime")
struct ONNXRuntimeLocationTests {
  let folder: ScratchFolder

  init() throws { folder = try ScratchFolder() }

  private static let inEnvironment =
    ".venv/lib/python3.12/site-packages/onnxruntime/capi/libonnxruntime.so.1.31.1"

  private func candidates(
    _ environment: [String: String] = [:], currentFolder: String = "/", executable: String = "/x"
  ) -> [String] {
    ONNXRuntimeLocation(
      environment: environment, currentFolder: currentFolder, executable: executable
    ).candidates()
  }

  @Test func theSystemIsAskedLast() {
    #expect(candidates().first == "libonnxruntime.so")
  }

  @Test func theVariableMayNameAFile() throws {
    let file = try folder.write("any-name.so")
    #expect(candidates(["BONSAI_ONNXRUNTIME": file]) == [file])
  }

  @Test func theVariableMayNameAFolder() throws {
    let file = try folder.write("lib/libonnxruntime.so.1")
    _ = try folder.write("lib/libonnxruntime_providers_shared.so")
    #expect(candidates(["BONSAI_ONNXRUNTIME": folder.path]) == [file])
    #expect(candidates(["BONSAI_ONNXRUNTIME": folder.path + "/lib"]) == [file])
  }

  @Test func aWrongVariableIsNotPassedOver() throws {
    _ = try folder.write(Self.inEnvironment)
    #expect(
      candidates(["BONSAI_ONNXRUNTIME": "/none"], currentFolder: folder.path) == ["/none"])
  }

  @Test func anEmptyVariableCountsAsNone() {
    #expect(candidates(["BONSAI_ONNXRUNTIME": ""]) == candidates())
  }

  @Test func theCurrentFolderHasTheEnvironment() throws {
    let file = try folder.write(Self.inEnvironment)
    #expect(candidates(currentFolder: folder.path).first == file)
  }

  @Test func soHasAFolderAboveTheProgram() throws {
    let file = try folder.write(Self.inEnvironment)
    let program = try folder.write(".build/release/bonsai")
    let found = try #require(candidates(executable: program).first)
    #expect(
      URL(fileURLWithPath: found).resolvingSymlinksInPath()
        == URL(fileURLWithPath: file).resolvingSymlinksInPath())
  }

  @Test func nothingIsListedTwice() throws {
    _ = try folder.write(Self.inEnvironment)
    let all = candidates(currentFolder: folder.path, executable: folder.path + "/bonsai")
    #expect(Set(all).count == all.count)
  }

  @Test func aMissingLibraryIsNamed() throws {
    let error = #expect(throws: RuntimeError.self) {
      _ = try ONNXRuntime(candidates: ["/no/such/libonnxruntime.so"])
    }
    let text = "\(try #require(error))"
    #expect(text.contains("/no/such/libonnxruntime.so") && text.contains("make venv"))
  }

  @Test func noCandidatesIsSaid() throws {
    let error = #expect(throws: RuntimeError.self) { _ = try ONNXRuntime(candidates: []) }
    #expect("\(try #require(error))".contains("no library was named"))
  }

  @Test func aFileThatIsNoLibraryIsRefused() throws {
    let file = try folder.write("libonnxruntime.so", Array("text".utf8))
    let error = #expect(throws: RuntimeError.self) { _ = try ONNXRuntime(candidates: [file]) }
    #expect("\(try #require(error))".contains(file))
  }

  #if os(Linux)
    @Test func anotherLibraryIsRefused() throws {
      let error = #expect(throws: RuntimeError.self) {
        _ = try ONNXRuntime(candidates: ["libc.so.6"])
      }
      #expect("\(try #require(error))".contains("libc.so.6 is not ONNX Runtime"))
    }
  #endif
}
