#!/usr/bin/env python3
"""Writes the quantized models that the tests cut: a small convolutional network, quantized by ONNX Runtime.

Usage: .venv/bin/python scripts/quantized_fixtures.py [FOLDER]
"""

import os
import sys
import tempfile

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import (
    CalibrationDataReader, QuantFormat, QuantType, quantize_dynamic, quantize_static,
)


def network():
    rng = np.random.default_rng(5)
    weights = {
        "first.weight": rng.normal(size=(8, 3, 3, 3)) * 0.3,
        "first.bias": rng.normal(size=8) * 0.1,
        "deep.weight": rng.normal(size=(8, 1, 3, 3)) * 0.4,
        "deep.bias": rng.normal(size=8) * 0.1,
        "second.weight": rng.normal(size=(12, 8, 1, 1)) * 0.4,
        "second.bias": rng.normal(size=12) * 0.1,
        "hidden.weight": rng.normal(size=(48, 10)) * 0.2,
        "out.weight": rng.normal(size=(10, 4)) * 0.3,
    }
    nodes = [
        helper.make_node("Conv", ["x", "first.weight", "first.bias"], ["first"], pads=[1] * 4),
        helper.make_node("Relu", ["first"], ["r1"]),
        helper.make_node("Conv", ["r1", "deep.weight", "deep.bias"], ["deep"], pads=[1] * 4, group=8),
        helper.make_node("Relu", ["deep"], ["r2"]),
        helper.make_node("Conv", ["r2", "second.weight", "second.bias"], ["second"]),
        helper.make_node("Relu", ["second"], ["r3"]),
        helper.make_node("MaxPool", ["r3"], ["pool"], kernel_shape=[4, 4], strides=[4, 4]),
        helper.make_node("Flatten", ["pool"], ["flat"]),
        helper.make_node("MatMul", ["flat", "hidden.weight"], ["hidden"]),
        helper.make_node("Relu", ["hidden"], ["r4"]),
        helper.make_node("MatMul", ["r4", "out.weight"], ["y"]),
    ]
    graph = helper.make_graph(
        nodes, "quantized",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", 3, 8, 8])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["batch", 4])],
        [numpy_helper.from_array(w.astype(np.float32), n) for n, w in weights.items()])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 9
    onnx.checker.check_model(model)
    return model


class Samples(CalibrationDataReader):
    def __init__(self):
        rng = np.random.default_rng(6)
        self.samples = iter(
            [{"x": rng.normal(size=(4, 3, 8, 8)).astype(np.float32)} for _ in range(8)])

    def get_next(self):
        return next(self.samples, None)


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else "Tests/Fixtures/Quantized"
    os.makedirs(folder, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        source = os.path.join(scratch, "float.onnx")
        onnx.save(network(), source)
        for name, kind, per_channel, weights in [
            ("qdq-per-channel", QuantFormat.QDQ, True, QuantType.QInt8),
            ("qdq-uint8", QuantFormat.QDQ, False, QuantType.QUInt8),
            ("qoperator", QuantFormat.QOperator, True, QuantType.QInt8),
        ]:
            quantize_static(
                source, os.path.join(folder, name + ".onnx"), Samples(), quant_format=kind,
                per_channel=per_channel, weight_type=weights, activation_type=QuantType.QUInt8)
        quantize_dynamic(source, os.path.join(folder, "dynamic.onnx"), weight_type=QuantType.QUInt8)


if __name__ == "__main__":
    main()
