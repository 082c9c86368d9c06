"""The command that compares: recordings by their results, or models on the same labelled faces."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aiducation.cli.annotating import Names, read_names, tracks_of
from aiducation.cli.options import CsvDialect, Force, Json, Language, MinGroup, app, model_or_none, refuse
from aiducation.cli.outputs import check_out
from aiducation.console import note, print_json, print_line, print_table, say, speak
from aiducation.defaults import MIN_GROUP, PACKAGED
from aiducation.errors import ConfigError, DataFileError
from aiducation.tables.dialects import STANDARD, check_dialect
from aiducation.texts import ENGLISH, N_, Texts, texts_of

if TYPE_CHECKING:
    from aiducation.evaluation.intervals import Interval
    from aiducation.observations.recording import Recording
    from aiducation.study_report.recording_comparison import RecordingComparison

#: What to do next if nothing was written.
_PAGE = "The same command with --out FOLDER writes a page with a figure and tables."


@app.command()
def compare(
    context: typer.Context,
    inputs: Annotated[
        list[Path],
        typer.Argument(
            help=f"Two or more result JSONs of recordings; or, together with --faces, two or more models: .onnx files, or "
            f"{PACKAGED} for the model of the package."
        ),
    ],
    out: Annotated[Path | None, typer.Option(help="Folder to write: a page with a figure, tables, and JSON.")] = None,
    faces: Annotated[
        Path | None,
        typer.Option(
            help="For models: your own labelled faces, in the same form as for 'aiducation adapt'. Do not use faces "
            "that one of the models was adapted to."
        ),
    ] = None,
    groups: Annotated[
        Path | None,
        typer.Option(
            help="For models: CSV with the columns file and group (the group of people that the face belongs to)."
        ),
    ] = None,
    conditions: Annotated[
        Path | None,
        typer.Option(
            help="For recordings: CSV with the columns source and condition; recordings of the same "
            "condition are combined."
        ),
    ] = None,
    names: Names = None,
    step: Annotated[
        float | None,
        typer.Option(
            help="For recordings: length in seconds of one step of the curves. Default: a "
            "length that gives at most 60 steps."
        ),
    ] = None,
    min_group: MinGroup = MIN_GROUP,
    csv_dialect: CsvDialect = STANDARD,
    language: Language = ENGLISH,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Compare two or more recordings or conditions: how the shares of the states develop over time, and how much they
    differ. Or compare two or more models on the same labelled faces.

    Intervals resample people. The first recording, condition or model is what the others are compared with.
    """
    speak(language)
    texts = texts_of(language)
    check_dialect(csv_dialect)
    models = [path for path in inputs if path.suffix.lower() == ".onnx" or model_or_none(path) is None]
    if models and len(models) < len(inputs):
        raise ConfigError("Models are compared with models, and results with results; name only files of one kind.")
    if models:
        refuse(context, "conditions", "names", "step", "min_group", why="is for recordings, not for models")
        _models(models, faces, groups, out, texts, csv_dialect, force=force, as_json=as_json)
        return
    refuse(context, "faces", "groups", why="is for models, not for recordings")
    check_out(out, force=force)
    if out is None:
        refuse(context, "csv_dialect", "force", why="is for files: name a folder with --out")
    _recordings(inputs, out, texts, conditions, names, step, min_group, csv_dialect, force=force, as_json=as_json)


def _models(
    models: Sequence[Path],
    faces: Path | None,
    groups: Path | None,
    out: Path | None,
    texts: Texts,
    csv_dialect: str,
    *,
    force: bool,
    as_json: bool,
) -> None:
    from aiducation.vision.model_comparison import compare_models

    if faces is None:
        raise ConfigError("Models are compared on labelled faces: name a folder or a CSV with --faces.")
    check_out(out, force=force)
    if out is not None:
        from aiducation.study_report.model_comparison_page import (
            write_model_comparison,
        )  # what it lacks is said before the work
    found = compare_models([model_or_none(path) for path in models], faces, groups=groups)
    head, rows = found.table(texts)
    if as_json:
        print_json(found.entry())
    else:
        for line in found.notes:
            note(line)
        print_line(f"{found.headline(texts)}.")
        print_table(head, rows)
    if out is not None:
        page = write_model_comparison(found, out, texts, csv_dialect=csv_dialect, force=force)
        say(page, page=page)
    else:
        note(_PAGE)


