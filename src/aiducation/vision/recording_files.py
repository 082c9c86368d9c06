"""Recording files: the one door to whatever shows pictures over time, a video or a sequence of pictures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from aiducation.errors import DataFileError
from aiducation.vision.file_kinds import PHOTO, UNTOLD, kind_of
from aiducation.vision.photos import MAX_FRAME_PIXELS, check_file

if TYPE_CHECKING:
    from aiducation.vision.detectors import Detector
    from aiducation.vision.picture_sequence import PictureSequence
    from aiducation.vision.videos import VideoReader

    #: What reads a recording.
    Reader: TypeAlias = VideoReader | PictureSequence


def open_recording(
    path: Path,
    detector: Detector | None = None,
    *,
    track: int | None = None,
    max_pixels: int = MAX_FRAME_PIXELS,
) -> Reader:
    """Open a recording of any kind; use it in a ``with`` block.

    Args:
        path: the file.
        detector: chooses among several video tracks by their faces; without it the one that players show is taken.
        track: which video track, from 0; None for a choice.
        max_pixels: that a picture may have.

    Raises:
        DataFileError: the file is missing, empty, damaged, or no recording: a photo, sound, a list of addresses; or it has no
            such track.
        TooLargeError: its frames have too many pixels.
    """
    check_file(path)
    kind = kind_of(path)
    if kind.in_pictures:
        from aiducation.vision.picture_sequence import PictureSequence

        if track:
            raise DataFileError(f"{path} ({kind.name}) has one track of pictures, track 0; there is no track {track}.")
        return PictureSequence(path, max_pixels=max_pixels)
    if kind.what == PHOTO and kind.name != UNTOLD:
        raise DataFileError(f"{path} is a photo ({kind.name}), not a recording; analyze it as a photo.")
    if kind.name == "playlist":  # FFmpeg would open what it lists, on this machine or elsewhere
        raise DataFileError(f"{path} {kind.why}.")
    from aiducation.vision.track_choice import choose_track
    from aiducation.vision.videos import VideoReader

    chosen, note = choose_track(path, track, detector, max_pixels=max_pixels)
    reader = VideoReader(path, max_pixels=max_pixels, track=chosen)
    reader.notes = (note,) if note else ()
    return reader
