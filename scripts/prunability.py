#!/usr/bin/env python3
"""Prunes every torchvision classification and segmentation model and a list of timm models to half
of their multiply-accumulates and writes docs/prunability.md (`make prunability`).

Each model is exported to ONNX with random weights (nothing is downloaded), cut and proved by the
release build of Bonsai, run in ONNX Runtime, and pruned by Torch-Pruning in the same run:

    export   the ONNX file, made by PyTorch
    prove    bonsai prune FILE -o CUT --target macs=0.5 with all its checks; then the outputs of both
             files in ONNX Runtime
    measure  time and memory of bonsai prune without the checks by execution; Torch-Pruning; the
             latency of both files in turns, one thread, batch 1

    prunability.py [--only PART ...] [--stages export,prove,measure] [--again] [--jobs N] [--quick]

What is found is kept in a file a model below --folder (.prunability), so a run that was interrupted
goes on where it stopped, and stages can be run apart: measure wants a machine that does nothing
else. It takes the smallest model of each family first, then the next of each; --minutes ends it (and
each stage) early, and the page says how many models were measured. --only selects models by part of
`library/name`; --quick takes one model of each family.
"""

import argparse
import concurrent.futures
import contextlib
import json
import os
import pathlib
import platform
import queue
import select
import shutil
import signal
import statistics
import subprocess
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
BONSAI = ROOT / ".build/release/bonsai"
PYTHON = ROOT / ".venv-peers/bin/python"
DOCUMENT = ROOT / "docs/prunability.md"

STAGES = ("export", "prove", "measure")
EXPORTERS = {"torchscript": "`torch.onnx.export(dynamo=False)`",
             "dynamo": "`torch.onnx.export(dynamo=True)`"}
EXPORT_LIMIT, PROVE_LIMIT, PRUNE_LIMIT, PEER_LIMIT, LATENCY_LIMIT = 900, 1200, 120, 60, 60  # s
LATENCY = 1.0  # seconds of running a model before and after, beside the first runs
PEER_RATIO = 0.3  # of every layer's channels: about half of the multiply-accumulates
EXACT = 1e-9  # what masked and cut network may differ by in float64, of the outputs' scale
LARGE = 0.2  # a model of which more stays dense than this part of its MACs is not called cut


class Failure(Exception):
    """What went wrong, in words for the person at the terminal."""


class Worker:
    """A process that answers a request line with a line of JSON; started anew after a time-out."""

    def __init__(self, command):
        self.command, self.process = command, None

    def ask(self, *words, limit=600):
        if self.process is None:
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                start_new_session=True)
            self.request(["ready"], 300)  # so that no limit counts the imports
        answer = self.request(words, limit)
        if answer is None:
            self.close()
            return {"error": f"not done after {limit} s"}
        if not answer:
            status = self.process.wait()
            self.close()
            return {"error": f"the process ended with status {status}"}
        return json.loads(answer)

    def request(self, words, limit):
        """The answer's line; empty where the process ended, None where it took too long."""
        try:
            print(" ".join(map(str, words)), file=self.process.stdin, flush=True)
        except BrokenPipeError:
            return ""
        # A request has one answer, so nothing is left in the buffer for `select` to miss.
        ready, _, _ = select.select([self.process.stdout], [], [], limit)
        return self.process.stdout.readline() if ready else None

    def close(self):
        if self.process is None:
            return
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.stdout.close()
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        self.process.wait()
        self.process = None


def measured(command, limit, log):
    """Runs a program; its status, seconds, and largest resident memory in kilobytes."""
    began = time.perf_counter()
    with open(log, "w") as stream:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                   stderr=stream)
        timer = threading.Timer(limit, process.kill)
        timer.start()
        try:
            _, status, usage = os.wait4(process.pid, 0)
        finally:
            timer.cancel()
    process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, time.perf_counter() - began, usage.ru_maxrss


