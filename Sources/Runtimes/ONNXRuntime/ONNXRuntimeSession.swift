// A model loaded in ONNX Runtime.

import CONNXRuntime
import Network

/// How far ONNX Runtime rewrites a graph when it loads it.
public enum GraphOptimization: Int32, Sendable, Hashable, CaseIterable {
  /// As the file says, node by node: what to compare other engines with.
  case none = 0
  /// Constant folding, redundant nodes.
  case basic = 1
  /// Fused operators as well.
  case extended = 2
  /// Memory layouts as well: what deployment runs.
  case all = 99
}

/// A model loaded in ONNX Runtime, on the CPU. Several threads may run it at the same time.
public final class ONNXRuntimeSession: InferenceSession {
  /// The runtime that loaded the model.
  public let runtime: ONNXRuntime
  /// The file the model was read from.
  public let modelPath: String
  /// What must be given, in the model's order; a shape is `nil` where no axis is declared.
  public let inputs: [ValueInfo]
  /// What the model gives, in its order.
  public let outputs: [ValueInfo]

  // A session may be run from any thread; these are set once and never change.
  nonisolated(unsafe) let session: OpaquePointer
  nonisolated(unsafe) private let memory: OpaquePointer
  let inputNames: CStringList
  let outputNames: CStringList

  /// Loads the model at `modelPath`.
  ///
  /// - Parameters:
  ///   - runtime: the runtime that is to run it.
  ///   - modelPath: the ONNX file.
  ///   - threads: threads one operator may use; 0 (or less) leaves it to ONNX Runtime.
  ///   - optimization: how far the graph is rewritten.
  /// - Throws: ``RuntimeError/failed(runtime:action:code:message:)`` where the file is missing or
  ///   broken; ``RuntimeError/unsupportedValue(name:model:reason:)`` where an input or output is
  ///   not a tensor.
  public init(
    _ runtime: ONNXRuntime, modelPath: String, threads: Int = 0,
    optimization: GraphOptimization = .all
  ) throws(RuntimeError) {
    let functions = runtime.functions.pointee
    let action = "load \(modelPath)"

    var options: OpaquePointer?
    try runtime.check(functions.create_session_options(&options), action)
    defer { functions.release_session_options(options) }
    let settings = try runtime.present(options, action)
    let count = Int32(clamping: max(0, threads))
    try runtime.check(functions.set_intra_op_threads(settings, count), action)
    try runtime.check(functions.set_inter_op_threads(settings, 1), action)
    try runtime.check(functions.set_graph_optimization(settings, optimization.rawValue), action)

    var session: OpaquePointer?
    try runtime.check(
      functions.create_session(runtime.environment, modelPath, settings, &session), action)
    var opened = OwnedPointers(session: try runtime.present(session, action), memory: nil)
    do throws(RuntimeError) {
      try runtime.check(
        functions.create_cpu_memory_info(
          Int32(ORT_ALLOCATOR_DEVICE), Int32(ORT_MEMORY_DEFAULT), &opened.memory),
        action)
      let memory = try runtime.present(opened.memory, action)
      let reader = SignatureReader(runtime: runtime, session: opened.session, model: modelPath)
      inputs = try reader.inputs()
      outputs = try reader.outputs()
      self.memory = memory
    } catch {
      functions.release_memory_info(opened.memory)
      functions.release_session(opened.session)
      throw error
    }
    self.runtime = runtime
    self.modelPath = modelPath
    self.session = opened.session
    inputNames = CStringList(inputs.map(\.name))
    outputNames = CStringList(outputs.map(\.name))
  }

  deinit {
    runtime.functions.pointee.release_memory_info(memory)
    runtime.functions.pointee.release_session(session)
  }

  /// Runs the model once.
  ///
  /// - Parameter given: a tensor for each input, by name.
  /// - Returns: the outputs, by name.
  /// - Throws: ``RuntimeError`` where a name, type or shape does not fit the model, or the run fails.
  public func run(_ given: [String: TensorData]) throws(RuntimeError) -> [String: TensorData] {
    let inputs = try values(given)
    let results = try execute(inputs)
    var tensors: [String: TensorData] = [:]
    for (output, value) in zip(outputs, results) {
      tensors[output.name] = try value.tensor(named: output.name, model: modelPath)
    }
    return tensors
  }

  /// Hands the inputs over once, for runs without copying.
  public func bind(_ given: [String: TensorData]) throws(RuntimeError) -> any BoundInference {
    BoundONNXRuntimeSession(session: self, inputs: try values(given))
  }

  /// Checks the given tensors against the model's declarations and hands them to the runtime.
  private func values(
    _ given: [String: TensorData]
  ) throws(RuntimeError) -> [ONNXRuntimeValue] {
    let known = inputs.map(\.name)
    if let stranger = given.keys.filter({ !known.contains($0) }).min() {
      throw .unknownInput(name: stranger, model: modelPath, known: known)
    }
    var values: [ONNXRuntimeValue] = []
    for input in inputs {
      guard let tensor = given[input.name] else {
        throw .missingInput(name: input.name, model: modelPath, given: given.keys.sorted())
      }
      try check(tensor, against: input)
      values.append(
        try ONNXRuntimeValue(
          tensor, runtime: runtime, memory: memory, action: "take the input '\(input.name)'"))
    }
    return values
  }

  private func check(_ tensor: TensorData, against input: ValueInfo) throws(RuntimeError) {
    if let expected = input.type, expected != tensor.type {
      throw .inputType(name: input.name, model: modelPath, expected: expected, found: tensor.type)
    }
    guard tensor.type != .string else {
      throw .unsupportedValue(name: input.name, model: modelPath, reason: "it holds strings")
    }
    guard let shape = input.shape else { return }
    let fits =
      shape.count == tensor.shape.count
      && zip(shape, tensor.shape).allSatisfy { extent, found in
        if case .fixed(let count) = extent { count == found } else { true }
      }
    guard fits else {
      throw .inputShape(
        name: input.name, model: modelPath, expected: shape, found: tensor.shape)
    }
  }

  /// Runs the model on values that are in place.
  func execute(_ inputs: [ONNXRuntimeValue]) throws(RuntimeError) -> [ONNXRuntimeValue] {
    let pointers = inputs.map { Optional($0.pointer) }
    var results = [OpaquePointer?](repeating: nil, count: outputs.count)
    let status = withExtendedLifetime(inputs) {
      runtime.functions.pointee.run(
        session, nil, inputNames.pointer, pointers, pointers.count, outputNames.pointer,
        results.count, &results)
    }
    // Owned before the status is looked at, so that a failed run leaks none of its results.
    let values = results.map { pointer in
      pointer.map { ONNXRuntimeValue(owning: $0, runtime: runtime) }
    }
    try runtime.check(status, "run \(modelPath)")
    var present: [ONNXRuntimeValue] = []
    for value in values { present.append(try runtime.present(value, "run \(modelPath)")) }
    return present
  }
}

/// What a session holds while it is being made.
private struct OwnedPointers {
  let session: OpaquePointer
  var memory: OpaquePointer?
}

/// A session with its inputs in place.
private final class BoundONNXRuntimeSession: BoundInference {
  private let session: ONNXRuntimeSession
  private let inputs: [ONNXRuntimeValue]

  init(session: ONNXRuntimeSession, inputs: [ONNXRuntimeValue]) {
    self.session = session
    self.inputs = inputs
  }

  func run() throws(RuntimeError) {
    _ = try session.execute(inputs)
  }
}
