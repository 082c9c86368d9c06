"""The main command: analyze."""

from __future__ import annotations

import signal
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from aiducation.cli.devices import say_device
from aiducation.cli.options import (
    Conditions,
    CsvDialect,
    Detector,
    FaceDevice,
    Force,
    Json,
    Language,
    MinFace,
    MinGroup,
    Model,
    Possible,
    Priors,
    SaveTakesMany,
    Seed,
    Threshold,
    View,
    app,
)
from aiducation.console import Bars, command, note, print_json, print_line, print_table, say, speak
from aiducation.defaults import DETECTOR, DEVICE, EVERY_S, MIN_GROUP, VIEW
from aiducation.states import STATE_COLORS, UNCLEAR
from aiducation.texts import ENGLISH, N_, texts_of

if TYPE_CHECKING:
    from aiducation.batch.options import Done
    from aiducation.batch.summary import Summary


@app.command(cls=SaveTakesMany)
def analyze(
    inputs: Annotated[
        list[str],
        typer.Argument(
            help="Photos, recordings (also animated GIF, WebP, PNG), folders, patterns, 'camera:0' or 'camera:NAME', 'screen:' "
            "(the screen), addresses of cameras and streams (rtsp, rtsps, http, https), folders and files elsewhere (s3, sftp, "
            "webdav, webdavs); any number of them. In folders the content of each file decides; what is left out is listed."
        ),
    ],
    out: Annotated[
        str,
        typer.Option(
            metavar="FOLDER", help="Folder to write; also one elsewhere (s3://, sftp://, webdav://, webdavs://)."
        ),
    ],
    save: Annotated[
        list[str] | None,
        typer.Option(
            help="One or more formats; 'aiducation list formats' lists all formats. If an input has the same name as "
            "a format, write it with its folder, such as ./video. Default: json, csv, picture, timeline, report."
        ),
    ] = None,
    anonymize: Annotated[
        str,
        typer.Option(
            metavar="WHAT",
            help="What to anonymize in pictures, videos and reports: faces; text (faces, and whatever may be text, "
            "such as names on the tiles of a meeting); or all (everything, including slides and the room). Default: "
            "nothing.",
        ),
    ] = "no",
    explain: Annotated[
        bool,
        typer.Option(
            "--explain",
            help="Show in reports of photos which parts of each face were evidence for its state; not possible with "
            "--anonymize.",
        ),
    ] = False,
    purpose: Annotated[
        Path | None,
        typer.Option(
            help="Purpose record (a file written by 'aiducation kit') that is printed in reports: what the analysis "
            "is for, who is responsible, and until when data is kept."
        ),
    ] = None,
    min_face: MinFace = None,
    threshold: Threshold = None,
    priors: Priors = None,
    possible: Possible = None,
    conditions: Conditions = None,
    view: View = VIEW,
    every: Annotated[
        float, typer.Option(help="Sampling interval: seconds between the analyzed pictures of a recording.")
    ] = EVERY_S,
    track: Annotated[
        int | None,
        typer.Option(
            help="Which video track to analyze if a recording has several, counted from 0. Default: the one that "
            "shows the most faces."
        ),
    ] = None,
    together: Annotated[
        bool | None,
        typer.Option(
            "--together/--separately",
            help="The recordings in a folder are the participants of one class, a person in each, on one clock; or each is a "
            "recording of its own. Default: together where BigBlueButton's events.xml, LiveKit's manifests or a table "
            "starts.csv say when each begins.",
            show_default=False,
        ),
    ] = None,
    transcript: Annotated[
        str,
        typer.Option(
            metavar="HOW",
            help="How much of a transcript (.vtt of Zoom, Teams or others) beside a recording is shown in reports and in the "
            "format speech: turns (of numbered speakers), names (of speakers), words (names and what they said), or no.",
        ),
    ] = "turns",
    min_group: MinGroup = MIN_GROUP,
    csv_dialect: CsvDialect = "standard",
    language: Language = ENGLISH,
    detector: Detector = DETECTOR,
    model: Model = None,
    device: FaceDevice = DEVICE,
    seed: Seed = None,
    resume: Annotated[
        bool,
        typer.Option(
            "--resume", help="Continue an interrupted analysis: finish what is incomplete and skip what is done."
        ),
    ] = False,
    force: Annotated[
        bool,
        typer.Option(
            "--force",
            help="Analyze inputs again that were analyzed before, and replace their results. Results of other inputs "
            "stay.",
        ),
    ] = False,
    cluster: Annotated[
        str,
        typer.Option(
            metavar="WHERE",
            help="Work on several inputs at once: local[N] with N processes of this machine, or the address of a Dask scheduler "
            "(tcp://HOST:PORT, tls://HOST:PORT) whose workers share all folders with this machine, if they are not elsewhere "
            "(s3, sftp, webdav). Default: one after the other.",
        ),
    ] = "",
    as_json: Json = False,
) -> None:
    """Find the faces in photos, recordings, the picture of a camera or the screen, and say which apparent state each
    face shows.

    Exit code 1 if something could not be analyzed, or not to its end: a recording that breaks off or changes while it
    is read is still saved, and a note says from which time on pictures are missing.
    """
    from aiducation.batch.batch import analyze_all
    from aiducation.batch.cluster import analyze_on_cluster, check_cluster
    from aiducation.batch.options import SaveOptions, exit_code
    from aiducation.batch.overview import reasons
    from aiducation.batch.overview_file import left_out, write_overview
    from aiducation.batch.remote_results import results_at
    from aiducation.batch.tasks import deal_out, one_by_one
    from aiducation.exports.formats import default_formats
    from aiducation.exports.hiding import hide_of
    from aiducation.kit.purpose import read_purpose
    from aiducation.media.inputs import RemoteFile, find_inputs
    from aiducation.vision.analyzer import Analyzer

    speak(language)
    formats = tuple(name for given in save or () for name in given.replace(",", " ").split()) or default_formats()
    options = SaveOptions(
        formats=formats,
        hide_faces=hide_of(anonymize),
        min_group=min_group,
        every_s=every,
        track=track,
        csv_dialect=csv_dialect,
        language=language,
        explain=explain,
        transcript=transcript,
        purpose=read_purpose(purpose) if purpose else None,
        force=force,
        resume=resume,
    )
    chosen: dict[str, Any] = {
        "model": model.absolute() if model and cluster else model,
        "detector": detector,
        "threshold": threshold,
        "priors": priors,
        "possible": possible,
        "conditions": conditions,
        "view": view,
        "min_face": min_face,
        "seed": seed,
        "device": device,
    }
    if cluster:
        check_cluster(cluster)
    analyzer = Analyzer(**chosen)
    say_device(analyzer.device, packaged=model is None)
    with results_at(out, note, force=force) as results, Bars() as bars:
        found = find_inputs(inputs, together=together, streams=True, without=out)
        folder = getattr(results, "folder", results)  # of one elsewhere, what stands for it here
        if cluster:
            work = analyze_on_cluster(chosen, found, results, options, cluster, progress=bars.count, note=bars.note)
        elif folder is not results or any(isinstance(one, RemoteFile) for one in found):
            work = deal_out(one_by_one, chosen, found, results, options, progress=bars.count, note=bars.note)
        else:
            work = analyze_all(analyzer, found, folder, options, progress=bars.seconds, note=bars.note)
        told = signal.signal(signal.SIGINT, signal.default_int_handler)  # what is stopped keeps what was seen
        done, stopped = _followed(work, bars)
        stopped = stopped or any(one.stopped for one in done)
        # Who has pressed Ctrl-C and presses it again loses nothing by it: what is left is short, unless it goes elsewhere.
        signal.signal(signal.SIGINT, signal.SIG_IGN if stopped and folder is results else told)
        overview = write_overview(folder, done, texts_of(language))
    for words in reasons(left_out(done), texts_of(language)):
        note(f"Left out {words}.")
    if overview and folder is not results:
        overview = results.place / overview.name
    _show(done, overview, as_json)
    _conclude(out, done, overview, stopped=stopped, here=folder is results, force=force)
    raise typer.Exit(130 if stopped else exit_code(done))


