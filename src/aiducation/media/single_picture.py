"""Single pictures of a recording, by their time."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from aiducation.errors import DataFileError
from aiducation.geometry import Size
from aiducation.media.letterbox import letterboxed
from aiducation.media.recording_files import open_recording, recording_kind
from aiducation.media.videos import VideoReader

if TYPE_CHECKING:
    from aiducation.media.packets import PacketTable

#: A picture that begins so many seconds later is the one that was meant: times of results are rounded.
_SAME_S = 1e-3


class SinglePictures:
    """Gives the pictures of a recording that a player shows at given times. The file is read through once, not for each picture.

    Args:
        path: the file.
        track: which video track, from 0.
        space: width and height in pixels into which every picture is fitted: those of the result, whose boxes lie in it.
    """

    def __init__(self, path: Path, *, track: int = 0, space: Size | None = None) -> None:
        self._path, self._track, self._space = path, track, space
        self._table: PacketTable | None = None

    def at(self, time_s: float) -> np.ndarray:
        """(H, W, 3) uint8 RGB.

        Raises:
            DataFileError: there is no such picture, or it cannot be decoded.
        """
        image = self._found(time_s)
        return image if self._space is None else letterboxed(image, self._space)

    def _found(self, time_s: float) -> np.ndarray:
        if not recording_kind(self._path).in_pictures:
            with VideoReader(self._path, track=self._track, table=self._table) as reader:
                self._table = reader.table
                image = reader.picture_at(time_s)
                if image is not None:
                    return image
        return self._counted_to(time_s)

    def _counted_to(self, time_s: float) -> np.ndarray:
        """The same where times are known by counting alone: all pictures before it are decoded."""
        found = None
        with open_recording(self._path, track=self._track) as reader:
            for frame in reader.frames():
                if frame.time_s > time_s + _SAME_S:
                    break
                found = frame.image
        if found is None:
            raise DataFileError(f"{self._path} has no picture at {time_s:g} s that can be decoded.")
        return found