def shape_of(report):
    """What is kept of what bonsai prune says."""
    kept = {name: report[name] for name in (
        "params", "macs", "bytes", "achieved", "barriers", "dense", "seconds")}
    groups = report["groups"]
    return {**kept, "groups": len(groups),
            "units": [sum(g["size"] for g in groups), sum(g["kept"] for g in groups)]}


def remove(path):
    """Removes a model and the data beside it."""
    for file in (path, path.with_name(path.name + ".data")):
        file.unlink(missing_ok=True)


def say(text):
    print(f"prunability: {text}", file=sys.stderr, flush=True)


class Progress:
    """How far a stage is, how long the rest may take, and whether its time is over."""

    FIXED = 50e6  # bytes that take as long as what every model takes, whatever its size

    def __init__(self, sizes, minutes):
        self.sizes, self.began, self.done = sizes, time.monotonic(), set()
        self.end = self.began + 60 * minutes if minutes else None

    def is_over(self):
        return self.end is not None and time.monotonic() >= self.end

    def left(self):
        return len(self.sizes) - len(self.done)

    def after(self, key):
        """What is said once a model is done."""
        self.done.add(key)
        total = {True: 0, False: 0}
        for name, size in self.sizes.items():
            total[name in self.done] += self.FIXED + size
        seconds = (time.monotonic() - self.began) * total[False] / total[True]
        return (f" ({len(self.done)} of {len(self.sizes)}, {seconds / 60:.0f} minutes left"
                + (f" of work, {max(0, self.end - time.monotonic()) / 60:.0f} of time" if self.end
                   else "") + ")")


