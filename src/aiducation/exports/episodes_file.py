"""Episodes as a table: a row for each stretch of time over which a track showed one state."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from aiducation.exports.format import Format, Kind, Material
from aiducation.observations.episode_columns import EPISODE_COLUMNS
from aiducation.observations.episodes import episodes_of
from aiducation.observations.recording import Recording
from aiducation.tables.dialects import write_csv
from aiducation.visible import as_text


def episode_rows(recording: Recording) -> Iterator[dict[str, Any]]:
    """The rows of the table, with the columns of ``EPISODE_COLUMNS``; numbers rounded as in the other tables."""
    source = as_text(recording.source)
    for one in episodes_of(recording):
        yield {
            "source": source,
            "track_id": one.track_id,
            "place": one.place or None,
            "state": one.state,
            "reason": one.reason or None,
            "from_s": round(one.start_s, 3),
            "to_s": round(one.end_s, 3),
            "views": one.views,
            "mean_probability": None if one.mean_probability is None else round(one.mean_probability, 4),
        }


def _write(material: Material, folder: Path, stem: str) -> list[Path]:
    if not isinstance(material.result, Recording):
        return []
    path = folder / f"{stem}.episodes.csv"
    rows = (row.values() for row in episode_rows(material.result))
    write_csv(path, EPISODE_COLUMNS, rows, material.csv_dialect)
    return [path]


EPISODES = Format(
    name="episodes",
    about="a table with a row for each stretch of time over which a track showed one state",
    recording=(Kind(".episodes.csv", "text/csv; charset=utf-8"),),
    write=_write,
    in_dialect=True,
)
