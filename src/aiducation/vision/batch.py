"""A batch: analyze everything that was named, save it, and go on when one of them cannot be read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from aiducation.errors import AiducationError, ConfigError, OutputExistsError
from aiducation.files import sha256, write_text
from aiducation.tables.dialects import STANDARD, check_dialect
from aiducation.vision.analyzer import Analyzer, OnFrame, check_interval
from aiducation.vision.defaults import EVERY_S
from aiducation.vision.faces import Faces, Recording
from aiducation.vision.inputs import PHOTO, Device, File, Input, Nothing, stems
from aiducation.vision.journal import Journal
from aiducation.vision.overview import IndexEntry, index_html
from aiducation.vision.photos import read_photo
from aiducation.vision.register import Entry, Register, differences
from aiducation.vision.result_json import readable
from aiducation.vision.summary import Summary, summarize
from aiducation.vision.timeline import MIN_GROUP
from aiducation.vision.writers import DEFAULT_FORMATS, ENDINGS, WRITERS, Context, check_formats, drawn, formats_for

_JOURNAL, _REPORT, _OVERVIEW = ".part.jsonl", ".report.html", "index.html"

#: Called with an input's name, the seconds done and the seconds in all, None where they are not known.
Progress = Callable[[str, float, float | None], None]


@dataclass(frozen=True, kw_only=True)
class SaveOptions:
    """What to save and how; see the options of ``aiducation analyze``.

    Raises:
        ConfigError: a format is unknown or a number is out of its range.
        MissingExtraError: a format needs a package that is not installed.
    """

    formats: tuple[str, ...] = DEFAULT_FORMATS
    hide_faces: bool = False
    min_group: int = MIN_GROUP
    every_s: float = EVERY_S
    csv_dialect: str = STANDARD
    force: bool = False
    resume: bool = False

    def __post_init__(self) -> None:
        check_formats(self.formats)
        check_interval(self.every_s)
        check_dialect(self.csv_dialect)
        if self.csv_dialect != STANDARD and not {"csv", "timeline"} & set(self.formats):
            raise ConfigError("--csv-dialect is for csv and timeline; nothing else that is saved is a CSV file.")
        if self.min_group < 1:
            raise ConfigError(f"The smallest group has at least one face, not {self.min_group}.")
        if self.force and self.resume:
            raise ConfigError("--force begins anew and --resume goes on; choose one.")


@dataclass(frozen=True, kw_only=True)
class Done:
    """What became of one input.

    Attributes:
        input: what was analyzed.
        summary: what was seen, None if it could not be analyzed.
        error: why it could not be analyzed, "" if it could.
        files: what was written, now or before.
        skipped: it was analyzed before.
        stopped: Ctrl-C ended it, and the batch.
    """

    input: Input
    summary: Summary | None = None
    error: str = ""
    files: tuple[Path, ...] = ()
    skipped: bool = False
    stopped: bool = False


def analyze_all(
    analyzer: Analyzer,
    inputs: Sequence[Input],
    folder: Path,
    options: SaveOptions,
    *,
    progress: Progress | None = None,
    note: Callable[[str], None] | None = None,
) -> Iterator[Done]:
    """Analyze one input after the other; what one of them cannot do is its own ``error``. Ctrl-C makes one the last.

    Args:
        analyzer: what finds and judges faces.
        inputs: from ``find_inputs``.
        folder: where results go; made if it is missing.
        options: what to save.
        progress: told how far a recording is.
        note: told in a sentence what begins anew in spite of ``options.resume``.

    Raises:
        OutputExistsError: results of an input are there already, and neither ``options.force`` nor ``options.resume`` is set.
    """
    named = [one for one in inputs if not isinstance(one, Nothing)]
    names = stems(named)
    if not (options.force or options.resume) and (there := _there(folder, names)):
        raise OutputExistsError(
            f"{there} is there already; pass --resume to go on, --force to begin anew, or name another folder."
        )
    for nothing in inputs:
        if isinstance(nothing, Nothing):
            yield Done(input=nothing, error=nothing.why)
    batch = _Batch(analyzer, folder, options, progress or (lambda *_: None), note or (lambda _: None))
    for one, stem in zip(named, names, strict=True):
        try:
            done = batch.done_before(one, stem) or batch.analyze(one, stem)
        except KeyboardInterrupt:
            done = Done(input=one, stopped=True)
        except AiducationError as error:
            done = Done(input=one, error=str(error))
        except OSError as error:
            done = Done(input=one, error=f"{one.name} cannot be analyzed: {error.strerror or error}.")
        yield done
        if done.stopped:
            return


def _there(folder: Path, names: Sequence[str]) -> Path | None:
    """A file that would be overwritten."""
    endings = {_JOURNAL, *(ending for kinds in ENDINGS.values() for kind in kinds for ending in kind)}
    wanted = {name + ending for name in names for ending in endings}
    if len(names) > 1 and not Register(folder).entries:
        wanted.add(_OVERVIEW)
    return next((path for path in sorted(folder.glob("*")) if path.name in wanted), None) if folder.is_dir() else None


class _Batch:
    """What the inputs of a batch have in common."""

    def __init__(
        self,
        analyzer: Analyzer,
        folder: Path,
        options: SaveOptions,
        progress: Progress,
        note: Callable[[str], None],
    ) -> None:
        self._analyzer, self._folder, self._options = analyzer, folder, options
        self._progress, self._note = progress, note
        self._register = Register(folder)
        self._model = sha256(analyzer.classifier.path)
        self._context = Context.of(
            analyzer.made_with,
            hide_faces=options.hide_faces,
            min_group=options.min_group,
            csv_dialect=options.csv_dialect,
        )

    def done_before(self, one: File | Device, stem: str) -> Done | None:
        """What is known of an input whose analysis came to its end, made from the same as it would be now."""
        entry = self._register.entries.get(stem)
        if not self._options.resume or entry is None or not entry.complete:
            return None
        if changed := differences({"CSV dialect": STANDARD, **entry.made_from}, self._made_from(one)):
            self._anew(one, changed)
            return None
        endings = (ending for name in self._formats(one) for ending in ENDINGS[name][one.kind != PHOTO])
        files = tuple(self._folder / (stem + ending) for ending in endings)
        if not all(file.name in entry.files and file.is_file() for file in files):
            return None
        return Done(input=one, summary=entry.summary, files=files, skipped=True)

    def analyze(self, one: File | Device, stem: str) -> Done:
        """Analyze an input, write its files and its line in the register."""
        formats, files, context = self._formats(one), [], self._context
        made_from, before = self._made_from(one), self._register.entries.get(stem)
        result: Faces | Recording
        if isinstance(one, File) and one.kind == PHOTO:
            image = read_photo(one.path)
            result = self._analyzer.photo(image, source=one.name)
            context = replace(context, image=image)
        else:
            video = self._folder / f"{stem}.annotated.mp4" if "video" in formats else None
            with annotated_video(video, hide_faces=self._options.hide_faces) as on_frame:
                result = self._recording(one, stem, on_frame)
            files += [video] if video and video.exists() else []
        for name in formats:
            if name in WRITERS:
                files += WRITERS[name](result, self._folder, stem, context)
        complete = not isinstance(result, Recording) or result.complete
        kept = before.files if before and before.complete and before.made_from == made_from else ()
        entry = Entry(
            stem=stem,
            source=readable(one.name),
            made_from=made_from,
            files=tuple(dict.fromkeys((*kept, *(file.name for file in files)))),
            complete=complete,
            summary=summarize(result, self._options.min_group),
        )
        self._register.add(entry)
        if complete:
            self._journal_path(stem).unlink(missing_ok=True)
        return Done(input=one, summary=entry.summary, files=tuple(files), stopped=not complete)

    def _recording(self, one: File | Device, stem: str, on_frame: OnFrame | None) -> Recording:
        def progress(done: float, total: float | None) -> None:
            self._progress(one.name, done, total)

        every_s = self._options.every_s
        if isinstance(one, File):
            with self._journal(one, stem) as journal:
                return self._analyzer.video(
                    one.path, every_s=every_s, on_frame=on_frame, progress=progress, journal=journal
                )
        from aiducation.vision.live import live_frames

        frames = live_frames(one.kind, one.number, every_s)
        return self._analyzer.live(frames, source=one.name, every_s=every_s, on_frame=on_frame, progress=progress)

    def _journal(self, one: File, stem: str) -> Journal:
        path, drawing = self._journal_path(stem), "video" in self._options.formats
        journal = Journal(path, self._seen_with(one), resume=self._options.resume and not drawing)
        if journal.changed:
            self._anew(one, journal.changed)
        elif drawing and self._options.resume and path.is_file():
            self._note(f"{one.name} is analyzed anew: its annotated video must be drawn from the start.")
        return journal

    def _journal_path(self, stem: str) -> Path:
        return self._folder / (stem + _JOURNAL)

    def _anew(self, one: Input, changed: Sequence[str]) -> None:
        self._note(f"{one.name} is analyzed anew; changed since then: {', '.join(changed)}.")

    def _formats(self, one: File | Device) -> tuple[str, ...]:
        return formats_for(one.name, self._options.formats, recording=one.kind != PHOTO)

    def _seen_with(self, one: File | Device) -> dict[str, Any]:
        """Everything that decides what is seen in single pictures, as JSON values."""
        return {
            "file": _identity(one),
            "model": self._model,
            "detector": self._analyzer.detector_name,
            "least quality": asdict(self._analyzer.limits),
            **({"interval": self._options.every_s} if one.kind != PHOTO else {}),
        }

    def _made_from(self, one: File | Device) -> dict[str, Any]:
        """Everything that decides what the files hold, as JSON values."""
        return {
            **self._seen_with(one),
            "threshold": self._analyzer.threshold,
            "covering of faces": self._options.hide_faces,
            "smallest group": self._options.min_group,
            "CSV dialect": self._options.csv_dialect,
        }


def _identity(one: File | Device) -> list[Any]:
    """Name, and size and time of the last change of a file that is there."""
    try:
        state = one.path.stat() if isinstance(one, File) else None
    except OSError:
        state = None  # reading it says what is wrong
    return [readable(one.name), *((state.st_size, state.st_mtime_ns) if state else ())]


@contextmanager
def annotated_video(path: Path | None, *, hide_faces: bool) -> Iterator[OnFrame | None]:
    """A callback that draws each frame into a video, which begins with the first frame's size."""
    if path is None:
        yield None
        return
    from aiducation.vision.videos import VideoWriter

    with ExitStack() as stack:
        writer: list[VideoWriter] = []

        def write(image: np.ndarray, faces: Faces) -> None:
            picture = drawn(image, faces, hide_faces=hide_faces)
            if not writer:
                writer.append(stack.enter_context(VideoWriter(path, picture.shape[1], picture.shape[0])))
            writer[0].write(picture, faces.time_s or 0.0)

        yield write


def write_overview(folder: Path, done: Sequence[Done]) -> Path | None:
    """``index.html`` of all results in a folder, and of what went wrong now; None if there is one line or no report at all."""
    lines = []
    for entry in Register(folder).entries.values():
        if any((folder / name).is_file() for name in entry.files):
            report = entry.stem + _REPORT
            link = report if report in entry.files and (folder / report).is_file() else ""
            lines.append(IndexEntry(source=entry.source, summary=entry.summary, link=link))
    lines += [IndexEntry(source=one.input.name, error=one.error) for one in done if one.error]
    if len(lines) < 2 or not any(line.link for line in lines):
        return None
    write_text(folder / _OVERVIEW, index_html(lines))
    return folder / _OVERVIEW


def exit_code(done: Sequence[Done]) -> int:
    """130 if Ctrl-C ended it, else 1 if something could not be analyzed, else 0."""
    return 130 if any(one.stopped for one in done) else int(any(one.error for one in done))
