"""Tests of evidence.py: what makes a result stale, what is kept of runs, and a whole run by a stand-in."""

import importlib.util
import json
import os
import pathlib
import stat
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
RECIPE = """id: tiny
title: Tiny
about: >
  One thing.
cite:
  - "A. Author"
reported:
  - {text: "error at 90 %", value: 0.02, ours: error}
network: lenet-5  # built
data: mnist
stages:
  # first
  - train: {epochs: 1}
"""
PROGRAM = """#!{python}
import json, os, pathlib, sys
if sys.argv[1] == "methods":
    print(json.dumps([{{"reported": [{{"text": "error at 90 %", "value": 0.02, "ours": "error"}}]}}]))
    sys.exit()
folder = pathlib.Path(sys.argv[sys.argv.index("--run") + 1])
seed = int(sys.argv[sys.argv.index("--seed") + 1])
(folder / "checkpoint").mkdir(parents=True, exist_ok=True)
(folder / "calls").open("a").write("x")
(folder / "checkpoint/run.json").write_text("{{}}")
(folder / "recipe.yaml").write_text(pathlib.Path(sys.argv[2]).read_text())
if os.environ.get("DIES"):
    sys.exit(3)
(folder / "metrics.jsonl").write_text("".join(json.dumps(line) + "\\n" for line in (
    {{"kind": "epoch", "taskIndex": 0, "testAccuracy": 0.999}},
    {{"kind": "epoch", "taskIndex": 2, "testAccuracy": 0.9925}},
    {{"kind": "step", "taskIndex": 2, "accuracy": 1}},
    {{"kind": "epoch", "taskIndex": 2, "testAccuracy": 0.98}})))
change = lambda a, b: {{"before": a, "after": b}}
(folder / "result.json").write_text(json.dumps({{
    "accuracy": change(0.99, 0.97 + seed / 100), "loss": change(0.1, 0.2),
    "sparsity": change(0, 0.9), "params": change(100, 100), "macs": change(10, 5),
    "bytes": change(1, 1), "groups": [{{"name": "conv1", "size": 20, "kept": 3}}], "tasks": [{{"title": "train", "seconds": os.getpid() % 7,
                                      "measures": {{"exploration rate": 0.5}}}}]}}))
"""


def load():
    spec = importlib.util.spec_from_file_location("evidence", HERE / "evidence.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class EvidenceTest(unittest.TestCase):
    def setUp(self):
        self.it = load()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        self.it.ROOT, self.it.RECIPES = self.root, self.root / "recipes"
        self.it.RECIPES.mkdir()
        (self.it.RECIPES / "tiny.yaml").write_text(RECIPE)
        self.program = self.root / "bonsai"
        self.program.write_text(PROGRAM.format(python=sys.executable))
        self.program.chmod(self.program.stat().st_mode | stat.S_IXUSR)
        self.said = []
        self.it.say = self.said.append

    def run_it(self):
        return self.it.main(["tiny", "--seeds", "1,2", "--program", str(self.program)])

    def test_only_what_is_done_counts(self):
        self.assertEqual(
            self.it.deeds(RECIPE),
            "network: lenet-5  # built\ndata: mnist\nstages:\n  - train: {epochs: 1}\n")
        other = RECIPE.replace("One thing.", "Another.").replace("0.02", "0.03")
        self.assertEqual(self.it.digest(other), self.it.digest(RECIPE))
        self.assertNotEqual(self.it.digest(RECIPE.replace("epochs: 1", "epochs: 2")),
                            self.it.digest(RECIPE))

    def test_a_run_is_stored_beside_the_paper(self):
        self.assertEqual(self.run_it(), 0, self.said)
        stored = json.loads((self.root / "docs/evidence/tiny.json").read_text())
        self.assertEqual([run["seed"] for run in stored["runs"]], [1, 2])
        self.assertEqual(stored["digest"], self.it.digest(RECIPE))
        row = stored["reported"][0]
        self.assertEqual((row["value"], row["ours"]), (0.02, "error"))
        self.assertAlmostEqual(row["mean"], 0.015)
        self.assertAlmostEqual(row["deviation"], 0.01 / 2 ** 0.5)
        self.assertAlmostEqual(stored["figures"]["compression"]["mean"], 10)
        self.assertEqual(stored["figures"]["exploration rate"], {"mean": 0.5, "deviation": 0.0})
        self.assertEqual(stored["figures"]["least-error"]["mean"], 0.0075)
        self.assertEqual(stored["figures"]["kept: conv1"], {"mean": 3, "deviation": 0.0})
        recipe = (self.it.RECIPES / "tiny.yaml").read_text()
        self.assertIn("evidence: docs/evidence/tiny.json\nreported:", recipe)
        self.assertEqual(self.it.with_key(recipe, "again"), recipe)

    def test_runs_that_are_done_are_kept_and_the_file_with_them(self):
        self.run_it()
        file = self.root / "docs/evidence/tiny.json"
        before = file.read_bytes()
        (self.root / ".evidence/tiny/seed-2/result.json").unlink()
        self.assertEqual(self.run_it(), 0, self.said)
        self.assertEqual(file.read_bytes(), before)
        calls = [(self.root / f".evidence/tiny/seed-{s}/calls").read_text() for s in (1, 2)]
        self.assertEqual(calls[0], "x", "a whole run is not done again")

    def test_the_commit_is_that_at_which_a_run_began(self):
        self.run_it()
        folders = [self.root / f".evidence/tiny/seed-{seed}" for seed in (1, 2)]
        self.assertTrue(all(pathlib.Path(f"{folder}.commit").is_file() for folder in folders))
        for folder, name in zip(folders, ("old", "new")):
            pathlib.Path(f"{folder}.commit").write_text(name + "\n")
        self.run_it()
        self.assertEqual(self.it.commits(folders), ["old", "new"])
        self.assertEqual(self.it.commits(folders[:1] * 2), ["old"])

    def test_a_changed_recipe_is_run_anew(self):
        self.run_it()
        path = self.it.RECIPES / "tiny.yaml"
        path.write_text(path.read_text().replace("epochs: 1", "epochs: 2"))
        folder = self.root / ".evidence/tiny/seed-1"
        self.assertFalse(self.it.is_done(folder, path.read_text()))
        self.run_it()
        self.assertTrue(self.it.is_done(folder, path.read_text()))

    def test_failures_are_said(self):
        os.environ["DIES"] = "1"
        self.addCleanup(os.environ.pop, "DIES")
        self.assertEqual(self.run_it(), 1)
        self.assertIn("ended with 3", "\n".join(self.said))
        self.assertEqual(self.it.main(["none", "--program", str(self.program)]), 1)

    def test_a_figure_nobody_measured_is_refused(self):
        with self.assertRaises(self.it.Failure):
            self.it.beside([{"text": "t", "value": 1, "ours": "speed"}], {"error": {"mean": 1}})


if __name__ == "__main__":
    unittest.main()
