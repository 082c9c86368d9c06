"""VideoWriter: pictures with their times as a file that browsers play."""

from __future__ import annotations

from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from aiducation.errors import OutputError
from aiducation.files import atomic_path
from aiducation.media.letterbox import letterboxed
from aiducation.media.video_pictures import WRITTEN_AS, frame_of
from aiducation.signature import GENERATOR

#: Ticks a second in files that are written: fine enough for any frame rate.
_TICKS = 90_000


#: Options of the encoder.
_X264 = {"crf": "23", "preset": "veryfast"}

#: Ticks for which a picture is shown that is the only one.
_ALONE = _TICKS // 2


class VideoWriter:
    """Writes an H.264 file that browsers play; use it in a ``with`` block. The file appears when the block ends well.

    Each picture is shown until the next one, the last for as long as the one before it; before the first it is black.

    Args:
        path: an .mp4 file.
        width, height: of the pictures in pixels; an odd last row or column is left out, as the format asks, and a single one
            is doubled. Pictures of other sizes are fitted into it.
        comment: what the file says of its maker: see ``signature``.

    Raises:
        OutputError: the file cannot be written.
    """

    def __init__(self, path: Path, width: int, height: int, *, comment: str = GENERATOR) -> None:
        self._comment = comment
        self._path, self._given = path, (width, height)
        self._size = (max(width // 2 * 2, 2), max(height // 2 * 2, 2))
        self._last, self._shown = -1, _ALONE  # ticks: when the last picture begins, how long the one before it is shown

    def __enter__(self) -> VideoWriter:
        import av

        with ExitStack() as opening:  # what fails here leaves nothing
            temporary = opening.enter_context(atomic_path(self._path))
            try:
                self._container: Any = av.open(str(temporary), "w", format="mp4", options={"movflags": "+faststart"})
                self._stream = self._container.add_stream("libx264", rate=25, options=_X264)
            except av.error.FFmpegError as error:
                raise self._cannot(error) from error
            except ValueError as error:
                raise OutputError(
                    "Videos are written with the encoder x264, which this build of PyAV lacks. Install the one from PyPI: "
                    "pip install --force-reinstall av"
                ) from error
            self._open = opening.pop_all()
        self._container.metadata["comment"] = self._comment
        self._stream.width, self._stream.height = self._size
        self._stream.pix_fmt = "yuv420p"
        for name, value in WRITTEN_AS.items():
            setattr(self._stream.codec_context, name, value)
        self._stream.codec_context.time_base = Fraction(1, _TICKS)
        return self

    def write(self, image: np.ndarray, time_s: float) -> None:
        """Add a (H, W, 3) uint8 RGB picture that is shown from ``time_s`` on."""
        width, height = self._size
        image = letterboxed(image, self._given)
        missing = [(0, max(size - have, 0)) for size, have in ((height, image.shape[0]), (width, image.shape[1]))]
        whole = np.pad(image[:height, :width], [*missing, (0, 0)], mode="edge")
        ticks = max(self._last + 1, round(time_s * _TICKS))
        if self._last < 0 and ticks >= _ALONE:  # programs that leave out an empty beginning would be early throughout
            self._add(np.zeros_like(whole), 0)
        self._add(whole, ticks)

    def _add(self, image: np.ndarray, ticks: int) -> None:
        picture = frame_of(image)
        picture.pts, picture.time_base = ticks, Fraction(1, _TICKS)
        self._shown = ticks - self._last if self._last >= 0 else _ALONE
        self._last = ticks
        self._mux(picture)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: Any) -> None:
        try:
            if kind is None:
                self._mux(None)
            self._close()
        except BaseException as failed:  # half a video gets no name
            self._open.__exit__(type(failed), failed, failed.__traceback__)
            raise
        self._open.__exit__(kind, error, trace)

    def _close(self) -> None:
        import av

        try:
            self._container.close()
        except av.error.FFmpegError as error:
            raise self._cannot(error) from error

    def _mux(self, picture: Any) -> None:
        import av

        try:
            packets = self._stream.encode(picture)
            if (
                picture is None and packets
            ):  # the file ends where its last packet does, though others are shown after that
                ends = round((self._last + self._shown) / _TICKS / packets[-1].time_base)
                packets[-1].duration = ends - packets[-1].pts
            for packet in packets:
                self._container.mux(packet)
        except av.error.FFmpegError as error:
            raise self._cannot(error) from error

    def _cannot(self, error: Any) -> OutputError:
        return OutputError(f"Cannot write {self._path}: {error.strerror}. Is there room on the disk?")
