"""The Analyzer: a photo, a recording or a stream of frames in, Faces and Recordings out."""

from __future__ import annotations

import math
import os
import zlib
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import closing
from copy import copy
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from aiducation.defaults import DETECTOR, EVERY_S, VIEW
from aiducation.errors import ConfigError, unknown_name
from aiducation.media.input_files import MAX_FRAME_PIXELS
from aiducation.media.photos import Photo, open_photo
from aiducation.media.sampling import check_interval
from aiducation.media.standing_pictures import stands
from aiducation.observations.assumptions import Assumptions
from aiducation.observations.faces import Faces, MadeWith
from aiducation.observations.group import group_of
from aiducation.observations.picture_space import one_space, size_note
from aiducation.observations.places import reading_order
from aiducation.observations.recording import Checkpoint, Recording
from aiducation.observations.views import for_views, in_view
from aiducation.processors import processor_threads
from aiducation.records import check_seed
from aiducation.vision.classifier import Classifier
from aiducation.vision.cuts import cut_note
from aiducation.vision.detectors import DETECTORS
from aiducation.vision.device_choice import choose_device
from aiducation.vision.devices import AUTO
from aiducation.vision.face_judge import FaceJudge
from aiducation.vision.follower import GLIMPSES_S, Follower, unfollowed_note
from aiducation.vision.frame_looks import FrameLooks
from aiducation.vision.glimpse import Glimpse
from aiducation.vision.lost_faces import Cover, covered
from aiducation.vision.made_with import made_with
from aiducation.vision.quality import QualityLimits
from aiducation.vision.sessions import give_memory_back, give_memory_back_at_times
from aiducation.vision.showing import OnFrame, OnProgress, gathered, show
from aiducation.vision.static_faces import StillWatch, without_still

if TYPE_CHECKING:
    from aiducation.media.class_reader import ClassReader
    from aiducation.media.recording_files import Reader
    from aiducation.media.videos import Frame
    from aiducation.vision.parts import PartLooks

#: Frames of a recording after which memory is given back: ten leave less behind than 25, in the same time.
_GIVE_BACK_EVERY = 10


