#!/usr/bin/env python3
"""Runs the built tests once and leaves no doubt about what passed, failed or was skipped.

The output of `swift test` goes through unchanged; the verdicts are read from Swift Testing's event
stream, so text that a test prints cannot be taken for one. A test skipped without a reason counts
as a failure, and so does a run that ends (crashes) before it said how it ended. Further arguments
go to `swift test`. The last line is `N passed, N failed`.
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
PASSING = ("pass", "passWithKnownIssue", "passWithWarnings")


def read_events(path):
    """Yields the records of the event stream; a line cut short by a crash is left out."""
    with open(path, encoding="utf-8", errors="replace") as stream:
        for line in stream:
            try:
                record = json.loads(line)
            except ValueError:
                continue
            yield record.get("kind"), record.get("payload", {})


class Verdicts:
    """What became of every test function."""

    def __init__(self):
        self.names = {}
        self.started = set()
        self.passed, self.failed, self.skipped = set(), {}, {}
        self.known_issues = set()
        self.last_line = None

    def take(self, kind, payload):
        if kind == "test":
            if payload.get("kind") == "function":
                self.names[payload["id"]] = self.title(payload)
            return
        event, test = payload.get("kind"), payload.get("testID")
        message = (payload.get("messages") or [{}])[0]
        symbol, text = message.get("symbol", ""), message.get("text", "")
        if event == "runEnded":
            self.last_line = text
        elif event == "runStarted" or test not in self.names:
            return
        elif event == "testStarted":
            self.started.add(test)
        elif event == "testSkipped" or (event == "testEnded" and symbol == "skip"):
            self.skip(test, text)
        elif event == "testEnded":
            if symbol in PASSING:
                self.passed.add(test)
                if symbol == "passWithKnownIssue":
                    self.known_issues.add(test)
            else:
                self.failed[test] = text

    def title(self, payload):
        path = payload["id"].rsplit("/", 1)[0]
        name = payload.get("displayName")
        return f'{path} "{name}"' if name else path

    def skip(self, test, text):
        reason = re.search(r': "(.*)"$', text, re.DOTALL)
        if reason and reason.group(1).strip():
            self.skipped[test] = reason.group(1)
        else:
            self.failed[test] = "skipped without a reason; give `.enabled(if:)` a comment"

    def finish(self):
        for test in self.started - self.passed - set(self.failed) - set(self.skipped):
            self.failed[test] = "started, but never ended (the test process stopped)"


def summarise(verdicts, status):
    line = "-" * 78
    print(f"\n{line}")
    for test in sorted(verdicts.known_issues):
        print(f"KNOWN ISSUE  {verdicts.names[test]}")
    reasons = {}
    for test, reason in verdicts.skipped.items():
        reasons.setdefault(reason, []).append(verdicts.names[test])
    for reason, tests in sorted(reasons.items()):
        print(f"SKIPPED      {len(tests)} because: {reason}")
        for test in sorted(tests):
            print(f"               {test}")
    for test, why in sorted(verdicts.failed.items()):
        print(f"FAILED       {verdicts.names[test]}\n               {why}")
    failures = len(verdicts.failed)
    if verdicts.last_line is None:
        failures = max(failures, 1)
        print(f"FAILED       the test process ended with status {status} before the run was over")
    elif status != 0 and failures == 0:
        failures = 1
        print(f"FAILED       swift test ended with status {status}: {verdicts.last_line}")
    elif not verdicts.passed and failures == 0:
        failures = 1
        print("FAILED       no test ran")
    skipped = len(verdicts.skipped)
    print(f"Tests: {len(verdicts.passed)} passed, {failures} failed, "
          f"{skipped or 'none'} skipped{', with the reasons above' if skipped else ''}.")
    print(line)
    print(f"{len(verdicts.passed)} passed, {failures} failed", flush=True)
    return 0 if failures == 0 else 1


def main(arguments):
    with tempfile.TemporaryDirectory() as folder:
        events = pathlib.Path(folder, "events.jsonl")
        events.touch()
        command = ["swift", "test", "--skip-build", "--disable-xctest",
                   "--event-stream-output-path", str(events), "--event-stream-version", "0",
                   *arguments]
        environment = dict(os.environ, SWIFT_BACKTRACE="enable=yes,interactive=no,color=no")
        done = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, env=environment)
        verdicts = Verdicts()
        for kind, payload in read_events(events):
            verdicts.take(kind, payload)
    verdicts.finish()
    sys.stdout.flush()
    return summarise(verdicts, done.returncode)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
