"""Faces drawn by code, with votes: the demo and the tests run the whole study on them, without any download.

A face has a look (skin, hair, pose, light) and an expression: a mixture of the eight rows of ``EXPRESSIONS``. The
same mixture moves brows, lids and mouth, and sets the chances of the ten votes, so that a network can learn the states
from the pictures, and cannot learn them perfectly. What makes the real data hard is there in small shares: pictures
without a face, votes of "unknown", copies. They show nobody, and scores on them say nothing about real faces.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from aiducation.data.drawn_faces import draw_faces, draw_textures
from aiducation.data.votes import EMOTIONS, RATERS, USAGES, VOTE_COLUMNS, VoteTable
from aiducation.errors import InputError, OutputExistsError
from aiducation.files import write_text
from aiducation.preprocess import SIDE

#: The smallest table in which every kind of copy, and a picture without a face, occurs.
MINIMUM = 20
COPY_KINDS = ("exact", "mirrored", "recropped")

_USAGE_ENDS = (0.8, 0.9)  # Training up to the first, PublicTest up to the second, PrivateTest the rest
_COPY_SHARES = (0.03, 0.015, 0.015)  # of the rows, in the order of COPY_KINDS
_NOT_A_FACE_SHARE = 0.01
_UNKNOWN_SHARE = 0.015
_STRAY_VOTE_SHARE = 0.005  # faces in which a single rater saw none
_UNKNOWN, _NOT_FACE = VOTE_COLUMNS.index("unknown"), VOTE_COLUMNS.index("not_face")

#: Name: (share of the faces, FER2013 emotion, geometry, chances of the ten votes before scaling to one).
#: Geometry, in half head heights except for the lids: inner and outer end of the brows (down is positive), opening of
#: the eyes (1 is wide awake), raised lower lid, corners of the mouth (up is positive), opening and width of the
#: mouth, folds between nose and mouth (0 to 1).
EXPRESSIONS: dict[str, tuple[float, str, tuple[float, ...], tuple[float, ...]]] = {
    "attentive": (0.22, "neutral", (0.00, -0.01, 1.00, 0.0, 0.02, 0.00, 0.27, 0.0), (93, 3, 2, 0, 0, 0, 0, 1, 1, 0)),
    "reserved": (0.22, "neutral", (0.03, 0.05, 0.58, 0.0, -0.02, 0.00, 0.25, 0.1), (80, 0, 0, 9, 6, 1, 0, 2, 2, 0)),
    "sad": (0.19, "sad", (-0.15, 0.10, 0.60, 0.1, -0.15, 0.00, 0.23, 0.2), (24, 0, 0, 70, 1, 1, 1, 1, 2, 0)),
    "angry": (0.15, "angry", (0.20, -0.08, 0.80, 0.4, -0.10, 0.04, 0.26, 0.7), (10, 0, 2, 3, 76, 5, 1, 2, 1, 0)),
    "happy": (0.09, "happy", (-0.04, -0.03, 0.75, 0.6, 0.18, 0.13, 0.37, 0.7), (7, 89, 2, 0, 0, 0, 0, 1, 1, 0)),
    "surprised": (0.05, "surprise", (-0.17, -0.17, 1.40, 0.0, 0.00, 0.28, 0.18, 0.0), (5, 4, 82, 0, 1, 0, 7, 0, 1, 0)),
    "afraid": (0.04, "fear", (-0.19, -0.01, 1.35, 0.0, -0.08, 0.12, 0.30, 0.2), (4, 0, 26, 9, 3, 2, 54, 0, 2, 0)),
    "disgusted": (0.04, "disgust", (0.13, 0.02, 0.55, 0.7, -0.12, 0.07, 0.25, 1.0), (8, 2, 2, 6, 26, 49, 2, 4, 1, 0)),
}


@dataclass(frozen=True, kw_only=True)
class Planted:
    """Rows that cleaning and the search for duplicates should find.

    Row ``copies[i]`` is a copy of row ``sources[i]``, of the kind ``COPY_KINDS[kinds[i]]``; all are (C,), and no row
    stands in them twice. ``not_face`` (F,) are the rows without a face.
    """

    copies: np.ndarray
    sources: np.ndarray
    kinds: np.ndarray
    not_face: np.ndarray


def planted(n: int, *, seed: int = 0) -> Planted:
    """What ``make_synthetic`` plants with the same ``n`` and ``seed``: at least one of each kind.

    Raises:
        InputError: ``n`` is below ``MINIMUM``, or ``seed`` below 0.
    """
    if seed < 0:
        raise InputError(f"The seed must be 0 or more, not {seed}.")
    if n < MINIMUM:
        raise InputError(f"Cannot make {n} synthetic images; ask for at least {MINIMUM}, so that every kind occurs.")
    rng = np.random.default_rng((seed, 0))
    counts = [max(1, round(share * n)) for share in _COPY_SHARES]
    kinds = np.repeat(np.arange(len(COPY_KINDS)), counts)
    copies, sources, rest = np.split(rng.permutation(n), [len(kinds), 2 * len(kinds)])
    return Planted(copies=copies, sources=sources, kinds=kinds, not_face=rest[: max(1, round(_NOT_A_FACE_SHARE * n))])


def make_synthetic(n: int, *, seed: int = 0) -> VoteTable:
    """``n`` drawn faces with their votes: the same ``n`` and ``seed`` give the same table.

    Rows stand in the order Training, PublicTest, PrivateTest (80, 10, 10 %). About 6 % are duplicates of another
    row (with votes drawn anew, in any usage), 1 % are not faces (all ten votes say so), and 1.5 % are hard to recognise
    (many votes "unknown").

    Raises:
        InputError: ``n`` is below ``MINIMUM``.
    """
    plan = planted(n, seed=seed)
    rng = np.random.default_rng((seed, 1))
    weights = _mixtures(n, rng)
    blurred = rng.random(n) < _UNKNOWN_SHARE
    weights[plan.copies], blurred[plan.copies] = weights[plan.sources], blurred[plan.sources]

    geometry = weights @ np.array([row[2] for row in EXPRESSIONS.values()])
    pixels = draw_faces(geometry, blurred, rng)
    pixels[plan.not_face] = draw_textures(len(plan.not_face), rng)
    for row, source, kind in zip(plan.copies, plan.sources, plan.kinds, strict=True):
        pixels[row] = _copy(pixels[source], COPY_KINDS[kind], rng)

    votes = _draw_votes(weights, blurred, rng)
    votes[plan.not_face] = RATERS * np.eye(len(VOTE_COLUMNS), dtype=np.uint8)[_NOT_FACE]
    return VoteTable(
        pixels=pixels,
        emotion=_draw_emotions(weights, rng),
        usage=np.searchsorted(_USAGE_ENDS, np.arange(n) / n, side="right").astype(np.int8),
        votes=votes,
        names=_names(votes[:, _NOT_FACE] < RATERS),
    )


def write_synthetic(out: Path, *, n: int = 2000, seed: int = 0, force: bool = False) -> tuple[Path, Path]:
    """Write ``fer2013.csv`` and ``fer2013new.csv`` into a folder, in the format of the real files; returns both paths.

    Raises:
        InputError: ``n`` is below ``MINIMUM``.
        OutputExistsError: one of them is there already (it may be the real one), and ``force`` is not set.
    """
    faces, votes = out / "fer2013.csv", out / "fer2013new.csv"
    for path in (faces, votes):
        if path.exists() and not force:
            raise OutputExistsError(
                f"{path} exists already and may be the real data set; choose another folder. --force replaces it, "
                f"and the old file is lost."
            )
    table = make_synthetic(n, seed=seed)
    face_lines = ["emotion,pixels,Usage"]
    vote_lines = [f"Usage,Image name,{','.join(VOTE_COLUMNS).replace('not_face', 'NF')}"]
    for i, usage in enumerate(USAGES[code] for code in table.usage):
        face_lines.append(f"{table.emotion[i]},{' '.join(map(str, table.pixels[i].ravel().tolist()))},{usage}")
        vote_lines.append(f"{usage},{table.names[i]},{','.join(map(str, table.votes[i].tolist()))}")
    write_text(faces, "\n".join(face_lines) + "\n")
    write_text(votes, "\n".join(vote_lines) + "\n")
    return faces, votes


def _mixtures(n: int, rng: np.random.Generator) -> np.ndarray:
    """Expressions (N, 8): a main one with a weight of 0.6 to 1, and another for the rest."""
    shares = np.array([row[0] for row in EXPRESSIONS.values()])
    main, other = np.eye(len(shares))[rng.choice(len(shares), (2, n), p=shares)]
    weight = rng.uniform(0.6, 1, (n, 1))
    return np.asarray(weight * main + (1 - weight) * other)


def _draw_votes(weights: np.ndarray, blurred: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Ten votes (N, 10) for each mixture of expressions."""
    chances = np.array([row[3] for row in EXPRESSIONS.values()], dtype=float)
    p = weights @ (chances / chances.sum(axis=1, keepdims=True))
    p[blurred] = 0.4 * p[blurred] + 0.6 * np.eye(len(VOTE_COLUMNS))[_UNKNOWN]
    votes = rng.multinomial(RATERS, p / p.sum(axis=1, keepdims=True)).astype(np.uint8)
    stray = np.flatnonzero(rng.random(len(votes)) < _STRAY_VOTE_SHARE)
    votes[stray, votes[stray].argmax(axis=1)] -= 1
    votes[stray, _NOT_FACE] += 1
    return votes


def _draw_emotions(weights: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """FER2013's one label an image: mostly the main expression, one in seven at random, as its labels are noisy."""
    indices = np.array([EMOTIONS.index(row[1]) for row in EXPRESSIONS.values()], dtype=np.int8)
    emotion = np.asarray(indices[weights.argmax(axis=1)])
    noisy = rng.random(len(emotion)) < 1 / 7
    emotion[noisy] = rng.integers(0, len(EMOTIONS), noisy.sum())
    return emotion


def _names(named: np.ndarray) -> np.ndarray:
    """FER+'s names (N,): its counter stands still on rows without a name, so it is not the row number."""
    return np.array([f"fer{i:07d}.png" if has else "" for i, has in zip(named.cumsum() - 1, named, strict=True)])


def _copy(face: np.ndarray, kind: str, rng: np.random.Generator) -> np.ndarray:
    if kind != "recropped":
        return face if kind == "exact" else face[:, ::-1]
    side = rng.uniform(43, 47)
    left, top = rng.uniform(0, SIDE - side, 2)
    image = Image.fromarray(face)
    return np.asarray(image.resize((SIDE, SIDE), Image.Resampling.BICUBIC, box=(left, top, left + side, top + side)))
