"""Tests of pages.py: blocks that are the files' own, and those that are not."""

import contextlib
import importlib.util
import io
import pathlib
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
PAGE = """# A part

[the file](../../Sources/L1.swift), [elsewhere](https://example.org/a), [here](#a-part)

<!-- code: Sources/L1.swift -->
```swift
/// One.
struct L1 {}
```

```swift
print("[free](code)")
```
"""


def load():
    spec = importlib.util.spec_from_file_location("pages", HERE / "pages.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class PagesTest(unittest.TestCase):
    def setUp(self):
        self.it = load()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.it.ROOT = pathlib.Path(folder.name)
        (self.it.ROOT / "docs/extending").mkdir(parents=True)
        (self.it.ROOT / "Sources").mkdir()
        self.source("struct L1 {}")
        self.page = self.it.ROOT / "docs/extending/part.md"
        self.page.write_text(PAGE)

    def source(self, text):
        (self.it.ROOT / "Sources/L1.swift").write_text(
            f"// What it is for.\n\nimport Network\nimport Torch\n\n/// One.\n{text}\n")

    def run_it(self, *arguments):
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            status = self.it.main(list(arguments))
        return status, output.getvalue()

    def test_the_files_text_after_its_imports_is_right(self):
        self.assertEqual(self.run_it(), (0, "pages: 1 pages, 0 complaints\n"))

    def test_another_text_is_told_and_brought_up_to_date(self):
        self.source("struct L1 { let p = 1 }")
        status, output = self.run_it()
        self.assertEqual(status, 1)
        self.assertIn("docs/extending/part.md:5: the block is not what Sources/L1.swift", output)
        self.assertEqual(self.run_it("--write")[0], 0)
        self.assertEqual(self.page.read_text(), PAGE.replace("{}", "{ let p = 1 }"))

    def test_what_is_missing_is_told(self):
        for change, words in (
                (("code: Sources/L1.swift", "code: Sources/L2.swift"), "no file Sources/L2.swift"),
                (("../../Sources/L1.swift", "L3.swift"), "links to L3.swift"),
                (("-->\n```swift", "-->\nwords\n```swift"), "no fenced block follows"),
                (('print("[free](code)")\n```\n', "print"), "is not closed")):
            self.page.write_text(PAGE.replace(*change))
            status, output = self.run_it()
            self.assertEqual(status, 1, change)
            self.assertIn(words, output)

    def test_other_words_are_refused(self):
        with contextlib.redirect_stderr(io.StringIO()):
            self.assertEqual(self.run_it("--wrong")[0], 64)


if __name__ == "__main__":
    unittest.main()
