"""Tests of bench.py and bench_peer.py's conversation, with small programs in the workers' place."""

import argparse
import contextlib
import importlib.util
import io
import json
import pathlib
import sys
import tempfile
import unittest
import unittest.mock

HERE = pathlib.Path(__file__).resolve().parent

# Answers as the workers do: `seconds` and `losses` are what the arguments say.
WORKER = """
import json, sys
seconds, loss = float(sys.argv[1]), float(sys.argv[2])
for line in sys.stdin:
    match line.split():
        case ["threads", _]: answer = {"version": "9.9"}
        case ["train", *_]: answer = {}
        case ["steps", _, n]:
            answer = {"seconds": [seconds] * int(n), "losses": [loss] * (int(n) + 1)}
        case ["plan" | "prune" | "products", _, n]: answer = {"seconds": [seconds] * int(n)}
        case ["score" | "product", *_]: answer = {}
        case ["scores", *_, n]: answer = {"seconds": [seconds] * int(n), "digest": loss}
        case _: answer = {"error": "what?"}
    print(json.dumps(answer), flush=True)
"""


def load():
    spec = importlib.util.spec_from_file_location("bench", HERE / "bench.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class BenchTest(unittest.TestCase):
    def setUp(self):
        self.bench = load()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        (self.root / "README.md").write_text(
            "before\n<!-- bench:begin -->\nold\n<!-- bench:end -->\nafter\n")

    def worker(self, seconds, loss, text=None):
        path = self.root / "worker.py"
        path.write_text(text or WORKER)
        command = [sys.executable, str(path), str(seconds), str(loss)]
        worker = self.bench.Worker("worker", command, None)
        self.addCleanup(worker.process.stdout.close)
        return worker

    def run_bench(self, ours, peer, **options):
        """A whole run, with workers that take and lose what `ours` and `peer` say."""
        workers = iter([self.worker(*ours), self.worker(*peer)])
        options = argparse.Namespace(**{"threads": 2, "turns": 2, "publish": False, **options})
        with unittest.mock.patch.object(self.bench, "ROOT", self.root), \
                unittest.mock.patch.object(self.bench, "Worker", lambda *_: next(workers)), \
                contextlib.redirect_stdout(io.StringIO()) as table, \
                contextlib.redirect_stderr(io.StringIO()) as log:
            self.bench.bench(options)
        return table.getvalue(), log.getvalue()

    def test_rows_have_the_promised_fields(self):
        table, log = self.run_bench((0.003, 2.5), (0.004, 2.5))
        rows = json.loads((self.root / "bench.json").read_text())
        compared = 4 + len(self.bench.CRITERIA) + 2 * len(self.bench.PRODUCTS)
        self.assertEqual(len(rows), compared + 6)
        for row in rows:
            self.assertEqual(
                list(row), ["name", "ours", "peer", "peerName", "unit", "ratio"])
            self.assertEqual((row["ours"], row["unit"]), (3.0, "ms"))
        # Of the float products one peer is Bonsai's own libtorch, which here takes as long as Bonsai.
        products = [1.0, 0.75] * len(self.bench.PRODUCTS)
        self.assertEqual(
            [row["ratio"] for row in rows],
            [0.75] * (4 + len(self.bench.CRITERIA)) + products + [None] * 6)
        self.assertEqual(rows[0]["peerName"], "PyTorch 9.9 eager")
        self.assertIn("LeNet-5", table)
        self.assertIn("largest difference of the first 20 losses 0.0e+00", log)

    def test_different_losses_are_no_comparison(self):
        with self.assertRaisesRegex(self.bench.Failure, "losses differ"):
            self.run_bench((0.003, 2.5), (0.004, 2.6))
        self.assertFalse((self.root / "bench.json").exists())

    def test_different_scores_are_no_comparison(self):
        worker = WORKER.replace('"digest": loss', '"digest": 1 + (seconds > 0.0035)')
        with unittest.mock.patch.dict(globals(), WORKER=worker), \
                self.assertRaisesRegex(self.bench.Failure, "scores differ"):
            self.run_bench((0.003, 2.5), (0.004, 2.5))

    def test_losses_that_are_no_numbers_are_no_comparison(self):
        with self.assertRaisesRegex(self.bench.Failure, "losses differ"):
            self.run_bench((0.003, "nan"), (0.004, "nan"))

    def test_publishing_replaces_what_stands_between_the_marks(self):
        self.run_bench((0.003, 2.5), (0.004, 2.5), publish=True)
        text = (self.root / "README.md").read_text()
        self.assertTrue(text.startswith("before\n<!-- bench:begin -->\n| Measured"))
        self.assertTrue(text.endswith("<!-- bench:end -->\nafter\n"))
        self.assertNotIn("old", text)
        self.assertIn("ratio of turns 0.750", (self.root / self.bench.LOG).read_text())

    def test_a_readme_without_marks_is_refused(self):
        with self.assertRaisesRegex(self.bench.Failure, "lacks the marks"):
            self.bench.published("text", [], "machine")

    def test_an_error_of_a_worker_is_told(self):
        worker = self.worker(1, 1)
        with self.assertRaisesRegex(self.bench.Failure, "worker at 'dance': what"):
            worker.ask("dance")
        worker.close()

    def test_a_worker_that_dies_is_told(self):
        worker = self.worker(1, 1, "import sys\nsys.exit(3)\n")
        with self.assertRaisesRegex(self.bench.Failure, "ended at 'threads 2' with 3"):
            worker.ask("threads", 2)
        with contextlib.suppress(BrokenPipeError):
            worker.close()

    def test_a_missing_program_is_told(self):
        with self.assertRaisesRegex(self.bench.Failure, "cannot be started"):
            self.bench.Worker("worker", [str(self.root / "none")], None)


if __name__ == "__main__":
    unittest.main()
