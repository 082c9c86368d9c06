"""A batch: analyze all inputs and save their results; an input that cannot be read does not stop the others."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from aiducation.batch.made_from import changed_since, made_from, seen_with
from aiducation.batch.manifest import Entry, Manifest, unnamed
from aiducation.batch.names import CHECKPOINT, Named, Names
from aiducation.batch.options import FAILURES, Done, SaveOptions, failed
from aiducation.batch.recording_checkpoint import RecordingCheckpoint
from aiducation.batch.saving import Saving
from aiducation.batch.sources import Sources
from aiducation.batch.summary import summarize
from aiducation.batch.transcripts import beside, read_transcript
from aiducation.errors import ConfigError, DataFileError, OutputError, OutputExistsError
from aiducation.exports.annotated_video import annotated_video
from aiducation.exports.format import Material
from aiducation.exports.formats import FORMATS, endings, formats_for, write
from aiducation.files import is_plain_file, sha256
from aiducation.media.inputs import PHOTO, Address, Class, Copied, Device, File, Input, LeftOut, Nothing
from aiducation.media.photos import open_photo
from aiducation.observations.faces import Faces
from aiducation.observations.recording import Recording
from aiducation.observations.transcript import NO, Transcript
from aiducation.temporary import delete_left_behind
from aiducation.texts import texts_of
from aiducation.visible import as_text
from aiducation.vision.analyzer import Analyzer
from aiducation.vision.explained_faces import explained_faces
from aiducation.vision.parts import PartLooks
from aiducation.words import many

#: Said of what another process works on, or has done meanwhile.
_ELSEWHERE = (
    "another process is analyzing it now and will write its results. If that process does not finish, run "
    "the command again with --resume."
)
_MEANWHILE = "another process has analyzed it in the meantime; the results of that process are kept."

#: Called with an input's name, the seconds done and the seconds in all, None where they are not known.
Progress = Callable[[str, float, float | None], None]


def analyze_all(
    analyzer: Analyzer,
    inputs: Sequence[Input],
    folder: Path,
    options: SaveOptions,
    *,
    progress: Progress | None = None,
    note: Callable[[str], None] | None = None,
) -> Iterator[Done]:
    """Analyze one input after the other. An input that cannot be analyzed gets an ``error``, and the next one follows.
    Ctrl-C stops after the current one.

    Results of another source are never overwritten: a source whose name is taken gets another.

    Args:
        analyzer: what finds and judges faces.
        inputs: from ``find_inputs``.
        folder: where results go; made if it is missing.
        options: what to save.
        progress: called with the progress through a recording.
        note: called with a sentence for each input that is analyzed again in spite of ``options.resume``, and for each
            result whose name differs from that of its file.

    Raises:
        ConfigError: a video track is chosen, and there is no recording.
        OutputExistsError: results of an input exist already, and neither ``options.force`` nor ``options.resume`` is
            set; or the folder's ``results.jsonl`` was not written by this tool.
        OutputError: ``results.jsonl`` is not a file, or cannot be read.
    """
    tell, was_there = note or (lambda _: None), folder.is_dir()
    manifest, names, named = begin(inputs, folder, options, tell)
    yield from not_analyzed(inputs)
    batch = Batch(analyzer, folder, manifest, options, progress or (lambda *_: None), tell)
    try:
        yield from batch.run(names, named)
    finally:
        end(manifest, folder, was_there=was_there, tell=tell)


def begin(
    inputs: Sequence[Input], folder: Path, options: SaveOptions, tell: Callable[[str], None]
) -> tuple[Manifest, Names, list[Named]]:
    """What is known of a folder of results, and a name for each input; for the errors see ``analyze_all``."""
    if left := delete_left_behind(folder):
        tell(f"Deleted from {folder}: {many(left, 'unfinished file')} left by a command that was killed.")
    manifest = Manifest(folder)
    if manifest.passed_over:
        tell(manifest.passed_over)
    given = [one for one in inputs if isinstance(one, (File, Device, Class, Address))]
    if options.track is not None and all(one.kind == PHOTO for one in given):
        raise ConfigError("--track chooses a video track of a recording, but no recording is among the inputs.")
    if options.explain and given and all(one.kind != PHOTO for one in given):
        raise ConfigError("--explain is for the report of a photo, but no photo is among the inputs.")
    names = Names(folder, manifest, {CHECKPOINT, *endings()})
    named = names.name(given, resume=options.resume)
    if not (options.force or options.resume) and (there := _there(folder, named)):
        raise OutputExistsError(
            f"{there} exists already, made from the same file; use --resume to keep what is done and do the rest, "
            f"--force to analyze it again and replace only its results, or name another folder."
        )
    return manifest, names, named


def not_analyzed(inputs: Sequence[Input]) -> Iterator[Done]:
    """What became of inputs that name nothing, or were left out of a folder."""
    for one in inputs:
        if isinstance(one, Nothing):
            yield Done(input=one, source=one.name, error=one.why)
        elif isinstance(one, LeftOut):
            yield Done(input=one, source=one.name)


def end(manifest: Manifest, folder: Path, *, was_there: bool, tell: Callable[[str], None]) -> None:
    """Leave a folder with one line for each result, or no folder where nothing was written."""
    try:
        manifest.tidy()
    except OutputError as error:  # what was done is done
        tell(str(error))
    if not was_there:
        with suppress(OSError):  # there are results in it
            folder.rmdir()


def _there(folder: Path, named: Sequence[Named]) -> Path | None:
    """A file of earlier results of one of the inputs."""
    files = (folder / (one.stem + ending) for one in named if one.known for ending in sorted({CHECKPOINT, *endings()}))
    return next((file for file in files if os.path.lexists(file)), None)


class Batch:
    """What the inputs of a batch have in common."""

    def __init__(
        self,
        analyzer: Analyzer,
        folder: Path,
        manifest: Manifest,
        options: SaveOptions,
        progress: Progress,
        note: Callable[[str], None],
        parts: Sequence[PartLooks] = (),
    ) -> None:
        self._analyzer, self._folder, self._options = analyzer, folder, options
        self._progress, self._note = progress, note
        self._manifest, self._parts, self._saving = manifest, parts, Saving()
        self._model = sha256(analyzer.classifier.path)

    def run(self, names: Names, named: Sequence[Named]) -> Iterator[Done]:
        """One after the other. What another process works on comes last, and is left to that one if it still does then."""
        later: list[Named] = []
        for last in (False, True):
            for one in later if last else named:
                done = self.one(names, one, wait=last and self._options.force)
                if done is None and not last:
                    later.append(one)
                    continue
                yield done or Done(input=one.input, source=one.source, skipped=True, notes=(_ELSEWHERE,))
                if done and done.stopped:
                    return

    def one(self, names: Names, one: Named, *, wait: bool) -> Done | None:
        """What became of an input, errors included; None if another process works on it."""
        try:
            if done := self.done_before(one):
                return done
            with names.settled(one, wait=wait) as mine:
                if mine is None:
                    return None
                return self._done_meanwhile(mine, one) or self.done_before(mine) or self._analyze(mine)
        except KeyboardInterrupt:
            return Done(input=one.input, source=one.source, stopped=True)
        except FAILURES as error:
            return failed(one.input, one.source, error)

    def _done_meanwhile(self, mine: Named, before: Named) -> Done | None:
        """What another process has saved of a source that nothing was known of when this one began."""
        entry = self._manifest.entries.get(mine.stem)
        options = self._options
        if before.known or not mine.known or not entry or not entry.complete or options.force or options.resume:
            return None
        files = tuple(self._folder / name for name in entry.files)
        return Done(
            input=mine.input, source=mine.source, summary=entry.summary, files=files, skipped=True, notes=(_MEANWHILE,)
        )

    def done_before(self, one: Named) -> Done | None:
        """What is known of an input whose analysis came to its end, made from the same as it would be now."""
        entry = self._manifest.entries.get(one.stem)
        if not self._options.resume or not one.known or entry is None or not entry.complete:
            return None
        if changed := changed_since(entry, self._made_from(one)):
            self._anew(one, changed)
            return None
        kinds = (k for name in self._formats(one) for k in FORMATS[name].kinds(recording=one.input.kind != PHOTO))
        files = tuple(self._folder / (one.stem + kind.ending) for kind in kinds)
        if not all(file.name in entry.files and is_plain_file(file) for file in files):
            return None
        return Done(input=one.input, source=one.source, summary=entry.summary, files=files, skipped=True)

    def _analyze(self, one: Named) -> Done:
        """Analyze an input, write its files and its line in the manifest."""
        if not isinstance(one.input, (Device, Address)):
            return self._analyzed(one)
        with self._saving:
            done = self._analyzed(one)
        return replace(done, stopped=done.stopped or self._saving.pressed)

    def _analyzed(self, one: Named) -> Done:
        self._formats(one)  # what cannot be saved is refused before the work
        now, image, drawn = self._made_from(one), None, list[Path]()
        result: Faces | Recording
        if isinstance(one.input, File) and one.input.kind == PHOTO:
            photo = open_photo(one.input.path)
            result, image = self._analyzer.photo(photo, source=one.source), photo.image
        else:
            try:
                result, drawn = self._recording(one, now)
            except _KeptError as error:
                before = self._manifest.entries.get(one.stem)
                if error.changed or (before and not changed_since(before, now)):  # nothing will go on from here
                    self._checkpoint_path(one).unlink(missing_ok=True)
                return Done(input=one.input, source=one.source, stopped=error.stopped, complete=False)
        self._tell_name(one)
        return self._saved(one, self._material(one, result, image), now, drawn)

    def _material(self, one: Named, result: Faces | Recording, image: np.ndarray | None) -> Material:
        options = self._options
        return Material(
            result=result,
            image=image,
            hide_faces=options.hide_faces,
            min_group=options.min_group,
            texts=texts_of(options.language),
            csv_dialect=options.csv_dialect,
            media=one.input.path if isinstance(one.input, File) and not isinstance(one.input, Copied) else None,
            purpose=options.purpose,
            explained=explained_faces(self._analyzer, image, result)
            if options.explain and image is not None and isinstance(result, Faces)
            else {},
            transcript=self._transcript(one),
        )

    def _replace(self, one: Named, now: dict[str, Any]) -> None:
        """Say that the files of other options are whole no longer, before the first of them is replaced: who is stopped meanwhile
        leaves some of each, and a picture that shows faces must not count as one that anonymizes them."""
        before = self._manifest.entries.get(one.stem)
        if before and before.complete and changed_since(before, now):
            self._manifest.add(replace(before, made_from=now, files=(), complete=False))

    def _saved(self, one: Named, material: Material, now: dict[str, Any], drawn: list[Path]) -> Done:
        """Write the files of a result that were not drawn meanwhile, and its line in the manifest."""
        self._replace(one, now)
        result, before = material.result, self._manifest.entries.get(one.stem)
        entry = Entry(
            stem=one.stem,
            source=as_text(one.source),
            made_from=now,
            files=(),
            complete=False,
            summary=summarize(result, material.group),
        )
        if not before:  # written first: who is killed while writing knows what the files are of
            self._manifest.add(entry)
        files = [*drawn, *write(material, self._folder, one.stem, self._formats(one))]
        complete = not isinstance(result, Recording) or result.complete
        kept = before.files if before and before.complete and not changed_since(before, now) else ()
        names = tuple(dict.fromkeys((*kept, *(file.name for file in files))))
        entry = replace(entry, files=names, complete=complete)
        self._manifest.add(entry)
        if left := unnamed(self._folder, entry, endings()):
            listed = ", ".join(left)
            self._note(
                f"{one.source}: what an earlier analysis wrote stays as it is ({listed}). Delete what shows more than it should."
            )
        changed = isinstance(result, Recording) and result.changed
        if complete or changed:  # what was seen of a file that is another one now is nothing to go on with
            self._checkpoint_path(one).unlink(missing_ok=True)
        return Done(
            input=one.input,
            source=one.source,
            summary=entry.summary,
            notes=result.notes,
            files=tuple(files),
            stopped=isinstance(result, Recording) and result.stopped,
            complete=complete,
        )

    def _transcript(self, one: Named) -> Transcript | None:
        """What was said meanwhile, where a transcript lies beside a recording."""
        if (path := self._beside(one)) is None:
            if "speech" in self._formats(one):
                self._note(
                    f"{one.source}: its table of speech has no rows, because no transcript of its name lies beside it."
                )
            return None
        try:
            found = read_transcript(path, show=self._options.transcript)
        except DataFileError as error:
            self._note(f"{one.source}: {error}")
            return None
        self._note(f"{one.source}: read with its transcript {path.name}; --transcript says how much of it is shown.")
        return found

    def _beside(self, one: Named) -> Path | None:
        """The transcript of a recording, if there is one and it may be shown."""
        if self._options.transcript == NO or not isinstance(one.input, File) or one.input.kind == PHOTO:
            return None
        return beside(one.input.path)

    def _keep_whole(self, one: Named, result: Recording) -> None:
        """Leave earlier results as they are where they are whole and the new ones would not be."""
        before = self._manifest.entries.get(one.stem)
        whole = before and before.complete and any(is_plain_file(self._folder / f) for f in before.files)
        if whole and (result.stopped or result.changed):
            for remark in result.notes:
                self._note(f"{one.source}: {remark}")
            self._note(f"{one.source}: the earlier results, which are complete, were kept.")
            raise _KeptError(stopped=result.stopped, changed=result.changed)

    def _tell_name(self, one: Named) -> None:
        """Say what results are called that cannot be called like their file alone."""
        if one.moved:
            self._note(
                f"{one.input.name} has the same name as another input, whose results are kept; its own results are "
                f"called {one.stem}."
            )

    def _recording(self, one: Named, now: dict[str, Any]) -> tuple[Recording, list[Path]]:
        """What is seen in a recording, and the annotated video if one was drawn meanwhile; ``now``: what it is made from.

        Raises:
            _KeptError: the earlier results are better.
        """
        options, progress = self._options, partial(self._progress, one.source)
        video = self._folder / f"{one.stem}.annotated.mp4" if "video" in options.formats else None
        with annotated_video(video, hide_faces=options.hide_faces, texts=texts_of(options.language)) as on_frame:
            sources = Sources(self._analyzer, options, on_frame, progress, self._parts)
            if isinstance(one.input, (File, Class)):
                with self._checkpoint(one) as checkpoint:
                    result = sources.stored(one.input, one.source, checkpoint)
            else:
                result = sources.live(one.input, one.source, self._saving.end)
                self._note(f"What {one.source} showed is being saved, which takes a moment; Ctrl-C does not stop it.")
            self._keep_whole(one, result)
            self._replace(one, now)  # the video takes its place as this block ends
        return result, [video] if video and video.exists() else []

    def _checkpoint(self, one: Named) -> RecordingCheckpoint:
        path, drawing = self._checkpoint_path(one), "video" in self._options.formats
        checkpoint = RecordingCheckpoint(path, self._seen_with(one), resume=self._options.resume and not drawing)
        if checkpoint.passed_over:
            self._note(f"{one.source}: {checkpoint.passed_over}.")
        if checkpoint.changed:
            self._anew(one, checkpoint.changed)
        elif drawing and self._options.resume and path.is_file():
            self._note(
                f"{one.source} is analyzed again from the start, because an annotated video cannot be continued."
            )
        return checkpoint

    def _checkpoint_path(self, one: Named) -> Path:
        return self._folder / (one.stem + CHECKPOINT)

    def _anew(self, one: Named, changed: Sequence[str]) -> None:
        self._note(f"{one.source} is analyzed again, because this has changed since then: {', '.join(changed)}.")

    def _formats(self, one: Named) -> tuple[str, ...]:
        return formats_for(one.source, self._options.formats, recording=one.input.kind != PHOTO)

    def _seen_with(self, one: Named) -> dict[str, Any]:
        return seen_with(one, self._analyzer, self._model, self._options)

    def _made_from(self, one: Named) -> dict[str, Any]:
        return made_from(one, self._analyzer, self._model, self._options, self._beside(one))


class _KeptError(Exception):
    """The earlier results stay."""

    def __init__(self, *, stopped: bool, changed: bool) -> None:
        super().__init__(stopped, changed)
        self.stopped, self.changed = stopped, changed
