"""Choice of a track: recordings of meetings may hold slides and camera as two video tracks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from aiducation.errors import DataFileError
from aiducation.media.recording_files import recording_kind
from aiducation.media.video_files import is_default, open_container, video_tracks
from aiducation.media.videos import VideoReader

if TYPE_CHECKING:
    from aiducation.media.held_file import HeldFile
    from aiducation.vision.detectors import Detector

#: Pictures of each track in which faces are counted.
_GLIMPSES = 6


def choose_track(
    path: Path, track: int | None, detector: Detector, *, max_pixels: int, held: HeldFile | None = None
) -> tuple[int, str]:
    """The video track to analyze, and a note if there was a choice.

    Args:
        path: the file.
        track: the number that was asked for, from 0; None for the track that shows most faces in some pictures from all over
            it. If none shows more than the others, it is the one that players show.
        detector: finds the faces.
        max_pixels: that a picture may have.
        held: the file, where it is open already.

    Raises:
        DataFileError: the file is not a recording that can be read.
        TooLargeError: its pictures have too many pixels.
    """
    if recording_kind(path, held).in_pictures:
        return track or 0, ""
    with open_container(path, held) as container:
        defaults = [is_default(one) for one in video_tracks(container)]
    if len(defaults) < 2:
        return track or 0, ""
    there = f"The file has {len(defaults)} video tracks; track {{}}, counted from 0, was analyzed"
    if track is not None:
        return track, f"{there.format(track)}, as requested."
    faces, refused = [], None
    for number in range(len(defaults)):
        try:
            with VideoReader(path, max_pixels=max_pixels, track=number, held=held) as reader:
                pictures = reader.glimpses(_GLIMPSES)
                faces.append(sum(len(detector.detect(picture)) for picture in pictures))
        except DataFileError as error:  # another track may be sound
            faces.append(-1)
            refused = refused or error
    if refused and max(faces) < 0:
        raise refused
    most = max(range(len(faces)), key=lambda number: (faces[number], defaults[number], -number))
    why = "which shows the most faces" if faces.count(max(faces)) == 1 else "which players show by default"
    counts = ", ".join(f"track {number}: {n if n >= 0 else 'cannot be read'}" for number, n in enumerate(faces))
    return most, f"{there.format(most)}, {why} (faces in {_GLIMPSES} pictures of each: {counts})."