class Table:
    """The models, what has been found of each, and the stages that find it."""

    def __init__(self, options):
        self.options = options
        self.folder = pathlib.Path(options.folder).resolve() / options.exporter
        self.folder.mkdir(parents=True, exist_ok=True)
        self.command = [str(options.python), "-B", str(ROOT / "scripts/prunability_peer.py")]

    def path(self, key, ending):
        return self.folder / (key.replace("/", "-") + ending)

    def size(self, key):
        return sum(path.stat().st_size for path in (
            self.path(key, ".onnx"), self.path(key, ".onnx.data")) if path.exists())

    def record(self, key):
        path = self.path(key, ".json")
        return json.loads(path.read_text()) if path.exists() else {"key": key}

    def keep(self, record):
        path = self.path(record["key"], ".json")
        part = path.with_suffix(".part")
        part.write_text(json.dumps(record, indent=1))
        part.rename(path)

    def order(self, stage, families):
        """The models: the small ones first, so that much is known early; for measuring, the smallest
        of each family, then the second of each, so that what is known early is of every kind."""
        ranks = {key: rank for _, keys in families
                 for rank, key in enumerate(sorted(keys, key=self.size))}
        by_family = stage == "measure"
        return sorted(ranks, key=lambda key: (ranks[key] if by_family else 0, self.size(key)))

    def run(self, stage, families):
        """Runs a stage for the models that lack it, as long as there is time."""
        def lacks(key):
            return self.options.again or stage not in self.record(key)
        keys = self.order(stage, families)
        todo = [key for key in keys if lacks(key)]
        say(f"{stage}: {len(todo)} of {len(keys)} models to do")
        progress = Progress({key: self.size(key) for key in todo}, self.options.minutes)
        jobs = 1 if stage == "measure" else self.options.jobs
        workers = queue.SimpleQueue()
        made = [Worker(self.command) for _ in range(jobs)]
        for worker in made:
            workers.put(worker)

        def work(key):
            if progress.is_over():
                return
            worker = workers.get()
            try:
                began = time.monotonic()
                found = getattr(self, stage)(key, worker)
                # Read late: another stage may run in another process.
                self.keep({**self.record(key), stage: found})
                error = found.get("error", "")
                say(f"{stage} {key}: {time.monotonic() - began:.0f} s"
                    + (f"; {shortened(error)}" if error else "") + progress.after(key))
            finally:
                workers.put(worker)

        try:
            with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
                for _ in pool.map(work, todo):
                    pass
        finally:
            for worker in made:
                worker.close()
        if progress.is_over() and progress.left():
            say(f"{stage}: the time is over; {progress.left()} models are left for another call")

    # The stages: each gives what is kept of it.

    def export(self, key, worker):
        path = self.path(key, ".onnx")
        if path.exists() and not self.options.again:
            return {"file": path.name}
        answer = self.exported(key, self.options.exporter, worker)
        if "error" in answer:
            # What one exporter does not take, the other may.
            other = next(name for name in EXPORTERS if name != self.options.exporter)
            second = self.exported(key, other, worker)
            if "error" not in second:
                return {**second, "exporter": other, "first": answer["error"]}
        return answer

    def exported(self, key, exporter, worker):
        path = self.path(key, ".onnx")
        part = self.path(key, ".part")  # a folder: exporters may write several files
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir()
        answer = worker.ask("export", key, exporter, part / path.name, limit=EXPORT_LIMIT)
        if "error" not in answer:
            # The model last: it is what says that all is there.
            for file in sorted(part.iterdir(), key=lambda file: file.suffix == ".onnx"):
                file.rename(self.folder / file.name)
        shutil.rmtree(part, ignore_errors=True)
        return answer

    def prune(self, key, output, *options, limit):
        """bonsai prune; what it says, its seconds and its memory."""
        report, log = output.with_suffix(".report"), output.with_suffix(".log")
        report.unlink(missing_ok=True)
        status, seconds, memory = measured(
            [str(self.options.bonsai), "prune", str(self.path(key, ".onnx")),
             "-o", str(output), "--target", "macs=0.5",
             "--round-to", str(self.options.round_to), "--json", str(report), *options],
            limit, log)
        if status != 0:
            text = log.read_text().strip()
            return None, {"error": f"not done after {limit} s" if status == -9 and seconds > limit - 1
                          else text or f"ended with {status}"}
        return json.loads(report.read_text()), {"wall": seconds, "memory": memory}

    def prove(self, key, worker):
        if not self.path(key, ".onnx").exists():
            return {"error": "there is no file"}
        output = self.path(key, ".proved.onnx")
        report, cost = self.prune(key, output, limit=PROVE_LIMIT)
        if report is None:
            return cost
        both = worker.ask("compare", self.path(key, ".onnx"), output)
        remove(output)
        return {**shape_of(report), **cost, "runtime": both,
                "equivalence": report["equivalence"], "verification": report["verification"]}

    def measure(self, key, worker):
        if not self.path(key, ".onnx").exists():
            return {"error": "there is no file"}
        output = self.path(key, ".cut.onnx")
        report, cost = self.prune(key, output, "--no-verify", limit=PRUNE_LIMIT)
        peer = worker.ask("prune", key, PEER_RATIO, limit=PEER_LIMIT)
        if report is None:
            return {**cost, "peer": peer}
        latency = worker.ask(
            "latency", self.path(key, ".onnx"), output, LATENCY, limit=LATENCY_LIMIT)
        remove(output)
        return {**shape_of(report), **cost, "peer": peer, "latency": latency,
                "load": os.getloadavg()[0], "cores": len(os.sched_getaffinity(0))}


# ------------------------------------------------------------------------- what is said of it


def shortened(text, length=200):
    text = " ".join(text.replace("bonsai: error: ", "").replace(str(ROOT) + "/", "").split())
    return text if len(text) <= length else text[:length - 3] + "..."


def dense_share(prove):
    """The part of the multiply-accumulates in layers that nothing can leave."""
    return sum(layer["macs"] for layer in prove["dense"]) / max(1, prove["macs"]["before"])


def difference(prove):
    """How far masked and cut network lie apart, of the outputs' scale; None where not compared."""
    found = prove["equivalence"]
    if found.get("maxAbsDiff") is None:
        return None
    return found["maxAbsDiff"] / found["scale"] if found["scale"] else float("inf")


