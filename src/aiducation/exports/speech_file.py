"""Speech as a table: a row for each turn of a speaker, with how the group looked meanwhile: the mean of each outcome's share,
empty where the group is too small. Without a transcript there are no rows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from aiducation.column_names import SPEECH_COLUMNS
from aiducation.exports.format import Format, Kind, Material
from aiducation.observations.recording import Recording
from aiducation.observations.timeline import Timeline
from aiducation.tables.dialects import write_csv
from aiducation.visible import as_text


def speech_rows(material: Material) -> Iterator[list[Any]]:
    """The rows of the table, with the columns of ``SPEECH_COLUMNS``; none where nothing is known."""
    over_time = material.group.over_time
    if material.transcript is None or over_time is None:
        return
    source = as_text(material.result.source)
    for number, turn in enumerate(material.transcript.turns, 1):
        about = [turn.speaker or None, round(turn.start_s, 3), round(turn.end_s, 3), turn.words, turn.text or None]
        yield [source, number, *about, *_group(over_time, turn.start_s, turn.end_s)]


def _group(over_time: Timeline, start_s: float, end_s: float) -> list[float | None]:
    """Mean number of faces and mean share of each outcome over the steps of the timeline that a turn touches."""
    steps = (over_time.start_s + over_time.step_s > start_s) & (over_time.start_s < max(end_s, start_s + 1e-3))
    faces = over_time.n_faces[steps]
    shares = over_time.shares[steps & over_time.shown]
    means = shares.mean(axis=0) if len(shares) else np.full(len(over_time.outcomes), np.nan)
    n = float(np.nanmean(faces)) if np.isfinite(faces).any() else float("nan")
    return [None if np.isnan(value) else round(float(value), 4) for value in (n, *means)]


def _write(material: Material, folder: Path, stem: str) -> list[Path]:
    if not isinstance(material.result, Recording):
        return []
    path = folder / f"{stem}.speech.csv"
    write_csv(path, SPEECH_COLUMNS[material.result.view], speech_rows(material), material.csv_dialect)
    return [path]


SPEECH = Format(
    name="speech",
    about="a table with a row for each turn of a speaker, from the transcript beside the recording",
    recording=(Kind(".speech.csv", "text/csv; charset=utf-8"),),
    write=_write,
    in_dialect=True,
)
