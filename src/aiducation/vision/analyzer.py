"""The Analyzer: a photo, a recording or a stream of frames in, Faces and Recordings out."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from aiducation.errors import ConfigError, unknown_name
from aiducation.states import OUTCOMES
from aiducation.vision.alignment import aligned_faces
from aiducation.vision.classifier import Classifier
from aiducation.vision.decision import decide
from aiducation.vision.defaults import EVERY_S
from aiducation.vision.detectors import DETECTORS, detect_in_recording
from aiducation.vision.faces import Detections, Faces, MadeWith, Quality, Recording
from aiducation.vision.photos import as_gray, read_photo
from aiducation.vision.quality import QualityLimits, assess, reasons
from aiducation.vision.sessions import give_memory_back, processor_threads, thread_pool
from aiducation.vision.smoothing import Smoother
from aiducation.vision.stillness import StillWatch
from aiducation.vision.tracking import Tracker

if TYPE_CHECKING:
    from aiducation.vision.journal import Journal
    from aiducation.vision.videos import Frame

#: Seconds between two frames at least and at most.
_SHORTEST_S, _LONGEST_S = 0.001, 86_400

#: Frames whose faces are classified together; enough to fill the network's batches, little enough to stay in memory.
_FRAMES_TOGETHER = 12

#: Times that frames are looked at together, after which memory is given back.
_GIVE_BACK_EVERY = 10

#: Called with each frame's picture and what was seen in it.
OnFrame = Callable[[np.ndarray, Faces], None]


class Analyzer:
    """Finds faces and says what each seems to express.

    Args:
        model: an ``.onnx`` file of ``aiducation export``; None takes the model that the package carries.
        detector: one of ``DETECTORS``.
        threshold: below this probability the answer is "not sure"; None takes the model's own.
        min_face: faces with a shorter side than this many pixels are "too small"; None takes the default.
        limits: what a face must have to be asked about; ``min_face`` overrules its size.
        seed: of the track ids; None draws other ids each time, so that no id means anything outside its recording.
        threads: processor threads; 0 lets ONNX Runtime choose.

    Example:
        >>> faces = Analyzer().photo("class.jpg")  # doctest: +SKIP
        >>> faces.counts()  # doctest: +SKIP
        {'neutral': 3, 'angry': 0, 'focused': 14, 'bored': 2, 'other': 5, 'unclear': 1}

    Raises:
        ConfigError: an option is out of its range.
        ModelFileError: the model cannot be used.
    """

    def __init__(
        self,
        *,
        model: Path | None = None,
        detector: str = "yunet",
        threshold: float | None = None,
        min_face: float | None = None,
        limits: QualityLimits | None = None,
        seed: int | None = None,
        threads: int = 0,
    ) -> None:
        if detector not in DETECTORS:
            raise unknown_name("detector", detector, DETECTORS)
        if threshold is not None and not 0 <= threshold < 1:
            raise ConfigError(f"The threshold is a probability from 0 to below 1, not {threshold:g}.")
        if min_face is not None and not 0 <= min_face < math.inf:
            raise ConfigError(f"The smallest face has a size in pixels, 0 or more, not {min_face:g}.")
        self.detector_name = detector
        self.detector = DETECTORS[detector](threads=threads)
        self._frame_detector = DETECTORS[detector](threads=1)
        self._threads = threads or processor_threads()
        self.classifier = Classifier(model, threads=threads)
        self.threshold = self.classifier.info.threshold if threshold is None else threshold
        self.limits = limits or QualityLimits()
        if min_face is not None:
            self.limits = replace(self.limits, min_size=min_face)
        self.seed = seed
        self.made_with = self._made_with()

    def _made_with(self) -> MadeWith:
        info = self.classifier.info
        return MadeWith(
            model={
                "name": info.name,
                "criteria": info.criteria,
                "data_hash": info.data_hash,
                "temperature": info.temperature,
                "threshold": self.threshold,
                "scores": info.scores,
                "limits": info.limits,
            },
            settings={
                "detector": self.detector_name,
                "smallest face that is judged": f"{self.limits.min_size:g} pixels",
            },
        )

    def photo(self, picture: str | Path | np.ndarray, *, source: str | None = None) -> Faces:
        """What is seen in one photo.

        Args:
            picture: a file, or (H, W, 3) uint8 RGB.
            source: name in the results; a file's own name if None.

        Raises:
            DataFileError: the file is no picture that can be read.
            ShapeError: the array has another shape or type.
        """
        image = picture if isinstance(picture, np.ndarray) else read_photo(Path(picture))
        name = source or ("photo" if isinstance(picture, np.ndarray) else Path(picture).name)
        return self._look([image], [(name, None, None)])[0]

    def stream(
        self,
        frames: Iterable[Frame],
        *,
        source: str,
        together: int = 1,
        on_frame: OnFrame | None = None,
        journal: Journal | None = None,
    ) -> Generator[Faces, None, None]:
        """What is seen in each frame of a stream, tracked and smoothed over time.

        Args:
            frames: frames in order of time.
            source: name in the results.
            together: frames that are gathered before the network is asked; 1 answers each at once.
            on_frame: called with each picture and its result, so that nobody has to keep the pictures.
            journal: what was seen before, which is given first, and where to write down the rest.
        """
        tracker, smoother, watch = Tracker(seed=self.seed), Smoother(threshold=self.threshold), StillWatch()

        def follow(faces: Faces) -> Faces:
            tracks = tracker.update(faces.detections, faces.time_s or 0.0)
            return watch.update(smoother.update(replace(faces, track_ids=tracks)))

        for before in journal.seen if journal else ():
            yield follow(before)
        with closing(_batches(iter(frames), together)) as batches:
            for number, batch in enumerate(batches):
                if number % _GIVE_BACK_EVERY == 0:
                    give_memory_back()
                seen = self._look([f.image for f in batch], [(source, f.index, f.time_s) for f in batch])
                for frame, faces in zip(batch, seen, strict=True):
                    if journal:
                        journal.add(faces)
                    done = follow(faces)
                    if on_frame:
                        on_frame(frame.image, done)
                    yield done

    def video(
        self,
        path: str | Path,
        *,
        source: str | None = None,
        every_s: float = EVERY_S,
        on_frame: OnFrame | None = None,
        progress: Callable[[float, float | None], None] | None = None,
        journal: Journal | None = None,
    ) -> Recording:
        """What is seen in a video file; Ctrl-C gives what was seen so far, marked as not complete.

        Args:
            path: the file.
            source: name in the results; the file's own name if None.
            every_s: seconds between the frames that are looked at.
            on_frame: called with each picture and its result.
            progress: called with the seconds done and the seconds in all (None if the file does not say).
            journal: see ``stream``.

        Raises:
            DataFileError: the file is no video that can be read.
            ConfigError: ``every_s`` is out of its range.
        """
        from aiducation.vision.videos import VideoReader, next_on_grid

        check_interval(every_s)
        seen: list[Faces] = []
        name = source or Path(path).name
        complete = True
        start_s = next_on_grid(journal.seen[-1].time_s or 0.0, every_s) if journal and journal.seen else 0.0
        with VideoReader(Path(path)) as reader:
            looks = self.stream(
                reader.frames(every_s, start_s=start_s),
                source=name,
                together=_FRAMES_TOGETHER,
                on_frame=on_frame,
                journal=journal,
            )
            try:
                with closing(looks):  # nobody decodes any more when the file is closed
                    for faces in looks:
                        seen.append(faces)
                        if progress:
                            progress(faces.time_s or 0.0, reader.duration_s)
            except KeyboardInterrupt:
                complete = False
            return Recording(
                source=name,
                width=seen[-1].width if seen else 0,
                height=seen[-1].height if seen else 0,
                every_s=every_s,
                frames=tuple(seen),
                complete=complete,
                notes=_notes(reader.damaged, complete),
                made_with=self.made_with,
            )

    def live(
        self,
        frames: Iterable[Frame],
        *,
        source: str,
        every_s: float = EVERY_S,
        on_frame: OnFrame | None = None,
        progress: Callable[[float, float | None], None] | None = None,
    ) -> Recording:
        """What is seen by a camera or on a screen, until the frames end or Ctrl-C is pressed; see ``video``."""
        seen: list[Faces] = []
        try:
            for faces in self.stream(frames, source=source, on_frame=on_frame):
                seen.append(faces)
                if progress:
                    progress(faces.time_s or 0.0, None)
        except KeyboardInterrupt:
            pass  # the usual end of a live recording
        width, height = (seen[0].width, seen[0].height) if seen else (0, 0)
        return Recording(
            source=source,
            width=width,
            height=height,
            every_s=every_s,
            frames=tuple(seen),
            made_with=self.made_with,
        )

    def _look(self, images: list[np.ndarray], about: list[tuple[str, int | None, float | None]]) -> list[Faces]:
        """Detect in each picture, then classify the faces of all in one go."""
        if len(images) == 1:
            detections = [self.detector.detect(images[0])]
        else:
            detections = detect_in_recording(self.detector, self._frame_detector, images, self._threads)
        looks = list(thread_pool(self._threads).map(self._cut_out, images, detections))
        answers = self.classifier.probs(np.concatenate([crops for _, _, crops in looks]))
        ends = np.cumsum([len(crops) for _, _, crops in looks])
        parts = np.split(answers, ends[:-1])
        return [
            self._faces(images[i], about[i], detections[i], quality, why, part)
            for i, ((quality, why, _), part) in enumerate(zip(looks, parts, strict=True))
        ]

    def _cut_out(self, image: np.ndarray, found: Detections) -> tuple[Quality, tuple[str, ...], np.ndarray]:
        """How well each face can be seen, why it cannot be judged, and the aligned faces of those that can."""
        gray = as_gray(image)
        quality = assess(gray, found)
        why = reasons(quality, self.limits)
        return quality, why, aligned_faces(gray, found.where(np.array([not reason for reason in why], dtype=bool)))

    def _faces(
        self,
        image: np.ndarray,
        about: tuple[str, int | None, float | None],
        detections: Detections,
        quality: Quality,
        why: tuple[str, ...],
        answers: np.ndarray,
    ) -> Faces:
        probs = np.full((len(detections), len(OUTCOMES)), np.nan, np.float32)
        probs[[not reason for reason in why]] = answers
        states, causes = decide(probs, why, self.threshold)
        return Faces(
            source=about[0],
            width=image.shape[1],
            height=image.shape[0],
            detections=detections,
            quality=quality,
            probs=probs,
            states=states,
            reasons=causes,
            track_ids=np.full(len(detections), -1, np.int64),
            frame=about[1],
            time_s=about[2],
            made_with=self.made_with,
        )


def check_interval(every_s: float) -> None:
    """Make sure that frames can be looked at so many seconds apart.

    Raises:
        ConfigError: they cannot.
    """
    if not _SHORTEST_S <= every_s <= _LONGEST_S:
        raise ConfigError(
            f"The time between two frames must be {_SHORTEST_S:g} to {_LONGEST_S:,} seconds, not {every_s:g}."
        )


def _batches(frames: Iterator[Frame], together: int) -> Generator[list[Frame], None, None]:
    """Some frames at a time; while they are looked at, the next are decoded, unless every frame is to be answered at once."""
    if together == 1:
        yield from ([frame] for frame in frames)
        return
    with ThreadPoolExecutor(1, thread_name_prefix="decoder") as decoder:
        following = decoder.submit(lambda: list(islice(frames, together)))
        while batch := following.result():
            following = decoder.submit(lambda: list(islice(frames, together)))
            yield batch


def _notes(damaged: int, complete: bool) -> tuple[str, ...]:
    notes = []
    if damaged:
        notes.append(f"{damaged:,} damaged parts of the file were skipped.")
    if not complete:
        notes.append("The analysis was stopped before the end of the recording.")
    return tuple(notes)
