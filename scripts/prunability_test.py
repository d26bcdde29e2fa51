"""Tests of prunability.py's words and numbers, and of its conversation with a small worker."""

import importlib.util
import pathlib
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent


def load():
    spec = importlib.util.spec_from_file_location("prunability", HERE / "prunability.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def record(key="timm/net_a", **changes):
    """What is found of a model where all goes well, with changes to the proof."""
    prove = {
        "params": {"before": 2_000_000, "after": 900_000},
        "macs": {"before": 1_000_000_000, "after": 499_000_000},
        "bytes": {"before": 8_000_000, "after": 3_600_000}, "achieved": 0.499,
        "barriers": [], "dense": [], "groups": 12, "units": [640, 400],
        "equivalence": {"maxAbsDiff": 2e-15, "scale": 2.0, "output": "y"},
        "verification": {"runtime": "ONNX Runtime", "maxAbsDiff": 1e-6, "relative": 5e-7},
        "seconds": {"read": 0.01, "plan": 0.004, "cut": 0.02, "write": 0.01},
        "wall": 3.0, "memory": 500_000, "runtime": {"shapes": [[1, 10]]}, **changes}
    measure = {
        "wall": 0.25, "memory": 102_400, "seconds": prove["seconds"], "load": 0.4, "cores": 1,
        "peer": {"plan": 0.5, "cut": 0.5, "memory": 409_600, "ready": 300_000,
                 "macs": [1e9, 5.1e8], "params": [2e6, 1e6]},
        "latency": {"before": [0.010, 0.010, 0.010], "after": [0.006, 0.005, 0.006]}}
    return {"key": key, "export": {"seconds": 1}, "prove": prove, "measure": measure}


class PrunabilityTest(unittest.TestCase):
    def setUp(self):
        self.it = load()

    def test_a_model_is_proved_only_where_everything_holds(self):
        self.assertEqual(self.it.shortcomings(record()), [])
        for changes, words in (
                ({"achieved": 0.7}, "70.0 % of the MACs are left"),
                ({"equivalence": {"maxAbsDiff": 1e-3, "scale": 2.0}}, "differ by 5.0e-04"),
                ({"equivalence": {"maxAbsDiff": 0.0, "scale": 0.0}}, "differ by inf"),
                ({"equivalence": {"maxAbsDiff": None, "skipped": "no engine"}}, "no engine"),
                ({"verification": {"skipped": "not found"}}, "not run in ONNX Runtime: not found"),
                ({"runtime": {"error": "ValueError: not finite"}}, "not finite"),
                ({"barriers": [{"node": "n (If)", "reason": "why"}]}, "barrier n (If): why"),
                ({"dense": [{"node": "a (Conv)", "macs": 300_000_000, "reasons": ["r"]}]},
                 "30 % of the MACs are in layers left dense")):
            found = self.it.shortcomings(record(**changes))
            self.assertEqual(len(found), 1, changes)
            self.assertIn(words, found[0])

    def test_differences_that_are_no_numbers_prove_nothing(self):
        changes = {"equivalence": {"maxAbsDiff": float("nan"), "scale": 1.0}}
        self.assertFalse(self.it.is_proved(record(**changes)))

    def test_models_without_a_cut_say_why(self):
        self.assertEqual(self.it.shortcomings({"key": "a/b"}), ["not tried"])
        failed = {"key": "a/b", "prove": {"error": "bonsai: error: no\n  way"}}
        self.assertEqual(self.it.shortcomings(failed), ["no way"])
        self.assertEqual(len(self.it.row(failed)), len(self.it.HEAD))
        unexported = {"key": "a/b", "export": {"error": "it | broke"}}
        self.assertIn("not exported: it \\| broke", self.it.row(unexported)[1])
        measured = record()
        measured["measure"].update(measured.pop("prove"))
        cells = self.it.row(measured)
        self.assertEqual(cells[0:3] + cells[5:7], ["net_a ✗", "12", "400 of 640", "–", "–"])

    def test_models_measured_with_more_cores_are_marked(self):
        more = record()
        more["measure"]["cores"] = 2
        self.assertEqual([self.it.row(it)[0] for it in (record(), more)], ["net_a", "net_a †"])

    def test_a_row_has_the_promised_cells(self):
        cells = dict(zip(self.it.HEAD, self.it.row(record())))
        self.assertEqual(cells, {
            "model": "net_a", "groups": "12", "units kept": "400 of 640", "MACs": "1 G → 499 M",
            "parameters": "2 M → 900 k", "masked = cut": "1e-15", "ONNX Runtime": "5e-07",
            "plan, ms": "4.0", "cut, ms": "20", "whole, s": "0.25", "memory, MB": "100",
            "TP, s": "1.0", "TP, MB": "400", "TP, MACs": "0.51", "latency, ms": "10.0 → 6.0",
            "ratio": "0.60 (0.50–0.60)"})

    def test_a_peer_that_fails_is_told_with_its_reason(self):
        failing = record()
        failing["measure"]["peer"] = {"error": "IndexError: index 7"}
        self.assertEqual(self.it.row(failing)[11:14], ["–", "–", "fails"])
        self.assertEqual(self.it.peer_lines([record(), failing]), ["- IndexError: index 7: net_a"])

    def test_the_summary_compares_only_what_both_cut(self):
        failing = record("timm/net_b", achieved=0.9)
        failing["measure"]["peer"] = {"error": "no"}
        text = "\n".join(self.it.summary([record(), failing]))
        self.assertIn("**1 of 2 models are cut", text)
        self.assertIn("| models cut | 2 of 2 | 1 of 2 |", text)
        self.assertIn("median of the 1 models that both cut | 0.25 | 1.00 |", text)
        self.assertIn("median of the ratios | 0.25 | 1 |", text)

    def test_dense_layers_are_named_by_reason(self):
        dense = [{"node": f"c{i} (Conv)", "macs": 1_000_000, "reasons": ["it is an input"]}
                 for i in range(6)]
        text = "\n".join(self.it.dense_lines([record(dense=dense)]))
        self.assertIn("**net_a**: 6 layers, 0.6 % of the MACs", text)
        self.assertIn("`c0`, `c1`, `c2`, `c3` and 2 more: it is an input", text)

    def test_what_was_not_measured_is_empty_and_counted(self):
        unmeasured = record("timm/net_b")
        del unmeasured["measure"]
        cells = self.it.row(unmeasured)
        self.assertEqual(cells[0:2] + cells[7:], ["net_b", "12"] + [""] * 9)
        text = "\n".join(self.it.summary([record(), unmeasured]))
        self.assertIn("| time and memory measured | 1 of 2 | 1 of 2 |", text)

    def test_measuring_takes_one_of_each_family_first_and_ends_in_time(self):
        sizes = {"a/1": 5, "a/2": 3, "b/1": 9, "b/2": 10}
        families = [("a", ["a/1", "a/2"]), ("b", ["b/1", "b/2"])]
        table = self.it.Table.__new__(self.it.Table)
        table.size = sizes.get
        self.assertEqual(table.order("measure", families), ["a/2", "b/1", "a/1", "b/2"])
        self.assertEqual(table.order("prove", families), ["a/2", "a/1", "b/1", "b/2"])
        progress = self.it.Progress(sizes, 1e-9)
        self.assertTrue(progress.is_over())
        self.assertEqual(progress.left(), 4)
        unlimited = self.it.Progress(sizes, None)
        self.assertFalse(unlimited.is_over())
        self.assertIn("(1 of 4, 0 minutes left)", unlimited.after("a/1"))

    def test_the_page_has_every_model_and_the_command(self):
        records = {"timm/a": record("timm/a"), "timm/b": {"key": "timm/b"}}
        page = self.it.document([("one", ["timm/a"]), ("two", ["timm/b"])], records, ["versions"])
        for words in ("make prunability", "## One", "## Two", "| a |", "| b ✗ |", "not tried"):
            self.assertIn(words, page)

    def test_a_worker_that_hangs_or_dies_is_told_and_started_anew(self):
        text = ("import sys, time\n"
                "for line in sys.stdin:\n"
                "    if line == 'hang\\n': time.sleep(60)\n"
                "    if line == 'die\\n': sys.exit(3)\n"
                "    print('{\"a\": 1}', flush=True)\n")
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "worker.py"
            path.write_text(text)
            worker = self.it.Worker([sys.executable, str(path)])
            self.assertEqual(worker.ask("hello"), {"a": 1})
            self.assertEqual(worker.ask("hang", limit=0.2), {"error": "not done after 0.2 s"})
            self.assertEqual(worker.ask("die"), {"error": "the process ended with status 3"})
            self.assertEqual(worker.ask("hello"), {"a": 1})
            worker.close()

    def test_time_and_memory_are_those_of_the_process(self):
        with tempfile.TemporaryDirectory() as folder:
            log = pathlib.Path(folder) / "log"
            code = "import sys; x = b'1' * 50_000_000; sys.stderr.write('bad'); sys.exit(4)"
            status, seconds, memory = self.it.measured([sys.executable, "-c", code], 30, log)
            self.assertEqual((status, log.read_text()), (4, "bad"))
            self.assertGreater(memory, 50_000)
            status, seconds, _ = self.it.measured(
                [sys.executable, "-c", "import time; time.sleep(60)"], 0.3, log)
            self.assertEqual(status, -9)
            self.assertLess(seconds, 30)


if __name__ == "__main__":
    unittest.main()
