#!/usr/bin/env python3
"""Measures Bonsai, and PyTorch beside it, and writes bench.json (`make bench`).

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

    def __init__(self, worker, key):
        self.worker, self.key = worker, key
        self.milliseconds, self.turns, self.losses = [], [], []

    def measure(self, count):
        answer = self.worker.ask("steps", self.key, count)
        times = [1000 * seconds for seconds in answer["seconds"]]
        self.milliseconds += times
        self.turns.append(statistics.median(times))
        self.losses += answer["losses"]

    @property
    def median(self):
        return statistics.median(self.milliseconds)


def say(text):
    print(f"bench: {text}", file=sys.stderr, flush=True)


def row(name, ours, peer, peer_name):
    return {"name": name, "ours": round(ours, 4), "peer": peer and round(peer, 4),
            "peerName": peer_name, "unit": "ms", "ratio": peer and round(ours / peer, 4)}


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
        ours = Series(bonsai, network)
        peers = {}
        for layout in ("contiguous", "channels-last"):
            torch.ask("train", f"{network}/{layout}", network, batch, layout, start)
            peers[layout] = Series(torch, f"{network}/{layout}")
        contenders = [ours, *peers.values()]
        total = turns or usual
        for turn in range(total):
            say(f"{title}: turn {turn + 1} of {total}")
            # Every other turn backwards, so that nobody always follows the same neighbour.
            for contender in contenders[:: -1 if turn % 2 else 1]:
                contender.measure(count)
        for layout, peer in peers.items():
            name = f"PyTorch {version} eager" + ("" if layout == "contiguous" else f", {layout}")
            rows.append(row(title, ours.median, peer.median, name))
            pairs = [a / b for a, b in zip(ours.turns, peer.turns)]
            compared = list(zip(ours.losses, peer.losses))[:COMPARED]
            difference = max(abs(a - b) for a, b in compared)
            remarks.append(
                f"{title}, {name}: ratio of turns {statistics.median(pairs):.3f} (half of them "
                f"{spread(pairs)}); largest difference of the first {len(compared)} losses "
                f"{difference:.1e} (losses {compared[0][1]:.4f} to {compared[-1][1]:.4f})"
                + (f"; aim: at most {aim}" if layout == "contiguous" else ""))
            if not difference < 1e-3:
                raise Failure(f"{title}: the losses differ from PyTorch's by {difference:.1e}; "
                              "the two do not compute the same, so their times mean nothing")
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
            steps, step_remarks = measure_steps(
                bonsai, torch, version, options.turns, pathlib.Path(folder))
    finally:
        for worker in workers:
            worker.close()
    rows = steps + plans
    (ROOT / "bench.json").write_text(json.dumps(rows, indent=2) + "\n")
    print(table(rows))
    remarks = [
        "command: make bench",
        f"commit: {commit()}",
        f"machine: {machine(options.threads)}",
        f"libtorch {ours} (Bonsai), torch {version} (PyTorch); OMP_WAIT_POLICY="
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
