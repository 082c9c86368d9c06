"""The timeline of a recording: a figure as SVG and PNG, and its numbers as CSV."""

from __future__ import annotations

from pathlib import Path

from aiducation.exports.format import Format, Kind, Material
from aiducation.exports.timeline_figure import timeline_png, timeline_svg
from aiducation.files import atomic_path, write_text
from aiducation.tables.dialects import write_csv
from aiducation.visible import visible


def _write(material: Material, folder: Path, stem: str) -> list[Path]:
    over_time, title = material.group.over_time, visible(material.result.source)
    if over_time is None:
        return []
    svg, png, table = (folder / f"{stem}.timeline.{kind}" for kind in ("svg", "png", "csv"))
    write_text(svg, timeline_svg(over_time, title, material.texts, material.group.counts))
    with atomic_path(png) as temporary:
        temporary.write_bytes(timeline_png(over_time, title, material.texts, material.group.counts))
    columns = over_time.columns()
    write_csv(table, columns, zip(*columns.values(), strict=True), material.csv_dialect)
    return [svg, png, table]


TIMELINE = Format(
    name="timeline",
    about="the group over time, as a figure and as a table",
    recording=(
        Kind(".timeline.svg", "image/svg+xml"),
        Kind(".timeline.png", "image/png"),
        Kind(".timeline.csv", "text/csv; charset=utf-8"),
    ),
    write=_write,
    in_dialect=True,
    default=True,
)
