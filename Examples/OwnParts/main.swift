// A recipe with a criterion, a schedule and a penalty that the library has never heard of.

import Bonsai

let text = """
  id: own-parts
  network: lenet-300-100
  data: mnist
  stages:
    - train:
        epochs: 1
        optimizer: {sgd: {rate: 0.1, momentum: 0.9}}
        penalty: {weight-l1: {strength: 1e-5}}
    - prune: {criterion: peak, target: {params: 0.5}, schedule: {halving: {steps: 3}}}
    - train: {epochs: 1, optimizer: {sgd: {rate: 0.05, momentum: 0.9}}}
  """

try Vocabulary.with(criteria: [Peak.self], schedules: [Halving.self], penalties: [WeightL1.self]) {
  let recipe = try Recipe(parsing: text, file: "own-parts.yaml")
  var run = try Run(recipe, in: "runs/own-parts")
  let result = try run.perform()
  print("parameters \(result.params.before) -> \(result.params.after)")
  print("accuracy \(result.accuracy?.before ?? 0) -> \(result.accuracy?.after ?? 0)")
}
