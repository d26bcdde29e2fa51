"""PyTorch's side of `make prunability`; driven by prunability.py, a request and an answer a line.

    export KEY EXPORTER FILE    the model as an ONNX file; EXPORTER is torchscript or dynamo
    prune KEY RATIO             Torch-Pruning on the model
    compare FILE FILE           whether both files run, with finite outputs of the same shapes
    latency FILE FILE SECONDS   their times in turns, one thread
    catalogue, versions, ready

Each of the first four runs in a process of its own (a fork), so that its memory is its own.

An answer is a line of JSON; one with `error` says what went wrong.
"""

import json
import logging
import os
import resource
import sys
import time
import warnings

import numpy
import torch

import prunability_models as models
import vision

OPSET = 18


def export(key, exporter, path):
    network, example = models.build(key)
    models.enliven(network, example)
    began = time.perf_counter()
    with torch.no_grad():
        finite = all(bool(y.isfinite().all()) for y in outputs(network, example))
    if not finite:
        raise ValueError("the model's outputs with these weights are not finite")
    if exporter == "dynamo":
        torch.onnx.export(network, (example,), path, dynamo=True, opset_version=OPSET,
                          external_data=large(network), verbose=False)
    else:
        torch.onnx.export(network, (example,), path, dynamo=False, opset_version=OPSET,
                          input_names=["input"], do_constant_folding=True)
        if large(network):
            gather(path)
    return {"seconds": time.perf_counter() - began, "input": list(example.shape)}


def large(network):
    """Whether the weights do not fit into one message of 2 GB."""
    return sum(p.numel() * p.element_size() for p in network.parameters()) > 1.9e9


def gather(path):
    """Puts tensors that lie in a file each into one, beside the model."""
    import onnx
    folder, name = os.path.split(path)
    model = onnx.load(path)
    single = set(os.listdir(folder)) - {name}
    onnx.save(model, path, save_as_external_data=True, location=name + ".data")
    for other in single - {name + ".data"}:
        os.unlink(os.path.join(folder, other))


def outputs(network, example):
    result = network(example)
    return result if isinstance(result, (tuple, list)) else (result,)


def prune(key, ratio):
    """Torch-Pruning to a fraction of the channels of every layer; times, and the memory of this
    process up to the pruned network."""
    import torch_pruning
    network, example = models.build(key)
    ready = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    last = [module for module in network.modules()
            if isinstance(module, (torch.nn.Linear, torch.nn.Conv2d))][-1]
    macs, parameters = torch_pruning.utils.count_ops_and_params(network, example)
    began = time.perf_counter()
    pruner = torch_pruning.pruner.BasePruner(
        network, example, importance=torch_pruning.importance.GroupMagnitudeImportance(p=2),
        pruning_ratio=ratio, ignored_layers=[last],
        num_heads={projection: module.num_heads for module, projection in attentions(network)})
    planned = time.perf_counter()
    pruner.step()
    cut = time.perf_counter()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for module, projection in attentions(network):
        # Attributes of modules stay as they are; its examples set these by hand.
        module.num_heads = pruner.num_heads[projection]
        module.head_dim = projection.out_features // (3 * module.num_heads)
        if hasattr(module, "attn_dim"):
            module.attn_dim = module.num_heads * module.head_dim
    answer = {"plan": planned - began, "cut": cut - planned, "memory": memory, "ready": ready}
    with torch.no_grad():
        outputs(network, example)
    after, left = torch_pruning.utils.count_ops_and_params(network, example)
    return {**answer, "macs": [macs, after], "params": [parameters, left]}


def attentions(network):
    """The attention modules whose heads Torch-Pruning has to be told of, each with the fused
    projection to queries, keys and values."""
    return [(module, module.qkv) for module in network.modules()
            if isinstance(getattr(module, "qkv", None), torch.nn.Linear)
            and isinstance(getattr(module, "num_heads", None), int)]


def session(path):
    import onnxruntime
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    made = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    generator = numpy.random.default_rng(0)
    feed = {entry.name: generator.standard_normal(entry.shape).astype(numpy.float32)
            for entry in made.get_inputs()}
    return lambda: made.run(None, feed)


def compare(*paths):
    shapes = []
    for path in paths:
        found = session(path)()
        if not all(numpy.isfinite(y).all() for y in found):
            raise ValueError(f"{os.path.basename(path)} gives outputs that are not finite")
        shapes.append([list(y.shape) for y in found])
    if shapes[0] != shapes[1]:
        raise ValueError(f"the outputs' shapes are {shapes[0]} before and {shapes[1]} after")
    return {"shapes": shapes[1]}


def latency(before, after, seconds):
    """Turns of one run each until the seconds are over, at least 3 and at most 50."""
    sides = {"before": session(before), "after": session(after)}
    for run in sides.values():
        run()
    times = {side: [] for side in sides}
    began = time.perf_counter()
    while len(times["before"]) < 3 or (
            time.perf_counter() - began < seconds and len(times["before"]) < 50):
        for side, run in sides.items():
            start = time.perf_counter()
            run()
            times[side].append(time.perf_counter() - start)
    return times


def forked(work, *arguments):
    """The answer of `work` in a process of its own, so that its memory is its own."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        answer = attempt(work, *arguments)
        with os.fdopen(writing, "w") as stream:
            stream.write(json.dumps(answer))
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as stream:
        text = stream.read()
    _, status = os.waitpid(child, 0)
    return json.loads(text) if text else {"error": f"the process ended with status {status}"}


def attempt(work, *arguments):
    try:
        return work(*arguments)
    except MemoryError:
        return {"error": "out of memory"}
    except Exception as error:
        text = " ".join(str(error).split())
        return {"error": f"{type(error).__name__}: {text[:300]}"}


def answer(words, modules):
    match words:
        case ["export", key, exporter, path]:
            return forked(export, key, exporter, path)
        case ["prune", key, ratio]:
            return forked(prune, key, float(ratio))
        case ["compare", before, after]:
            return forked(compare, before, after)
        case ["latency", before, after, seconds]:
            return forked(latency, before, after, float(seconds))
        case ["ready"]:
            return {}
        case ["catalogue"]:
            return {"families": models.catalogue()}
        case ["versions"]:
            return {module.__name__.replace("_", "-"): module.__version__ for module in modules}
    return {"error": f"the request {' '.join(words)!r} is not known"}


def main():
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    # Once, for all forks.
    import onnx
    import onnxruntime
    torchvision = vision.load()
    import timm
    import torch_pruning
    modules = (torch, torchvision, timm, torch_pruning, onnx, onnxruntime)
    # Libraries print, some of them whole graphs; nothing but answers may go where answers go.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    for line in sys.stdin:
        print(json.dumps(answer(line.split(), modules)), file=answers, flush=True)


if __name__ == "__main__":
    main()
