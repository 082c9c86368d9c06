"""Boxes and sizes that other tools need, taken from results."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from aiducation.exchange.format import Media
from aiducation.observations.annotations import Annotation, Annotations
from aiducation.observations.faces import Faces
from aiducation.observations.recording import Recording


def with_places(annotations: Annotations, results: Sequence[Faces | Recording]) -> Annotations:
    """The same annotations, each with the box of its face if a result has it; for a track, the box at the beginning of
    the span."""
    by_source = {result.source: result for result in results}
    return Annotations(tuple(_placed(one, by_source.get(one.target.source)) for one in annotations))


def _placed(one: Annotation, result: Faces | Recording | None) -> Annotation:
    target = one.target
    if result is None or target.box is not None:
        return one
    box = None
    if isinstance(result, Faces) and target.face is not None and target.face < len(result):
        box = result.boxes[target.face]
    elif isinstance(result, Recording) and target.track is not None:
        seen = [(frame, np.flatnonzero(frame.track_ids == target.track)) for frame in result.frames]
        there = [
            (abs((frame.time_s or 0.0) - (target.from_s or 0.0)), frame.boxes[rows[0]])
            for frame, rows in seen
            if len(rows)
        ]
        box = min(there, key=lambda pair: pair[0])[1] if there else None
    if box is None:
        return one
    left, top, right, bottom = (float(side) for side in box)
    return replace(one, target=replace(target, box=(left, top, right, bottom)))


def media_of(
    results: Sequence[Faces | Recording],
    annotations: Annotations,
    *,
    folder: Path | None = None,
    fps: float | None = None,
    known: Media | None = None,
) -> Media:
    """What is known of the photos and recordings.

    Args:
        results: of some of them.
        annotations: labels of them.
        folder: where they lie.
        fps: frames per second of all recordings; None takes what the results and files say.
        known: what files of annotations say.
    """
    recordings = [one for one in results if isinstance(one, Recording)]
    rates = {**(known.fps if known else {}), **{one.source: rate for one in recordings if (rate := _rate(one))}}
    if fps:
        rates = dict.fromkeys(annotations.sources, fps)
    found = Media(
        folder=folder,
        sizes={one.source: (one.width, one.height) for one in results if one.width and one.height},
        fps=rates,
        length_s={one.source: whole for one in recordings if (whole := one.whole_s)},
        frames_off={one.source: _frames_off(one, rates[one.source]) for one in recordings if one.source in rates},
    )
    return (known or Media()) | found


def _numbered(recording: Recording) -> list[tuple[float, int]]:
    """Times and numbers of the pictures that were analyzed, where both are known."""
    return [
        (frame.time_s, frame.frame)
        for frame in recording.frames
        if frame.frame is not None and frame.time_s is not None
    ]


def _rate(recording: Recording) -> float | None:
    """Pictures a second, from the numbers and times of the pictures that were analyzed."""
    known = _numbered(recording)
    if len(known) < 2 or known[-1][0] <= known[0][0] or known[-1][1] <= known[0][1]:
        return None
    return round((known[-1][1] - known[0][1]) / (known[-1][0] - known[0][0]), 3) or None


def _frames_off(recording: Recording, fps: float) -> int:
    """By how many frames the numbers that times give differ at most from the recording's own."""
    return max((round(abs(frame - time_s * fps)) for time_s, frame in _numbered(recording)), default=0)
