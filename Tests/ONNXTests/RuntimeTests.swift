// What is written passes ONNX's own checker and runs in ONNX Runtime, in every operator set alike.

import Foundation
import Network
import OrderedCollections
import Testing

@testable import ONNX

@Suite(.needsPython) struct RuntimeTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Checks models, runs those of one line on the same inputs, and demands the same outputs of them.
  static let sameOutputs = """
    import sys, numpy, onnx, onnxruntime
    for line in sys.argv[1:]:
        first = None
        for path in line.splitlines():
            onnx.checker.check_model(path, full_check=True)
            session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
            random = numpy.random.default_rng(0)
            feeds = {}
            for value in session.get_inputs():
                shape = [n if isinstance(n, int) else 2 for n in value.shape]
                feeds[value.name] = (random.integers(0, 100, shape) if value.type == "tensor(int64)"
                    else random.standard_normal(shape).astype(numpy.float32))
            outputs = session.run(None, feeds)
            assert outputs and all(numpy.isfinite(x).all() and x.size for x in outputs), path
            if first is None: first = outputs
            for a, b in zip(first, outputs, strict=True):
                numpy.testing.assert_array_equal(a, b, err_msg=path)
        print(len(line.splitlines()))
    """

  /// Writes a network as it is, for 17 and for 21, with its weights beside it, and there and back.
  func written(_ network: Network) throws -> String {
    let model = ONNXModel(network)
    let forms = ["own", "17", "21", "beside", "back"].map { folder("\(network.name)-\($0).onnx") }
    try model.write(to: forms[0])
    try model.write(to: forms[1], opset: 17)
    try model.write(to: forms[2], opset: 21, valueInfo: false)
    try model.write(to: forms[3], externalData: .always(minimumBytes: 100))
    try ONNXModel(path: forms[2]).write(to: forms[4], opset: 17)
    return forms.joined(separator: "\n")
  }

  @Test func allFormsOfANetworkComputeTheSame() throws {
    var networks = [try Samples.residual()]
    for name in ["lenet-5", "resnet-20", "se-resnet-20", "mobilenet-v1-cifar", "lstm", "lstm-imdb"]
    {
      networks.append(try Architectures.named(name).network(seed: 1))
    }
    let output = try Python.run(Self.sameOutputs, try networks.map(written))
    #expect(output == String(repeating: "5\n", count: 7))
  }

  @Test func weightsAreTheSameBitsToAnotherReader() throws {
    var network = Network(name: "n", opsets: ["": 24])
    for type in ElementType.allCases where type != .string {
      let bytes = (0..<type.byteCount(of: 4)).map { UInt8($0 * 29 % 256) }
      network.initializers["\(type)"] = Initializer(
        try TensorData(type: type, shape: [4], bytes: Bytes(bytes)), role: .constant)
    }
    try ONNXModel(network).write(to: folder("types.onnx"))
    let output = try Python.run(
      """
      import sys, onnx
      from onnx import numpy_helper
      for t in onnx.load(sys.argv[1]).graph.initializer:
          assert t.dims == [4] and numpy_helper.to_array(t).shape == (4,), t.name
          print(t.name, t.data_type, t.raw_data.hex())
      """, [folder("types.onnx")])
    let expected = network.initializers.map { name, initializer in
      let hex = initializer.tensor.bytes.array.map { byte in
        (byte < 16 ? "0" : "") + String(byte, radix: 16)
      }
      return "\(name) \(initializer.tensor.type.rawValue) \(hex.joined())\n"
    }
    #expect(output == expected.joined())
  }

  @Test func modelsOfAnotherWriterComeBackEqual() throws {
    // A model from ONNX's own helpers: typed data, an If, a function, a sparse initializer.
    let output = try Python.run(
      """
      import sys, numpy as np, onnx
      from onnx import helper as h, TensorProto as T
      x = h.make_tensor_value_info("x", T.FLOAT, ["n", 2])
      y = h.make_tensor_value_info("y", T.FLOAT, None)
      def branch(op):
          return h.make_graph([h.make_node(op, ["t"], [op])], op, [],
              [h.make_tensor_value_info(op, T.FLOAT, None)])
      twice = h.make_function("local", "Twice", ["a"], ["b"], [h.make_node("Add", ["a", "a"], ["b"])],
          [h.make_opsetid("", 17)])
      graph = h.make_graph([
          h.make_node("Add", ["x", "w"], ["s"], name="s"),
          h.make_node("Twice", ["s"], ["t"], domain="local"),
          h.make_node("If", ["c"], ["y"], then_branch=branch("Neg"), else_branch=branch("Exp"))],
          "g", [x], [y],
          [h.make_tensor("w", T.FLOAT, [2], [0.5, -1.5]), h.make_tensor("c", T.BOOL, [], [1]),
           h.make_tensor("h", T.FLOAT16, [2], [1, 2]), h.make_tensor("i", T.INT4, [3], [1, -2, 3])],
          doc_string="a graph")
      graph.sparse_initializer.append(h.make_sparse_tensor(
          h.make_tensor("sparse", T.FLOAT, [1], [3]), h.make_tensor("i", T.INT64, [1], [1]), [4]))
      onnx.save(h.make_model(graph, functions=[twice],
          opset_imports=[h.make_opsetid("", 17), h.make_opsetid("local", 1)]), sys.argv[1])
      """, [folder("theirs.onnx")])
    #expect(output.isEmpty, "\(output)")
    let model = try ONNXModel(path: folder("theirs.onnx"))
    #expect(model.network.initializers["w"]?.tensor == TensorData(vector: [0.5, -1.5] as [Float]))
    #expect(model.network.initializers["i"]?.tensor.bytes == Bytes([0xE1, 0x03]))
    try model.write(to: folder("ours.onnx"))
    let same = try Python.run(
      """
      import sys, onnx
      from onnx import numpy_helper
      a, b = map(onnx.load, sys.argv[1:])
      for m in a, b:
          for i, t in enumerate(m.graph.initializer):
              t.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(t), t.name))
      print(a == b, len(b.functions), len(b.graph.sparse_initializer))
      """, [folder("theirs.onnx"), folder("ours.onnx")])
    #expect(same == "True 1 1\n")
  }
}

