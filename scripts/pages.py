#!/usr/bin/env python3
"""Checks that the code in docs/extending is the project's own, and that what the pages link to is there.

    pages.py [--write]

A line `<!-- code: PATH -->` stands before a fenced block; the block is the text of the file PATH: of a
Swift file all that follows its imports, of any other the whole. With --write the blocks are brought up
to date.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGES = "docs/extending"
MARK = re.compile(r"<!-- code: (\S+) -->\s*")
LINK = re.compile(r"\[[^\]]*\]\(([^)#:\s]+)(?:#[^)]*)?\)")


def code(path):
    """What a page shows of the file at `path`."""
    text = path.read_text()
    if path.suffix == ".swift":
        lines = text.splitlines()
        imports = [i for i, line in enumerate(lines)
                   if re.match(r"(@testable )?import \w", line)]
        text = "\n".join(lines[imports[-1] + 1 if imports else 0:])
    return text.strip("\n").splitlines()


def renewed(page, text):
    """The page with its blocks as the files are, and what was wrong with it."""
    lines, complaints, out, at = text.splitlines(), [], [], 0
    outside = []
    while at < len(lines):
        out.append(lines[at])
        mark = MARK.fullmatch(lines[at])
        fence = re.match(r"```\w*$", lines[at])
        if not mark and not fence:
            outside.append(lines[at])
            at += 1
            continue
        start = at + 1 if mark else at
        name = mark and mark.group(1)
        if mark and (start >= len(lines) or not re.match(r"```\w+$", lines[start])):
            complaints.append(f"{page}:{at + 1}: no fenced block follows")
            at += 1
            continue
        end = next((i for i in range(start + 1, len(lines)) if lines[i] == "```"), None)
        if end is None:
            complaints.append(f"{page}:{start + 1}: the block is not closed")
            out += lines[at + 1:]
            break
        shown = lines[start + 1:end]
        if mark and not (ROOT / name).is_file():
            complaints.append(f"{page}:{at + 1}: there is no file {name}")
        elif mark and shown != code(ROOT / name):
            complaints.append(f"{page}:{at + 1}: the block is not what {name} holds; "
                              "python3 scripts/pages.py --write brings it up to date")
            shown = code(ROOT / name)
        out += ([lines[start]] if mark else []) + shown + ["```"]
        at = end + 1
    for target in LINK.findall("\n".join(outside)):
        if not (ROOT / page).parent.joinpath(target).exists():
            complaints.append(f"{page}: links to {target}, which is not there")
    return "\n".join(out) + "\n", complaints


def main(arguments):
    if arguments not in ([], ["--write"]):
        print("usage: pages.py [--write]", file=sys.stderr)
        return 64
    found = []
    pages = sorted((ROOT / PAGES).glob("*.md"))
    for path in pages:
        page = str(path.relative_to(ROOT))
        text, complaints = renewed(page, path.read_text())
        if arguments and text != path.read_text():
            path.write_text(text)
            print(f"{page}: brought up to date")
            _, complaints = renewed(page, text)
        found += complaints
    for complaint in found:
        print(complaint)
    print(f"pages: {len(pages)} pages, {len(found)} complaints")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
