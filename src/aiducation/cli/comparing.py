"""The command that compares: recordings by their results, or models on the same labelled faces."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from aiducation.cli.annotating import Names, read_names
from aiducation.cli.options import CsvDialect, Force, Json, MinGroup, app, check_out, refuse
from aiducation.console import note, print_json, print_line, print_table, say
from aiducation.errors import ConfigError, DataFileError
from aiducation.tables.dialects import STANDARD, check_dialect


@app.command()
def compare(
    context: typer.Context,
    inputs: Annotated[list[Path], typer.Argument(help="Two or more result JSONs of recordings.")],
    out: Annotated[Path | None, typer.Option(help="Folder for a page with a figure, tables and JSON.")] = None,
    conditions: Annotated[
        Path | None,
        typer.Option(help="Recordings: CSV with source and condition; recordings of one condition are taken together."),
    ] = None,
    names: Names = None,
    step: Annotated[
        float | None, typer.Option(help="Recordings: seconds of a step. Default: at most 60 steps.")
    ] = None,
    min_group: MinGroup = 5,
    csv_dialect: CsvDialect = STANDARD,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Compare two or more recordings, lessons or conditions: shares over time, and how far they differ.

    Intervals resample people. The first recording or condition is what the others are compared with.
    """
    check_dialect(csv_dialect)
    check_out(out, force=force)
    if out is None:
        refuse(context, "csv_dialect", "force", why="is for files: name a folder with --out")
    _recordings(inputs, out, conditions, names, step, min_group, csv_dialect, force=force, as_json=as_json)


def _recordings(
    inputs: Sequence[Path],
    out: Path | None,
    conditions: Path | None,
    names: Sequence[Path] | None,
    step: float | None,
    min_group: int,
    csv_dialect: str,
    *,
    force: bool,
    as_json: bool,
) -> None:
    from aiducation.batch.results import read_result
    from aiducation.observations.recording import Recording
    from aiducation.study_report.recording_comparison import compare_recordings, entry, headline, overall_rows

    if min_group < 1 or (step is not None and not step > 0):
        raise ConfigError("--min-group is at least 1, and --step more than 0 seconds.")
    if len(inputs) < 2:
        raise ConfigError("A comparison needs two results or more.")
    results = [read_result(path) for path in inputs]
    recordings = [one for one in results if isinstance(one, Recording)]
    if photos := [path.name for path, one in zip(inputs, results, strict=True) if not isinstance(one, Recording)]:
        raise DataFileError(f"{photos[0]} is the result of a photo; recordings are compared over time.")
    sources = [one.source for one in recordings]
    if conditions and len(set(sources)) < len(sources):
        raise ConfigError("Two results are of the same recording; with --conditions, give one of each.")
    if len(set(inputs)) < len(inputs):
        raise ConfigError("A result is named twice.")
    labels = [str(path) if sources.count(name) > 1 else name for path, name in zip(inputs, sources, strict=True)]
    found = compare_recordings(
        recordings,
        conditions=_conditions(conditions) if conditions else None,
        labels=labels,
        names=read_names(names),
        step_s=step,
        min_group=min_group,
    )
    if as_json:
        print_json(entry(found))
    else:
        for line in found.notes:
            note(line)
        print_line(f"{headline(found)}.")
        rows = [
            [label, state, *(text for one in values for text in (f"{one.estimate:.3f}", _limits(one)))]
            for label, state, *values in overall_rows(found)
        ]
        head = [
            "compared",
            "state",
            found.conditions[0].label,
            "interval",
            "share",
            "interval",
            "difference",
            "interval",
        ]
        print_table(head, rows)
    if out is not None:
        from aiducation.study_report.recording_comparison_page import write_recording_comparison

        page = write_recording_comparison(found, out, csv_dialect=csv_dialect, force=force)
        say(page, next_command=f"open {page}")


def _limits(interval: object) -> str:
    low, high = getattr(interval, "low", float("nan")), getattr(interval, "high", float("nan"))
    return f"{low:.3f} to {high:.3f}" if low < high else "–"


def _conditions(path: Path) -> dict[str, str]:
    """Source -> condition, of a table."""
    from aiducation.tables.table import open_table

    found: dict[str, str] = {}
    with open_table(path, prefer=("source", "condition")) as table:
        table.need("source", "condition")
        for row in table.rows(("source", "condition")):
            if not row["source"] or not row["condition"]:
                raise row.error("a recording and its condition are needed.")
            if row["source"] in found:
                raise row.error(f"{row['source'][:80]} was listed before.")
            found[row["source"]] = row["condition"]
    return found
