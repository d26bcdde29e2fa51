#!/usr/bin/env python3
"""Runs a recipe for several seeds and stores what came out as docs/evidence/ID.json (`make evidence`).

    evidence.py RECIPE [--seeds 1,2,3] [--processes 2] [--threads 1] [--device cpu] [--folder .evidence]

Each seed is a run of `bonsai apply` in a folder of its own; a run that is done is kept, one that was
interrupted goes on. Where nothing but the time differs from what is stored, the file stays as it is.
The recipe gets its key `evidence`, and docs/methods.md its line.
"""

import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import time

import catalogue
from recipes import deeds, digest

ROOT = pathlib.Path(__file__).resolve().parent.parent
RECIPES = ROOT / "Sources/Methods/Recipes"
PROGRAM = ROOT / ".build/release/bonsai"
CHANGES = ("accuracy", "loss", "sparsity", "effectiveSparsity", "params", "macs", "bytes")


class Failure(Exception):
    """What went wrong, in words for the person at the terminal."""


def say(text):
    print(f"evidence: {text}", file=sys.stderr, flush=True)


def is_done(folder, recipe):
    """Whether `folder` holds the whole run of `recipe`."""
    stored = folder / "recipe.yaml"
    return ((folder / "result.json").is_file() and stored.is_file()
            and deeds(stored.read_text()) == deeds(recipe))


def environment(threads):
    # OpenMP's waiting threads must not take the cores from each other.
    return {**os.environ, "OMP_NUM_THREADS": str(threads), "MKL_NUM_THREADS": str(threads),
            "OMP_WAIT_POLICY": "PASSIVE"}


def apply(program, path, seed, folder, options):
    """Carries out one run, or takes it up where it stopped; its result."""
    recipe = path.read_text()
    if not is_done(folder, recipe):
        stored = folder / "recipe.yaml"
        resumes = (folder / "checkpoint/run.json").is_file() and stored.is_file() \
            and stored.read_text() == recipe
        folder.parent.mkdir(parents=True, exist_ok=True)
        if not resumes:
            shutil.rmtree(folder, ignore_errors=True)
            pathlib.Path(f"{folder}.commit").write_text(git("rev-parse", "HEAD") + "\n")
        command = [str(program), "apply", str(path), "--seed", str(seed), "--run", str(folder),
                   "--no-latency", "--device", options.device] + (["--resume"] if resumes else [])
        say(f"seed {seed}: {'going on' if resumes else 'begun'} in {folder}")
        with open(f"{folder}.log", "w") as log:
            ended = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                   cwd=ROOT, env=environment(options.threads)).returncode
        if ended != 0:
            last = pathlib.Path(f"{folder}.log").read_text().strip().splitlines()[-3:]
            raise Failure(f"seed {seed} ended with {ended}:\n  " + "\n  ".join(last))
    result = json.loads((folder / "result.json").read_text())
    say(f"seed {seed}: accuracy {result.get('accuracy', {}).get('after', float('nan')):.4f}, "
        f"sparsity {result['sparsity']['after']:.4f}")
    return summary(seed, result, least_error(folder / "metrics.jsonl"))


def least_error(path):
    """The least test error after any epoch of the last training, which some papers report; None without one."""
    lines = [json.loads(line) for line in path.read_text().splitlines()] if path.is_file() else []
    tested = [line for line in lines if line.get("testAccuracy") is not None]
    last = [line["testAccuracy"] for line in tested if line["taskIndex"] == tested[-1]["taskIndex"]]
    return round(1 - max(last), 6) if last else None


def summary(seed, result, least=None):
    """What is kept of one run."""
    run = {"seed": seed, "seconds": round(sum(t["seconds"] for t in result["tasks"]), 1)}
    for name in CHANGES:
        if result.get(name) is not None:
            run[name] = result[name]
    if least is not None:
        run["leastError"] = least
    measures = {}
    for index, task in enumerate(result["tasks"]):
        for name, value in (task.get("measures") or {}).items():
            measures[f"{index + 1} {task['title']}: {name}"] = value
    if measures:
        run["measures"] = measures
    if result.get("groups"):
        run["kept"] = {group["name"]: group["kept"] for group in result["groups"]}
    return run


def figures(run):
    """The figures that papers report, from one run."""
    found = {}
    if "accuracy" in run:
        found["accuracy"] = run["accuracy"]["after"]
        found["error"] = 1 - run["accuracy"]["after"]
        if "leastError" in run:
            found["least-error"] = run["leastError"]
        found["accuracy-change"] = run["accuracy"]["after"] - run["accuracy"]["before"]
    for name in ("params", "macs", "bytes"):
        if run[name]["before"]:
            found[name] = run[name]["after"] / run[name]["before"]
    found["sparsity"] = run["sparsity"]["after"]
    if run["sparsity"]["after"] < 1:
        found["compression"] = 1 / (1 - run["sparsity"]["after"])
    if "effectiveSparsity" in run:
        found["effective-sparsity"] = run["effectiveSparsity"]["after"]
    for name, value in run.get("measures", {}).items():
        found[name.split(": ", 1)[1]] = value
    for name, count in run.get("kept", {}).items():
        found[f"kept: {name}"] = count
    return found


def spread(values):
    """The mean, and the standard deviation of a sample."""
    return {"mean": statistics.fmean(values),
            "deviation": statistics.stdev(values) if len(values) > 1 else 0.0}