def _followed(work: Iterable[Done], bars: Bars) -> tuple[list[Done], bool]:
    """What became of each input, said as soon as it is known; and whether Ctrl-C ended it between two inputs."""
    done: list[Done] = []
    try:
        for one in work:
            done.append(one)
            if one.error:
                bars.note(f"Error: {one.error}")
            elif one.skipped and not one.notes:
                bars.note(f"{one.source} was analyzed before and is skipped.")
            for remark in one.notes:
                bars.note(remark, source=one.source)
    except KeyboardInterrupt:  # while nothing was analyzed that it could have stopped
        return done, True
    return done, False


def _conclude(out: str, done: list[Done], overview: Path | None, *, stopped: bool, here: bool, force: bool) -> None:
    """Where the results are, and what is not finished; ``here``: on this machine; ``force``: with --force."""
    written = [file for one in done if not one.skipped for file in one.files]
    pages = [file for file in written if file.name.endswith((".annotated.jpg", ".report.html"))]
    page = overview or (pages[-1] if pages else None)
    if written or overview:
        say(out, page=page if here else None)  # nothing opens a page elsewhere
    if cut := [one.source for one in done if not (one.complete or one.stopped)]:
        note(f"Not analyzed to the end (the messages above say why): {', '.join(cut)}.")
    if not stopped:
        return
    if force:  # --resume beside it is refused
        note(
            "Stopped. Finished results are kept; to continue, run the same command with --resume in place of --force: results "
            "that were made before with the same options then stay as they are."
        )
    else:
        note("Stopped. Finished results are kept; run the same command with --resume to continue.")


