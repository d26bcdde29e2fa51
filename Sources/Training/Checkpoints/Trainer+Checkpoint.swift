// Saves a run so that it can go on later, to the same bytes.

import Data
import Execution
import Foundation
import OrderedCollections
import Torch

extension Trainer {
  // MARK: saving

  /// Writes the whole state of the run to one file, atomically: parameters, running statistics,
  /// masks and variables of parametrizations, the optimizer's memory, random numbers, the state of
  /// every plug-in, the place in the data and the schedule, and the metrics so far.
  ///
  /// Call it between steps: after ``run(until:)``, or from an observer of
  /// ``TrainingEvent/epoch(_:)``.
  public func saveCheckpoint(to path: String) throws(TrainingError) {
    let bytes = try checkpointFile().bytes()
    try data { () throws(DataError) in try FileBytes.write(bytes, to: path) }
    emit(.checkpoint(path: path, step: step))
  }

  /// Writes the newest checkpoint where the policy says, and keeps the one before it.
  func saveCheckpoint() throws(TrainingError) {
    guard let policy = checkpoints else { return }
    let files = FileManager.default
    do {
      try files.createDirectory(atPath: policy.folder, withIntermediateDirectories: true)
    } catch {
      throw .data(.unwritable(path: policy.folder, reason: "the folder cannot be made"))
    }
    // A second name for the newest one, so that at every moment both names stand for whole files.
    let spare = policy.previousPath + ".tmp"
    unlink(spare)
    if link(policy.path, spare) == 0 { rename(spare, policy.previousPath) }
    try saveCheckpoint(to: policy.path)
    checkpoints?.clock.restart()
  }

  private func checkpointFile() throws(TrainingError) -> CheckpointFile {
    var tensors: OrderedDictionary<String, Tensor> = [:]
    for (name, tensor) in model.parameters { tensors["parameter/\(name)"] = tensor }
    for (name, tensor) in model.buffers { tensors["buffer/\(name)"] = tensor }
    for (name, parametrization) in model.parametrizations {
      if let mask = parametrization as? Mask { tensors["mask/\(name)"] = mask.mask }
      for (variable, tensor) in parametrization.variables {
        tensors["variable/\(name):\(variable)"] = tensor
      }
    }
    for name in optimizer.state.parameters {
      for (slot, tensor) in optimizer.state.slots(of: name) {
        tensors["optimizer/\(slot)/\(name)"] = tensor
      }
    }
    for (index, plugin) in plugins.enumerated() {
      let state = try plugin.savedState()
      for (name, tensor) in state.tensors { tensors["plugin/\(index)/tensor/\(name)"] = tensor }
      tensors["plugin/\(index)/json"] = try engine { () throws(TorchError) in
        try Tensor([UInt8](state.json))
      }
    }
    tensors["random/generator"] = try engine { () throws(TorchError) in
      try Tensor(generator.state())
    }
    let header = CheckpointHeader(
      identity: identity, step: step, rate: context.rate, hasBegun: hasBegun,
      isComplete: isComplete, history: history, arrays: [:])
    return CheckpointFile(header: header, tensors: tensors)
  }

  private var identity: CheckpointHeader.Identity {
    CheckpointHeader.Identity(
      optimizer: optimizer.name, plugins: plugins.map(\.name), dataset: loader.dataset.name,
      examples: loader.dataset.count, batchSize: loader.batchSize, shuffles: loader.shuffles,
      dropsLast: loader.dropsLast, dataSeed: loader.seed, totalSteps: totalSteps)
  }

  // MARK: restoring

  /// Takes up the state of a run that was saved, so that ``run(until:)`` goes on with it.
  ///
  /// The trainer must be made as the one that saved: the same network, optimizer, data, length and
  /// plug-ins.
  ///
  /// - Throws: ``TrainingError/notACheckpoint(path:reason:)``,
  ///   ``TrainingError/checkpointVersion(path:found:supported:)``,
  ///   ``TrainingError/checkpointMismatch(what:expected:found:)``.
  public func restore(from path: String) throws(TrainingError) {
    try restore(CheckpointFile(path: path))
  }

  /// Takes up the newest checkpoint of a folder that can be read; false where there is none.
  ///
  /// - Throws: the error of the newest one where the previous one cannot be read either.
  @discardableResult
  public func restore(fromFolder folder: String) throws(TrainingError) -> Bool {
    let (newest, previous) = (
      CheckpointPolicy.newest(in: folder), CheckpointPolicy.previous(in: folder)
    )
    let files = FileManager.default
    guard files.fileExists(atPath: newest) || files.fileExists(atPath: previous) else {
      return false
    }
    let file: CheckpointFile
    do throws(TrainingError) { file = try CheckpointFile(path: newest) } catch {
      guard let older = try? CheckpointFile(path: previous) else { throw error }
      file = older
    }
    try restore(file)
    return true
  }

