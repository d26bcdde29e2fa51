// A run: a recipe being carried out in a folder, task by task, with its state saved between them.

import Data
import Execution
import Foundation
import Network
import ONNX
import Pruning
import Torch

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
  public var network: Network
  /// The network as it was when the first unit was about to leave.
  public var reference: Network?
  /// The single weights that stay.
  public var masks = ElementMasks()
  /// What has been found out so far.
  var findings = Findings()
  /// Which task is being done.
  private(set) var taskIndex = 0

  private let parent: String?
  private let tasks: [(stage: Int, task: any RunTask)]

  /// What tasks find out on the way to the result.
  struct Findings: Codable {
    var target: String?
    var achieved: Double?
    var groups: [RunResult.Group] = []
    var barriers: [RunResult.Barrier] = []
    var equivalence: RunResult.Verification?
    var tasks: [RunResult.Task] = []
    var files: [String] = []
    /// The file with the model as it was before pruning.
    var before: String?
  }

  /// Prepares a run.
  ///
  /// - Parameters:
  ///   - recipe: what to do.
  ///   - folder: where; made if need be.
  ///   - model: an ONNX file to start from instead of the recipe's network.
  ///   - data: the data set's name or path instead of the recipe's.
  ///   - locations: where data sets are looked for.
  ///   - seed: instead of the recipe's.
  ///   - resume: go on with what the folder holds; otherwise the folder must hold no run.
  /// - Throws: ``RecipeError`` and the errors of the rooms below.
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
    self.folder = try RunFolder(folder, recipe: recipe, seed: self.seed, resume: resume)
    let name = data ?? recipe.data
    self.data = try name.map { try DatasetCatalog.source($0, in: locations) }
    if let model {
      network = try ONNXModel(path: model).network
      parent = try FileBytes.sha256(of: model)
    } else if let architecture = recipe.network {
      network = try Architectures.named(architecture).network(seed: self.seed)
      parent = nil
    } else {
      throw RecipeError.combination(
        at: RecipeError.Place(file: recipe.id, line: 1, path: "network"),
        reason: "the recipe names no network; give a model with --model FILE")
    }
    tasks = recipe.stages.enumerated().flatMap { index, stage in
      stage.tasks.map { (index, $0) }
    }
    if resume, let saved = try self.folder.savedState() {
      taskIndex = saved.next
      findings = saved.findings
      network = try ONNXModel(path: self.folder.path(saved.network)).network
      if let file = saved.reference {
        reference = try ONNXModel(path: self.folder.path(file)).network
      }
      masks = ElementMasks(kept: saved.masks)
      try self.folder.truncateMetrics(to: saved.metricsBytes)
    } else {
      try self.folder.truncateMetrics(to: 0)
    }
  }

  /// The seed of the task that is being done: each has its own.
  var taskSeed: UInt64 {
    var state = RandomState(seed: seed, keys: UInt64(taskIndex))
    return state.next()
  }

  /// Does everything that is left to do and gives the result, which is also in the folder.
  ///
  /// - Throws: ``RecipeError/stage(name:cause:)`` where a task fails.
  public mutating func perform() throws -> RunResult {
    if findings.before == nil, recipe.stages.first is PruneStage {
      findings.before = try export("0-start", opset: nil)
    }
    while taskIndex < tasks.count {
      let (stage, task) = tasks[taskIndex]
      observer.taskBegan(task.title, index: taskIndex, of: tasks.count)
      let start = ContinuousClock.now
      do { try task.perform(in: &self) } catch {
        throw RecipeError.stage(name: "stages[\(stage)].\(task.title)", cause: error)
      }
      let cost = try network.cost().total
      let seconds = (ContinuousClock.now - start) / .seconds(1)
      let last = findings.tasks.last
      var done = RunResult.Task(
        title: task.title, seconds: seconds, accuracy: nil, loss: nil, params: cost.parameters,
        macs: cost.macs)
      if let last, last.title.isEmpty {
        done.accuracy = last.accuracy
        done.loss = last.loss
        findings.tasks.removeLast()
      }
      findings.tasks.append(done)
      let isLastOfStage = taskIndex + 1 == tasks.count || tasks[taskIndex + 1].stage != stage
      if isLastOfStage, !(recipe.stages[stage] is ExportStage) {
        let name = "\(stage + 1)-\(type(of: recipe.stages[stage]).name)"
        let file = try export(name, opset: nil)
        if reference == nil { findings.before = file }
      }
      taskIndex += 1
      try save()
      observer.taskEnded(done)
    }
    let result = try conclude()
    try folder.clearCheckpoint()
    return result
  }

  /// Writes the network as it is now as `name.onnx`, with its provenance.
  @discardableResult
  mutating func export(_ name: String, opset: Int?) throws -> String {
    var model = ONNXModel(network)
    model.producer = ("Bonsai", Version.current)
    model.network.setProvenance(
      Provenance(version: Version.current, recipe: recipe.source, seed: seed, parent: parent))
    let file = "\(name).onnx"
    try model.write(to: folder.path(file), opset: opset)
    if !findings.files.contains(file) { findings.files.append(file) }
    return file
  }

  private func save() throws {
    try folder.save(
      RunFolder.State(
        next: taskIndex, network: "checkpoint/network-\(taskIndex).onnx",
        reference: reference == nil ? nil : "checkpoint/reference.onnx", masks: masks.kept,
        metricsBytes: try folder.metricsBytes(), findings: findings),
      network: network, reference: reference)
  }

  // MARK: what tasks find out

  mutating func record(
    _ plan: Plan, equivalence: Equivalence, asked: Target, originals: Network
  ) {
    findings.target = "\(asked)"
    if let cost = try? originals.cost().total {
      findings.achieved = asked.reading(before: cost, after: plan.after)
    }
    for kept in plan.kept {
      let count = kept.units.count
      if let index = findings.groups.firstIndex(where: { $0.name == kept.group.name }) {
        findings.groups[index].kept = count
      } else {
        findings.groups.append(
          RunResult.Group(name: kept.group.name, size: kept.group.size, kept: count))
      }
    }
    findings.barriers = plan.coupling.barriers.map {
      RunResult.Barrier(node: $0.node, reason: $0.reason)
    }
    if equivalence.maxAbsDiff >= findings.equivalence?.maxAbsDiff ?? -1 {
      findings.equivalence = RunResult.Verification(
        file: "masked against cut", runtime: "float64", maxAbsDiff: equivalence.maxAbsDiff,
        scale: equivalence.scale)
    }
  }

  mutating func record(_ masks: ElementMasks, asked: Target) {
    findings.target = "\(asked)"
    findings.achieved = masks.sparsity
  }

  /// Notes the accuracy and loss of the task that is being done.
  mutating func record(accuracy: Double?, loss: Double) {
    findings.tasks.append(
      RunResult.Task(title: "", seconds: 0, accuracy: accuracy, loss: loss, params: 0, macs: 0))
  }
}