class Analyzer:
    """Finds faces and says what each seems to express.

    Several threads may use one at the same time; each process makes its own, also if it was forked.

    Args:
        model: an ``.onnx`` file of ``aiducation export``; None takes the model that the package carries.
        detector: one of ``DETECTORS``.
        threshold: below this probability the answer is "not sure"; None takes the model's own for these conditions.
        priors, possible, conditions: what answers take for granted of the place where the faces are seen: how frequent each state
            is, which states can occur, how the pictures are made; see ``observations.assumptions.Assumptions.of``.
        view: of ``states.VIEWS``: "calm", which shows neutral and focused as one state, or "states", the four published ones.
        min_face: faces with a shorter side than this many pixels are "too small"; None takes the default.
        limits: what a face must have to be asked about; ``min_face`` overrules its size.
        seed: of the track ids, together with the source's name: analyzed again under the same name, a recording gets the same
            ids. None draws other ids each time, so that no id means anything outside its recording.
        threads: processor threads; 0 for as many as the process may keep busy.
        device: where the networks run: "auto", or a name of ``devices.DEVICES`` such as "cpu" or "cuda:1".

    Attributes:
        device: the ``Device`` that was chosen.

    Example:
        >>> faces = Analyzer().photo("class.jpg")  # doctest: +SKIP
        >>> faces.counts()  # doctest: +SKIP
        {'calm': 17, 'angry': 0, 'bored': 2, 'other': 5, 'unclear': 1}

    Raises:
        ConfigError: an option is out of its range.
        ModelFileError: the model cannot be used.
    """

    def __init__(
        self,
        *,
        model: str | Path | None = None,
        detector: str = DETECTOR,
        threshold: float | None = None,
        priors: str | Mapping[str, float] | None = None,
        possible: Iterable[str] | str | None = None,
        conditions: str | None = None,
        view: str = VIEW,
        min_face: float | None = None,
        limits: QualityLimits | None = None,
        seed: int | None = None,
        threads: int = 0,
        device: str = AUTO,
    ) -> None:
        if detector not in DETECTORS:
            raise unknown_name("detector", detector, DETECTORS)
        if threshold is not None and not 0 <= threshold < 1:
            raise ConfigError(f"The threshold is a probability from 0 to below 1, not {threshold:g}.")
        if seed is not None:
            check_seed(seed)
        if min_face is not None and not 0 <= min_face < math.inf:
            raise ConfigError(f"The smallest face has a size in pixels, 0 or more, not {min_face:g}.")
        self.detector_name = detector
        self._threads = threads or processor_threads()
        self.device = choose_device(device)
        self.classifier = Classifier(Path(model) if model else None, threads=threads, device=self.device)
        self._asked = threshold
        self.view = view
        self.assumptions = Assumptions.of(
            self.classifier.info, priors=priors, possible=possible, conditions=conditions, view=view
        )
        self.threshold = self.assumptions.threshold if threshold is None else threshold
        self.limits = limits or QualityLimits()
        if min_face is not None:
            self.limits = replace(self.limits, min_size=min_face)
        self.seed = seed
        self.made_with = self._made_with()
        self.judge = FaceJudge(
            detector=detector,
            classifier=self.classifier,
            assumptions=self.assumptions,
            threshold=self.threshold,
            limits=self.limits,
            made_with=self.made_with,
            threads=threads,
            device=self.device,
        )
        self.detector = self.judge.detector

    def assuming(
        self,
        *,
        priors: str | Mapping[str, float] | None = None,
        possible: Iterable[str] | str | None = None,
        conditions: str | None = None,
        view: str | None = None,
    ) -> Analyzer:
        """The same analyzer with other assumptions or another view, with detector and network in common; None keeps what is.

        Raises:
            ConfigError: see ``Assumptions.of``.
        """
        other = copy(self)
        other.assumptions = self.assumptions.but(
            self.classifier.info, priors=priors, possible=possible, conditions=conditions, view=view
        )
        other.view = other.assumptions.view
        other.threshold = other.assumptions.threshold if self._asked is None else self._asked
        other.made_with = other._made_with()
        other.judge = self.judge.assuming(other.assumptions, threshold=other.threshold, made_with=other.made_with)
        return other

    def _made_with(self) -> MadeWith:
        return made_with(
            self.classifier,
            self.assumptions,
            threshold=self.threshold,
            detector=self.detector_name,
            min_face=self.limits.min_size,
            device=self.device,
            seed=self.seed,
        )

    def seed_for(self, source: str) -> tuple[int, int] | None:
        """The seed of the track ids of one recording."""
        return None if self.seed is None else (self.seed, zlib.crc32(source.encode("utf-8", "surrogatepass")))

    def photo(self, picture: str | os.PathLike[str] | np.ndarray | Photo, *, source: str | None = None) -> Faces:
        """What is seen in one photo, faces in reading order: row after row from above, in a row from left to right.

        Args:
            picture: a file, what ``open_photo`` gave of one, or (H, W, 3) uint8 RGB.
            source: name in the results; a file's own name if None.

        Raises:
            DataFileError: the file is not a picture that can be read.
            ShapeError: the array has another shape or type.
            TypeError: it is something else, as bytes or a picture of Pillow.
        """
        if isinstance(picture, np.ndarray):
            picture = Photo(picture)
        if isinstance(picture, Photo):
            name, photo = "photo", picture
        else:
            path = _path(picture)
            name, photo = path.name, open_photo(path)
        seen = self.judge.faces(photo.image, (source or name, None, None), again=True)
        return self.shown(replace(seen.in_order(reading_order(seen.boxes)), notes=photo.notes))

    def shown(self, faces: Faces) -> Faces:
        """The faces in the analyzer's view."""
        return faces if faces.view == self.view else in_view(faces, self.view, self.threshold)

    def stream(
        self, frames: Iterable[Frame], *, source: str, on_frame: OnFrame | None = None, min_group: int = 1
    ) -> Generator[Faces, None, None]:
        """What is seen in each frame of a stream at once, tracked and smoothed over time.

        What comes later is not known: a face counts from the time on when it was seen clearly, and a picture on the
        wall counts as a person for some seconds.

        Args:
            frames: frames in order of time.
            source: name in the results.
            on_frame: called with each picture and its result, so that nobody has to keep the pictures.
            min_group: what ``on_frame`` gets has no states where a picture shows fewer faces well; see ``views``. 1 keeps all.
        """
        follower, watch, cover = Follower(threshold=self.threshold, seed=self.seed_for(source)), StillWatch(), Cover()
        before, looked = None, None
        for frame in frames:
            give_memory_back_at_times()
            standing, before = stands(frame.image, before), frame.image
            if looked is None or not standing:
                looked = self.judge.faces(frame.image, (source, frame.index, frame.time_s))
            seen = replace(looked, frame=frame.index, time_s=frame.time_s, standing=standing)
            seen = follower.follow(seen, Glimpse.of(frame.image, seen.boxes))
            done = self.shown(watch.update(follower.confirmed(seen)))
            if on_frame:
                on_frame(frame.image, cover.update(for_views(done, group_of(done, min_group))))
            yield done

    def video(
        self,
        path: str | os.PathLike[str],
        *,
        source: str | None = None,
        every_s: float = EVERY_S,
        on_frame: OnFrame | None = None,
        min_group: int = 1,
        progress: OnProgress | None = None,
        checkpoint: Checkpoint | None = None,
        max_pixels: int = MAX_FRAME_PIXELS,
        track: int | None = None,
        parts: Sequence[PartLooks] = (),
    ) -> Recording:
        """What is seen in a video file; Ctrl-C gives what was seen so far, marked as not complete.

        Args:
            path: the file.
            source: name in the results; the file's own name if None.
            every_s: sampling interval in seconds; see ``sampling.SampleGrid``.
            on_frame: called with each picture and its result once all are known: the file is read a second time for it.
            min_group: what ``on_frame`` gets has no states at times when fewer faces are seen well; see ``views``. 1 keeps all.
            progress: called with the seconds done and the seconds in all, each time it is read.
            checkpoint: what was seen before, with which the recording begins, and where to write down the rest.
            max_pixels: that a frame may have.
            track: which video track, from 0, if the file has several; None takes the one that shows most faces.
            parts: what others saw in all of it; see ``vision.parts``.

        Raises:
            DataFileError: the file is not a video that can be read, or does not have this track.
            TooLargeError: its frames have too many pixels.
            ConfigError: ``every_s`` is out of its range.
            TypeError: the path is something else, as bytes or an open file.
        """
        from aiducation.media.held_file import HeldFile
        from aiducation.media.recording_files import open_recording
        from aiducation.media.recording_notes import is_whole, notes_of
        from aiducation.vision.parts import joined
        from aiducation.vision.track_choice import choose_track

        check_interval(every_s)
        path = _path(path)
        name = source or path.name
        follower = Follower(threshold=self.threshold, seed=self.seed_for(name))
        with HeldFile(path) as held:
            chosen, track_note = choose_track(path, track, self.detector, max_pixels=max_pixels, held=held)
            with open_recording(path, max_pixels=max_pixels, track=chosen, held=held) as reader:
                if parts:
                    looks = joined(follower, reader, every_s, parts, checkpoint)
                else:
                    looks = self.followed(follower, reader, name, every_s, checkpoint)
                seen, ended = gathered(looks, progress, reader.duration_s)
                reader.finish()
                changes, steady = _changes(seen, every_s), one_space([follower.confirmed(faces) for faces in seen])
                del seen  # what follows is made of copies, and a long recording has many
                frames = tuple(map(self.shown, without_still(steady)))
                del steady
                if on_frame:
                    seen_all = self.recording(name, every_s, frames)
                    shown = covered(for_views(seen_all, group_of(seen_all, min_group)).frames)
                    ended = show(reader, every_s, shown, on_frame, progress) and ended
        whole = is_whole(reader)
        notes = notes_of(reader, every_s, len(frames), stopped=not ended, track_note=track_note)
        return replace(
            self.recording(name, every_s, frames, notes=(*changes, *notes), decoding=reader.decoding),
            duration_s=reader.duration_s,
            complete=ended and whole,
            stopped=not ended,
            changed=bool(reader.faults.changed),
        )

    def live(
        self,
        frames: Iterable[Frame],
        *,
        source: str,
        every_s: float = EVERY_S,
        on_frame: OnFrame | None = None,
        min_group: int = 1,
        progress: OnProgress | None = None,
    ) -> Recording:
        """What is seen by a camera or on a screen, until the frames end or Ctrl-C is pressed, their usual end.

        Args:
            frames: frames in order of time.
            source: name in the results.
            every_s: seconds between the frames.
            on_frame, min_group, progress: see ``stream`` and ``video``.
        """
        seen, _ = gathered(self.stream(frames, source=source, on_frame=on_frame, min_group=min_group), progress, None)
        return self.recording(source, every_s, without_still(one_space(seen)), notes=_changes(seen, every_s))

    def recording(
        self,
        source: str,
        every_s: float,
        frames: tuple[Faces, ...],
        *,
        notes: tuple[str, ...] = (),
        decoding: Mapping[str, Any] | None = None,
    ) -> Recording:
        """The recording that frames make up, with what it was made with."""
        return Recording(
            source=source,
            width=frames[-1].width if frames else 0,
            height=frames[-1].height if frames else 0,
            every_s=every_s,
            frames=frames,
            notes=notes,
            made_with=self.made_with,
            decoding=decoding or {},
        )

    def followed(
        self,
        follower: Follower,
        reader: Reader | ClassReader,
        source: str,
        every_s: float,
        checkpoint: Checkpoint | None,
    ) -> Generator[Faces, None, None]:
        """What the frames of a file show, beginning with what the memory knows.

        Of some frames the first decides at which size the others are searched, so a memory that ends between two is taken up
        where they began: resumed or not, the same frames go together.
        """
        looks = FrameLooks(self.judge, source, reader.pixels, self._threads)
        known: Sequence[Faces] = ()
        if checkpoint:
            del checkpoint.seen[len(checkpoint.seen) // looks.together * looks.together :]
            known = checkpoint.seen
        latest_s = known[-1].time_s or 0.0 if known else 0.0
        long_ago = [faces for faces in known if (faces.time_s or 0.0) < latest_s - GLIMPSES_S]
        lately = known[len(long_ago) :]
        yield from (follower.smooth(follower.recall(faces)) for faces in long_ago)
        frames = reader.frames(every_s, start_s=lately[0].time_s or 0.0 if lately else -math.inf)
        before = None
        for faces, frame in zip(lately, frames, strict=False):  # of these the pictures are needed once more
            before = frame.image, faces
            yield follower.smooth(follower.recall(faces, Glimpse.of(frame.image, faces.boxes)))
        give_memory_back()
        with closing(looks.of(frames, before)) as seen:
            for number, (faces, glimpse) in enumerate(seen, start=1):
                if number % _GIVE_BACK_EVERY == 0:
                    give_memory_back()
                tracked = follower.track(faces, glimpse)
                if checkpoint:
                    checkpoint.add(tracked)
                yield follower.smooth(tracked)


def _path(given: str | os.PathLike[str]) -> Path:
    if not isinstance(given, (str, os.PathLike)):
        raise TypeError(
            f"{type(given).__name__} cannot be analyzed; give the path of a file, or for a photo an array (H, W, 3) uint8 RGB. "
            "Write what is in memory to a temporary file first, because reading it turns it upright and gives it the right "
            "colours."
        )
    return Path(given)


def _changes(seen: Sequence[Faces], every_s: float) -> tuple[str, ...]:
    sizes = [(faces.width, faces.height) for faces in seen]
    return (*size_note(sizes), *cut_note(seen), *unfollowed_note(seen, every_s))
