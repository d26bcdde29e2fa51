// `bonsai run`: a model evaluated on arrays from a file.

import ArgumentParser
import Execution
import Network
import Torch

/// The floating-point types a model can be computed in.
enum ComputeType: String, ExpressibleByArgument, CaseIterable {
  case float32, float64, bfloat16, float16

  /// The engine's type.
  var scalar: ScalarType {
    switch self {
    case .float32: .float32
    case .float64: .float64
    case .bfloat16: .bfloat16
    case .float16: .float16
    }
  }
}

/// Evaluates a model on arrays named after its inputs.
struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Run a model on arrays in an .npz file, and write its outputs to another.",
    discussion: """
      The input file holds one array for each input of the model, under the input's name, in the \
      input's type and shape; the output file gets every output under its name, in the type the \
      model gives. The computation is Bonsai's own, with libtorch, node by node as the file says.

      Examples:
        bonsai run model.onnx --inputs in.npz --outputs out.npz
        bonsai run model.onnx --inputs in.npz --outputs out.npz --type float64

      An input file made with NumPy:
        np.savez("in.npz", input=np.zeros((1, 3, 32, 32), np.float32))
      """)

  @Argument(help: "An ONNX file, or the name of a built-in network.")
  var model: String

  @Option(help: ArgumentHelp("The .npz file with an array for each input.", valueName: "in.npz"))
  var inputs: String

  @Option(help: ArgumentHelp("The .npz file for the outputs.", valueName: "out.npz"))
  var outputs: String

  @Option(help: "Where to compute: cpu, cuda or cuda:N.")
  var device = "cpu"

  @Option(
    help: ArgumentHelp(
      "The floating-point type to compute in; the model's own if not given. Arrays of any "
        + "floating-point type are taken then, and outputs are of this type."))
  var type: ComputeType?

  func run() throws {
    let output = try OutputFile(outputs)
    let device = try Device(present: device)
    let source = try ModelSource(model)
    let network = source.network
    let free = network.inputs.filter { network.initializers[$0.name] == nil }
    let arrays = try Arrays.read(inputs, for: free, widening: type != nil)
    let model = try Model(network, device: device, type: type?.scalar)
    var tensors: [String: Tensor] = [:]
    for (name, array) in arrays {
      var tensor = try array.tensor(named: name, device: device)
      if let type, tensor.type.isFloatingPoint { tensor = try tensor.to(type: type.scalar) }
      tensors[name] = tensor
    }
    let results = try withoutGradients { () throws(ExecutionError) in try model.run(tensors) }
    var found: [String: TensorData] = [:]
    for (name, tensor) in results { found[name] = try TensorData(tensor) }
    try Arrays.write(found, to: output.path)
  }
}
