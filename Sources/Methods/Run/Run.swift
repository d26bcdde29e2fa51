// A run: a recipe being carried out in a folder, task by task, with its state saved between them.

import Data
import Execution
import Foundation
import Network
import ONNX
import Pruning
import Torch
import Training

/// A recipe being carried out in a folder.
///
/// The folder holds the recipe, each stage's model, `model.onnx`, `metrics.jsonl`, `result.json` and
/// `checkpoint/`. After every task the state is saved atomically; a run that was killed goes on from
/// there (inside a training task, from the trainer's own checkpoint) and ends in the same bytes.
public struct Run {
  /// The recipe.
  public let recipe: Recipe
  /// The folder.
  public let folder: RunFolder
  /// Where all random numbers start.
  public let seed: UInt64
  /// The data set; `nil` where no task needs one.
  public let data: DatasetSource?
  /// How the run was asked for, word by word.
  public let command: [String]
  /// Who is told what happens.
  public let observer: any RunObserver
  /// Where it is computed.
  public let device: Device
  /// How often a training task saves where it stands, in seconds.
  public var checkpointSeconds = 20.0
  /// Whether the models before and after are timed at the end.
  public var measuresLatency = true

  /// The network as it is now.
  public var network: Network {
    get { source.network }
    set {
      source.network = newValue
      findings.evaluation = nil
    }
  }
  /// The network as it was when the first unit was about to leave.
  public private(set) var reference: Network?
  /// The single weights that stay.
  public var masks = ElementMasks()
  /// The networks that are kept under marks, by the marks' names.
  var marks: [String: MarkedNetwork] = [:]
  /// What has been found out so far.
  var findings = Findings()
  /// Which task is being done.
  private(set) var taskIndex = 0

  /// The network, and what the file it came from says beside it: that goes into every file written.
  private var source: ONNXModel
  /// Keeps other processes away from the folder.
  private let lock: FileLock?
  private let parent: String?
  private let tasks: [(stage: Int, task: any RunTask)]

  /// Prepares a run.
  ///
  /// - Parameters:
  ///   - recipe: what to do.
  ///   - folder: where; made if need be.
  ///   - model: an ONNX file to start from instead of the recipe's network.
  ///   - data: the data set's name or path instead of the recipe's.
  ///   - locations: where data sets are looked for.
  ///   - seed: instead of the recipe's.
  ///   - resume: go on with what the folder holds, if anything; otherwise it must hold no run.
  /// - Throws: ``RecipeError`` and the errors of the rooms below; the folder is then as it was.
  ///   ``RecipeError/runFolder(path:reason:)`` while another process carries out a run in it.
  public init(
    _ recipe: Recipe, in folder: String, model: String? = nil, data: String? = nil,
    locations: DataLocations = .standard, seed: UInt64? = nil, device: Device = .cpu,
    resume: Bool = false, command: [String] = [],
    observer: any RunObserver = SilentRunObserver()
  ) throws {
    self.device = device
    self.recipe = recipe
    self.seed = seed ?? recipe.seed
    self.command = command
    self.observer = observer
    do {
      self.data = try (data ?? recipe.data).map { try DatasetCatalog.source($0, in: locations) }
    } catch {
      if data != nil { throw error }
      throw RecipeError.stage(name: "\(recipe.dataPlace)", cause: error)
    }
    parent = try model.map { try FileBytes.sha256(of: $0) }
    let identity = RunIdentity(
      recipe: recipe.source, seed: self.seed, data: self.data?.name, model: parent)
    let lock = try RunFolder.lock(folder)
    let place = try RunFolder(folder, of: identity, resume: resume)
    self.folder = place
    tasks = recipe.stages.enumerated().flatMap { index, stage in
      stage.tasks.map { (index, $0) }
    }
    if let saved = try place.savedState() {
      taskIndex = saved.next
      findings = saved.findings
      masks = saved.masks
      let now = try ONNXModel(path: place.path(saved.network)).network
      if let model { source = try ONNXModel(path: model) } else { source = ONNXModel(now) }
      source.network = now
      reference = try saved.reference.map { try ONNXModel(path: place.path($0)).network }
      marks = try saved.marks.mapValues { file in
        MarkedNetwork(network: try ONNXModel(path: place.path(file)).network, file: file)
      }
    } else if let model {
      source = try ONNXModel(path: model)
    } else if let built = try recipe.network(seed: self.seed) {
      source = ONNXModel(built)
    } else {
      throw RecipeError.combination(
        at: RecipeError.Place(
          file: recipe.place.file, line: recipe.place.line, path: "network"),
        reason: "the recipe names no network; give a model with --model FILE")
    }
    if taskIndex == 0 {
      marks = try Self.marks(
        of: recipe, beginningWith: source.network, isOwn: model == nil, seed: self.seed)
      try recipe.rehearse(
        Rehearsal(
          network: source.network, marks: marks.mapValues(\.network), data: self.data,
          seed: self.seed))
    }
    self.lock = try place.begin(identity, holding: lock)
    if taskIndex == 0, model != nil, recipe.initialization != nil {
      note("initialization: of no account, as the weights are those of the model given")
    }
  }

