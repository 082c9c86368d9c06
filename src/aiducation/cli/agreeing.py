"""The command about agreement: agree."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aiducation.cli.annotating import Code, Fps, Names, Source, read_names, read_options, tracks_of
from aiducation.cli.options import CsvDialect, Force, Json, Language, app
from aiducation.cli.outputs import check_out
from aiducation.console import note, print_json, print_line, print_table, say, speak
from aiducation.errors import ConfigError, DataFileError
from aiducation.tables.dialects import STANDARD, check_dialect
from aiducation.texts import ENGLISH, N_, Texts, texts_of

if TYPE_CHECKING:
    from aiducation.evaluation.intervals import Interval
    from aiducation.exchange.format import ReadOptions
    from aiducation.observations.annotations import Annotations
    from aiducation.observations.faces import Faces
    from aiducation.observations.recording import Recording
    from aiducation.study_report.agreement import AgreementReport


@app.command()
def agree(
    files: Annotated[
        list[Path],
        typer.Argument(
            help="Two or more files: annotation files (JSON, CSV, ELAN, BORIS, Label Studio, CVAT), and for the "
            "model the result JSONs of 'analyze'."
        ),
    ],
    out: Annotated[Path | None, typer.Option(help="Folder to write: a page with figures, tables, and JSON.")] = None,
    every: Annotated[float, typer.Option(help="Recordings: seconds between the times that are compared.")] = 1.0,
    tolerance: Annotated[
        float,
        typer.Option(
            help="Recordings: largest difference in seconds between two annotators' beginnings of the same event."
        ),
    ] = 1.0,
    target: Annotated[
        float,
        typer.Option(help="Share of answers that should be right; the threshold that reaches it is searched for."),
    ] = 0.8,
    code: Code = None,
    source: Source = "",
    fps: Fps = None,
    names: Names = None,
    csv_dialect: CsvDialect = STANDARD,
    language: Language = ENGLISH,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Measure how far annotators agree with each other, or with the model.

    Cohen's and Fleiss' kappa, Krippendorff's alpha, precision and recall of each state, with intervals that resample
    people.
    """
    speak(language)
    texts = texts_of(language)
    from dataclasses import replace

    from aiducation.observations.ratings import ratings_of
    from aiducation.study_report.agreement import report_agreement, report_groups_alone
    from aiducation.study_report.agreement_json import entry
    from aiducation.study_report.group_agreement import group_agreement

    check_dialect(csv_dialect)
    check_out(out, force=force)
    if not 0.01 <= every <= 86_400 or not tolerance >= 0 or not 0 < target < 1:
        raise ConfigError("--every is 0.01 to 86,400 seconds, --tolerance 0 or more, and --target between 0 and 1.")
    annotators, results = _raters(files, read_options(code, source, fps))
    if len(annotators) + bool(results) < 2:
        raise ConfigError(
            "Agreement needs two raters: name two annotation files, or one and the result JSON of the model. A "
            "single file is enough if it holds the labels of two people."
        )
    groups, subject = group_agreement(annotators), ", ".join(path.name for path in files[:4])
    labelled = dict.fromkeys(source_ for some in annotators.values() for source_ in some.sources)
    known = read_names(names, {**labelled, **tracks_of(results)})
    coders = {name: some for name, some in annotators.items() if len(some.of("state"))}
    try:
        ratings = ratings_of(coders, results, every_s=every, names=known)
        found = report_agreement(ratings, tolerance_s=tolerance, target=target, subject=subject)
        found = replace(found, groups=groups)
    except DataFileError as error:
        if not any(one.found for one in groups):
            raise
        found = report_groups_alone(tuple(annotators), groups, why=str(error) if coders else "", subject=subject)
    if as_json:
        print_json(entry(found))
    else:
        show_agreement(found, texts)
    if out is not None:
        from aiducation.study_report.agreement_page import write_agreement

        page = write_agreement(found, out, texts, csv_dialect=csv_dialect, force=force)
        say(page, page=page)


