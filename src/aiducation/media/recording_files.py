"""Recording files: opens everything that shows pictures over time, a video or a sequence of pictures."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from aiducation.errors import DataFileError
from aiducation.media.file_kinds import PHOTO, UNTOLD, Kind, kind_of
from aiducation.media.input_files import MAX_FRAME_PIXELS, check_file
from aiducation.media.videos import Frame

if TYPE_CHECKING:
    from aiducation.media.held_file import HeldFile
    from aiducation.media.picture_sequence import PictureSequence
    from aiducation.media.videos import VideoReader

    #: What reads a recording.
    Reader: TypeAlias = VideoReader | PictureSequence


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
    if recording_kind(path).in_pictures:
        from aiducation.media.picture_sequence import PictureSequence

        return PictureSequence(path, max_pixels=max_pixels, track=track, held=held)
    from aiducation.media.videos import VideoReader

    return VideoReader(path, max_pixels=max_pixels, track=track, held=held)


def recording_kind(path: Path) -> Kind:
    """What kind of recording a file is, before anything opens it.

    Raises:
        DataFileError: the file is missing, empty, or certainly not a recording, such as a photo or a playlist.
    """
    check_file(path)
    kind = kind_of(path)
    if kind.what == PHOTO and kind.name != UNTOLD:
        raise DataFileError(f"{path} is a photo ({kind.name}), not a recording; analyze it as a photo.")
    if kind.name == "playlist":  # FFmpeg would open what it lists, on this machine or elsewhere
        raise DataFileError(f"{path} {kind.why}.")
    return kind


def decoded_ahead(frames: Iterator[Frame], together: int) -> Generator[list[Frame], None, None]:
    """Some frames at a time; while they are analyzed, the next ones are decoded."""
    with ThreadPoolExecutor(1, thread_name_prefix="decoder") as decoder:
        following = decoder.submit(lambda: list(islice(frames, together)))
        while batch := following.result():
            following = decoder.submit(lambda: list(islice(frames, together)))
            yield batch
