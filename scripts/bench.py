#!/usr/bin/env python3
"""Measures Bonsai, and PyTorch and Torch-Pruning beside it, and writes bench.json (`make bench`).

Bonsai and PyTorch each run in a process of their own that stays alive; they are measured in turns,
a few steps each, so that whatever else the machine does meets both. Both use the same number of
threads, the same waiting policy of OpenMP, the same libtorch version, first weights and examples.

    bench.py [--threads 2] [--turns N] [--publish]

--publish also writes docs/benchmarks/bench.txt (the table, the spread, the machine, the commit) and
the README's table, which cites it.
"""

import argparse
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
OURS = ROOT / ".build/release/Benchmarks"
PYTHON = ROOT / ".venv-peers/bin/python"

# name in the table, network, batch, measured steps a turn, turns, aim
STEPS = (
    ("LeNet-5 training step, batch 64", "lenet-5", 64, 25, 12, 0.85),
    ("ResNet-20 training step, batch 128", "resnet-20", 128, 3, 14, 1.0),
)
# name in the table, request, network, repeats, aim in milliseconds
PLANS = (
    ("plan of ResNet-50", "plan", "resnet-50", 25, 5),
    ("plan of DenseNet-121", "plan", "densenet-121", 25, 20),
    ("plan of DenseNet-201", "plan", "densenet-201", 15, 50),
    ("plan of a 12-layer ViT", "plan", "vit-12", 25, 10),
    ("plan of a YOLO-class detector", "plan", "detector", 25, 30),
    ("L2 choice of half the MACs of ResNet-50", "prune", "resnet-50", 7, None),
)
# name in the table, criterion, network, batch, turns, whether both compute the same scores, the peer
CRITERIA = (
    ("L1 importance of ResNet-20", "l1", "resnet-20", 128, 9, False, "Torch-Pruning"),
    ("Taylor importance of ResNet-20, batch 128", "taylor-weight", "resnet-20", 128, 9, False,
     "Torch-Pruning"),
    ("OBD importance of ResNet-20, batch 32", "obd", "resnet-20", 32, 5, False, "Torch-Pruning"),
    ("SNIP of ResNet-20, batch 128", "snip", "resnet-20", 128, 9, True, "PyTorch"),
    ("GraSP of ResNet-20, batch 128", "grasp", "resnet-20", 128, 5, True, "PyTorch"),
    ("a SynFlow round of ResNet-20", "synflow", "resnet-20", 128, 9, True, "PyTorch"),
    ("L1 importance of ResNet-50", "l1", "resnet-50", 8, 5, False, "Torch-Pruning"),
    ("Taylor importance of ResNet-50, batch 8", "taylor-weight", "resnet-50", 8, 5, False,
     "Torch-Pruning"),
    ("SNIP of ResNet-50, batch 8", "snip", "resnet-50", 8, 5, True, "PyTorch"),
    ("GraSP of ResNet-50, batch 8", "grasp", "resnet-50", 8, 3, True, "PyTorch"),
    ("a SynFlow round of ResNet-50", "synflow", "resnet-50", 8, 5, True, "PyTorch"),
)
# name in the table, rows, columns, inner extent, products a turn, turns
PRODUCTS = (
    ("XNOR product 1024 x 1024 x 1024, one thread", 1024, 1024, 1024, 10, 9),
    ("XNOR product 100 x 4096 x 4096, one thread", 100, 4096, 4096, 10, 9),
)
COMPARED = 20  # losses compared one by one
LOG = "docs/benchmarks/bench.txt"
MARKS = ("<!-- bench:begin -->", "<!-- bench:end -->")


class Failure(Exception):
    """What went wrong, in words for the person at the terminal."""


class Worker:
    """A process that answers a request line with a line of JSON."""

    def __init__(self, name, command, environment):
        self.name = name
        try:
            self.process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                env=environment)
        except OSError as error:
            raise Failure(f"{name} cannot be started: {error}; `make bench` makes what is needed")

    def ask(self, *words):
        request = " ".join(map(str, words))
        try:
            print(request, file=self.process.stdin, flush=True)
            line = self.process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            raise Failure(f"{self.name} ended at '{request}' with {self.process.wait()}")
        answer = json.loads(line)
        if answer.get("error"):
            raise Failure(f"{self.name} at '{request}': {answer['error']}")
        return answer

    def close(self):
        self.process.stdin.close()
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()


class Series:
    """The measurements of one contender: milliseconds, and the median of each turn."""

    def __init__(self, worker, *request):
        self.worker, self.request = worker, request
        self.milliseconds, self.turns, self.losses, self.digest = [], [], [], None

    def measure(self, count):
        answer = self.worker.ask(*self.request, count)
        times = [1000 * seconds for seconds in answer["seconds"]]
        self.milliseconds += times
        self.turns.append(statistics.median(times))
        self.losses += answer.get("losses", [])
        self.digest = answer.get("digest")

    @property
    def median(self):
        return statistics.median(self.milliseconds)


