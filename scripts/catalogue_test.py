#!/usr/bin/env python3
"""Tests of catalogue.py: what the page says of recipes and their stored runs."""

import re
import unittest

import catalogue

EVIDENCE = {
    "digest": "1",
    "runs": [{"seconds": 10.0}, {"seconds": 14.0}],
    "figures": {"accuracy": {"mean": 0.98, "deviation": 0.001},
                "sparsity": {"mean": 0.9, "deviation": 0.0},
                "params": {"mean": 1.0, "deviation": 0.0},
                "macs": {"mean": 0.5, "deviation": 0.0}},
    "reported": [{"text": "error", "value": 0.0159, "ours": "error", "mean": 0.02, "deviation": 0.001},
                 {"text": "of a larger network", "value": 0.9}],
}
RECIPE = {"id": "snip", "title": "A title", "kind": "at-initialisation",
          "digest": "1"}


class CatalogueTest(unittest.TestCase):
    def test_a_line_has_the_means_over_the_seeds(self):
        line = catalogue.row(RECIPE, EVIDENCE)
        self.assertIn("98.00 ± 0.10", line)
        self.assertIn("| 90.0 % |  | 50.0 % |", line)
        self.assertIn("[2 seeds, 12 s each](evidence/snip.json)", line)

    def test_one_run_has_no_spread(self):
        self.assertEqual(catalogue.points({"mean": 0.5, "deviation": 0.0}, 1), "50.00")

    def test_a_recipe_that_has_changed_since_its_runs_is_named(self):
        self.assertNotIn("changed since", catalogue.row(RECIPE, EVIDENCE))
        self.assertIn("changed since", catalogue.row({**RECIPE, "digest": "2"}, EVIDENCE))

    def test_what_was_not_run_is_said(self):
        self.assertIn("not run yet", catalogue.row(RECIPE, None))

    def test_figures_stand_beside_the_papers_where_they_were_measured(self):
        text = catalogue.page([RECIPE], {"snip": EVIDENCE})
        self.assertIn("| snip | error | 1.59 % | 2.00 ± 0.10 % |", text)
        self.assertNotIn("larger network", text)

    def test_counts_have_a_digit_more_than_the_papers_where_seeds_differ(self):
        row = {"value": 40, "ours": "compression", "mean": 39.96, "deviation": 0.31}
        self.assertEqual((catalogue.stated(row), catalogue.amount(row)), ("40", "40.0 ± 0.3"))
        row = {"value": 100, "ours": "gates open: fc3.weight", "mean": 100.0, "deviation": 0.0}
        self.assertEqual(catalogue.amount(row), "100")

    def test_shelves_are_those_of_the_program(self):
        source = (catalogue.ROOT / "Sources/Methods/Recipe/RecipeKind.swift").read_text()
        self.assertEqual(re.findall(r'case \.\w+: "([^"]+)"', source), list(catalogue.KINDS.values()))

    def test_every_recipe_stands_on_a_shelf(self):
        recipes = catalogue.recipes(catalogue.ROOT / "Sources/Methods/Recipes")
        text = catalogue.page(recipes, {})
        for recipe in recipes:
            self.assertIn(f"[{recipe['id']}](", text)


if __name__ == "__main__":
    unittest.main()
