"""Recipes as the scripts read them: what they are called, and which of their lines decide what is done."""

import hashlib
import re

# Keys that say what a recipe is, not what it does: changing them makes no result stale.
HEAD = ("id", "title", "about", "cite", "kind", "formula", "property", "evidence", "reported")


def deeds(recipe):
    """The lines of a recipe that decide what is done, without its head, comments and empty lines."""
    lines, inside = [], False
    for line in recipe.splitlines():
        key = re.match(r"([A-Za-z-]+):", line)
        if key:
            inside = key.group(1) in HEAD
        if not inside and line.strip() and not line.lstrip().startswith("#"):
            lines.append(line.rstrip())
    return "\n".join(lines) + "\n"


def digest(recipe):
    return hashlib.sha256(deeds(recipe).encode()).hexdigest()


def head(text):
    """The plain keys of a recipe's head, and the digest of what it does."""
    found = {"digest": digest(text)}
    for line in text.splitlines():
        match = re.match(r"(id|title|kind|network|data|property|evidence): *(.*)", line)
        if match:
            found[match.group(1)] = match.group(2).strip().strip('"')
    return found
