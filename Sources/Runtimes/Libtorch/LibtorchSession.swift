// A network made ready to run in libtorch, as a session like those of other runtimes.

import Execution
import Network
import Synchronization
import Torch

/// A network made ready to run in libtorch, on the CPU. Runs take turns: one at a time.
public final class LibtorchSession: InferenceSession {
  /// What must be given, in the network's order.
  public let inputs: [ValueInfo]
  /// What the network gives, in its order.
  public let outputs: [ValueInfo]

  private let modelPath: String
  private let threads: Int
  private let type: ScalarType?
  // A model belongs to one thread at a time; the lock sees to that.
  nonisolated(unsafe) private let model: Model
  private let turn = Mutex(())

  /// Makes a network ready.
  ///
  /// - Parameters:
  ///   - network: what is to run.
  ///   - modelPath: how messages name it.
  ///   - threads: threads one run may use; 0 (or less) leaves it to libtorch.
  ///   - type: the floating-point type to compute in; `nil` keeps the file's.
  /// - Throws: ``RuntimeError/failed(runtime:action:code:message:)`` where an operator cannot be run.
  public init(
    _ network: Network, modelPath: String, threads: Int = 0, type: ScalarType? = nil
  ) throws(RuntimeError) {
    do throws(ExecutionError) { model = try Model(network, type: type) } catch {
      throw Self.failure("load \(modelPath)", error)
    }
    inputs = model.freeInputs
    outputs = network.outputs
    self.modelPath = modelPath
    self.threads = threads
    self.type = type
  }

  /// Runs the network once.
  ///
  /// - Parameter given: a tensor for each input, by name.
  /// - Returns: the outputs, by name.
  /// - Throws: ``RuntimeError`` where a name, type or shape does not fit, or the run fails.
  public func run(_ given: [String: TensorData]) throws(RuntimeError) -> [String: TensorData] {
    let tensors = try bound(given)
    do throws(ExecutionError) {
      let results = try execute(tensors.values)
      var found: [String: TensorData] = [:]
      for (name, tensor) in results { found[name] = try TensorData(tensor) }
      return found
    } catch {
      throw Self.failure("run \(modelPath)", error)
    }
  }

  /// Hands the inputs over once.
  public func bind(_ given: [String: TensorData]) throws(RuntimeError) -> any BoundInference {
    BoundLibtorchSession(session: self, inputs: try bound(given))
  }

  /// Runs on tensors that are in place, without looking at the outputs.
  fileprivate func run(_ inputs: BoundTensors) throws(RuntimeError) {
    do throws(ExecutionError) { _ = try execute(inputs.values) } catch {
      throw Self.failure("run \(modelPath)", error)
    }
  }

  private func execute(
    _ inputs: [String: Tensor]
  ) throws(ExecutionError) -> [String: Tensor] {
    let result: Result<Outputs, ExecutionError> = turn.withLock { _ in
      // libtorch keeps the number of threads for each calling thread.
      if threads > 0, Engine.threads != threads { Engine.threads = threads }
      do throws(ExecutionError) {
        return .success(
          Outputs(
            values: try withoutGradients { () throws(ExecutionError) in try model.run(inputs) }))
      } catch {
        return .failure(error)
      }
    }
    return try result.get().values
  }

  private func bound(_ given: [String: TensorData]) throws(RuntimeError) -> BoundTensors {
    let known = inputs.map(\.name)
    if let stranger = given.keys.filter({ !known.contains($0) }).min() {
      throw .unknownInput(name: stranger, model: modelPath, known: known)
    }
    var tensors: [String: Tensor] = [:]
    for input in inputs {
      guard let data = given[input.name] else {
        throw .missingInput(name: input.name, model: modelPath, given: given.keys.sorted())
      }
      do throws(ExecutionError) { tensors[input.name] = try data.tensor(named: input.name) } catch {
        throw Self.failure("take the input '\(input.name)'", error)
      }
      guard let type, let tensor = tensors[input.name], tensor.type.isFloatingPoint else {
        continue
      }
      do throws(TorchError) { tensors[input.name] = try tensor.to(type: type) } catch {
        throw Self.failure("convert the input '\(input.name)'", .engine(error))
      }
    }
    return BoundTensors(values: tensors)
  }

  private static func failure(_ action: String, _ error: ExecutionError) -> RuntimeError {
    .failed(runtime: "libtorch", action: action, code: "execution", message: "\(error)")
  }
}

/// Outputs on their way out of the lock; nobody else holds them.
private struct Outputs: @unchecked Sendable {
  let values: [String: Tensor]
}

/// Inputs in place: read, never written.
private struct BoundTensors: @unchecked Sendable {
  let values: [String: Tensor]
}

/// A session with its inputs in place.
private final class BoundLibtorchSession: BoundInference {
  private let session: LibtorchSession
  private let inputs: BoundTensors

  init(session: LibtorchSession, inputs: BoundTensors) {
    self.session = session
    self.inputs = inputs
  }

  func run() throws(RuntimeError) {
    try session.run(inputs)
  }
}
