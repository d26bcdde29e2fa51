// Derivatives of any order by reverse-mode differentiation, and switching the recording off.

import CTorch

/// The gradients of `outputs` with respect to `inputs`.
///
/// Computes `sum_i <at_i, d outputs_i / d input_j>` for each input `j`, by going backwards through
/// the recorded operations. With `createGraph` the gradients are recorded themselves, so that they
/// can be differentiated again.
///
/// - Parameters:
///   - outputs: what is differentiated; single numbers unless `at` is given.
///   - inputs: leaves or intermediate results that `outputs` were computed from.
///   - weights: one tensor shaped like each output; nil means 1 for single numbers.
///   - keepGraph: keep what the backward pass needs, so that it can run again.
///   - createGraph: record the backward pass (implies `keepGraph`).
///   - allowUnused: answer nil for an input that does not influence the outputs instead of failing.
/// - Returns: one gradient for each input, nil only where `allowUnused` allows it.
public func gradients(
  of outputs: [Tensor], with inputs: [Tensor], at weights: [Tensor]? = nil,
  keepGraph: Bool = false, createGraph: Bool = false, allowUnused: Bool = false
) throws(TorchError) -> [Tensor?] {
  let functions = try Bridge.functions()
  if let weights, weights.count != outputs.count {
    throw .countMismatch(
      operation: "gradients(at:)", shape: [outputs.count], expected: outputs.count,
      found: weights.count)
  }
  var error: UnsafeMutablePointer<CChar>?
  var results = [OpaquePointer?](repeating: nil, count: inputs.count)
  let status = withExtendedLifetime((outputs, inputs, weights)) {
    functions.pointee.gradients(
      outputs.map { $0.handle }, Int64(outputs.count), inputs.map { $0.handle },
      Int64(inputs.count), weights?.map { $0.handle }, keepGraph ? 1 : 0, createGraph ? 1 : 0,
      allowUnused ? 1 : 0, &results, &error)
  }
  try Bridge.check(
    status, error, "gradients",
    [Argument.tensors(outputs).description, Argument.tensors(inputs).description])
  return results.map { $0.map(Tensor.init(owning:)) }
}

/// The gradients of the single number `output` with respect to `inputs`, all of which it must
/// depend on.
public func gradients(
  of output: Tensor, with inputs: [Tensor], keepGraph: Bool = false, createGraph: Bool = false
) throws(TorchError) -> [Tensor] {
  try gradients(
    of: [output], with: inputs, at: nil, keepGraph: keepGraph, createGraph: createGraph
  ).compactMap(\.self)
}

/// Whether operations on tensors that require gradients are recorded in this thread.
public var gradientsEnabled: Bool { Bridge.table?.pointee.gradients_enabled() != 0 }

/// Runs `body` without recording operations: faster, and parameters may be changed in place.
public func withoutGradients<Result, Failure: Error>(
  _ body: () throws(Failure) -> Result
) throws(Failure) -> Result {
  try recording(false, body)
}

/// Runs `body` with operations recorded, also inside `withoutGradients`.
public func withGradients<Result, Failure: Error>(
  _ body: () throws(Failure) -> Result
) throws(Failure) -> Result {
  try recording(true, body)
}

private func recording<Result, Failure: Error>(
  _ enabled: Bool, _ body: () throws(Failure) -> Result
) throws(Failure) -> Result {
  let before = gradientsEnabled
  Bridge.table?.pointee.enable_gradients(enabled ? 1 : 0)
  defer { Bridge.table?.pointee.enable_gradients(before ? 1 : 0) }
  return try body()
}
