"""Parts of a long recording: several processes look at its frames, one follows the faces through all of them.

Nearly all of the work is decoding, finding and judging, which needs nothing but the frames themselves. A part begins where a
group of frames begins that are searched together, so they are searched as in one process. Tracks, cuts and smoothing need
what came before: they are made of the parts' faces and glimpses, one frame after the other, in one process. So the result is the
same, to the bit.
"""

from __future__ import annotations

import zlib
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from aiducation.errors import AiducationError
from aiducation.media.frame_policy import NEEDED_PICTURES, needed_packets
from aiducation.media.held_file import HeldFile
from aiducation.media.input_files import MAX_FRAME_PIXELS
from aiducation.media.recording_files import open_recording
from aiducation.media.recording_notes import is_whole
from aiducation.media.sampling import SampleGrid
from aiducation.media.videos import VideoReader
from aiducation.observations.faces import Faces
from aiducation.vision.cuts import SCENE_SHAPE, Scene
from aiducation.vision.frame_looks import FrameLooks, frames_together
from aiducation.vision.glimpse import Glimpse
from aiducation.vision.track_choice import choose_track

if TYPE_CHECKING:
    from aiducation.media.recording_files import Reader
    from aiducation.observations.recording import Checkpoint
    from aiducation.vision.face_judge import FaceJudge
    from aiducation.vision.follower import Follower


@dataclass(frozen=True)
class Part:
    """Some samples of a recording that follow each other.

    Attributes:
        times: their times in seconds.
        before_s: time of the sample before them; None for the first part.
        last: whether the recording ends with them.
        track: the video track.
    """

    times: tuple[float, ...]
    before_s: float | None
    last: bool
    track: int


@dataclass(frozen=True)
class PartLooks:
    """What a part shows.

    Attributes:
        faces: of each sample, without tracks.
        glimpses: of each sample: the size of its picture, and ``Glimpse.looks``.
        colors: ``Scene.colors`` of all of them, compressed: a long recording has many.
        standing: how many samples at its beginning show the same picture as the one before it. What they show is known there,
            and what is said of them here means nothing.
    """

    faces: tuple[Faces, ...]
    glimpses: tuple[tuple[tuple[int, int], np.ndarray], ...]
    colors: bytes
    standing: int

    @classmethod
    def of(cls, looks: Sequence[tuple[Faces, Glimpse]], standing: int) -> PartLooks:
        """What a part shows, from the faces and the glimpse of each sample."""
        colors = [glimpse.scene.colors.astype(np.uint8).tobytes() for _, glimpse in looks]
        return cls(
            faces=tuple(faces for faces, _ in looks),
            glimpses=tuple((glimpse.scene.size, glimpse.looks) for _, glimpse in looks),
            colors=zlib.compress(b"".join(colors), 1),
            standing=standing,
        )

    def looks(self) -> Iterator[tuple[Faces, Glimpse]]:
        """Faces and glimpse of each sample."""
        colors = np.frombuffer(zlib.decompress(self.colors), np.uint8).reshape(len(self.faces), *SCENE_SHAPE)
        for faces, (size, looks), some in zip(self.faces, self.glimpses, colors, strict=True):
            yield faces, Glimpse(Scene.of(some, size), looks)


