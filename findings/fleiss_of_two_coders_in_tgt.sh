#!/usr/bin/env bash
# Believed: tgt, which computes agreement of tiers of Praat, gives two coders a Fleiss' kappa that is 1 if they agree and below 0 if they never do.
# Happens: of two tiers it builds the table of who said what against whom, and reads it as one of items and categories. Two coders who never
#   agree have 1, as have two who agree about everything; two who mostly agree have 0.51 instead of 0.72. Of three and more tiers it is
#   right, as are the other two measures (Cohen's kappa, Scott's pi): -1 for those who never agree.
# Matters: coders of classes come in pairs, and Fleiss' kappa of two is what articles report beside that of three. Here it is compared with
#   other libraries, of two raters, too (tests/reference/test_agreement_reference.py: test_all_figures).
# Date: 2026-11-30. Source: run here (1.5); J. L. Fleiss, Psychological Bulletin 76 (1971): rows are the things that are rated.
set -euo pipefail
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check tgt==1.5 numpy==2.3.5
venv/bin/python - <<'PY'
import random
from importlib.metadata import version

from tgt import Interval, IntervalTier
from tgt.agreement import agreement


def tier(name, states):
    """A state for each second."""
    return IntervalTier(0, len(states), name, [Interval(k, k + 1, state) for k, state in enumerate(states)])


def kappa(method, *codings):
    found = agreement([tier(f"coder {k}", states) for k, states in enumerate(codings)], method)
    return round(float((found[0] if isinstance(found[0], list) else found)[-1]), 2)


def fleiss(*codings):
    """By its definition."""
    items = [{state: item.count(state) for state in set(item)} for item in zip(*codings)]
    n = len(codings)
    observed = sum((sum(k * k for k in item.values()) - n) / (n * (n - 1)) for item in items) / len(items)
    every = sum(codings, [])
    chance = sum((every.count(state) / len(every)) ** 2 for state in set(every))
    return round((observed - chance) / (1 - chance), 2)


random.seed(0)
states = ["bored", "angry"] * 50
opposite = states[1:] + states[:1]
often = [state if random.random() < 0.8 else random.choice(states) for state in states]
guessed = [random.choice(states) for _ in states]
print("tgt", version("tgt"))
seen = {}
for name, codings in {
    "never agree": (states, opposite),
    "always agree": (states, states),
    "mostly agree": (states, often),
    "guess": (states, guessed),
    "three": (states, often, guessed),
}.items():
    methods = ("fleiss-kappa", "cohen-kappa", "scott-pi") if len(codings) == 2 else ("fleiss-kappa",)
    seen[name] = [kappa(method, *codings) for method in methods]
    print(name, dict(zip(methods, seen[name])), "Fleiss' kappa by its definition:", fleiss(*codings))
assert seen["never agree"] == [1, -1, -1] and fleiss(states, opposite) == -1, "the behaviour has changed"
assert seen["always agree"] == [1, 1, 1], "the behaviour has changed"
assert seen["mostly agree"] == [0.51, 0.72, 0.72] and fleiss(states, often) == 0.72, "the behaviour has changed"
assert seen["three"] == [fleiss(states, often, guessed)], "the behaviour has changed"
PY
