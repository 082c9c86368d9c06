"""A made-up lesson with a model's result and two annotators who know it, for tests of agreement and comparison."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np

from aiducation.observations.annotations import Annotation, Annotations, Target
from aiducation.observations.faces import MadeWith
from aiducation.observations.recording import Recording
from aiducation.states import OUTCOMES, STATES
from makers import recording_of


def lesson(
    *, people: int = 10, seconds: int = 120, seed: int = 0, bored: float = 0.25, source: str = "lesson.mp4"
) -> tuple[Recording, np.ndarray]:
    """A recording with a sample a second, and (T, P) what everyone really shows; the model is right in about two of three."""
    rng = np.random.default_rng(seed)
    rest = (1 - bored) / 3
    truth = np.zeros((seconds, people), np.int64)
    for person in range(people):
        t = 0
        while t < seconds:
            length = int(rng.integers(8, 30))
            truth[t : t + length, person] = rng.choice(4, p=[rest, rest, rest, bored])
            t += length
    frames = []
    for row in truth:
        logits = rng.normal(size=(people, len(OUTCOMES)))
        logits[np.arange(people), row] += 1.6
        probs = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
        frames.append(list(probs.astype(np.float32)))
    made = recording_of(frames)
    named = tuple(replace(frame, source=source) for frame in made.frames)
    about = MadeWith(model={"name": "made up", "threshold": 0.5})
    return replace(made, source=source, frames=named, made_with=about), truth


def coder(
    truth: np.ndarray, name: str, *, wrong: float = 0.15, late: float = 0.3, seed: int = 1, source: str = "lesson.mp4"
) -> Annotations:
    """An annotator who takes some spans for another state, and notices each change a little late."""
    rng = np.random.default_rng(seed)
    items = []
    for person in range(truth.shape[1]):
        ends = [0, *(np.flatnonzero(np.diff(truth[:, person])) + 1), len(truth)]
        for k, (a, b) in enumerate(itertools.pairwise(ends)):
            state = int(rng.integers(4)) if rng.random() < wrong else int(truth[a, person])
            start = a + (0 if k == 0 else round(float(rng.random() * late), 2))
            target = Target(source=source, track=person, from_s=float(start), to_s=float(b))
            items.append(Annotation(target=target, state=STATES[state], annotator=name))
    return Annotations(tuple(items))
