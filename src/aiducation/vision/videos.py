"""Videos: frames with their real times out of any container, and browser-playable files into one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from aiducation.errors import DataFileError, OutputError, TooLargeError
from aiducation.files import atomic_path
from aiducation.vision.photos import MAX_FRAME_PIXELS, check_file
from aiducation.vision.picture_space import letterboxed
from aiducation.vision.signature import GENERATOR
from aiducation.vision.video_pictures import WRITTEN_AS, frame_of, picture_of

#: Damaged packets in a row after which a file counts as over: a few are skipped, a torn-off end is not waited for.
_GIVE_UP = 500

#: Interval in seconds and frames a second from which on bidirectional frames are passed over: encoders put three of them in a
#: row as a rule, so that the others come at least five times a second.
_SKIP_FROM_S, _SKIP_FROM_RATE = 0.4, 20

#: Ticks a second in files that are written: fine enough for any frame rate.
_TICKS = 90_000


@dataclass(frozen=True)
class Frame:
    """One picture of a video.

    Attributes:
        index: number of the frame among those that were decoded.
        time_s: seconds since the video's first frame, from the container's own time stamps.
        image: (H, W, 3) uint8 RGB, upright, with square pixels; see ``video_pictures``.
    """

    index: int
    time_s: float
    image: np.ndarray


def next_on_grid(time_s: float, every_s: float) -> float:
    """The first whole multiple of an interval after a time."""
    return float((np.floor((time_s + 1e-6) / every_s) + 1) * every_s)


def _open(path: Path) -> Any:
    """The container of a file. Titles that are no UTF-8 are no error: before its version 19, PyAV needs to be told so."""
    import av

    told = {"metadata_errors": "replace"} if int(av.__version__.split(".")[0]) < 19 else {}
    return av.open(str(path), **told)


class VideoReader:
    """Reads a video file; use it in a ``with`` block.

    Args:
        path: the file.
        max_pixels: that a frame may have.

    Attributes:
        width, height: of the last frame in pixels, as a player shows it; 0 before the first frame.
        pixels: of a frame, as the container claims; 0 if it does not say.
        duration_s: what the container claims, or None.
        damaged: packets that were skipped because they could not be decoded.
        broke_off: whether the file could not be read to its end; known once all frames were taken.

    Raises:
        DataFileError: the file is missing, empty, no video, or has sound only.
        TooLargeError: its frames have too many pixels.
    """

    def __init__(self, path: Path, *, max_pixels: int = MAX_FRAME_PIXELS) -> None:
        import av

        self.path = path
        self.width = self.height = self.damaged = 0
        self.broke_off = False
        check_file(path)
        try:
            self._container = _open(path)
        except (av.error.FFmpegError, OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise DataFileError(f"{path} is no video, or one that cannot be read: {reason}.") from error
        if not self._container.streams.video:
            self._container.close()
            raise DataFileError(f"{path} has no pictures, only sound or text.")
        self._stream = self._container.streams.video[0]
        if self._stream.codec_context is None:
            self._container.close()
            raise DataFileError(f"{path} is coded in a way that is not known here; convert it to MP4 (H.264).")
        width, height = self._stream.codec_context.width, self._stream.codec_context.height
        self.pixels, self._max_pixels = width * height, max_pixels
        if self.pixels > max_pixels:
            self._container.close()
            raise TooLargeError(
                f"{path} has frames of {width:,} x {height:,} pixels, more than the {max_pixels:,} that are read; "
                "make it smaller."
            )
        self._stream.codec_context.options = {"max_pixels": str(max_pixels)}  # frames that grow on the way are damaged
        self._stream.thread_type = "SLICE"  # threads a frame would gain less than the frames that they hold back cost
        self.duration_s = self._duration()

    def __enter__(self) -> VideoReader:
        return self

    def __exit__(self, *_: object) -> None:
        self._container.close()

    def frames(self, every_s: float | None = None, *, start_s: float = 0.0) -> Iterator[Frame]:
        """Frames in order of time, at most one every ``every_s`` seconds; all of them if None.

        From ``_SKIP_FROM_S`` on, frames of usual videos come up to a fifth of a second late, with their true times: those in
        between are only differences to their neighbours on both sides, and are not decoded.

        Raises:
            DataFileError: no frame of the file can be decoded.
        """
        rate = float(self._stream.average_rate or 0)
        if every_s and every_s >= _SKIP_FROM_S and rate >= _SKIP_FROM_RATE:
            self._stream.codec_context.skip_frame = "BIDIR"
        first: float | None = None
        due, index, latest = start_s, -1, -1.0
        for picture in self._decoded():
            index += 1
            stamp = self._seconds(picture, latest)
            first = stamp if first is None else first
            time_s = stamp - first
            latest = stamp
            if time_s + 1e-6 < due:
                continue
            if every_s:  # the next on the grid, also after a gap
                due = next_on_grid(time_s, every_s)
            image = picture_of(picture, self._stream, max_pixels=self._max_pixels)
            self.height, self.width = image.shape[:2]
            yield Frame(index, time_s, image)
        if first is None:
            raise DataFileError(f"{self.path} has no frame that can be decoded.")

    def _decoded(self) -> Iterator[Any]:
        """Pictures as they come; packets that cannot be decoded are counted and skipped."""
        import av

        in_a_row = 0
        packets = self._container.demux(self._stream)
        while True:
            try:
                packet = next(packets)
            except StopIteration:
                self.broke_off = in_a_row > 0
                return
            except av.error.FFmpegError:
                self.broke_off = True  # the container itself is torn: there is nothing after it
                return
            try:
                pictures = packet.decode()
                if packet.size:  # the last, empty one only brings what is still in the decoder
                    in_a_row = 0
            except (av.error.FFmpegError, ValueError):
                self.damaged += 1
                in_a_row += 1
                if in_a_row >= _GIVE_UP:
                    self.broke_off = True
                    return
                continue
            yield from pictures

    def _seconds(self, picture: Any, latest: float) -> float:
        """The picture's time stamp; where there is none, or time runs backwards, one frame after the one before."""
        stamp = picture.time
        if stamp is not None and stamp > latest:
            return float(stamp)
        rate = self._stream.average_rate or self._stream.guessed_rate or 25
        return latest + 1 / float(rate) if latest >= 0 else 0.0

    def _duration(self) -> float | None:
        stream, container = self._stream, self._container
        if stream.duration and stream.time_base:
            return float(stream.duration * stream.time_base)
        return container.duration / 1e6 if container.duration and container.duration > 0 else None


class VideoWriter:
    """Writes an H.264 file that browsers play; use it in a ``with`` block. The file appears when the block ends well.

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
        self._open = ExitStack()
        self._last = -1

    def __enter__(self) -> VideoWriter:
        import av

        temporary = self._open.enter_context(atomic_path(self._path))
        self._container: Any = av.open(str(temporary), "w", format="mp4", options={"movflags": "+faststart"})
        self._container.metadata["comment"] = self._comment
        self._stream = self._container.add_stream("libx264", rate=25, options={"crf": "23", "preset": "veryfast"})
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
        picture = frame_of(whole)
        self._last = max(self._last + 1, round(time_s * _TICKS))
        picture.pts, picture.time_base = self._last, Fraction(1, _TICKS)
        self._mux(picture)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: Any) -> None:
        try:
            if kind is None:
                self._mux(None)
            self._container.close()
        finally:
            self._open.__exit__(kind, error, trace)

    def _mux(self, picture: Any) -> None:
        import av

        try:
            for packet in self._stream.encode(picture):
                self._container.mux(packet)
        except av.error.FFmpegError as error:
            raise OutputError(f"Cannot write {self._path}: {error.strerror}. Is there room on the disk?") from error
