"""The command that takes the results of a term together: collection."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aiducation.cli.options import Force, Json, Language, MinGroup, View, app
from aiducation.console import note, print_json, print_table, say, speak
from aiducation.defaults import MIN_GROUP, VIEW
from aiducation.errors import ConfigError, DataFileError
from aiducation.texts import ENGLISH, Texts, texts_of

if TYPE_CHECKING:
    from aiducation.batch.lessons import Lesson
    from aiducation.observations.recording import Recording

#: Names in a note at most.
_SHOWN = 10


@app.command()
def collection(
    results: Annotated[Path, typer.Argument(help="Folder of results that 'aiducation analyze --save json' wrote.")],
    out: Annotated[Path, typer.Option(help="Folder for the Parquet files and the page.")],
    lessons: Annotated[
        Path | None,
        typer.Option(
            help="CSV with source, day (2026-11-23) and, if wanted, lesson. Default: the day that a recording's name holds."
        ),
    ] = None,
    step: Annotated[float, typer.Option(help="Seconds that a row stands for.")] = 10,
    min_group: MinGroup = MIN_GROUP,
    view: View = VIEW,
    language: Language = ENGLISH,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Take the results of a term together: one set of Parquet files, and a page with trends by lesson, weekday and phase.

    The Parquet files have a row for each person and step, whatever --min-group says.
    """
    speak(language)
    texts = texts_of(language)
    from aiducation.batch.collection import Collection
    from aiducation.batch.lessons import read_lessons, recordings_of
    from aiducation.observations.faces import MadeWith, different_settings
    from aiducation.observations.outcomes import outcomes_of
    from aiducation.study_report.collection_page import entry, terminal_table, write_collection_page
    from aiducation.study_report.page_parts import report_folder
    from aiducation.study_report.recording_comparison_words import different_words
    from aiducation.tables.paths import entry_of

    if not 0.01 <= step <= 86_400 or min_group < 1:
        raise ConfigError("--step is 0.01 to 86,400 seconds, and --min-group at least 1.")
    outcomes_of(view)
    known = read_lessons(lessons) if lessons else {}
    left_out: list[tuple[str, str]] = []
    sources: list[str] = []
    made: list[MadeWith] = []

    def found() -> Iterator[tuple[Recording, Lesson | None]]:
        for source, recording, why in recordings_of(results):
            if recording is None:
                left_out.append((source, why))
            else:
                sources.append(source)
                made.append(MadeWith(settings=recording.made_with.settings))
                yield recording, entry_of(known, source)

    with report_folder(out, force=force) as folder:
        collected = Collection(folder)
        try:
            rows = collected.write(found(), step_s=step)
            if not rows:
                _tell_left_out(left_out, texts)
                raise DataFileError(f"{results} holds no recording with faces that were seen well.")
            trends = collected.trends(min_group=min_group, view=view)
        finally:
            collected.close()
        notes = [different_words(names, texts)] if (names := different_settings(made)) else []
        write_collection_page(
            trends,
            folder,
            texts,
            rows=rows,
            recordings=len(sources),
            left_out=left_out,
            notes=notes,
            min_group=min_group,
            view=view,
            step_s=step,
        )
    if lessons:
        _tell_unmatched(lessons, known, [*sources, *(source for source, _ in left_out)], sources)
    for line in notes:
        note(line)
    _tell_left_out(left_out, texts)
    if as_json:
        print_json({"rows": rows, "trends": entry(trends), "left_out": [list(one) for one in left_out]})
    else:
        print_table(*terminal_table(trends, view, texts))
    say(out, page=out / "index.html")


def _tell_left_out(left_out: Sequence[tuple[str, str]], texts: Texts) -> None:
    for source, why in left_out:
        note(texts.gettext("Left out {source}: {error}.", source=source, error=texts.sentence(why).rstrip(".")))


def _tell_unmatched(table: Path, known: Mapping[str, Lesson], there: Sequence[str], used: Sequence[str]) -> None:
    """Which rows of the table name nothing that is there, and which recordings it does not name."""
    from aiducation.tables.paths import entry_of

    if rows := [name for name in known if not any(entry_of({name: True}, source) for source in there)]:
        note(f"Rows of {table.name} that match no recording of the results: {_some(rows)}.")
    if recordings := [source for source in used if entry_of(known, source) is None]:
        note(f"Recordings that {table.name} does not name; the day in their names counts: {_some(recordings)}.")


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:_SHOWN]) + (f" (and {len(names) - _SHOWN:,} more)" if len(names) > _SHOWN else "")
