"""Recording files: opens everything that shows pictures over time, a video or a sequence of pictures."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeAlias
from weakref import WeakKeyDictionary

from aiducation.errors import DataFileError
from aiducation.media.file_kinds import PHOTO, UNTOLD, Kind, kind_of
from aiducation.media.held_file import HeldFile
from aiducation.media.input_files import MAX_FRAME_PIXELS, check_file
from aiducation.media.picture_sequence import PictureSequence
from aiducation.media.videos import Frame, VideoReader

#: What reads a recording.
Reader: TypeAlias = VideoReader | PictureSequence

#: What kinds of recording the files are that are open: whether there is more than sound takes as long to find out as a picture.
_kinds: WeakKeyDictionary[HeldFile, Kind] = WeakKeyDictionary()


def open_recording(
    path: Path, *, max_pixels: int = MAX_FRAME_PIXELS, track: int = 0, held: HeldFile | None = None
) -> Reader:
    """Open a recording of any kind; use it in a ``with`` block.

    Args:
        path: the file.
        max_pixels: that a frame may have.
        track: which video track of the file, from 0.
        held: the file, where it is open already.

    Raises:
        DataFileError: see ``recording_kind``; or there is no such track.
        TooLargeError: its frames have too many pixels.
    """
    if recording_kind(path, held).in_pictures:
        return PictureSequence(path, max_pixels=max_pixels, track=track, held=held)
    return VideoReader(path, max_pixels=max_pixels, track=track, held=held)


def recording_kind(path: Path, held: HeldFile | None = None) -> Kind:
    """What kind of recording a file is, before anything opens it.

    Args:
        path: the file.
        held: the same, where it is open already: it is checked once.

    Raises:
        DataFileError: the file is missing, empty, or certainly not a recording, such as a photo or a playlist.
    """
    if held and held in _kinds:
        return _kinds[held]
    check_file(path)
    kind = kind_of(path)
    if kind.what == PHOTO and kind.name != UNTOLD:
        raise DataFileError(f"{path} is a photo ({kind.name}), not a recording; analyze it as a photo.")
    if kind.name == "playlist":  # FFmpeg would open what it lists, on this machine or elsewhere
        raise DataFileError(f"{path} cannot be analyzed, because it is {kind.why}.")
    if held:
        _kinds[held] = kind
    return kind


def decoded_ahead(frames: Iterator[Frame], ahead: int) -> Generator[Frame, None, None]:
    """The frames; while one is analyzed, up to so many of the next are decoded."""
    with ThreadPoolExecutor(1, thread_name_prefix="decoder") as decoder:
        following = deque(decoder.submit(next, frames, None) for _ in range(ahead))
        try:
            while frame := following.popleft().result():
                following.append(decoder.submit(next, frames, None))
                yield frame
        finally:
            decoder.shutdown(cancel_futures=True)
