"""Change points: how often a joint change is found, and how often one is reported where nobody changes together.

    python benchmarks/change_points.py --measure DATA CLIP [CLIP ...]     what the real model does, into
                                                                          results/change_points_material.json
    python benchmarks/change_points.py [--recordings 60] [--part PART] [--json results/change_points.json]

DATA is a folder of ``aiducation prepare``; of the clips only the wavering of the model's answers is kept. The second command
simulates lessons (``simulated_lessons.py``) and asks three tests of each: the product's, the one it replaced (``sign_flips.py``),
and, where it is installed, ruptures' PELT on the mean probabilities with the BIC penalty, which knows nothing of autocorrelation.
Found means: reported as certain within 10 s of its beginning or, for the old test, within one of its steps. The recordings are
drawn with seeds (``SEED``) that were used for nothing else: the test was chosen on other recordings of the same kinds.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from sign_flips import find_moments
from simulated_lessons import (
    LIVELY,
    MATERIAL,
    Lesson,
    Material,
    answers_of,
    binned,
    material,
    states_of,
    step_for,
    tracks_of,
    turn_together,
)

from aiducation.environment import environment
from aiducation.observations.changes import MOST_STEPS, find_changes
from aiducation.states import OUTCOMES

#: Gives the times at which a test reports a certain change, from the answers at each look and the length in seconds.
Test = Callable[[np.ndarray, float], list[float]]

#: Of the recordings that are measured; none of them was seen while the test was chosen.
SEED = 20261128

#: Within so many seconds of its beginning a change counts as found.
NEAR_S = 10.0


def new(probs: np.ndarray, seconds: float) -> list[float]:
    """The product's test."""
    step = step_for(seconds, MOST_STEPS)
    people = binned(probs, step)
    found = find_changes(people, np.zeros(len(people)), step)
    return [change.from_s for change in found.seen if change.certain]


def old(probs: np.ndarray, seconds: float) -> list[float]:
    """The sign-flip test on the steps of the timeline."""
    step = step_for(seconds, 120)
    return [moment.time_s for moment in find_moments(binned(probs, step), step)[0]]


def pelt(probs: np.ndarray, seconds: float) -> list[float]:
    """ruptures on the shares, as a tutorial would have it."""
    import ruptures

    step = step_for(seconds, 120)
    people = binned(probs, step)
    there = ~np.isnan(people[..., :1])
    shares = (np.where(there, people, 0).sum(axis=1) / np.maximum(there.sum(axis=1), 1))[:, :4]
    noise = np.diff(shares, axis=0).var(axis=0) / 2
    signal = shares / np.sqrt(noise + 1e-9)
    ends = ruptures.Pelt(model="l2", min_size=2, jump=1).fit(signal).predict(pen=signal.shape[1] * np.log(len(signal)))
    return [end * step for end in ends[:-1]]


def tests() -> dict[str, Test]:
    try:
        import ruptures  # noqa: F401
    except ImportError:
        return {"new": new, "old": old}
    return {"new": new, "old": old, "ruptures": pelt}


def null_kinds() -> dict[str, Lesson]:
    """Lessons in which nobody changes together."""
    kinds = {}
    for seconds in (120, 600):
        for people in (8, 12, 25, 40):
            for keep in (2, 5, 10, 20, 50, None):
                name = f"{people} people, {seconds / 60:g} min, states of {keep or '2 to 50'} s"
                kinds[name] = Lesson(people=people, seconds=seconds, keep_s=keep)
    for people in (8, 12, 25, 40):
        one = Lesson(people=people)
        kinds[f"{people} people, tracks of 5 min"] = replace(one, lost_s=300)
        kinds[f"{people} people, tracks of 90 s"] = replace(one, lost_s=90)
        kinds[f"{people} people who drift"] = replace(one, drift=True)
        kinds[f"{people} lively people"] = replace(one, spread=LIVELY)
    for people in (3, 5):
        kinds[f"{people} people"] = Lesson(people=people)
    for people in (12, 25):
        kinds[f"{people} people, 45 min"] = Lesson(people=people, seconds=2700)
    return kinds


