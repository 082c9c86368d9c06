"""Single pictures of recordings that the server has: the file of each is read through once."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np

from aiducation.errors import DataFileError
from aiducation.geometry import Size
from aiducation.media.single_picture import SinglePictures
from aiducation.observations.recording import Recording
from aiducation.web.jobs import Job
from aiducation.web.problems import problem_of


def picture_of(job: Job, recording: Recording, time_s: float) -> np.ndarray:
    """(H, W, 3) uint8 RGB, the picture at a time, in the space of the boxes of a result.

    Raises:
        Problem: it cannot be decoded.
    """
    track = recording.decoding.get("track", 0)
    space = (recording.width, recording.height)
    try:
        return _pictures(job.upload.path, track if isinstance(track, int) else 0, space).at(time_s)
    except DataFileError as error:
        raise problem_of(error, path=job.upload.path, name=job.upload.name) from error


@lru_cache(maxsize=4)
def _pictures(path: Path, track: int, space: Size) -> SinglePictures:
    return SinglePictures(path, track=track, space=space)