def gathered(runs):
    """Mean and spread of every figure that all runs have."""
    each = [figures(run) for run in runs]
    return {name: spread([one[name] for one in each]) for name in each[0]
            if all(name in one for one in each)}


def beside(reported, means):
    """What the paper reports with what was found here."""
    rows = []
    for claim in reported:
        row = {"text": claim["text"], "value": claim["value"]}
        ours = claim.get("ours")
        if ours:
            if ours not in means:
                raise Failure(f"'{claim['text']}' is compared with '{ours}', which no run has; "
                              f"there are {', '.join(sorted(means))}")
            row |= {"ours": ours, **means[ours]}
        rows.append(row)
    return rows


def timeless(evidence):
    """The evidence without what differs from one rerun to the next."""
    kept = {k: v for k, v in evidence.items() if k not in ("seconds", "commits", "machine")}
    kept["runs"] = [{k: v for k, v in run.items() if k != "seconds"} for run in evidence["runs"]]
    return kept


def commits(folders):
    """The commits that the runs in `folders` began at; that of today where a run doesn't say."""
    files = [pathlib.Path(f"{folder}.commit") for folder in folders]
    today = git("rev-parse", "HEAD")
    return list(dict.fromkeys(
        file.read_text().strip() if file.is_file() else today for file in files))


def git(*words):
    done = subprocess.run(("git", *words), cwd=ROOT, capture_output=True, text=True)
    return done.stdout.strip() if done.returncode == 0 else ""


def with_key(recipe, value):
    """The recipe with its key `evidence`, after the citation and the property."""
    if re.search(r"^evidence:", recipe, re.M):
        return recipe
    lines = recipe.splitlines()
    keys = [(i, m.group(1)) for i, line in enumerate(lines)
            if (m := re.match(r"([A-Za-z-]+):", line))]
    place = next((i for i, key in keys if key in ("reported", "network", "data", "seed", "stages")),
                 len(lines))
    return "\n".join(lines[:place] + [f"evidence: {value}"] + lines[place:]) + "\n"


def card(program, name):
    """What the catalogue says of the recipe."""
    done = subprocess.run((str(program), "methods", name, "--json"), capture_output=True, text=True)
    if done.returncode != 0:
        raise Failure(f"{program} methods {name}: {done.stderr.strip()}")
    found = json.loads(done.stdout)
    return found[0] if isinstance(found, list) and found else found


def gather(options):
    path = RECIPES / f"{options.recipe}.yaml"
    if not path.is_file():
        raise Failure(f"there is no recipe '{options.recipe}'; there are "
                      + ", ".join(sorted(p.stem for p in RECIPES.glob('*.yaml'))))
    program = pathlib.Path(options.program)
    if not program.exists():
        raise Failure(f"{program} is missing; `make build` makes it")
    begun = time.time()
    folders = ROOT / options.folder / options.recipe
    with concurrent.futures.ThreadPoolExecutor(options.processes) as pool:
        runs = list(pool.map(
            lambda seed: apply(program, path, seed, folders / f"seed-{seed}", options),
            options.seeds))
    reported = card(program, options.recipe).get("reported") or []
    means = gathered(runs)
    seeds = ",".join(map(str, options.seeds))
    return {
        "recipe": options.recipe,
        "command": f"make evidence RECIPE={options.recipe} SEEDS={seeds}",
        "commits": commits(folders / f"seed-{seed}" for seed in options.seeds),
        "digest": digest(path.read_text()),
        "machine": {"cores": os.cpu_count(), "processes": options.processes,
                    "threads": options.threads, "device": options.device},
        "seconds": round(sum(run["seconds"] for run in runs), 1),
        "runs": runs,
        "figures": means,
        "reported": beside(reported, means),
    }, time.time() - begun


def store(evidence, target):
    """Writes the evidence, unless the stored one says the same."""
    if target.is_file():
        stored = json.loads(target.read_text())
        if timeless(stored) == timeless(evidence):
            say(f"{target.relative_to(ROOT)} says the same already")
            return
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_suffix(".json.part")
    part.write_text(json.dumps(evidence, indent=1, ensure_ascii=False) + "\n")
    part.replace(target)
    say(f"stored {target.relative_to(ROOT)}")


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("recipe")
    parser.add_argument("--seeds", default=[1, 2, 3],
                        type=lambda text: [int(word) for word in text.split(",")])
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--folder", default=".evidence")
    parser.add_argument("--program", default=PROGRAM)
    options = parser.parse_args(arguments)
    try:
        evidence, wall = gather(options)
        store(evidence, ROOT / f"docs/evidence/{options.recipe}.json")
        path = RECIPES / f"{options.recipe}.yaml"
        path.write_text(with_key(path.read_text(), f"docs/evidence/{options.recipe}.json"))
        catalogue.main(["--write"])
        for row in evidence["reported"]:
            ours = f"{row['mean']:.4g} ± {row['deviation']:.2g}" if "mean" in row else "-"
            say(f"{row['text']}: paper {row['value']}, here {ours}")
        say(f"{len(evidence['runs'])} runs in {wall:.0f} s")
    except Failure as failure:
        say(str(failure))
        return 1
    except KeyboardInterrupt:
        say("interrupted; the same command goes on")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
