// The registry of operators, and what initializers are to them.

import Testing

@testable import Network

@Suite struct OperatorsRegistryTests {
  @Test func everyNameIsDescribedOnce() {
    let names = Operators.all.flatMap { op in op.names.map { [op.domain, $0] } }
    #expect(Set(names).count == names.count)
    for name in names {
      #expect(Operators.named(name[1], domain: name[0])?.names.contains(name[1]) == true)
    }
    #expect(Operators.named("Conv", domain: "ai.onnx") != nil)
    #expect(Operators.named("Conv", domain: "com.example") == nil)
    #expect(Operators.named("Einstein") == nil)
  }

  @Test func rolesOfInitializers() {
    func role(_ op: String, _ index: Int, _ tensor: TensorData) -> Initializer.Role {
      let node = Node(op, name: "n", inputs: ["a", "b", "c", "d", "e"], outputs: ["y"])
      return Operators.role(of: tensor, asInput: index, of: node)
    }
    let vector = TensorData(vector: [Float(1), 2])
    let one = TensorData(scalar: Float(1))
    #expect(role("Conv", 1, vector) == .parameter)
    #expect(role("BatchNormalization", 1, one) == .parameter)
    #expect(role("BatchNormalization", 3, vector) == .buffer)
    #expect(role("Mul", 1, vector) == .parameter)
    #expect(role("Mul", 1, one) == .constant)
    #expect(role("Reshape", 1, TensorData(vector: [Int64(2), 3])) == .constant)
    #expect(role("Dropout", 1, vector) == .constant)
    #expect(role("Mystery", 0, vector) == .parameter)
  }
}