def change_kinds() -> dict[str, Lesson]:
    """Lessons in which some change together for a minute; six of 25 in ten minutes unless it says otherwise."""
    six = Lesson(together=6)
    kinds = {f"states of {keep or '2 to 50'} s": replace(six, keep_s=keep) for keep in (2, 5, 10, 20, 50, None)}
    kinds |= {"tracks of 5 min": replace(six, lost_s=300), "tracks of 90 s": replace(six, lost_s=90)}
    kinds |= {"people who drift": replace(six, drift=True), "lively people": replace(six, spread=LIVELY)}
    kinds |= {f"towards {OUTCOMES[k]}": replace(six, towards=k) for k in (1, 2, 3)}
    kinds |= {f"{n} of 25": replace(six, together=n) for n in (4, 8, 10, 15)}
    kinds |= {"5 of 8": replace(six, people=8, together=5), "5 of 12": replace(six, people=12, together=5)}
    kinds |= {"in 3 min": replace(six, seconds=180), "in 45 min": replace(six, seconds=2700)}
    kinds |= {"for 20 s": replace(six, for_s=20), "to the end": replace(six, for_s=1e4)}
    return kinds


def measure(kind: Lesson, model: Material, recordings: int, seed: int) -> dict[str, float]:
    """Share of recordings in which each test finds the change or, where there is none, reports one."""
    rng = np.random.default_rng([SEED, seed])
    hits = dict.fromkeys(tests(), 0)
    for _ in range(recordings):
        lesson = kind
        if kind.together:
            last = max(kind.seconds - min(kind.for_s, 60) - 60, 61)
            lesson = replace(kind, at_s=float(rng.uniform(60, last)))
        states = states_of(rng, lesson)
        if lesson.together:
            turn_together(rng, states, lesson)
        probs = answers_of(rng, states, model)
        if lesson.lost_s:
            probs = tracks_of(rng, probs, lesson.lost_s)
        for name, test in tests().items():
            near = NEAR_S if name == "new" else max(NEAR_S, step_for(lesson.seconds, 120))
            times = test(probs, lesson.seconds)
            hits[name] += any(abs(t - lesson.at_s) <= near for t in times) if lesson.together else bool(times)
    return {name: round(count / recordings, 4) for name, count in hits.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--measure", nargs="+", type=Path, metavar=("DATA", "CLIP"))
    parser.add_argument("--recordings", type=int, default=60, help="of each kind")
    parser.add_argument("--part", choices=("found", "false_alarms"), help="measure this part alone, and keep the other")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    if options.measure:
        from change_points_material import measured

        MATERIAL.write_text(json.dumps(measured(*options.measure)) + "\n", encoding="utf-8")
        return
    model = material()
    kinds_of = {"found": change_kinds, "false_alarms": null_kinds}
    for part in (options.part,) if options.part else tuple(kinds_of):
        rows: dict[str, dict[str, float]] = {}
        mean: dict[str, float] = {}
        for seed, (name, kind) in enumerate(kinds_of[part]().items()):
            rows[name] = row = measure(kind, model, options.recordings, seed)
            shares = "".join(f"{test:>10} {share:>6.1%}" for test, share in row.items())
            print(f"{part:<14}{name:<44}{shares}", flush=True)
            mean = {test: round(float(np.mean([row[test] for row in rows.values()])), 4) for test in tests()}
            if options.json:
                save(options.json, {part: rows, f"recordings_{part}": options.recordings, f"{part}_mean": mean})
        print(f"{part} on average: {mean}", flush=True)


def save(path: Path, measured: dict[str, Any]) -> None:
    """Write what was measured of one part; the other part stays as it is in the file."""
    value = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    path.write_text(json.dumps(value | measured | {"environment": environment()}, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