def show_agreement(found: AgreementReport, texts: Texts) -> None:
    """What was found, on the terminal."""
    from aiducation.study_report.agreement_rows import state_rows, summary_rows
    from aiducation.study_report.agreement_words import headline, named, notes, threshold_words, undefined_words

    for line in notes(found, texts):
        note(line)
    print_line(f"{headline(found, texts)}.")
    if rows := summary_rows(found, texts):
        print_table(
            [N_("figure"), N_("estimate"), N_("95 % interval")],
            [[name, *_cells(value, texts)] for name, value in rows],
        )
    for pair in found.agreement.pairs if found.agreement else ():
        print_line()
        first, second = (named(found.ratings.raters[k], texts) for k in (pair.first, pair.second))
        print_table(
            [N_("state"), first, second, N_("precision"), N_("interval"), N_("recall"), N_("interval")],
            [
                [state, a, b, *_cells(precision, texts), *_cells(recall, texts)]
                for state, a, b, precision, recall in state_rows(found, pair, texts)
            ],
        )
    if words := undefined_words(found, texts):
        print_line(words)
    if found.check:
        print_line()
        print_line(threshold_words(found.check, texts))
    if found.groups:
        _show_groups(found, texts)


def _show_groups(found: AgreementReport, texts: Texts) -> None:
    """Agreement on group labels."""
    from aiducation.evaluation.intervals import Interval
    from aiducation.study_report.group_agreement import GROUP_HEAD, group_note, group_rows
    from aiducation.study_report.page_parts import interval_words

    def cell(value: object) -> str:
        return interval_words(value, texts) if isinstance(value, Interval) else "–" if value is None else str(value)

    print_line()
    print_table(GROUP_HEAD, [[cell(value) for value in row] for row in group_rows(found.groups, texts)])
    print_line(group_note(found.groups, texts))


def _cells(interval: Interval, texts: Texts) -> list[str]:
    """An estimate and its limits."""
    if interval.estimate != interval.estimate:
        return ["–", "–"]
    estimate, low, high = (texts.decimals(f"{value:.3f}") for value in (interval.estimate, interval.low, interval.high))
    return [estimate, texts.gettext("{low} to {high}", low=low, high=high) if interval.has_limits else "–"]


def _raters(files: Sequence[Path], options: ReadOptions) -> tuple[dict[str, Annotations], list[Faces | Recording]]:
    """What each annotator says, and the model's results.

    Two files whose annotators have one name are two raters if they are about the same photo or recording; otherwise they are
    parts of what one annotator says, such as a file for each lesson.
    """
    from aiducation.batch.results import is_result_json, read_result
    from aiducation.exchange.several import read_several, telling_names
    from aiducation.observations.annotations import Annotations

    annotators: dict[str, Annotations] = {}
    results: list[Faces | Recording] = []
    labelled: list[Path] = []
    for path in _files(files):
        if is_result_json(path):
            results.append(read_result(path))
        else:
            labelled.append(path)
    several = read_several(labelled, options)
    for line in several.notes:
        note(line)
    for (path, said), place in zip(several.files, telling_names(labelled) if labelled else (), strict=True):
        if not said.annotators:
            raise DataFileError(f"{path} holds no state and no group label that an annotator gave.")
        for name in said.annotators:
            own = said.where(lambda one, name=name: one.kind not in ("state", "group") or one.annotator == name)  # type: ignore[misc]
            shown = name or path.stem
            while shown in annotators and _share_a_source(annotators[shown], own):
                shown += f" ({place})"
            annotators[shown] = annotators.get(shown, Annotations()) + own
    if len({result.source for result in results}) < len(results):
        raise ConfigError("Two results are of the same photo or recording; give only one result of each.")
    return annotators, results


def _share_a_source(one: Annotations, other: Annotations) -> bool:
    """Whether both say something of one photo or recording, which one of them may name without its folder."""
    first, second = (
        {source.replace("\\", "/") for source in some.of("state", "group").sources} for some in (one, other)
    )
    last = {source.rpartition("/")[2] for source in first}
    return any(b in first or b in last or b.rpartition("/")[2] in first for b in second)


def _files(paths: Sequence[Path]) -> list[Path]:
    """The files, and the JSON files of folders."""
    found: list[Path] = []
    for path in paths:
        found += sorted(path.glob("*.json")) if path.is_dir() else [path]
        if path.is_dir() and not any(path.glob("*.json")):
            raise DataFileError(f"{path} holds no .json file; analyze with --save json.")
    return list(dict.fromkeys(found))
