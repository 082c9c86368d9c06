"""Commands about annotations: annotations, correct."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aiducation.cli.options import CsvDialect, Force, Json, MinGroup, SaveTakesMany, app
from aiducation.cli.outputs import check_file, check_out
from aiducation.console import command, note, print_json, print_line, print_table, say
from aiducation.defaults import MIN_GROUP
from aiducation.errors import ConfigError, DataFileError
from aiducation.tables.dialects import STANDARD, check_dialect

if TYPE_CHECKING:
    from aiducation.exchange.format import ReadOptions
    from aiducation.exchange.several import SeveralLabels
    from aiducation.observations.annotations import Annotation, Annotations
    from aiducation.observations.faces import Faces
    from aiducation.observations.recording import Recording
    from aiducation.observations.track_names import TrackNames

Code = Annotated[
    list[str] | None,
    typer.Option(
        help="Which state a word in the files stands for, such as --code engaged=focused; --code laughing= leaves "
        "the labels with that word out. May be repeated."
    ),
]
Fps = Annotated[
    float | None,
    typer.Option(
        help="Frames per second, for files that give frame numbers instead of times: of the recording (CVAT), or of the "
        "labeling interface (Label Studio: its frameRate, 24 if it has none)."
    ),
]
Source = Annotated[
    str,
    typer.Option(
        help="The photo or recording that was annotated: one of several that the files name (labels about others are left "
        "out), or its name if a file names it differently or not at all."
    ),
]
Names = Annotated[
    list[Path] | None,
    typer.Option(
        help="JSON file that says which person each track shows; needed if labels name persons. May be repeated."
    ),
]


def read_options(code: Sequence[str] | None, source: str, fps: float | None) -> ReadOptions:
    from aiducation.exchange.format import ReadOptions
    from aiducation.exchange.formats import codes_of

    if fps is not None and not 0 < fps <= 1000:
        raise ConfigError(f"--fps must be more than 0 and at most 1000, not {fps:g}.")
    return ReadOptions(codes=codes_of(code or ()), source=source, fps=fps)


def tracks_of(results: Sequence[Faces | Recording]) -> dict[str, set[int]]:
    """The numbers of the tracks in results, by their sources; a photo has none."""
    from aiducation.observations.recording import Recording

    tracks: dict[str, set[int]] = {}
    for one in results:
        tracks.setdefault(one.source, set()).update(one.track_ids.tolist() if isinstance(one, Recording) else ())
    return tracks


def read_names(paths: Sequence[Path] | None, tracks: Mapping[str, Collection[int] | None]) -> list[TrackNames]:
    """The names of tracks in files, one for each recording. Those that nobody here has are told.

    Args:
        tracks: the recordings at hand, with the numbers of their tracks; None where they are not known.
    """
    from aiducation.observations.track_names import TrackNames, merged, not_used
    from aiducation.records import read_record

    read = []
    for path in paths or ():
        value = read_record(path)
        try:
            read.append(TrackNames.from_json(value))
        except DataFileError as error:
            raise DataFileError(f"{path}: {error}") from error
    names = merged(read)
    for line in not_used(names, tracks):
        note(line)
    return names


@app.command("annotations")
def show_annotations(
    files: Annotated[list[Path], typer.Argument(help="Annotation files, of any tool that is supported.")],
    to: Annotated[str, typer.Option(help="Format to write; 'aiducation list annotations' lists all formats.")] = "",
    out: Annotated[Path | None, typer.Option(help="The file to write.")] = None,
    result: Annotated[
        list[Path] | None,
        typer.Option(
            help="Result JSON of the photo or recording, for tools that need the boxes of faces and the "
            "size of the picture."
        ),
    ] = None,
    media: Annotated[
        Path | None, typer.Option(help="Folder with the photos and recordings, for tools that open them.")
    ] = None,
    code: Code = None,
    source: Source = "",
    fps: Fps = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Summarize annotation files of any tool, or convert them for another tool."""
    from aiducation.exchange.formats import writer_of
    from aiducation.exchange.media_entries import media_entries
    from aiducation.exchange.several import read_several
    from aiducation.observations.annotation_json import annotations_to_json

    if bool(to) != (out is not None):
        raise ConfigError("Name both the format (--to) and the file (--out), or neither.")
    options = read_options(code, source, fps)
    if out is not None:
        writer_of(to)
        check_file(out, force=force)
    several = read_several(files, options)
    for line in several.notes:
        note(line)
    said = several.together
    if out is not None:
        _convert(several, out, to, result, media, fps)
        return
    if as_json:
        print_json(annotations_to_json(said, media_entries(several.media, said.sources)))
        return
    rows = [
        [source_, annotator or "–", one.kind, _said(one), count]
        for (source_, annotator, _, _), (one, count) in _counted(said).items()
    ]
    print_table(["source", "annotator", "kind", "state", "annotations"], rows)