  private func restore(_ file: CheckpointFile) throws(TrainingError) {
    try check(file.header.identity)
    var parts: [String: OrderedDictionary<String, Tensor>] = [:]
    for (name, tensor) in file.tensors {
      let words = name.split(separator: "/", maxSplits: 1).map(String.init)
      parts[words[0], default: [:]][words.count > 1 ? words[1] : ""] = tensor
    }
    try copy(parts["parameter"] ?? [:], into: model.parameters, "parameters")
    try copy(parts["buffer"] ?? [:], into: model.buffers, "buffers")
    try restoreMasks(parts["mask"] ?? [:])
    try restoreOptimizer(parts["optimizer"] ?? [:])
    if let state = parts["random"]?["generator"] {
      try engine { () throws(TorchError) in try generator.restore(state.bytes()) }
    }
    context.step = file.header.step
    context.epoch = max(file.header.step - 1, 0) / loader.batchesPerEpoch
    context.rate = file.header.rate
    hasBegun = file.header.hasBegun
    isComplete = file.header.isComplete
    history = file.header.history
    if hasBegun { try restorePlugins(parts["plugin"] ?? [:]) }
    var variables: OrderedDictionary<String, Tensor> = [:]
    for (name, parametrization) in model.parametrizations {
      for (variable, tensor) in parametrization.variables {
        variables["\(name):\(variable)"] = tensor
      }
    }
    try copy(parts["variable"] ?? [:], into: variables, "variables of parametrizations")
  }

  private func check(_ saved: CheckpointHeader.Identity) throws(TrainingError) {
    let own = identity
    let comparisons: [(String, String, String)] = [
      ("the optimizer", own.optimizer, saved.optimizer),
      ("the list of plug-ins", "\(own.plugins)", "\(saved.plugins)"),
      ("the data set", own.dataset, saved.dataset),
      ("the number of examples", "\(own.examples)", "\(saved.examples)"),
      ("the batch size", "\(own.batchSize)", "\(saved.batchSize)"),
      ("shuffling", "\(own.shuffles)", "\(saved.shuffles)"),
      ("dropping the last batch", "\(own.dropsLast)", "\(saved.dropsLast)"),
      ("the seed of the data", "\(own.dataSeed)", "\(saved.dataSeed)"),
      ("the number of steps", "\(own.totalSteps)", "\(saved.totalSteps)"),
    ]
    for (what, own, saved) in comparisons where own != saved {
      throw .checkpointMismatch(what: what, expected: own, found: saved)
    }
  }

  /// Copies saved tensors into those of the same names, all of which must be there.
  private func copy(
    _ saved: OrderedDictionary<String, Tensor>, into own: OrderedDictionary<String, Tensor>,
    _ what: String
  ) throws(TrainingError) {
    guard Set(saved.keys) == Set(own.keys) else {
      throw .checkpointMismatch(
        what: "the list of \(what)", expected: "\(own.keys.sorted())",
        found: "\(saved.keys.sorted())")
    }
    for (name, tensor) in own {
      guard let source = saved[name], source.shape == tensor.shape, source.type == tensor.type
      else {
        throw .checkpointMismatch(
          what: "'\(name)' of the \(what)", expected: tensor.signature,
          found: saved[name]?.signature ?? "missing")
      }
      try engine { () throws(TorchError) in
        try withoutGradients { () throws(TorchError) in _ = try tensor.copyInPlace(source) }
      }
    }
  }

  /// Puts exactly the saved masks in place; other parametrizations are their plug-ins' business.
  private func restoreMasks(_ saved: OrderedDictionary<String, Tensor>) throws(TrainingError) {
    for (name, parametrization) in model.parametrizations
    where parametrization is Mask && saved[name] == nil {
      model.parametrizations[name] = nil
    }
    for (name, mask) in saved {
      guard let parameter = model.parameters[name] else {
        throw .checkpointMismatch(
          what: "the mask of '\(name)'", expected: "a parameter of that name", found: "none")
      }
      let held = (model.parametrizations[name] as? Mask)?.held
      model.parametrizations[name] = Mask(try laidOut(mask, like: parameter), held: held)
    }
  }

  private func restoreOptimizer(_ saved: OrderedDictionary<String, Tensor>) throws(TrainingError) {
    optimizer.state.forgetAll()
    for (name, tensor) in saved {
      let words = name.split(separator: "/", maxSplits: 1).map(String.init)
      guard words.count == 2 else { continue }
      let parameter = model.parameters[words[1]]
      optimizer.state[words[1], words[0]] = try laidOut(tensor, like: parameter ?? tensor)
    }
  }

  private func restorePlugins(_ saved: OrderedDictionary<String, Tensor>) throws(TrainingError) {
    for (index, plugin) in plugins.enumerated() {
      var tensors: OrderedDictionary<String, Tensor> = [:]
      let prefix = "\(index)/tensor/"
      for (name, tensor) in saved where name.hasPrefix(prefix) {
        tensors[String(name.dropFirst(prefix.count))] = tensor
      }
      let json = try engine { () throws(TorchError) in try saved["\(index)/json"]?.bytes() ?? [] }
      try plugin.restore(
        PluginState(tensors: tensors, json: Foundation.Data(json)), in: context)
    }
  }

  /// A copy on the model's device; in the memory layout of `other` where the shapes are the same.
  private func laidOut(_ tensor: Tensor, like other: Tensor) throws(TrainingError) -> Tensor {
    try engine { () throws(TorchError) in
      guard tensor.shape == other.shape else { return try tensor.to(device: model.device) }
      return try withoutGradients { () throws(TorchError) in
        try other.emptyLike(type: tensor.type).copyInPlace(tensor)
      }
    }
  }
}