  /// The seed of the task that is being done: each has its own.
  var taskSeed: UInt64 {
    var state = RandomState(seed: seed, keys: UInt64(taskIndex))
    return state.next()
  }

  /// Does everything that is left to do and gives the result, which is also in the folder. Other processes
  /// may use the folder afterwards.
  ///
  /// - Throws: ``RecipeError/stage(name:cause:)`` where a task fails.
  public mutating func perform() throws -> RunResult {
    defer { lock?.release() }
    if let result = try folder.finishedResult() {
      try folder.clearFinished()
      return result
    }
    while taskIndex < tasks.count {
      try performTask()
      try save()
    }
    let result = try conclude()
    try folder.finish(result)
    return result
  }

  /// The stages before that of the task in hand.
  var doneStages: ArraySlice<any Stage> { recipe.stages.prefix(tasks[taskIndex].stage) }

  /// Says something that whoever reads the result should know; it stands there too.
  mutating func note(_ text: String) {
    findings.notes = (findings.notes ?? []) + [text]
    observer.noted(text)
  }

  /// Does the next task, and writes the stage's model where it is the stage's last.
  private mutating func performTask() throws {
    let (stage, task) = tasks[taskIndex]
    observer.taskBegan(task.title, index: taskIndex, of: tasks.count)
    let start = ContinuousClock.now
    let measured: Evaluation?
    do { measured = try task.perform(in: &self) } catch let error as RecipeError
      where error.hasPlace
    {
      // It says where already.
      throw error
    } catch {
      throw RecipeError.stage(name: "\(recipe.places[stage]).\(task.title)", cause: error)
    }
    let cost = try network.cost().total
    let done = RunResult.Task(
      title: task.title, seconds: (ContinuousClock.now - start) / .seconds(1),
      accuracy: measured?.accuracy, loss: measured?.loss, params: cost.parameters, macs: cost.macs,
      sparsity: network.weightSparsity,
      measures: findings.measures.isEmpty ? nil : findings.measures)
    findings.measures = [:]
    findings.tasks.append(done)
    taskIndex += 1
    let isLastOfStage = taskIndex == tasks.count || tasks[taskIndex].stage != stage
    if isLastOfStage, recipe.stages[stage].changesNetwork {
      let file = try export("\(stage + 1)-\(type(of: recipe.stages[stage]).name)")
      if reference == nil { findings.before = file }
    }
    observer.taskEnded(done)
  }

  private func save() throws {
    try folder.save(
      RunFolder.State(
        next: taskIndex, network: "checkpoint/network-\(taskIndex).onnx",
        reference: reference == nil ? nil : "checkpoint/reference.onnx", masks: masks,
        marks: marks.mapValues(\.file), findings: findings),
      model: source, reference: reference, marks: marks)
  }

  /// Keeps the network as what it is before its first unit leaves, and gives it.
  mutating func beginPruning() throws -> Network {
    if let reference { return reference }
    if findings.before == nil { findings.before = try export("0-start") }
    reference = network
    findings.referenceEvaluation = findings.evaluation
    return network
  }

  /// The model to write of a network, with its provenance.
  func model(of network: Network) -> ONNXModel {
    var model = source
    model.network = network.closingSamplers()
    if parent == nil { model.producer = ("Bonsai", Version.current) }
    model.network.setProvenance(
      Provenance(version: Version.current, recipe: recipe.source, seed: seed, parent: parent))
    return model
  }

  /// Writes the network as it is now, or another form of it, as `name.onnx`, with its provenance.
  @discardableResult
  mutating func export(
    _ name: String, _ form: Network? = nil, opset: Int? = nil
  ) throws -> String {
    let file = "\(name).onnx"
    try model(of: form ?? network).write(to: folder.path(file), opset: opset)
    if !findings.files.contains(file) { findings.files.append(file) }
    return file
  }
}
