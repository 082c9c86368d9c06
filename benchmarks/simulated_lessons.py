"""Simulated lessons: what the product would measure of people who change their expression independently, or together.

A person keeps a state for a time that is drawn anew with each state, around a mean of ``keep_s``; the next state is drawn from
the person's own inclinations. What the model says of a state is a row of its real answers to validation pictures with that true
state (``results/change_points_material.json``), so it is as often wrong, and as unsure, as it really is; half of the people are
misread the same way each time, the others anew with each state. On top of that the answer wavers as it does in real clips: a
logistic Ornstein-Uhlenbeck noise of the measured size and memory. Two answers a second go through the product's own smoothing
and are averaged over the steps of the test, as in a recording.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from aiducation.vision.smoothing import HALF_LIFE_S

MATERIAL = Path(__file__).parent.parent / "results" / "change_points_material.json"

#: Seconds between two answers, as ``analyze`` takes them.
EVERY_S = 0.5

#: Mean inclinations of people in a lesson, in the order of the outcomes; a person's own are drawn from a Dirichlet distribution
#: around them. The smaller its concentration, the more does each have a face that it mostly shows.
INCLINED, CALM, LIVELY = (0.3, 0.02, 0.4, 0.13, 0.15), 1.0, 4.0

#: Seconds after which a person follows the others at most.
LAG_S = 2.0


@dataclass(frozen=True, kw_only=True)
class Lesson:
    """What is simulated.

    Attributes:
        people, seconds: how many, for how long.
        keep_s: mean time for which a state lasts; None draws one of 2 to 50 s for each person.
        spread: concentration of the inclinations: ``CALM`` or ``LIVELY``.
        lost_s: mean time after which a person becomes another track, missed in a tenth of the pictures; None for never.
        drift: each person's inclinations move steadily to others of their own.
        together: how many people turn to one state at the same time; at ``at_s``, for ``for_s`` seconds.
        towards: the state they turn to, as an index of the outcomes.
    """

    people: int = 25
    seconds: float = 600.0
    keep_s: float | None = None
    spread: float = CALM
    lost_s: float | None = None
    drift: bool = False
    together: int = 0
    at_s: float = 0.0
    for_s: float = 60.0
    towards: int = 4


@dataclass(frozen=True)
class Material:
    """What was measured of the real model.

    Attributes:
        answers: for each true outcome the (N, 5) log-probabilities that the model gave.
        noise: standard deviation of the wavering of a log-probability; ``memory_s``: time after which it is forgotten.
    """

    answers: tuple[np.ndarray, ...]
    noise: float
    memory_s: float


def material(file: Path = MATERIAL) -> Material:
    """What ``change_points.py --measure`` saved."""
    saved = json.loads(file.read_text(encoding="utf-8"))
    answers = tuple(np.log(np.maximum(np.array(rows) / 1000, 1e-3)) for rows in saved["answers"].values())
    return Material(answers, saved["noise"]["deviation"], saved["noise"]["memory_s"])


def states_of(rng: np.random.Generator, lesson: Lesson) -> np.ndarray:
    """(L, P) the true outcome of each person at each look."""
    looks, n = round(lesson.seconds / EVERY_S), lesson.people
    keep_s = np.exp(rng.uniform(np.log(2), np.log(50), n)) if lesson.keep_s is None else np.full(n, lesson.keep_s)
    first, last = (rng.dirichlet(lesson.spread * np.array(INCLINED), n) for _ in range(2))
    states = np.zeros((looks, n), int)
    for person in range(n):
        at = 0
        while at < looks:
            part = at / looks if lesson.drift else 0.0
            inclined = (1 - part) * first[person] + part * last[person]
            until = at + 1 + round(rng.exponential(keep_s[person]) / EVERY_S)
            states[at:until, person] = rng.choice(5, p=inclined / inclined.sum())
            at = until
    return states


def turn_together(rng: np.random.Generator, states: np.ndarray, lesson: Lesson) -> None:
    """Some of those who are in another state before turn to one, each with a lag of their own, and turn back."""
    at, until = round(lesson.at_s / EVERY_S), round((lesson.at_s + lesson.for_s) / EVERY_S)
    others = np.flatnonzero(states[max(at - 1, 0)] != lesson.towards)
    for person in rng.permutation(others)[: lesson.together]:
        lags = rng.integers(0, round(LAG_S / EVERY_S) + 1, 2)
        states[at + lags[0] : until + lags[1], person] = lesson.towards


def answers_of(rng: np.random.Generator, states: np.ndarray, model: Material) -> np.ndarray:
    """(L, P, 5) what the model says at each look, smoothed as the product does."""
    looks, n = states.shape
    said = np.zeros((looks, n, 5))
    for person in range(n):
        stubborn = rng.random() < 0.5
        own = [some[rng.integers(len(some))] for some in model.answers]
        cuts = np.flatnonzero(np.diff(states[:, person])) + 1
        for start, end in pairwise([0, *cuts, looks]):
            state = states[start, person]
            some = model.answers[state]
            said[start:end, person] = own[state] if stubborn else some[rng.integers(len(some))]
    keep = np.exp(-EVERY_S / model.memory_s)
    noise, fresh = np.zeros((looks, n, 5)), rng.normal(size=(looks, n, 5)) * model.noise
    noise[0] = fresh[0]
    for look in range(1, looks):
        noise[look] = keep * noise[look - 1] + np.sqrt(1 - keep**2) * fresh[look]
    chances = np.exp(said + noise)
    return _smoothed(chances / chances.sum(axis=2, keepdims=True))


def _smoothed(probs: np.ndarray) -> np.ndarray:
    fade = 0.5 ** (EVERY_S / HALF_LIFE_S)
    weight, mean = 0.0, probs[0].copy()
    for look in range(len(probs)):
        weight = weight * fade
        mean = (mean * weight + probs[look]) / (weight + 1)
        weight += 1
        probs[look] = mean
    return probs


def tracks_of(rng: np.random.Generator, probs: np.ndarray, lost_s: float) -> np.ndarray:
    """(L, Q, 5) the same people, each in several tracks one after the other, NaN where a track is not seen."""
    looks, tracks = len(probs), []
    for person in np.moveaxis(probs, 1, 0):
        cuts = np.flatnonzero(rng.random(looks - 1) < EVERY_S / lost_s) + 1
        for start, end in pairwise([0, *cuts, looks]):
            track = np.full_like(person, np.nan)
            track[start:end] = person[start:end]
            track[rng.random(looks) < 0.1] = np.nan
            tracks.append(track)
    return np.stack(tracks, axis=1)


def binned(probs: np.ndarray, step_s: float) -> np.ndarray:
    """(T, P, 5) float32 means over steps, NaN where nothing was seen."""
    each = round(step_s / EVERY_S)
    whole = probs[: len(probs) // each * each].reshape(-1, each, *probs.shape[1:])
    seen = ~np.isnan(whole[..., :1])
    count = seen.sum(axis=1)
    total = np.where(seen, whole, 0).sum(axis=1)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan).astype(np.float32)


def simulate(rng: np.random.Generator, lesson: Lesson, model: Material, step_s: float) -> np.ndarray:
    """(T, P, 5) what the test gets of a lesson."""
    states = states_of(rng, lesson)
    if lesson.together:
        turn_together(rng, states, lesson)
    probs = answers_of(rng, states, model)
    return binned(tracks_of(rng, probs, lesson.lost_s) if lesson.lost_s else probs, step_s)


def step_for(seconds: float, most: int) -> float:
    """The shortest round step of which a recording has fewer than so many."""
    return next(step for step in (1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0) if seconds / step < most)
