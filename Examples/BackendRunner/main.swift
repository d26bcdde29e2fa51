// Runs test cases of the ONNX backend suite: each folder named on standard input holds one case.

import Execution
import Foundation
import Network
import ONNX
import OrderedCollections
import Torch

/// Runs `model.onnx` of a folder on the tensors that `inputs.onnx` carries as initializers, and
/// leaves the outputs as initializers of `outputs.onnx`. Where there are no inputs, the model is
/// only read and written again, to `rewritten.onnx`.
func run(_ folder: String) throws {
  let file = try ONNXModel(path: folder + "/model.onnx")
  guard FileManager.default.fileExists(atPath: folder + "/inputs.onnx") else {
    return try file.write(to: folder + "/rewritten.onnx")
  }
  let network = file.network
  let given = try ONNXModel(path: folder + "/inputs.onnx").network.initializers
  let model = try Model(network)
  var tensors: [String: Tensor] = [:]
  for (name, initializer) in given {
    tensors[name] = try initializer.tensor.tensor(named: name)
  }
  let found = try withoutGradients { () throws(ExecutionError) in try model.run(tensors) }
  var answer = Network(name: "outputs", opsets: ["": 17])
  for output in network.outputs {
    guard let tensor = found[output.name] else { continue }
    let data = try TensorData(tensor, as: output.type)
    answer.initializers[output.name] = Initializer(data, role: .constant)
  }
  try ONNXModel(answer).write(to: folder + "/outputs.onnx")
}

while let folder = readLine() {
  do {
    try run(folder)
    print("ok")
  } catch {
    print("error \("\(error)".replacing("\n", with: " "))")
  }
  fflush(nil)
}
