#!/usr/bin/env python3
"""Writes small models for `make fuzz` to start from: those of the ONNX project's backend tests.

Each node test is written as it is, and once more with its inputs but the first given as
initializers, so that there are weights and lists of sizes for a plan to change. With --check the
models that `Fuzz copy` made of them are compared with the originals instead: reading and writing
must not change what a model says.
"""

import argparse
import pathlib
import sys
import warnings

import ml_dtypes  # noqa: F401  (teaches NumPy the narrow types)
import numpy as np
import onnx
from onnx import numpy_helper

DATA = pathlib.Path(onnx.__file__).parent / "backend" / "test" / "data"
LARGEST = 1 << 14


def node_models():
    from onnx.backend.test.case.node import collect_testcases
    for case in collect_testcases(None):
        yield f"node-{case.name}", case.model
        model = onnx.ModelProto()
        model.CopyFrom(case.model)
        sets = case.data_sets
        values = list(sets[0][0]) if sets else []
        constant = {}
        for value, info in list(zip(values, model.graph.input))[1:]:
            try:
                tensor = value if isinstance(value, onnx.TensorProto) else numpy_helper.from_array(
                    np.asarray(value), info.name)
            except (TypeError, ValueError, NotImplementedError):
                continue
            constant[info.name] = tensor
        if constant:
            free = [info for info in model.graph.input if info.name not in constant]
            # Before version 4 an initializer had to be an input too.
            model.ir_version = max(model.ir_version, 4)
            del model.graph.input[:]
            model.graph.input.extend(free)
            for name, tensor in constant.items():
                tensor.name = name
                model.graph.initializer.append(tensor)
            yield f"fixed-{case.name}", model


def stored_models():
    for kind in ("simple", "pytorch-converted", "pytorch-operator"):
        for path in sorted((DATA / kind).glob("*/model.onnx")):
            yield f"{kind}-{path.parent.name}", onnx.load(path)


def write(folder):
    warnings.simplefilter("ignore")
    folder.mkdir(parents=True, exist_ok=True)
    count = 0
    for models in (node_models(), stored_models()):
        for name, model in models:
            encoded = model.SerializeToString()
            if len(encoded) <= LARGEST:
                (folder / f"{name}.onnx").write_bytes(encoded)
                count += 1
    print(f"{count} models in {folder}")


def as_raw(tensor):
    """Brings a tensor's elements into `raw_data`, where Bonsai writes them."""
    if tensor.data_type in (onnx.TensorProto.STRING, onnx.TensorProto.UNDEFINED):
        return
    if tensor.HasField("raw_data") or tensor.data_location == onnx.TensorProto.EXTERNAL:
        return
    kept = onnx.TensorProto()
    kept.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(tensor)))
    for field in ("float_data", "int32_data", "int64_data", "double_data", "uint64_data"):
        tensor.ClearField(field)
    tensor.raw_data = kept.raw_data


def normalise(graph):
    for tensor in graph.initializer:
        as_raw(tensor)
    for node in graph.node:
        for attribute in node.attribute:
            for tensor in [attribute.t] * attribute.HasField("t") + list(attribute.tensors):
                as_raw(tensor)
            for inner in [attribute.g] * attribute.HasField("g") + list(attribute.graphs):
                normalise(inner)


def check(folder, copies):
    """Compares each model with its copy, field by field."""
    same, other, refused = 0, [], []
    for path in sorted(folder.glob("*.onnx")):
        copy = copies / path.name
        if not copy.exists():
            refused.append(path.name)
            continue
        a, b = onnx.load(path), onnx.load(copy)
        normalise(a.graph)
        normalise(b.graph)
        if a == b:
            same += 1
        else:
            other.append(path.name)
    print(f"{same} models are the same after reading and writing, {len(other)} are not, "
          f"{len(refused)} were refused")
    for name in other:
        print(f"  changed: {name}")
    for name in refused:
        print(f"  refused: {name}")
    return not other


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=pathlib.Path, help="where the models are written")
    parser.add_argument("--check", type=pathlib.Path, metavar="COPIES",
                        help="compare the models with these copies instead")
    options = parser.parse_args()
    if options.check:
        sys.exit(0 if check(options.folder, options.check) else 1)
    write(options.folder)


if __name__ == "__main__":
    main()
