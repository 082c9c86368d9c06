"""Showing: what is seen is gathered to the end of a file, and its pictures are shown once more with what was seen in them."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from typing import TYPE_CHECKING

import numpy as np

from aiducation.errors import DataFileError
from aiducation.media.letterbox import letterboxed
from aiducation.observations.faces import Faces
from aiducation.observations.packed_frames import PackedFrames
from aiducation.vision.sessions import give_all_memory_back

if TYPE_CHECKING:
    from aiducation.media.class_reader import ClassReader
    from aiducation.media.recording_files import Reader

#: Called with each frame's picture and what was seen in it.
OnFrame = Callable[[np.ndarray, Faces], None]

#: From so many frames on networks give their memory back before all frames are unpacked: the two need not be there at once.
_LONG = 1000

#: Called with the seconds done and the seconds in all, None where they are not known.
OnProgress = Callable[[float, float | None], None]


def gathered(
    looks: Generator[Faces, None, None], progress: OnProgress | None, total_s: float | None
) -> tuple[list[Faces], bool]:
    """What comes until the end or Ctrl-C, and whether the end came."""
    seen, ended = PackedFrames(), True
    try:
        with closing(looks):  # nobody decodes any more when the file is closed
            for faces in looks:
                seen.add(faces)
                if progress:
                    progress(faces.time_s or 0.0, total_s)
    except KeyboardInterrupt:
        ended = False
    if len(seen) >= _LONG:
        give_all_memory_back()
    return list(seen.drained()), ended


def show(
    reader: Reader | ClassReader, every_s: float, seen: Sequence[Faces], on_frame: OnFrame, progress: OnProgress | None
) -> bool:
    """Call ``on_frame`` with each picture of a file and what was seen in it; whether Ctrl-C let it end. What happened to the file
    meanwhile becomes the reader's."""
    try:
        with reader.again() as again:
            for faces, frame in zip(seen, again.frames(every_s), strict=False):
                on_frame(letterboxed(frame.image, (faces.width, faces.height)), faces)
                if progress:
                    progress(faces.time_s or 0.0, reader.duration_s)
            if again.finish().changed and not reader.faults.changed:
                reader.faults = again.faults
    except KeyboardInterrupt:
        return False
    except DataFileError:
        if not reader.finish().changed:  # else what was seen before is kept
            raise
    return True
