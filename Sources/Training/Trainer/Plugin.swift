// How methods hook into training: the protocol of plug-ins.

import Foundation
import OrderedCollections
import Torch

/// Something that takes part in training without the trainer knowing of it: masks, penalties, gates,
/// schedules of pruning, records.
///
/// All hooks do nothing unless a plug-in says otherwise. Plug-ins run in the order in which they were
/// given to the trainer. Hooks run with recording on, as they are; what changes parameters in place
/// does it inside `withoutGradients`. A plug-in reports its own failures as
/// ``TrainingError/plugin(name:reason:)``.
public protocol Plugin: AnyObject {
  /// The name in messages and checkpoints; the type's name unless stated.
  var name: String { get }

  /// Values inside the network that the plug-in wants to see at each step, by name; they stand in
  /// ``TrainingContext/observed`` from the forward pass on.
  var observedValues: Set<String> { get }

  /// Once, before the first step. A run that goes on from a checkpoint calls
  /// ``restore(_:in:)-(PluginState,_)`` in its place.
  func beforeRun(_ context: TrainingContext) throws(TrainingError)

  /// Before each forward pass; may change ``TrainingContext/rate``.
  func beforeStep(_ context: TrainingContext) throws(TrainingError)

  /// When the loss is known; may add terms to it.
  func onLoss(_ loss: inout Tensor, _ context: TrainingContext) throws(TrainingError)

  /// When the gradients are known (and clipped); may replace, add or remove them by name.
  ///
  /// A tensor may be the gradient of two parameters: replace tensors, don't change them in place.
  func afterBackward(
    _ gradients: inout OrderedDictionary<String, Tensor>, _ context: TrainingContext
  ) throws(TrainingError)

  /// When the optimizer has changed the parameters.
  func afterStep(_ context: TrainingContext) throws(TrainingError)

  /// After the last step of each whole epoch, and after that step's ``afterStep(_:)``.
  func afterEpoch(_ context: TrainingContext) throws(TrainingError)

  /// Before the network is evaluated at the end of an epoch, where it is; may put other values in place of
  /// the parameters, which ``afterEvaluation(_:)`` takes away again.
  func beforeEvaluation(_ context: TrainingContext) throws(TrainingError)

  /// After that evaluation; plug-ins are asked in reverse order.
  func afterEvaluation(_ context: TrainingContext) throws(TrainingError)

  /// Once, when the run is complete.
  func afterRun(_ context: TrainingContext) throws(TrainingError)

  /// Everything that the plug-in needs to go on later as if nothing had happened.
  func savedState() throws(TrainingError) -> PluginState

  /// Takes up a saved state, before the run goes on.
  ///
  /// The parameters, masks, optimizer and random numbers are restored by then. Install here what
  /// `beforeRun(_:)` would install, parametrizations for example: the values of their variables are
  /// restored afterwards.
  func restore(_ state: PluginState, in context: TrainingContext) throws(TrainingError)
}

extension Plugin {
  public var name: String { "\(type(of: self))" }
  public var observedValues: Set<String> { [] }
  public func beforeRun(_ context: TrainingContext) throws(TrainingError) {}
  public func beforeStep(_ context: TrainingContext) throws(TrainingError) {}
  public func onLoss(_ loss: inout Tensor, _ context: TrainingContext) throws(TrainingError) {}
  public func afterBackward(
    _ gradients: inout OrderedDictionary<String, Tensor>, _ context: TrainingContext
  ) throws(TrainingError) {}
  public func afterStep(_ context: TrainingContext) throws(TrainingError) {}
  public func afterEpoch(_ context: TrainingContext) throws(TrainingError) {}
  public func beforeEvaluation(_ context: TrainingContext) throws(TrainingError) {}
  public func afterEvaluation(_ context: TrainingContext) throws(TrainingError) {}
  public func afterRun(_ context: TrainingContext) throws(TrainingError) {}
  public func savedState() throws(TrainingError) -> PluginState { PluginState() }
  public func restore(
    _ state: PluginState, in context: TrainingContext
  ) throws(TrainingError) {}
}

/// What a plug-in keeps in a checkpoint: tensors by name, and any `Codable` value.
public struct PluginState {
  /// Tensors by name; restored on the processor.
  public var tensors: OrderedDictionary<String, Tensor>
  /// A value as JSON; empty where there is none.
  public private(set) var json: Data

  /// A state of tensors only.
  public init(tensors: OrderedDictionary<String, Tensor> = [:]) {
    self.tensors = tensors
    json = Data()
  }

  /// A state of a value and tensors.
  ///
  /// - Throws: ``TrainingError/plugin(name:reason:)`` for a value that JSON cannot hold, such as an
  ///   infinite number.
  public init(
    _ value: some Encodable, tensors: OrderedDictionary<String, Tensor> = [:]
  ) throws(TrainingError) {
    self.tensors = tensors
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    do { json = try encoder.encode(value) } catch {
      throw .plugin(name: "\(type(of: value))", reason: "its state cannot be saved: \(error)")
    }
  }

  init(tensors: OrderedDictionary<String, Tensor>, json: Data) {
    self.tensors = tensors
    self.json = json
  }

  /// The value that was saved.
  ///
  /// - Throws: ``TrainingError/plugin(name:reason:)`` where another kind of value was saved.
  public func value<Value: Decodable>(
    as type: Value.Type = Value.self
  ) throws(TrainingError) -> Value {
    do { return try JSONDecoder().decode(type, from: json) } catch {
      throw .plugin(name: "\(type)", reason: "its saved state cannot be read: \(error)")
    }
  }
}