def _show(done: list[Done], overview: Path | None, as_json: bool) -> None:
    """Faces of each photo, or the mean number of faces in each recording, by state; then what changed in recordings."""
    from aiducation.batch.overview_file import left_out

    seen = [(one.source, one.summary, one.notes, one.complete) for one in done if one.summary]
    if as_json:
        results = [
            {"source": name, "frames": one.frames, **one.counts, "notes": list(notes)}
            | ({"complete": complete, "changes": list(one.changes)} if one.kind == "recording" else {})
            for name, one, notes, complete in seen
        ]
        failed = [{"source": one.source, "error": one.error} for one in done if one.error]
        passed = [{"source": one.name, "files": one.files, "reason": one.why} for one in left_out(done)]
        passed += [
            {"source": one.source, "files": 1, "reason": " ".join(one.notes)}
            for one in done
            if one.skipped and not one.summary
        ]
        files = [str(file) for one in done for file in one.files] + ([str(overview)] if overview else [])
        print_json({"results": results, "failed": failed, "left_out": passed, "files": files})
    elif seen:
        there = {state for _, one, *_ in seen for state in one.counts}
        names = [state for state in STATE_COLORS if state in there and state != UNCLEAR]
        rows = [[name, one.frames, *_counts(one, names)] for name, one, *_ in seen]
        print_table([N_("input"), N_("frames"), *names, UNCLEAR], rows)
        for name, one, *_ in seen:
            for change in one.changes:
                print_line(change, source=name)
            if one.left_out:
                print_line(one.left_out_words, source=name)
        if any("–" in row for row in rows):
            note("–: too few faces were seen well, so their states are not shown; to show them, use --min-group 1.")


def _counts(one: Summary, names: list[str]) -> list[object]:
    """Of each outcome, "–" where the group is too small for states, "" where the view lacks it; then of what is unclear."""
    states = (one.counts.get(state, "") for state in names)
    return [*("–" if count is None else count for count in states), one.counts[UNCLEAR]]


@app.command()
def sample(
    out: Annotated[Path, typer.Option(help="Folder to write.")],
    force: Force = False,
) -> None:
    """Write a sample photo and a short sample recording of an online meeting, to try 'analyze' with."""
    from aiducation.files import new_folder
    from aiducation.media.samples import write_samples

    picture, _ = write_samples(new_folder(out, force=force))
    say(out, next_command=command("analyze", picture, "--out", "result"))
