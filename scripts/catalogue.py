#!/usr/bin/env python3
"""Writes docs/methods.md: every recipe with what its stored runs found, beside what its paper reports.

    catalogue.py [--write]

Without --write it only says whether the page is what the recipes and docs/evidence hold.
"""

import json
import pathlib
import sys

from recipes import head

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = "docs/methods.md"
KINDS = {
    "criteria": "Criteria and schedules", "at-initialisation": "At initialisation",
    "tickets": "Tickets and rewinding", "dynamic-sparse-training": "Dynamic sparse training",
    "penalties": "Penalties and gates", "codec": "Quantization and codecs", "search": "Search",
    "analysis": "Analysis", "example": "Examples",
}
OPENING = """# The methods

Every recipe of the catalogue with the result of its stored runs (`make evidence RECIPE=id` makes them anew;
the files with commit, seeds and seconds are in [docs/evidence](evidence)). `bonsai methods id` shows a
method's idea, formula, citation and test. Made by `python3 scripts/catalogue.py --write`.

Accuracy is that on the test set after the whole recipe, in percent, mean and standard deviation over the
seeds; zeros are the weights that are zero in the model that is written, parameters and MACs what is left of
the dense network's.
"""


def recipes(folder):
    return [head(path.read_text()) for path in sorted(folder.glob("*.yaml"))]


def percent(value, digits=1):
    return f"{100 * value:.{digits}f} %"


def points(accuracy, runs):
    """Accuracy in percent, with its spread where there is more than one run."""
    spread = f" ± {100 * accuracy['deviation']:.2f}" if runs > 1 else ""
    return f"{100 * accuracy['mean']:.2f}{spread}"


# Figures that are fractions, which the page gives in percent.
FRACTIONS = ("accuracy", "error", "least-error", "accuracy-change", "sparsity", "params", "macs", "bytes",
             "effective-sparsity")


def is_fraction(row):
    return row["ours"] in FRACTIONS or row["ours"].startswith("test error")


def stated(row):
    """A figure that a paper reports."""
    if not is_fraction(row):
        return f"{row['value']}"
    return f"{round(100 * row['value'], 6):.10g} %"


def amount(row):
    """What was found beside it, a digit finer than the paper gives its own; percent to two places."""
    scale, unit = (100, " %") if is_fraction(row) else (1, "")
    digits = 2 if unit else len(str(row["value"]).partition(".")[2]) + 1
    if row["mean"] == int(row["mean"]) and not row["deviation"] and not unit:
        digits = 0
    spread = f" ± {scale * row['deviation']:.{digits}f}" if row["deviation"] else ""
    return f"{scale * row['mean']:.{digits}f}{spread}{unit}"


def row(recipe, evidence):
    """A line of the table."""
    link = f"[{recipe['id']}](../Sources/Methods/Recipes/{recipe['id']}.yaml)"
    if not evidence:
        return f"| {link} | {recipe['title']} |  |  |  |  | not run yet |"
    figures = evidence["figures"]
    accuracy = figures.get("accuracy")
    cells = [
        points(accuracy, len(evidence["runs"])) if accuracy else "",
        percent(figures["sparsity"]["mean"]) if figures["sparsity"]["mean"] > 0.0005 else "",
        percent(figures["params"]["mean"]) if figures["params"]["mean"] < 0.9995 else "",
        percent(figures["macs"]["mean"]) if figures["macs"]["mean"] < 0.9995 else "",
    ]
    runs = evidence["runs"]
    seconds = sum(run["seconds"] for run in runs) / len(runs)
    seeds = "a seed" if len(runs) == 1 else f"{len(runs)} seeds"
    made = f"[{seeds}, {seconds:.0f} s each](evidence/{recipe['id']}.json)"
    if recipe["digest"] != evidence["digest"]:
        made += "; the recipe has changed since"
    return f"| {link} | {recipe['title']} | " + " | ".join(cells) + f" | {made} |"


def page(recipes, evidence):
    """The page; `evidence` holds what is stored by the recipes' names."""
    lines = [OPENING]
    for kind, title in KINDS.items():
        own = [recipe for recipe in recipes if recipe.get("kind", "example") == kind]
        if not own:
            continue
        lines += [f"## {title}", "",
                  "| recipe | what it is | accuracy | zeros | parameters | MACs | runs |",
                  "| --- | --- | ---: | ---: | ---: | ---: | --- |"]
        lines += [row(recipe, evidence.get(recipe["id"])) for recipe in own]
        lines.append("")
        claims = [(recipe["id"], claim) for recipe in own
                  for claim in (evidence.get(recipe["id"]) or {}).get("reported", [])
                  if "mean" in claim]
        if claims:
            lines += ["| recipe | figure | paper | here |", "| --- | --- | ---: | ---: |"]
            lines += [f"| {name} | {claim['text']} | {stated(claim)} | {amount(claim)} |"
                      for name, claim in claims]
            lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def main(arguments):
    stored = {path.stem: json.loads(path.read_text())
              for path in sorted((ROOT / "docs/evidence").glob("*.json"))}
    text = page(recipes(ROOT / "Sources/Methods/Recipes"), stored)
    target = ROOT / PAGE
    if "--write" in arguments:
        target.write_text(text)
    elif not target.is_file() or target.read_text() != text:
        print(f"{PAGE} is not what the recipes and docs/evidence hold; "
              "python3 scripts/catalogue.py --write brings it up to date", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
