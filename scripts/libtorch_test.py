"""Tests of libtorch.py: every way a fetch can go wrong leaves nothing behind. No network needed."""

import contextlib
import hashlib
import http.server
import importlib.util
import io
import os
import pathlib
import tempfile
import threading
import unittest
import unittest.mock
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
VERSION_H = """#define TORCH_VERSION_MAJOR 2
#define TORCH_VERSION_MINOR {}
#define TORCH_VERSION_PATCH 0
"""


def load():
    spec = importlib.util.spec_from_file_location("libtorch", HERE / "libtorch.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def small_wheel(path, leave_out=()):
    """A wheel with the files that matter, of a few bytes each, and some that must not be taken."""
    entries = {
        "torch/include/torch/csrc/api/include/torch/torch.h": "// header\n",
        "torch/include/torch/headeronly/version.h": VERSION_H.format(13),
        "torch/lib/libtorch.so": "1", "torch/lib/libtorch_cpu.so": "2" * 10000,
        "torch/lib/libc10.so": "3", "torch/lib/libgomp.so.1": "4",
        "torch/lib/libtorch_python.so": "no", "torch/nn/functional.py": "no",
        "torch/include/../../../escaped": "no",
        "torch-2.dist-info/licenses/LICENSE": "licence",
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in entries.items():
            if name not in leave_out:
                archive.writestr(name, text)
    return path


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name, "project")
        self.root.mkdir()
        self.wheel = small_wheel(pathlib.Path(folder.name, "good.whl"))
        self.script = load()
        self.script.ROOT, self.script.TARGET = self.root, self.root / ".libtorch"
        self.script.SPACE_NEEDED = 0
        self.pin(self.wheel)
        self.replace(self.script.platform, "machine", lambda: "x86_64")
        self.replace(self.script.platform, "system", lambda: "Linux")
        self.replace(self.script.signal, "signal", lambda *_: None)

    def replace(self, owner, name, value):
        patch = unittest.mock.patch.object(owner, name, value)
        patch.start()
        self.addCleanup(patch.stop)

    def pin(self, wheel):
        digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
        self.script.WHEELS = {"x86_64": digest}

    def run_script(self, **environment):
        clean = {k: v for k, v in os.environ.items()
                 if k not in ("LIBTORCH", "BONSAI_WHEEL", "BONSAI_WHEEL_URL")}
        output = io.StringIO()
        with unittest.mock.patch.dict(os.environ, {**clean, **environment}, clear=True), \
                contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
            status = self.script.main()
        return status, output.getvalue()

    def assert_nothing_left(self):
        self.assertEqual(os.listdir(self.root), [])

    def serve(self, body, announced=None):
        """A server on loopback that answers everything with `body`; returns its address."""
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.send_header("Content-Length", str(announced or len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *arguments):
                pass

        server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return f"http://127.0.0.1:{server.server_port}/torch.whl"


class Installing(Case):
    def test_unpacks_headers_and_libraries_only(self):
        status, output = self.run_script(BONSAI_WHEEL=str(self.wheel))
        self.assertEqual(status, 0, output)
        files = sorted(str(path.relative_to(self.root / ".libtorch"))
                       for path in (self.root / ".libtorch").rglob("*") if path.is_file())
        self.assertEqual(files, [
            "LICENSE", "bonsai-stamp", "include/torch/csrc/api/include/torch/torch.h",
            "include/torch/headeronly/version.h", "lib/libc10.so", "lib/libgomp.so.1",
            "lib/libtorch.so", "lib/libtorch_cpu.so"])
        self.assertEqual(os.listdir(self.root), [".libtorch"])

    def test_second_call_does_nothing_and_says_one_line(self):
        self.run_script(BONSAI_WHEEL=str(self.wheel))
        before = {path: path.stat().st_mtime_ns for path in self.root.rglob("*")}
        status, output = self.run_script(BONSAI_WHEEL="/does/not/exist")
        self.assertEqual((status, output.count("\n")), (0, 1))
        self.assertEqual(before, {path: path.stat().st_mtime_ns for path in self.root.rglob("*")})

    def test_fetches_from_a_server(self):
        address = self.serve(self.wheel.read_bytes())
        status, output = self.run_script(BONSAI_WHEEL_URL=address)
        self.assertEqual(status, 0, output)
        self.assertEqual(os.listdir(self.root), [".libtorch"])

    def test_replaces_its_own_copy_when_a_file_is_gone(self):
        self.run_script(BONSAI_WHEEL=str(self.wheel))
        (self.root / ".libtorch/lib/libc10.so").unlink()
        status, _ = self.run_script(BONSAI_WHEEL=str(self.wheel))
        self.assertEqual(status, 0)
        self.assertTrue((self.root / ".libtorch/lib/libc10.so").is_file())
        self.assertEqual(os.listdir(self.root), [".libtorch"])

    def test_replaces_its_own_copy_of_another_version(self):
        self.run_script(BONSAI_WHEEL=str(self.wheel))
        (self.root / ".libtorch/bonsai-stamp").write_text("2.12.0+cpu\n")
        status, output = self.run_script(BONSAI_WHEEL=str(self.wheel))
        self.assertEqual(status, 0, output)
        self.assertEqual((self.root / ".libtorch/bonsai-stamp").read_text(),
                         self.script.VERSION + "\n")

    def test_sweeps_the_rests_of_a_killed_run(self):
        (self.root / ".libtorch.partial-999999999/wheel").mkdir(parents=True)
        living = self.root / f".libtorch.partial-{os.getppid()}"
        living.mkdir()
        self.run_script(BONSAI_WHEEL=str(self.wheel))
        self.assertEqual(sorted(os.listdir(self.root)), sorted([".libtorch", living.name]))


class Refusing(Case):
    def assert_refused(self, *words, **environment):
        status, output = self.run_script(**environment)
        self.assertEqual(status, 1, output)
        for word in words:
            self.assertIn(word, output)
        self.assert_nothing_left()

    def test_corrupted_wheel(self):
        content = bytearray(self.wheel.read_bytes())
        content[200] ^= 1
        self.wheel.write_bytes(content)
        self.assert_refused("not the pinned one", BONSAI_WHEEL=str(self.wheel))

    def test_missing_wheel(self):
        self.assert_refused("no such file", BONSAI_WHEEL="/does/not/exist.whl")

    def test_download_cut_short(self):
        content = self.wheel.read_bytes()
        address = self.serve(content[:1000], announced=len(content))
        self.assert_refused("after 1000 of", BONSAI_WHEEL_URL=address)

    def test_download_of_something_else(self):
        self.assert_refused("not the pinned one", BONSAI_WHEEL_URL=self.serve(b"<html>sorry</html>"))

    def test_nobody_answers(self):
        self.assert_refused("could not fetch", BONSAI_WHEEL_URL="http://127.0.0.1:1/torch.whl")

    def test_pinned_file_that_is_no_wheel(self):
        self.wheel.write_bytes(b"not a zip file")
        self.pin(self.wheel)
        self.assert_refused("is broken", BONSAI_WHEEL=str(self.wheel))

    def test_pinned_wheel_without_a_library(self):
        small_wheel(self.wheel, leave_out=("torch/lib/libc10.so",))
        self.pin(self.wheel)
        self.assert_refused("holds no lib/libc10.so", BONSAI_WHEEL=str(self.wheel))

    def test_interrupted_while_unpacking(self):
        def stop(*_):
            raise self.script.Failure("interrupted")
        with unittest.mock.patch.object(self.script.shutil, "copyfileobj", stop):
            self.assert_refused("interrupted", BONSAI_WHEEL=str(self.wheel))

    def test_disk_nearly_full(self):
        self.script.SPACE_NEEDED = 10 ** 18
        self.assert_refused("MB are free", BONSAI_WHEEL=str(self.wheel))

    def test_unknown_machine(self):
        self.script.WHEELS = {}
        self.assert_refused("set LIBTORCH", BONSAI_WHEEL=str(self.wheel))


class Given(Case):
    """Folders their owner put in place are checked and never written to."""

    def setUp(self):
        super().setUp()
        self.own = self.root / "own"
        self.own.mkdir()
        self.script.unpack(self.wheel, self.own)

    def test_libtorch_variable(self):
        status, output = self.run_script(LIBTORCH=str(self.own))
        self.assertEqual(status, 0, output)
        self.assertIn("2.13.0, from LIBTORCH", output)
        self.assertEqual(os.listdir(self.root), ["own"])

    def test_libtorch_variable_incomplete(self):
        (self.own / "lib/libtorch.so").unlink()
        status, output = self.run_script(LIBTORCH=str(self.own))
        self.assertEqual(status, 1)
        self.assertIn("no lib/libtorch.so", output)

    def test_libtorch_variable_too_old(self):
        (self.own / "include/torch/headeronly/version.h").write_text(VERSION_H.format(4))
        status, output = self.run_script(LIBTORCH=str(self.own))
        self.assertEqual(status, 1)
        self.assertIn("2.4.0; Bonsai needs 2.13", output)

    def test_own_local_copy_is_kept(self):
        self.own.rename(self.root / ".libtorch")
        status, output = self.run_script(BONSAI_WHEEL="/does/not/exist")
        self.assertEqual(status, 0, output)
        self.assertFalse((self.root / ".libtorch/bonsai-stamp").exists())

    def test_own_local_copy_incomplete_is_not_deleted(self):
        self.own.rename(self.root / ".libtorch")
        (self.root / ".libtorch/lib/libc10.so").unlink()
        status, _ = self.run_script(BONSAI_WHEEL=str(self.wheel))
        self.assertEqual(status, 1)
        self.assertTrue((self.root / ".libtorch/lib/libtorch.so").is_file())


if __name__ == "__main__":
    unittest.main()
