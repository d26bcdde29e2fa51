// Makes a model ready to compute and runs it once on small inputs.

#if canImport(Execution)
  import Execution
  import Network
  import ONNX
  import Torch

  /// Makes a model ready to compute and runs it once on small inputs.
  ///
  /// Models whose values would have more than a million elements in all are left out: computing them
  /// is what they ask for, and would only take time.
  struct RunnerTrial: Trial {
    static let endings = [
      "not read", "shapes contradict", "too large", "inputs unknown", "not prepared", "not run",
      "run",
    ]

    private static let mostElements = 1 << 20

    /// A trial of the engine, which must be there: without it nothing would be run, and nothing found.
    init() throws { _ = try Tensor.ones([1]) }

    func run(_ path: String, number: Int) -> Int {
      guard let network = try? ONNXModel(path: path).network else { return 0 }
      guard let inference = try? network.infer() else { return 1 }
      var elements = 0
      for type in inference.types.values {
        elements += min(type.shape.elementCount ?? .max, 1 << 40)
        if elements > Self.mostElements { return 2 }
      }
      // Loops run as often as the file says, which may be for ever.
      guard !network.nodes.contains(where: { $0.op == "Loop" }) else { return 2 }
      guard let model = try? Model(network) else { return 4 }
      var inputs: [String: Tensor] = [:]
      for info in model.freeInputs {
        guard let type = inference.types[info.name], let scalar = ScalarType(type.element),
          let ones = try? Tensor.ones(type.shape, type: .float32).to(type: scalar)
        else { return 3 }
        inputs[info.name] = ones
      }
      do throws(ExecutionError) {
        let found = try withoutGradients { () throws(ExecutionError) in try model.run(inputs) }
        for tensor in found.values { _ = try TensorData(tensor) }
      } catch { return 5 }
      return 6
    }
  }
#endif