def parts_of(judge: FaceJudge, path: Path, *, every_s: float, track: int | None, part_s: float) -> list[Part]:
    """The parts into which a recording can be divided without another result; none where it is short, or where its file does not
    prove that it can be decoded from its middle on, or is not whole.

    Args:
        judge: its detector chooses the video track.
        path: the file.
        every_s: sampling interval in seconds.
        track: which video track; None for the one that shows most faces.
        part_s: seconds of a part.
    """
    try:
        with HeldFile(path) as held:
            chosen, _ = choose_track(path, track, judge.detector, max_pixels=MAX_FRAME_PIXELS, held=held)
            with open_recording(path, track=chosen, held=held) as reader:
                if not isinstance(reader, VideoReader) or not reader.table.exact or reader.duration_s < 2 * part_s:
                    return []
                reader.finish()
                if not is_whole(reader):
                    return []
                table, grid = reader.table, SampleGrid(every_s)
                rows = zip(table.times, [*table.times[1:], table.end_s], strict=True)
                times = [time_s for begins_s, until_s in rows for time_s in grid.times(float(begins_s), float(until_s))]
                together = frames_together(reader.pixels)
    except (AiducationError, OSError):
        return []  # analyzing it says what is wrong
    size = max(int(part_s / every_s) // together, 1) * together
    return [
        Part(
            times=tuple(times[at : at + size]),
            before_s=times[at - 1] if at else None,
            last=at + size >= len(times),
            track=chosen,
        )
        for at in range(0, len(times), size)
    ]


def look_at_part(judge: FaceJudge, path: Path, part: Part, *, source: str, every_s: float) -> PartLooks | None:
    """What a part shows; None where something is damaged, or not as it was when the recording was divided: then it is analyzed
    as one."""
    try:
        with HeldFile(path) as held, open_recording(path, track=part.track, held=held) as reader:
            if not isinstance(reader, VideoReader):
                return None
            start_s = part.before_s if part.before_s is not None else -np.inf
            frames = reader.frames(every_s, start_s=start_s)
            before = None
            if part.before_s is not None:
                (frame,) = islice(frames, 1)
                before = frame.image, judge.faces(np.zeros((64, 64, 3), np.uint8), (source, 0, 0.0))
            some = frames if part.last else islice(frames, len(part.times))
            with closing(FrameLooks(judge, source, reader.pixels, 1).of(some, before)) as seen:
                looks = list(seen)
            new = (i for i, (faces, _) in enumerate(looks) if not faces.standing)
            standing = next(new, len(looks)) if before else 0
            damaged = reader.damaged or reader.broke_off or reader.decoding != decoding_of(reader, every_s)
            if damaged or [one.time_s for one, _ in looks] != list(part.times):
                return None
    except (AiducationError, OSError, ValueError):
        return None
    return PartLooks.of(looks, standing)


def decoding_of(reader: VideoReader, every_s: float) -> dict[str, object]:
    """How one process decodes a recording without damage; see ``VideoReader.frames``."""
    some = needed_packets(reader.table, every_s) is not None
    return {**reader.decoding, "policy": NEEDED_PICTURES} if some else dict(reader.decoding)


def joined(
    follower: Follower,
    reader: Reader,
    every_s: float,
    parts: Sequence[PartLooks],
    checkpoint: Checkpoint | None,
) -> Generator[Faces, None, None]:
    """What the frames of a recording show, followed through all of its parts; see ``Analyzer.followed``."""
    assert isinstance(reader, VideoReader)  # nothing else has parts
    reader.decoding = decoding_of(reader, every_s)
    if checkpoint:
        del checkpoint.seen[:]  # all of it is known
    last: Faces | None = None
    for part in parts:
        for faces, glimpse in _with_standing(part, last, reader, every_s):
            tracked = follower.track(faces, glimpse)
            last = faces
            if checkpoint:
                checkpoint.add(tracked)
            yield follower.smooth(tracked)


def _with_standing(
    part: PartLooks, last: Faces | None, reader: VideoReader, every_s: float
) -> Iterator[tuple[Faces, Glimpse]]:
    """Faces and glimpses of a part; pictures that stand since before it are decoded once more for their glimpses."""
    if part.standing:
        assert last is not None  # the first part has nothing before it
        with reader.again() as again:
            frames = again.frames(every_s, start_s=part.faces[0].time_s or 0.0)
            for one, frame in zip(part.faces[: part.standing], frames, strict=False):
                faces = replace(last, frame=one.frame, time_s=one.time_s, standing=True)
                yield faces, Glimpse.of(frame.image, faces.boxes)
    yield from islice(part.looks(), part.standing, None)
