#!/usr/bin/env python3
"""Checks what the formatter cannot: opening comments, file length, names, and foreign paths."""

import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
LONGEST = 600
CODE = (".swift", ".c", ".h", ".cpp")
# Names that say nothing about what is inside.
BAGS = re.compile(r"(Helpers?|Utils?|Utilit(y|ies)|Managers?|Misc|Common|Stuff)(?=[+.])")
# Absolute paths of somebody's machine. Written so that this file does not match itself.
MACHINE = re.compile(r"(?<![\w./])/(work|root|home/\w+|Users/\w+|mnt/\w+)/[\w.]")


def tracked():
    """Every file of the project that git knows or would add."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, listing.split("\0")):
        path = ROOT / name
        if path.is_symlink() or path.is_file():
            yield name, path


def complaints(name, path):
    stem = path.name
    if path.is_symlink():
        yield f"a link (to {os.readlink(path)}); links are local, keep them out of the repository"
        return
    if re.search(r"[^\w.+\-/@]", name):
        yield "the name holds a space or an odd character"
    if BAGS.search(stem):
        yield "the name says nothing of what is inside; name the concept"
    try:
        text = path.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        return
    lines = text.splitlines()
    for number, line in enumerate(lines, 1):
        if MACHINE.search(line):
            yield f"line {number} names a path of one machine: {line.strip()[:80]}"
    if path.suffix not in CODE or "Generated" in pathlib.PurePath(name).parts:
        return
    if len(lines) > LONGEST:
        yield f"{len(lines)} lines; no file is longer than {LONGEST}: make it two"
    first = next((line for line in lines if line.strip()), "")
    if not re.match(r"(//(?!/)|/\*)\s*\S", first) and not first.startswith("#pragma once"):
        yield "it must open with a comment that says in one sentence what the file is for"
    if path.suffix == ".swift" and name.startswith("Sources/"):
        if not re.fullmatch(r"[A-Z]\w*(\+\w+)*\.swift", stem):
            yield "a Swift source is named as the type or concept it holds: UpperCamelCase"


def main():
    found, count = 0, 0
    for name, path in tracked():
        count += 1
        for complaint in complaints(name, path):
            found += 1
            print(f"{name}: {complaint}")
    print(f"style: {count} files, {found} complaints")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