def say(text):
    print(f"bench: {text}", file=sys.stderr, flush=True)


def row(name, ours, peer, peer_name):
    return {"name": name, "ours": round(ours, 4), "peer": peer and round(peer, 4),
            "peerName": peer_name, "unit": "ms", "ratio": peer and round(ours / peer, 4)}


def take_turns(title, contenders, count, total):
    for turn in range(total):
        say(f"{title}: turn {turn + 1} of {total}")
        # Every other turn backwards, so that nobody always follows the same neighbour.
        for contender in contenders[:: -1 if turn % 2 else 1]:
            contender.measure(count)


def ratios(ours, peer):
    """The ratios of neighbouring turns, as text."""
    pairs = [a / b for a, b in zip(ours.turns, peer.turns)]
    text = f"ratio of turns {statistics.median(pairs):.3f}"
    return text + (f" (half of them {spread(pairs)})" if len(pairs) > 1 else "")


def spread(values):
    """The quartiles, as text."""
    low, _, high = statistics.quantiles(values, n=4)
    return f"{low:.3f} to {high:.3f}"


def measure_steps(bonsai, torch, version, turns, folder):
    """Rows, and remarks for the log, of the training steps."""
    rows, remarks = [], []
    for title, network, batch, count, usual, aim in STEPS:
        start = folder / f"{network}.npz"
        bonsai.ask("train", network, network, batch, "auto", start)
        ours = Series(bonsai, "steps", network)
        peers = {}
        for layout in ("contiguous", "channels-last"):
            torch.ask("train", f"{network}/{layout}", network, batch, layout, start)
            peers[layout] = Series(torch, "steps", f"{network}/{layout}")
        take_turns(title, [ours, *peers.values()], count, turns or usual)
        for layout, peer in peers.items():
            name = f"PyTorch {version} eager" + ("" if layout == "contiguous" else f", {layout}")
            rows.append(row(title, ours.median, peer.median, name))
            compared = list(zip(ours.losses, peer.losses))[:COMPARED]
            difference = max(abs(a - b) for a, b in compared)
            remarks.append(
                f"{title}, {name}: {ratios(ours, peer)}; largest difference of the first {len(compared)} losses "
                f"{difference:.1e} (losses {compared[0][1]:.4f} to {compared[-1][1]:.4f})"
                + (f"; aim: at most {aim}" if layout == "contiguous" else ""))
            if not difference < 1e-3:
                raise Failure(f"{title}: the losses differ from PyTorch's by {difference:.1e}; "
                              "the two do not compute the same, so their times mean nothing")
    return rows, remarks


def measure_criteria(bonsai, torch, version, turns, folder):
    """Rows, and remarks for the log, of what criteria cost."""
    rows, remarks, ready = [], [], set()
    for title, criterion, network, batch, usual, same, kind in CRITERIA:
        key = f"{network}/{batch}"
        if key not in ready:
            start = folder / f"{network}-{batch}.npz"
            for worker in (bonsai, torch):
                worker.ask("score", key, network, batch, start)
            ready.add(key)
        ours, peer = (Series(worker, "scores", key, criterion) for worker in (bonsai, torch))
        for worker in (bonsai, torch):
            worker.ask("scores", key, criterion, 1)  # not measured
        take_turns(title, [ours, peer], 1, turns or usual)
        name = "Torch-Pruning" if kind == "Torch-Pruning" else f"PyTorch {version} eager"
        rows.append(row(title, ours.median, peer.median, name))
        remark = f"{title}, {name}: {ratios(ours, peer)}"
        if same:
            difference = abs(ours.digest - peer.digest) / abs(peer.digest)
            remark += f"; sums of squared scores differ by {difference:.1e} of themselves"
            if not difference < 1e-2:
                raise Failure(f"{title}: the scores differ from the peer's, {ours.digest:.6g} and "
                              f"{peer.digest:.6g}; their times mean nothing")
        remarks.append(remark)
    return rows, remarks


def measure_products(bonsai, torch, version, turns):
    """Rows, and remarks for the log, of products of binary matrices, in one thread."""
    rows, remarks = [], []
    for title, *extents, count, usual in PRODUCTS:
        for worker in (bonsai, torch):
            worker.ask("product", *extents)
        ours = Series(bonsai, "products", "bits")
        peers = {f"libtorch {version}, float32": Series(bonsai, "products", "floats"),
                 f"PyTorch {version}, float32": Series(torch, "products", "floats")}
        contenders = [ours, *peers.values()]
        for contender in contenders:
            contender.worker.ask(*contender.request, 1)  # not measured
        take_turns(title, contenders, count, turns or usual)
        for name, peer in peers.items():
            rows.append(row(title, ours.median, peer.median, name))
            remarks.append(f"{title}, {name}: {ratios(ours, peer)}; packed bits, products exact")
    return rows, remarks