def shortcomings(record):
    """Why a model is not called cut and proved; empty where it is."""
    if "error" in record.get("export", {}):
        return ["not exported: " + shortened(record["export"]["error"])]
    prove = record.get("prove")
    if prove is None:
        return ["not tried"]
    if "error" in prove:
        return [shortened(prove["error"])]
    found = []
    if not 0 < prove["achieved"] <= 0.5001:
        found.append(f"{100 * prove['achieved']:.1f} % of the MACs are left")
    if dense_share(prove) > LARGE:
        found.append(f"{100 * dense_share(prove):.0f} % of the MACs are in layers left dense")
    for barrier in prove["barriers"][:2]:
        found.append(f"barrier {barrier['node']}: {shortened(barrier['reason'], 120)}")
    apart = difference(prove)
    if apart is None:
        found.append("masked and cut were not compared: " + shortened(prove["equivalence"]["skipped"]))
    elif not apart <= EXACT:
        found.append(f"masked and cut network differ by {apart:.1e} of the outputs' scale")
    if prove["verification"].get("relative") is None:
        found.append("not run in ONNX Runtime: " + shortened(prove["verification"].get("skipped") or "?"))
    if "error" in prove["runtime"]:
        found.append("ONNX Runtime: " + shortened(prove["runtime"]["error"]))
    return found


def is_cut(record):
    return any("groups" in record.get(stage, {}) for stage in ("prove", "measure"))


def is_proved(record):
    return not shortcomings(record)


def amount(value):
    """A number with three digits and the letter of its thousands."""
    for factor, letter in ((1e9, " G"), (1e6, " M"), (1e3, " k")):
        if value >= factor:
            return f"{value / factor:.3g}{letter}"
    return f"{value:.3g}"


def change(pair, show=amount):
    """Before and after; the unit once."""
    before, after = show(pair["before"]), show(pair["after"])
    return f"{before} → {after}"


def milliseconds(seconds):
    return f"{1000 * seconds:.0f}" if seconds >= 0.0095 else f"{1000 * seconds:.1f}"


def peer_ran(record):
    peer = record.get("measure", {}).get("peer", {})
    return bool(peer) and "error" not in peer


def peer_cells(peer):
    """Torch-Pruning's seconds, memory, and what became of the multiply-accumulates."""
    if not peer:
        return ["", "", ""]
    if "error" in peer:
        return ["–", "–", "fails"]
    left = peer["macs"][1] / max(1, peer["macs"][0])
    return [f"{peer['plan'] + peer['cut']:.1f}", f"{peer['memory'] / 1024:.0f}", f"{left:.2f}"]


def latency_cells(latency):
    """Milliseconds before and after, and their ratio with its spread."""
    if not latency or "error" in latency:
        return ["", ""]
    ratio, low, high = turns_ratio(latency)
    before, after = (1000 * statistics.median(latency[side]) for side in ("before", "after"))
    return [f"{before:.1f} → {after:.1f}", f"{ratio:.2f} ({low:.2f}–{high:.2f})"]


def turns_ratio(latency):
    """Median and quartiles of the ratio after/before of turns that ran one after the other."""
    ratios = [after / before for before, after in zip(latency["before"], latency["after"])]
    low, middle, high = (statistics.quantiles(ratios, n=4) if len(ratios) > 1 else ratios * 3)
    return middle, low, high


HEAD = ("model", "groups", "units kept", "MACs", "parameters", "masked = cut", "ONNX Runtime",
        "plan, ms", "cut, ms", "whole, s", "memory, MB", "TP, s", "TP, MB", "TP, MACs",
        "latency, ms", "ratio")