def _counted(said: Annotations) -> dict[tuple[str, str, str, str], tuple[Annotation, int]]:
    counts: dict[tuple[str, str, str, str], tuple[Annotation, int]] = {}
    for one in said:
        key = (one.target.source, one.annotator, one.kind, _said(one))
        counts[key] = (one, counts.get(key, (one, 0))[1] + 1)
    return dict(sorted(counts.items()))


def _said(one: Annotation) -> str:
    return f"{one.attribute}: {one.value}" if one.kind == "group" else one.state or "–"


def _convert(
    several: SeveralLabels,
    out: Path,
    to: str,
    result: Sequence[Path] | None,
    media: Path | None,
    fps: float | None,
) -> None:
    from aiducation.batch.results import read_result
    from aiducation.exchange.formats import write_annotations
    from aiducation.exchange.places import media_of, with_places

    results = [read_result(path) for path in result or ()]
    said = several.together
    about = media_of(results, said, folder=media, fps=fps, known=several.media)
    for line in write_annotations(with_places(said, results), out, to, about):
        note(line)
    say(out)


@app.command(cls=SaveTakesMany)
def correct(
    result: Annotated[Path, typer.Argument(help="Result JSON written by 'analyze'.")],
    files: Annotated[list[Path], typer.Argument(help="Annotation files; their corrections are applied in this order.")],
    out: Annotated[Path, typer.Option(help="Folder to write the corrected result to.")],
    save: Annotated[
        str, typer.Option(help="One or more formats; 'aiducation list formats' lists all formats.")
    ] = "json,csv,timeline,report",
    code: Code = None,
    source: Source = "",
    fps: Fps = None,
    names: Names = None,
    show_names: Annotated[
        bool,
        typer.Option(
            "--show-names",
            help="Show the names of tracks (--names) in the report; otherwise no saved file contains them.",
        ),
    ] = False,
    min_group: MinGroup = MIN_GROUP,
    csv_dialect: CsvDialect = STANDARD,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Apply the corrections in annotation files to a result, and save the corrected result; its notes say what was
    changed by hand."""
    from aiducation.batch.results import read_result
    from aiducation.exchange.several import read_several
    from aiducation.exports.formats import check_formats, default_formats, formats_for
    from aiducation.exports.formats import save as write
    from aiducation.files import new_folder
    from aiducation.observations.corrections import corrected
    from aiducation.observations.events import with_events
    from aiducation.observations.recording import Recording
    from aiducation.observations.withheld import check_min_group

    if show_names and not names:
        raise ConfigError("--show-names needs the file of names: name it with --names.")
    chosen = tuple(name for name in save.replace(",", " ").split())
    check_formats(chosen)
    check_min_group(min_group)
    check_dialect(csv_dialect)
    check_out(out, force=force)
    options = read_options(code, source, fps)
    before = read_result(result)
    formats_for(before.source, chosen or default_formats(), recording=isinstance(before, Recording))
    several = read_several(files, options)
    for line in several.notes:
        note(line)
    edits = several.together
    made = {one.into for one in edits.about(before.source).of("split") if one.into is not None}
    tracks = {before.source: tracks_of([before])[before.source] | made}
    known = next((one for one in read_names(names, tracks) if one.source == before.source), None)
    after = corrected(before, edits, known)
    if isinstance(after, Recording):
        after = with_events(after, edits)
    if after is before and len(about := edits.about(before.source)):
        kinds = ", ".join(dict.fromkeys(one.kind for one in about))
        raise DataFileError(
            f"No annotation about {before.source} changes its result: they are of the kind {kinds}. A result is changed by "
            f"states, by excluded spans, and by faces or tracks that are hidden, merged or split."
        )
    if after is before:
        raise DataFileError(
            f"None of the annotations ({len(edits):,}) is about {before.source}, the source of this result. They are about "
            f"{', '.join(edits.sources[:3])}. If that is the same photo or recording, give its name with --source."
        )
    files_written = write(
        after,
        new_folder(out, force=force),
        chosen,
        min_group=min_group,
        csv_dialect=csv_dialect,
        names=known.names if known and show_names else None,
    )
    changes = [line for line in after.notes if line not in before.notes]
    if as_json:
        print_json({"notes": list(changes), "files": [str(file) for file in files_written]})
    else:
        for line in changes:
            print_line(line)
    pages = [file for file in files_written if file.suffix == ".html"]
    if pages:
        say(out, page=pages[0])
    else:
        say(out, next_command=command("annotations", files[0]))