def measure_plans(bonsai):
    """Rows, and remarks for the log, of the planner."""
    rows, remarks = [], []
    for title, request, network, count, aim in PLANS:
        say(title)
        times = [1000 * s for s in bonsai.ask(request, network, count)["seconds"]]
        rows.append(row(title, statistics.median(times), None, None))
        remarks.append(f"{title}: {min(times):.2f} to {max(times):.2f} ms in {count} repeats"
                       + (f"; aim: below {aim} ms" if aim else ""))
    return rows, remarks


def table(rows):
    """The rows as text, columns aligned."""
    head = ("what", "Bonsai", "peer", "ratio", "peer's name")
    cells = [head] + [
        (r["name"], f"{r['ours']:.2f} {r['unit']}",
         "-" if r["peer"] is None else f"{r['peer']:.2f} {r['unit']}",
         "-" if r["ratio"] is None else f"{r['ratio']:.3f}", r["peerName"] or "-")
        for r in rows]
    widths = [max(len(line[column]) for line in cells) for column in range(len(head))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip()
                     for line in cells)


def published(readme, rows, machine):
    """The README with the rows between its marks."""
    lines = ["| Measured | Bonsai | Peer | Bonsai / peer |", "| --- | ---: | ---: | ---: |"]
    for r in rows:
        peer = "" if r["peer"] is None else f"{r['peer']:.1f} {r['unit']} ({r['peerName']})"
        ratio = "" if r["ratio"] is None else f"{r['ratio']:.2f}"
        lines.append(f"| {r['name']} | {r['ours']:.1f} {r['unit']} | {peer} | {ratio} |")
    lines += ["", f"Medians on {machine}, in turns in one run of `make bench`; the whole log, with the",
              f"spread and how closely the losses agree, is [{LOG}]({LOG})."]
    before, found, rest = readme.partition(MARKS[0])
    _, ended, after = rest.partition(MARKS[1])
    if not found or not ended:
        raise Failure(f"README.md lacks the marks {MARKS[0]} and {MARKS[1]}")
    return "\n".join([before + MARKS[0], *lines, MARKS[1] + after])


def machine(threads):
    model = platform.processor() or platform.machine()
    try:
        lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
        model = next((line.split(":", 1)[1].strip() for line in lines
                      if line.startswith("model name")), model)
    except OSError:
        pass
    return f"{model}, {os.cpu_count()} cores; {threads} threads; {platform.system()}"


def commit():
    done = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=ROOT,
                          capture_output=True, text=True)
    return done.stdout.strip() or "unknown"


def load():
    return " ".join(f"{value:.1f}" for value in os.getloadavg())


def bench(options):
    environment = dict(os.environ, OMP_NUM_THREADS=str(options.threads))
    environment.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    workers = []
    before, began = load(), time.monotonic()
    try:
        bonsai = Worker("Bonsai", [OURS], environment)
        workers.append(bonsai)
        torch = Worker("PyTorch", [PYTHON, "-B", ROOT / "scripts/bench_peer.py"], environment)
        workers.append(torch)
        plans, plan_remarks = measure_plans(bonsai)
        ours = bonsai.ask("threads", options.threads)["version"]
        version = torch.ask("threads", options.threads)["version"]
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            steps, step_remarks = measure_steps(bonsai, torch, version, options.turns, folder)
            criteria, criterion_remarks = measure_criteria(
                bonsai, torch, version, options.turns, folder)
        for worker in (bonsai, torch):
            worker.ask("threads", 1)
        products, product_remarks = measure_products(bonsai, torch, version, options.turns)
    finally:
        for worker in workers:
            worker.close()
    rows = steps + criteria + products + plans
    step_remarks += criterion_remarks + product_remarks
    (ROOT / "bench.json").write_text(json.dumps(rows, indent=2) + "\n")
    print(table(rows))
    remarks = [
        "command: "
        + (f"scripts/bench.sh --turns {options.turns}" if options.turns else "make bench"),
        f"commit: {commit()}",
        f"machine: {machine(options.threads)}",
        f"libtorch {ours} (Bonsai), torch {version} (PyTorch and Torch-Pruning); OMP_WAIT_POLICY="
        f"{environment['OMP_WAIT_POLICY']} for both",
        f"load average before: {before}; after: {load()}",
        f"took {time.monotonic() - began:.0f} s; medians; ratio: Bonsai over peer",
    ]
    log = "\n".join([*remarks, "", table(rows), "", *step_remarks, *plan_remarks]) + "\n"
    say("\nbench: ".join(remarks[2:] + step_remarks + plan_remarks))
    say("the rows are in bench.json")
    if options.publish:
        (ROOT / LOG).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / LOG).write_text(log)
        readme = ROOT / "README.md"
        readme.write_text(published(readme.read_text(), rows, machine(options.threads)))
        say(f"published in {LOG} and README.md")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--turns", type=int, help="turns of each network, instead of the usual")
    parser.add_argument("--publish", action="store_true")
    try:
        bench(parser.parse_args())
    except Failure as failure:
        print(f"bench: {failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("bench: interrupted; bench.json is as it was", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
