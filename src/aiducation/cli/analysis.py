"""The main command: analyze."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aiducation.cli.options import Accurate, Force, Json, MinFace, MinGroup, Model, Threshold, app
from aiducation.console import Bars, print_table, say
from aiducation.states import OUTCOMES, UNCLEAR

if TYPE_CHECKING:
    from aiducation.vision.batch import Done


@app.command()
def analyze(
    inputs: Annotated[
        list[str], typer.Argument(help="Photos, videos, folders, patterns, camera:0, screen: in any number.")
    ],
    out: Annotated[Path, typer.Option(help="Folder to write.")],
    save: Annotated[
        list[str] | None,
        typer.Option(
            help="json, csv, parquet, picture, video, timeline, report; may be repeated. Default: all but parquet and video."
        ),
    ] = None,
    anonymize: Annotated[bool, typer.Option("--anonymize", help="Cover every face in whatever is drawn.")] = False,
    min_face: MinFace = None,
    threshold: Threshold = None,
    every: Annotated[float, typer.Option(help="Seconds between the frames of a recording that are looked at.")] = 0.5,
    min_group: MinGroup = 5,
    accurate: Accurate = False,
    model: Model = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with what was interrupted; skip what is done.")
    ] = False,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Find the faces in photos, recordings, a camera or the screen, and say what each seems to express."""
    from aiducation.vision.analyzer import Analyzer
    from aiducation.vision.batch import DEFAULT_FORMATS, SaveOptions, analyze_all, exit_code, write_overview
    from aiducation.vision.inputs import find_inputs

    formats = tuple(name for given in save or () for name in given.replace(",", " ").split()) or DEFAULT_FORMATS
    options = SaveOptions(
        formats=formats, hide_faces=anonymize, min_group=min_group, every_s=every, force=force, resume=resume
    )
    found = find_inputs(inputs)
    analyzer = Analyzer(
        model=model, detector="yunet-accurate" if accurate else "yunet", threshold=threshold, min_face=min_face
    )
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a recording that is stopped keeps what was seen
    done: list[Done] = []
    with Bars() as bars:
        for one in analyze_all(analyzer, found, out, options, progress=bars.seconds):
            done.append(one)
            if one.error:
                bars.note(f"Error: {one.error}")
            elif one.skipped:
                bars.note(f"{one.input.name} was done before.")
            elif one.input.kind == "video" and not getattr(one.result, "complete", True):
                bars.note(f"{one.input.name} was stopped; --resume goes on with it.")
    overview = write_overview(out, done, options)
    _show(done, overview, as_json)
    pages = [file for one in done for file in one.files if file.name.endswith((".annotated.jpg", ".report.html"))]
    page = overview or (pages[-1] if pages else None)
    say(out, next_command=f"open {page}" if page else None)
    raise typer.Exit(exit_code(done))


def _show(done: list[Done], overview: Path | None, as_json: bool) -> None:
    """Faces of each photo, or the mean number of faces in each recording, by state."""
    from aiducation.vision.faces import Faces, Recording

    rows = []
    for one in done:
        result = one.result
        if result is None:
            continue
        frames: tuple[Faces, ...] = result.frames if isinstance(result, Recording) else (result,)
        counts = {s: sum(f.counts()[s] for f in frames) / max(len(frames), 1) for s in (*OUTCOMES, UNCLEAR)}
        rows.append(
            [one.input.name, len(frames), *(round(n, 1) if len(frames) > 1 else int(n) for n in counts.values())]
        )
    if as_json:
        keys = ("source", "frames", *OUTCOMES, UNCLEAR)
        failed = [{"source": one.input.name, "error": one.error} for one in done if one.error]
        files = [str(file) for one in done for file in one.files] + ([str(overview)] if overview else [])
        print(
            json.dumps(
                {"results": [dict(zip(keys, row, strict=True)) for row in rows], "failed": failed, "files": files},
                indent=2,
            )
        )
    elif rows:
        print_table(["input", "frames", *OUTCOMES, UNCLEAR], rows)


@app.command()
def sample(
    out: Annotated[Path, typer.Option(help="Folder to write.")],
    force: Force = False,
) -> None:
    """Write a sample meeting, a picture and a short recording, to try 'analyze' on."""
    from aiducation.files import new_folder
    from aiducation.vision.samples import write_samples

    picture, _ = write_samples(new_folder(out, force=force))
    say(out, next_command=f"aiducation analyze {picture} --out result")