def _recordings(
    inputs: Sequence[Path],
    out: Path | None,
    texts: Texts,
    conditions: Path | None,
    names: Sequence[Path] | None,
    step: float | None,
    min_group: int,
    csv_dialect: str,
    *,
    force: bool,
    as_json: bool,
) -> None:
    from aiducation.study_report.recording_comparison import compare_recordings
    from aiducation.study_report.recording_comparison_json import entry

    if min_group < 1 or (step is not None and not 0.01 <= step <= 86_400):
        raise ConfigError("--min-group is at least 1, and --step 0.01 to 86,400 seconds.")
    recordings, labels = _named_recordings(inputs, once=conditions is not None)
    found = compare_recordings(
        recordings,
        conditions=_conditions(conditions, recordings) if conditions else None,
        labels=labels,
        names=read_names(names, tracks_of(recordings)),
        step_s=step,
        min_group=min_group,
    )
    if as_json:
        print_json(entry(found))
    else:
        _show_recordings(found, texts)
    if out is not None:
        from aiducation.study_report.recording_comparison_page import write_recording_comparison

        page = write_recording_comparison(found, out, texts, csv_dialect=csv_dialect, force=force)
        say(page, page=page)
    else:
        note(_PAGE)


def _named_recordings(inputs: Sequence[Path], *, once: bool) -> tuple[list[Recording], list[str]]:
    """The recordings in result files, and what to call each; ``once``: whether two of the same recording are refused."""
    from aiducation.batch.results import read_result
    from aiducation.observations.recording import Recording

    if len(inputs) < 2:
        raise ConfigError("A comparison needs two results or more.")
    results = [read_result(path) for path in inputs]
    recordings = [one for one in results if isinstance(one, Recording)]
    if photos := [path.name for path, one in zip(inputs, results, strict=True) if not isinstance(one, Recording)]:
        raise DataFileError(f"{photos[0]} is the result of a photo; recordings are compared over time.")
    sources = [one.source for one in recordings]
    if once and len(set(sources)) < len(sources):
        raise ConfigError(
            "Two results are of the same recording; with --conditions, give only one result of each recording."
        )
    if len(set(inputs)) < len(inputs):
        raise ConfigError("A result is named twice.")
    labels = [str(path) if sources.count(name) > 1 else name for path, name in zip(inputs, sources, strict=True)]
    return recordings, labels


def _show_recordings(found: RecordingComparison, texts: Texts) -> None:
    from aiducation.study_report.recording_comparison import overall_rows
    from aiducation.study_report.recording_comparison_words import chance_words, headline, interval_words, notes

    for line in notes(found, texts):
        note(line)
    print_line(f"{headline(found, texts)}.")
    rows = [
        [label, texts.gettext(state), *(cell for one in values for cell in _cells(one, texts))]
        for label, state, *values in overall_rows(found)
    ]
    shares = [found.conditions[0].label, N_("interval"), N_("share"), N_("interval"), N_("difference"), N_("interval")]
    print_table([N_("compared"), N_("state"), *shares], rows)
    note(interval_words(found.unit, texts))
    note(chance_words(found, texts))


def _cells(interval: Interval, texts: Texts) -> list[str]:
    """An estimate and its limits."""
    from aiducation.study_report.page_parts import format_cell, format_limits

    return [format_cell(interval, texts), format_limits(interval, texts) or "–"]


def _conditions(path: Path, recordings: Sequence[Recording]) -> dict[str, str]:
    """Source -> condition, of a table; of the recordings by the sources that they have."""
    from aiducation.tables.paths import entry_of
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
    given = {one.source: entry_of(found, one.source) for one in recordings}
    return found | {source: condition for source, condition in given.items() if condition}