def row(record):
    """The cells of a model."""
    name = record["key"].split("/")[1]
    prove, measure = record.get("prove", {}), record.get("measure", {})
    peer = peer_cells(measure.get("peer"))
    shape = prove if "groups" in prove else measure
    if "groups" not in shape:
        reason = shortcomings(record)[0].replace("|", "\\|")
        return [name + " ✗", "not cut: " + reason] + [""] * 9 + peer + ["", ""]
    apart, relative = None, None
    if shape is prove:
        apart, relative = difference(prove), prove["verification"].get("relative")
    whole = measure if "wall" in measure else None
    size, kept = shape["units"]
    mark = ("" if is_proved(record) else " ✗") + (" †" if measure.get("cores", 1) > 1 else "")
    return [
        name + mark, str(shape["groups"]), f"{kept:,} of {size:,}", change(shape["macs"]),
        change(shape["params"]), "–" if apart is None else f"{apart:.0e}",
        "–" if relative is None else f"{relative:.0e}",
        milliseconds(whole["seconds"]["plan"]) if whole else "",
        milliseconds(whole["seconds"]["cut"]) if whole else "",
        f"{whole['wall']:.2f}" if whole else "",
        f"{whole['memory'] / 1024:.0f}" if whole else "", *peer,
        *latency_cells(measure.get("latency"))]


def table(records):
    lines = ["| " + " | ".join(HEAD) + " |",
             "| --- |" + " ---: |" * (len(HEAD) - 1)]
    return lines + ["| " + " | ".join(row(record)) + " |" for record in records]


def middle(values, show="{:.2f}"):
    values = list(values)
    return show.format(statistics.median(values)) if values else "–"


def summary(records):
    """The lines at the top: how many models, what the medians are."""
    proved = [r for r in records if is_proved(r)]
    measured_ = [r for r in records if "wall" in r.get("measure", {})]
    both = [r for r in measured_ if peer_ran(r)]
    tried = [r for r in measured_ if r["measure"].get("peer")]
    latencies = [turns_ratio(r["measure"]["latency"])[0] for r in measured_
                 if "before" in r["measure"].get("latency", {})]
    lines = [f"**{len(proved)} of {len(records)} models are cut to half of their multiply-accumulates "
             "and proved.**", "", "| | Bonsai | Torch-Pruning |", "| --- | ---: | ---: |",
             f"| models cut | {sum(is_cut(r) for r in records)} of {len(records)} | "
             + (f"{len(both)} of {len(tried)} |" if tried else "not measured |"),
             f"| cut and proved | {len(proved)} of {len(records)} | it proves nothing |",
             f"| time and memory measured | {len(measured_)} of {len(records)} | "
             f"{len(tried)} of {len(records)} |"]
    if both:
        def ours(r): return r["measure"]["wall"]
        def theirs(r): return r["measure"]["peer"]["plan"] + r["measure"]["peer"]["cut"]
        def memory(r): return r["measure"]["memory"] / 1024
        def their_memory(r): return r["measure"]["peer"]["memory"] / 1024
        lines += [
            f"| seconds, median of the {len(both)} models that both cut | {middle(map(ours, both))} | "
            f"{middle(map(theirs, both))} |",
            f"| peak memory in MB, median of these | {middle(map(memory, both), '{:.0f}')} | "
            f"{middle(map(their_memory, both), '{:.0f}')} |",
            "| of which before pruning begins: imports and the model | | "
            f"{middle((r['measure']['peer']['ready'] / 1024 for r in both), '{:.0f}')} |",
            "| time, Bonsai over Torch-Pruning, median of the ratios | "
            f"{middle(ours(r) / theirs(r) for r in both)} | 1 |",
            "| memory, the same | "
            f"{middle(memory(r) / their_memory(r) for r in both)} | 1 |"]
    if measured_:
        plans = [1000 * r["measure"]["seconds"]["plan"] for r in measured_]
        cuts = [1000 * r["measure"]["seconds"]["cut"] for r in measured_]
        lines += [
            f"| planning in milliseconds, median and largest | {middle(plans, '{:.0f}')}, "
            f"{max(plans):.0f} | |",
            f"| cutting in milliseconds, median and largest | {middle(cuts, '{:.0f}')}, "
            f"{max(cuts):.0f} | |"]
    if latencies:
        lines += [f"| latency after over before, median of {len(latencies)} | {middle(latencies)} | |"]
    return lines


