"""A batch: analyze everything that was named, save it, and go on when one of them cannot be read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from aiducation.errors import ConfigError, DataFileError, OutputExistsError, unknown_name
from aiducation.files import read_json, sha256, write_text
from aiducation.vision.analyzer import EVERY_S, Analyzer, OnFrame
from aiducation.vision.faces import Faces, Recording
from aiducation.vision.inputs import PHOTO, VIDEO, Input, stems
from aiducation.vision.journal import Journal
from aiducation.vision.overview import IndexEntry, index_html
from aiducation.vision.photos import read_photo
from aiducation.vision.result_json import from_json
from aiducation.vision.timeline import MIN_GROUP
from aiducation.vision.writers import ENDINGS, WRITERS, Context, drawn

#: Everything that --save takes.
FORMATS: tuple[str, ...] = (*WRITERS, "video")

#: What is saved when nothing is asked for.
DEFAULT_FORMATS: tuple[str, ...] = ("json", "csv", "picture", "timeline", "report")


@dataclass(frozen=True, kw_only=True)
class SaveOptions:
    """What to save and how; see the options of ``aiducation analyze``.

    Raises:
        ConfigError: a format is unknown or a number is out of its range.
    """

    formats: tuple[str, ...] = DEFAULT_FORMATS
    hide_faces: bool = False
    min_group: int = MIN_GROUP
    every_s: float = EVERY_S
    force: bool = False
    resume: bool = False

    def __post_init__(self) -> None:
        for name in self.formats:
            if name not in FORMATS:
                raise unknown_name("format", name, FORMATS)
        if self.min_group < 1:
            raise ConfigError(f"The smallest group has at least one face, not {self.min_group}.")
        if self.force and self.resume:
            raise ConfigError("--force begins anew and --resume goes on; choose one.")
        if not self.every_s > 0:
            raise ConfigError(f"The time between two frames must be positive, not {self.every_s:g} seconds.")


@dataclass(frozen=True, kw_only=True)
class Done:
    """What became of one input.

    Attributes:
        input: what was analyzed.
        result: what was seen, None if it could not be read.
        error: why not, "" if it could.
        files: what was written.
        skipped: it was analyzed before; the result is the saved one, None where no JSON was saved.
    """

    input: Input
    result: Faces | Recording | None = None
    error: str = ""
    files: tuple[Path, ...] = ()
    skipped: bool = False


def analyze_all(
    analyzer: Analyzer,
    inputs: Sequence[Input],
    folder: Path,
    options: SaveOptions,
    *,
    progress: Callable[[str, float, float | None], None] | None = None,
) -> Iterator[Done]:
    """Analyze one input after the other; what one of them cannot do is its own ``error``.

    Args:
        analyzer: what finds and judges faces.
        inputs: from ``find_inputs``.
        folder: where results go; made if it is missing.
        options: what to save.
        progress: called with an input's name, the seconds done and the seconds in all.

    Raises:
        OutputExistsError: results of an input are there already, and neither ``options.force`` nor ``options.resume`` is set.
    """
    names = stems(inputs)
    if not (options.force or options.resume) and (there := _there(folder, names)):
        raise OutputExistsError(
            f"{there} is there already; pass --resume to go on, --force to begin anew, or name another folder."
        )
    context = Context(
        hide_faces=options.hide_faces,
        min_group=options.min_group,
        model=about_model(analyzer),
        settings=settings_of(analyzer, hide_faces=options.hide_faces),
    )
    for one, stem in zip(inputs, names, strict=True):
        try:
            if options.resume and (before := _finished(one, folder, stem, options)):
                yield before
                continue
            yield _analyze(analyzer, one, folder, stem, options, context, progress)
        except DataFileError as error:
            yield Done(input=one, error=str(error))


def _there(folder: Path, names: Sequence[str]) -> Path | None:
    wanted = (
        {f"{name}.json" for name in names} | {f"{name}.csv" for name in names} | {f"{n}.report.html" for n in names}
    )
    return next((path for path in sorted(folder.glob("*")) if path.name in wanted), None) if folder.is_dir() else None


def _journal_path(folder: Path, stem: str) -> Path:
    return folder / f"{stem}.part.jsonl"


def _finished(one: Input, folder: Path, stem: str, options: SaveOptions) -> Done | None:
    """What was saved of an input whose analysis came to its end."""
    files = [folder / (stem + ending) for name in options.formats if (ending := ENDINGS[name][one.kind != PHOTO])]
    if not all(file.is_file() for file in files) or _journal_path(folder, stem).exists():
        return None
    saved = folder / f"{stem}.json"
    return Done(
        input=one, result=from_json(read_json(saved)) if saved in files else None, files=tuple(files), skipped=True
    )


def about_model(analyzer: Analyzer) -> dict[str, Any]:
    """What results say of the model that made them."""
    info = analyzer.classifier.info
    return {
        "name": info.name,
        "criteria": info.criteria,
        "data_hash": info.data_hash,
        "temperature": info.temperature,
        "threshold": analyzer.threshold,
        "scores": info.scores,
        "limits": info.limits,
    }


def settings_of(analyzer: Analyzer, *, hide_faces: bool) -> dict[str, str]:
    """Options of the analysis as the report names them."""
    return {
        "detector": analyzer.detector_name,
        "smallest face that is judged": f"{analyzer.limits.min_size:g} pixels",
        "faces in pictures": "covered" if hide_faces else "shown",
    }


def _analyze(
    analyzer: Analyzer,
    one: Input,
    folder: Path,
    stem: str,
    options: SaveOptions,
    context: Context,
    progress: Callable[[str, float, float | None], None] | None,
) -> Done:
    files: list[Path] = []
    result: Faces | Recording
    if one.kind == PHOTO:
        assert one.path is not None
        image = read_photo(one.path)
        result = analyzer.photo(image, source=one.name)
        context = replace(context, image=image)
    else:
        wanted = folder / f"{stem}.annotated.mp4" if "video" in options.formats else None
        with (
            annotated_video(wanted, hide_faces=options.hide_faces) as on_frame,
            _journal(analyzer, one, folder, stem, options) as journal,
        ):
            result = _recording(analyzer, one, options, on_frame, progress, journal)
        files += [wanted] if wanted and wanted.exists() else []
    for name in options.formats:
        if name in WRITERS:
            files += WRITERS[name](result, folder, stem, context)
    if isinstance(result, Recording) and result.complete:
        _journal_path(folder, stem).unlink(missing_ok=True)
    return Done(input=one, result=result, files=tuple(files))


def _recording(
    analyzer: Analyzer,
    one: Input,
    options: SaveOptions,
    on_frame: OnFrame | None,
    progress: Callable[[str, float, float | None], None] | None,
    journal: Journal | None,
) -> Recording:
    def shown(done: float, total: float | None) -> None:
        if progress:
            progress(one.name, done, total)

    if one.kind == VIDEO:
        assert one.path is not None
        return analyzer.video(one.path, every_s=options.every_s, on_frame=on_frame, progress=shown, journal=journal)
    from aiducation.vision.live import live_frames

    return analyzer.live(
        live_frames(one.kind, one.number, options.every_s),
        source=one.name,
        every_s=options.every_s,
        on_frame=on_frame,
        progress=shown,
    )


@contextmanager
def _journal(analyzer: Analyzer, one: Input, folder: Path, stem: str, options: SaveOptions) -> Iterator[Journal | None]:
    """The journal of a video file. What a camera saw cannot be seen again; an annotated video must be drawn from its start."""
    if one.path is None:
        yield None
        return
    try:
        state = one.path.stat()
    except OSError:
        yield None  # reading it says what is wrong
        return
    settings = {
        "file": [one.name, state.st_size, state.st_mtime_ns],
        "model": sha256(analyzer.classifier.path),
        "detector": analyzer.detector_name,
        "smallest face": analyzer.limits.min_size,
        "interval": options.every_s,
    }
    resume = options.resume and "video" not in options.formats
    with Journal(_journal_path(folder, stem), settings, resume=resume) as journal:
        yield journal


@contextmanager
def annotated_video(path: Path | None, *, hide_faces: bool) -> Iterator[OnFrame | None]:
    """A callback that draws each frame into a video, which begins with the first frame's size."""
    if path is None:
        yield None
        return
    from contextlib import ExitStack

    from aiducation.vision.videos import VideoWriter

    with ExitStack() as stack:
        writer: list[VideoWriter] = []

        def write(image: np.ndarray, faces: Faces) -> None:
            picture = drawn(image, faces, hide_faces=hide_faces)
            if not writer:
                writer.append(stack.enter_context(VideoWriter(path, picture.shape[1], picture.shape[0])))
            writer[0].write(picture, faces.time_s or 0.0)

        yield write


def write_overview(folder: Path, done: Sequence[Done], options: SaveOptions) -> Path | None:
    """``index.html`` beside the reports of several inputs; None if there is one report or none."""
    reports = [next((file for file in one.files if file.name.endswith(".report.html")), None) for one in done]
    if len(done) < 2 or not any(reports):
        return None
    entries = [
        IndexEntry(source=one.input.name, result=one.result, link=report.name if report else "", error=one.error)
        for one, report in zip(done, reports, strict=True)
    ]
    write_text(folder / "index.html", index_html(entries, min_group=options.min_group))
    return folder / "index.html"


def exit_code(done: Sequence[Done]) -> int:
    """0 if everything could be analyzed, else 1."""
    return int(any(one.error for one in done))
