"""Videos: frames with their real times out of any container."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from aiducation.errors import DataFileError, TooLargeError
from aiducation.media.container_ends import missing_end
from aiducation.media.file_faults import OVERWRITTEN, FileFaults, change
from aiducation.media.frame_policy import EVERY_PICTURE, NEEDED_PICTURES, needed_packets
from aiducation.media.held_file import HeldFile
from aiducation.media.input_files import MAX_FRAME_PIXELS
from aiducation.media.packets import PacketTable, check_of, read_packets
from aiducation.media.sampling import SampleGrid
from aiducation.media.video_files import chosen_track, open_container, software, video_tracks
from aiducation.media.video_pictures import picture_of
from aiducation.processors import processor_threads

#: Damaged packets in a row after which a file counts as over: a few are skipped, a torn-off end is not waited for.
_GIVE_UP = 500

#: Seconds before a place from which a glimpse of it is tried once more.
_BACK_S = 12.0

#: Times of results are rounded: a picture that begins so little later is the one that was meant.
_SAME_S = 1e-3


@dataclass(frozen=True)
class Frame:
    """One picture of a video.

    Attributes:
        index: number of the picture in the file, from 0 in order of time, whether or not those before it were decoded.
        time_s: seconds on a player's clock, which begins with the first sound or picture of the file.
        image: (H, W, 3) uint8 RGB, upright, with square pixels; see ``video_pictures``.
    """

    index: int
    time_s: float
    image: np.ndarray


class _DamageError(Exception):
    """Raised where a decoder would have to make up for something: then it needs every picture that came before."""


class VideoReader:
    """Reads a video file; use it in a ``with`` block.

    The file is read through once when it is opened, without decoding: see ``packets``.

    Args:
        path: the file.
        max_pixels: that a frame may have.
        track: which video track of the file, from 0.
        held: the file, where it is open already; it stays so.
        table: of its packets, where it is known already.

    Attributes:
        width, height: of the last frame in pixels, as a player shows it; 0 before the first frame.
        pixels: of a frame, as the container claims; 0 if it does not say.
        duration_s: when the last picture or sound ends, on a player's clock, by the packets themselves.
        table: what is known of the packets.
        tracks: number of video tracks in the file.
        damaged: packets that were skipped because they could not be decoded, and pictures of which a part is made up for.
        broke_off: whether the file could not be read to its end; known once all frames were taken.
        faults: what is missing of the file, or happened to it meanwhile; known after ``finish``.
        decoding: which software, decoder and frame policy gave the frames that were taken last.

    Raises:
        DataFileError: the file is missing, empty or not a video, or has only sound, or does not have that track.
        TooLargeError: its frames have too many pixels.
    """

    def __init__(
        self,
        path: Path,
        *,
        max_pixels: int = MAX_FRAME_PIXELS,
        track: int = 0,
        held: HeldFile | None = None,
        table: PacketTable | None = None,
    ) -> None:
        self.path = path
        self.width = self.height = self.damaged = 0
        self.broke_off = False
        self.faults = FileFaults()
        self._track, self._max_pixels = track, max_pixels
        self._close = ExitStack()
        self._held = held or self._close.enter_context(HeldFile(path))
        self._lost: int | None = None  # number of the packet from which on nothing came
        self._other = False  # that packet is not the one that was there before
        try:
            self._container = self._close.enter_context(open_container(path, self._held))
            self._stream = chosen_track(self._container, path, track, self._held)
            width, height = self._stream.codec_context.width, self._stream.codec_context.height
            self.pixels = width * height
            if self.pixels > max_pixels:
                raise TooLargeError(
                    f"{path} has frames of {width:,} x {height:,} pixels, more than the limit of {max_pixels:,}; "
                    f"make it smaller."
                )
            self.table = table or read_packets(path, track, self._held)
        except BaseException:
            self._close.close()
            raise
        self.tracks = len(video_tracks(self._container))
        self.duration_s = self.table.end_s
        self.decoding = self._decoding(EVERY_PICTURE)

    def __enter__(self) -> VideoReader:
        return self

    def __exit__(self, *_: object) -> None:
        self._close.close()

    def again(self) -> VideoReader:
        """The same pictures once more, from the same open file."""
        return VideoReader(self.path, max_pixels=self._max_pixels, track=self._track, held=self._held, table=self.table)

    def finish(self) -> FileFaults:
        """Check whether the file was complete and did not change, after all its pictures were read."""
        first, now, faults = self._held.first, self._held.state(), self.faults
        faults.sizes, faults.changed = (first.size, now.size), change(first, now)
        lost = self._lost
        if not faults.changed and (self._other or now != first):
            other = self._first_other()
            if other is not None or self._other:
                faults.changed = OVERWRITTEN
                lost = min(one for one in (lost, other) if one is not None)
        faults.torn = missing_end(self._held)
        if not faults.torn and (self.broke_off or self.table.torn):
            faults.torn = "its last pictures cannot be decoded" if self.broke_off else "its last part is incomplete"
        if not faults.none:
            faults.from_s = self.table.begins_s(len(self.table) if lost is None else lost)
        return faults

    def _first_other(self) -> int | None:
        """The first packet that is not in the file any more as it was; None if all are."""
        try:
            checks = read_packets(self.path, self._track, self._held).checks
        except (DataFileError, IndexError):  # no video any more, or not that track
            return 0
        pairs = enumerate(zip(self.table.checks, checks, strict=False))
        same = next((n for n, (before, now) in pairs if before != now), min(len(self.table.checks), len(checks)))
        return None if same == len(self.table.checks) == len(checks) else same

    def frames(self, every_s: float | None = None, *, start_s: float = -math.inf) -> Iterator[Frame]:
        """The samples of the video in order of time; see ``sampling.SampleGrid`` for which pictures are samples. Call it once.

        Pictures on which no sample rests are not decoded where their headers prove this: see ``frame_policy``.

        Args:
            every_s: sampling interval in seconds; None gives every picture once.
            start_s: leave out what is sampled earlier.

        Raises:
            DataFileError: no frame of the file can be decoded.
        """
        needed = needed_packets(self.table, every_s, start_s)
        if needed is not None:
            if start_s == -math.inf or needed_packets(self.table, every_s) is not None:  # whoever goes on says the same
                self.decoding = self._decoding(NEEDED_PICTURES)
            try:
                for frame in self._samples(every_s, start_s, needed):
                    yield frame
                    start_s = frame.time_s + 1e-5
                return
            except _DamageError:
                self._container.close()
                self._container = self._close.enter_context(open_container(self.path, self._held))
                self._stream = chosen_track(self._container, self.path, self._track, self._held)
        self.decoding = self._decoding(EVERY_PICTURE)
        yield from self._samples(every_s, start_s, None)

    def _samples(self, every_s: float | None, start_s: float, needed: np.ndarray | None) -> Iterator[Frame]:
        self._prepare(strict=needed is not None)
        grid, last_s = SampleGrid(every_s), -math.inf
        for count, picture in enumerate(self._decoded(needed)):
            index, time_s = self._placed(picture, count, last_s)
            last_s = time_s
            times = [t for t in grid.times(time_s, self._until(time_s)) if t + 1e-6 >= start_s]
            if not times:
                continue
            image = picture_of(picture, self._stream, max_pixels=self._max_pixels)
            self.height, self.width = image.shape[:2]
            for sampled_s in times:
                yield Frame(index, sampled_s, image)
        if last_s == -math.inf:
            if self._other:
                raise DataFileError(f"Another program wrote into {self.path} while it was being read.")
            raise DataFileError(f"{self.path} has no frame that can be decoded.")

    def glimpses(self, n: int) -> list[np.ndarray]:
        """Up to ``n`` pictures from all over the video, each where a decoder can begin: to see what it shows, not to sample it.
        Nothing else can be read afterwards."""
        import av

        table, found = self.table, []
        self._prepare(strict=False)
        for place in range(n):
            at_s = table.start_s + self.duration_s * (place + 0.5) / n
            # Where a container has no index, seeking may lead behind the last place at which a decoder can begin.
            for back_s in (0.0, _BACK_S, math.inf):
                with suppress(av.error.FFmpegError, ValueError, StopIteration):
                    from_s = max(
                        at_s - back_s, min(table.start_s - 1, 0.0)
                    )  # before the first picture, so not behind it
                    self._container.seek(round(from_s / table.tick_s), stream=self._stream)
                    picture = next(self._container.decode(self._stream))
                    found.append(picture_of(picture, self._stream, max_pixels=self._max_pixels))
                    break
        return found

    def picture_at(self, time_s: float) -> np.ndarray | None:
        """(H, W, 3) uint8 RGB, the picture that a player shows at a time, or None where it cannot be found by its time. Nothing
        else can be read afterwards."""
        import av

        table = self.table
        if table.jumped:  # several pictures may have that time on the container's clock
            return None
        self._prepare(strict=False)
        for back_s in (0.0, _BACK_S, math.inf):  # as in glimpses: the first try may lead behind the picture
            with suppress(av.error.FFmpegError, ValueError):
                from_s = max(table.start_s + time_s - back_s, min(table.start_s - 1, 0.0))
                self._container.seek(round(from_s / table.tick_s), stream=self._stream)
                found = None
                for stamp, picture in self._stamped():
                    if stamp is None:
                        return None
                    if stamp * table.tick_s - table.start_s > time_s + _SAME_S:
                        break
                    found = picture
                if found is not None:
                    return picture_of(found, self._stream, max_pixels=self._max_pixels)
        return None

    def _stamped(self) -> Iterator[tuple[int | None, Any]]:
        """Pictures from where the container stands, in order of time, with their stamps.

        Where those of the container say when pictures are decoded (see ``packets``), the first picture that is shown has that of
        the first packet.
        """
        in_order, stamps = None not in self.table.stamps, deque[int | None]()
        for packet in self._container.demux(self._stream):
            if packet.size:
                stamps.append(packet.dts)
            for picture in packet.decode():
                first = stamps.popleft() if stamps else None
                yield picture.pts if in_order or picture.pts is None else first, picture

    def _decoded(self, needed: np.ndarray | None) -> Iterator[Any]:
        """Pictures in order of time; packets that cannot be decoded are counted and skipped.

        Args:
            needed: (P,) bool, the packets to decode; None for all.

        Raises:
            _DamageError: something cannot be decoded, and not every packet was.
        """
        import av

        number, left_out, in_a_row, made_up = -1, False, 0, False
        self._lost, self._other = None, False
        packets = self._container.demux(self._stream)
        while True:
            try:
                packet = next(packets)
            except StopIteration:
                self.broke_off = in_a_row > 0 or made_up
                self._lost = number + 1 - in_a_row if in_a_row or number + 1 < len(self.table) else None
                return
            except av.error.FFmpegError:
                self.broke_off = True  # the container itself is torn: there is nothing after it
                self._lost = number + 1 - in_a_row
                return
            if packet.size:
                number += 1
                if number >= len(self.table) or check_of(packet) != self.table.checks[number]:
                    self._lost, self._other = number, True
                    yield from self._left()
                    return
                if needed is not None and number < len(needed) and not needed[number]:
                    left_out = left_out or not self.table.disposable[number]
                    continue
                packet.pts, packet.dts = self.table.stamps[number] if number < len(self.table) else None, None
            try:
                if left_out and packet.size:  # the decoder begins afresh
                    yield from self._stream.codec_context.decode(None)
                    self._stream.codec_context.flush_buffers()
                    left_out = False
                pictures = packet.decode()
                if packet.size:  # the last, empty one only brings what is still in the decoder
                    in_a_row = 0
            except (av.error.FFmpegError, ValueError) as error:
                if needed is not None:
                    raise _DamageError from error
                self.damaged += 1
                in_a_row += 1
                if in_a_row >= _GIVE_UP:
                    self.broke_off = True
                    self._lost = number + 1 - in_a_row
                    return
                continue
            for picture in pictures:
                if picture.is_corrupt:  # the decoder made up for what is missing in it
                    if needed is not None:
                        raise _DamageError
                    self.damaged += 1
                made_up = picture.is_corrupt or (made_up and not packet.size)
                yield picture

    def _left(self) -> Iterator[Any]:
        """Pictures that are still in the decoder."""
        import av

        with suppress(av.error.FFmpegError, ValueError):
            yield from self._stream.codec_context.decode(None)

    def _prepare(self, *, strict: bool) -> None:
        """Set up the decoder. A strict one reports every fault instead of making up for it."""
        decoder = self._stream.codec_context
        decoder.options = {  # pictures that grow too large on the way are damaged
            "max_pixels": str(self._max_pixels),
            **({"err_detect": "explode"} if strict else {}),
        }
        # Threads a frame would gain less than the frames that they hold back cost. Half of the processors decode while the others
        # analyze: on two, a second thread makes AV1 a third more expensive, and gains nothing elsewhere.
        self._stream.thread_type, decoder.thread_count = "SLICE", max(processor_threads() // 2, 1)

    def _placed(self, picture: Any, count: int, last_s: float) -> tuple[int, float]:
        """Number and time of a decoded picture; where nothing says when it is shown, one frame after the one before."""
        table, stamp = self.table, picture.pts
        time_s = None if stamp is None else stamp * table.tick_s - table.start_s
        if time_s is None and count < len(table.times):
            time_s = float(table.times[count])
        if time_s is None or time_s <= last_s:
            time_s = last_s + table.frame_s if count else 0.0
        number = table.number_of(stamp)
        return count if number is None else number, time_s

    def _until(self, time_s: float) -> float:
        """When the next picture of the file begins, decoded or not, or the file ends; the same time where this is not known."""
        times = self.table.times
        at = int(times.searchsorted(time_s + 1e-6))
        return float(times[at]) if at < len(times) else self.duration_s if len(times) else time_s

    def _decoding(self, policy: str) -> dict[str, Any]:
        return {
            "software": software(),
            "container": self._container.format.name,
            "decoder": self._stream.codec_context.codec.name,
            "track": self._track,
            "tracks": self.tracks,
            "policy": policy,
        }