def dense_lines(records):
    """The layers left dense, by reason, with the models."""
    lines = []
    for record in records:
        layers = record.get("prove", {}).get("dense") or []
        if not layers:
            continue
        total = max(1, record["prove"]["macs"]["before"])
        share = 100 * sum(layer["macs"] for layer in layers) / total
        lines.append(f"- **{record['key'].split('/')[1]}**: {len(layers)} layers, {share:.2g} % of the "
                     "MACs")
        by_reason = {}
        for layer in sorted(layers, key=lambda layer: -layer["macs"]):
            reason = reason_kind(layer["reasons"][0])
            by_reason.setdefault(reason, []).append(layer["node"].split(" (")[0])
        for reason, nodes in by_reason.items():
            names = ", ".join(f"`{node}`" for node in nodes[:4])
            rest = f" and {len(nodes) - 4} more" if len(nodes) > 4 else ""
            lines.append(f"  - {names}{rest}: {reason}")
    return lines or ["None."]


def reason_kind(reason):
    return shortened(reason, 220).replace("|", "\\|")


def failure_lines(records):
    lines = []
    for record in records:
        found = shortcomings(record)
        if found:
            lines.append(f"- **{record['key'].split('/')[1]}**: " + "; ".join(found))
    return lines or ["None."]


def peer_lines(records):
    """Why Torch-Pruning fails, with the models."""
    reasons = {}
    for record in records:
        peer = record.get("measure", {}).get("peer") or {}
        if "error" in peer:
            reasons.setdefault(shortened(peer["error"], 140), []).append(record["key"].split("/")[1])
    lines = [f"- {reason.replace('|', '')}: {', '.join(names)}"
             for reason, names in sorted(reasons.items(), key=lambda item: -len(item[1]))]
    return lines or ["None."]


def document(families, records, facts):
    """The whole page."""
    known = [record for _, keys in families for record in (records[key] for key in keys)]
    lines = [
        "# What can be pruned", "",
        "Every torchvision classification and segmentation model and a choice of timm's, exported to "
        "ONNX, pruned to half of their multiply-accumulates (MACs), and proved:", "",
        "```sh", "make prunability", "```", "",
        *summary(known), "",
        *facts, "",
        "## How to read the tables", "",
        "- *groups* of units that can only leave together, and how many *units* (filters, heads, "
        "neurons, channels) are kept in all.",
        "- *masked = cut*: the largest difference, in float64, between the outputs of the cut network "
        "and of the whole one whose removed units are zero (and left out of means and variances), over "
        "the largest output. At most 1e-9 counts as proved.",
        "- *ONNX Runtime*: the same between the written file in ONNX Runtime and the network in "
        "memory, in float32. The file before and after is also run there for outputs that are finite "
        "and of the same shapes.",
        "- *plan*, *cut*: choosing the units, and making the smaller tensors. *whole*, *memory*: "
        "wall-clock time and largest resident memory of the process `bonsai prune`, from file to file, "
        "without the checks by execution, which Torch-Pruning (*TP*) has not.",
        "- *TP*: Torch-Pruning on the same model, its tracing, planning and cutting alone: Python's "
        "start, imports, the model's construction and saving are not counted. Memory: the largest of a "
        f"process of its own. It removes {100 * PEER_RATIO:.0f} % of the channels of every layer but "
        "the last; *MACs* is the part that is left. "
        f"A model on which it takes more than {PEER_LIMIT} s, raises an error, or leaves a network "
        "that does not run, *fails*.",
        "- *latency*: ONNX Runtime, one thread, batch 1, medians of turns before and after; *ratio*: "
        "the median of the turns' ratios and its quartiles.",
        "- An empty cell was not measured. ✗: not cut and proved; see below.", ""]
    for family, keys in families:
        lines += [f"## {family[0].upper() + family[1:]}", "", *table(records[key] for key in keys), ""]
    lines += ["## Not cut and proved", "", *failure_lines(known), "",
              "## Layers left dense", "",
              "Layers from which nothing can leave, neither outputs nor inputs, whatever the budget.", "",
              *dense_lines(known), "",
              "## Where Torch-Pruning fails", "", *peer_lines(known)]
    return "\n".join(lines) + "\n"


