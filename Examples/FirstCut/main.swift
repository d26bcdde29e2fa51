// Cuts a network to half of its multiply-accumulates, proves the cut and writes it.
import Bonsai

let network = try Architectures.named("resnet-20").network(seed: 1)
let pruner = Pruner(
  criterion: L2(), allocation: Global(), target: try Target(parsing: "macs=0.5"))

let plan = try pruner.plan(for: network)
let small = try network.cut(keeping: plan.kept)
let masked = try network.masked(keeping: plan.kept)
let proof = try Equivalence.check(masked, small)

print("MACs \(plan.before.macs) -> \(plan.after.macs)")
print("masked against cut: at most \(proof.maxAbsDiff) apart")
try ONNXModel(small).write(to: "small.onnx", opset: 17)