@Suite(.needsPython) struct OperatorHistoryTests {
  /// The history that is written down is that of the ONNX package's own definitions.
  @Test func theHistoryOfOperatorsIsComplete() throws {
    let output = try Python.run(
      """
      from collections import defaultdict
      from onnx import defs, helper
      history = defaultdict(dict)
      for schema in defs.get_all_schemas_with_history():
          if schema.domain == "" and schema.since_version <= 24:
              history[schema.name][schema.since_version] = schema
      def default(a):
          return helper.get_attribute_value(a.default_value) if a.default_value.type else None
      def signature(s):
          return ({a.name: (str(a.type), a.required, default(a)) for a in s.attributes.values()},
                  [str(i.option) for i in s.inputs], [str(o.option) for o in s.outputs])
      for name, versions in sorted(history.items()):
          order = sorted(versions)
          changes = [f"{order[0]}+"] if order[0] > 13 else []
          changes += [str(b) for a, b in zip(order, order[1:])
                      if b > 13 and signature(versions[a]) != signature(versions[b])]
          print(name, *changes)
      """)
    let lines = output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
    #expect(lines.count > 150)
    for line in lines {
      var known: [String] = []
      // Of the versions before 14 only what is converted is listed.
      for (version, change) in OperatorHistory.changes(of: line[0]) where version > 13 {
        switch change {
        case .values: continue
        case .added: known.append("\(version)+")
        default: known.append("\(version)")
        }
      }
      // Several attributes may come with one version.
      let versions = known.enumerated().filter {
        $0.offset == 0 || known[$0.offset - 1] != $0.element
      }
      #expect(versions.map(\.element) == Array(line.dropFirst()), "\(line[0])")
    }
  }
}