def machine():
    model = platform.processor() or platform.machine()
    try:
        lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
        model = next((line.split(":", 1)[1].strip() for line in lines
                      if line.startswith("model name")), model)
    except OSError:
        pass
    return f"{model}, {os.cpu_count()} cores, {platform.system()}"


def facts(options, versions, records):
    loads = [r["measure"]["load"] for r in records if "load" in r.get("measure", {})]
    others = [f"{r['key'].split('/')[1]} ({shortened(r['export']['first'], 100)})"
              for r in records if "first" in r.get("export", {})]
    instead = ""
    if others:
        other = EXPORTERS[next(r["export"]["exporter"] for r in records
                               if "first" in r.get("export", {}))]
        instead = f" What that does not take, {other} does: {'; '.join(others)}."
    load = (" Measured with one core at hand, models with † with more; the load average was "
            f"{statistics.median(loads):.1f} in the median.") if loads else ""
    return [f"Exported by {EXPORTERS[options.exporter]}, opset 18, weights drawn at random and batch normalisation's "
            "statistics set to those of the activations. Options: "
            f"`--target macs=0.5 --round-to {options.round_to}`, the rest as it comes. "
            + ", ".join(f"{name} {version}" for name, version in versions.items())
            + f"; {machine()}.{load}{instead}"]


def chosen(families, options):
    """The families with the models asked for."""
    if options.only:
        families = [(f, [k for k in keys if any(part in k for part in options.only)])
                    for f, keys in families]
    if options.quick:
        families = [(f, keys[:1]) for f, keys in families]
    return [(f, keys) for f, keys in families if keys]


def prunability(options):
    stages = [stage for stage in options.stages.split(",") if stage]
    for stage in stages:
        if stage not in STAGES:
            raise Failure(f"the stage '{stage}' is not known; {', '.join(STAGES)} are")
    for program, way in ((options.python, "make venv-peers"), (options.bonsai, "make build")):
        if not pathlib.Path(program).exists():
            raise Failure(f"{program} is missing; `{way}` makes it")
    work = Table(options)
    worker = Worker(work.command)
    try:
        answer = worker.ask("catalogue")
        if "error" in answer:
            raise Failure(answer["error"])
        versions = worker.ask("versions")
    finally:
        worker.close()
    families = chosen(answer["families"], options)
    keys = [key for _, members in families for key in members]
    if not keys:
        raise Failure("no model is called so")
    for stage in stages:
        work.run(stage, families)
    records = {key: work.record(key) for key in keys}
    text = document(families, records, facts(options, versions, list(records.values())))
    if options.only or options.quick:
        print(text)
    else:
        DOCUMENT.write_text(text)
        say(f"wrote {DOCUMENT.relative_to(ROOT)}")
    say(f"{sum(map(is_proved, records.values()))} of {len(records)} cut and proved")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", metavar="PART", help="parts of the models' names")
    parser.add_argument("--quick", action="store_true", help="one model of each family")
    parser.add_argument("--stages", default=",".join(STAGES), help="which, with commas; '' only writes the page")
    parser.add_argument("--again", action="store_true", help="redo what has been done")
    parser.add_argument("--minutes", type=float, help="no stage begins a model after so long")
    parser.add_argument("--jobs", type=int, default=1, help="models at once, but for measuring")
    parser.add_argument("--exporter", choices=tuple(EXPORTERS), default="torchscript")
    parser.add_argument("--round-to", type=int, default=1)
    parser.add_argument("--folder", default=ROOT / ".prunability", help="what is kept between runs")
    parser.add_argument("--bonsai", default=BONSAI, help="the program to run")
    parser.add_argument("--python", default=PYTHON, help="a Python with PyTorch and the others")
    try:
        prunability(parser.parse_args())
    except Failure as failure:
        print(f"prunability: {failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("prunability: interrupted; what was found is kept", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
