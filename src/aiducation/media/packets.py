"""Packets: the content of a recording's container, read once without decoding a picture."""

from __future__ import annotations

import math
import zlib
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from aiducation.media.coded_pictures import PictureParser, UnclearError
from aiducation.media.container_ends import states_length
from aiducation.media.video_files import open_container, video_tracks

if TYPE_CHECKING:
    from aiducation.media.held_file import HeldFile

#: A jump of the clock in seconds, backwards or forwards. Where a container's clock may begin anew at any time, as in transport
#: streams (FFmpeg's flag AVFMT_TS_DISCONT), decoding times never go back otherwise, and ten seconds without any packet are a
#: jump, as FFmpeg's program has it (its option dts_delta_threshold). Elsewhere decoding times may be guesses, and a picture may
#: stand for hours.
_JUMPS, _JUMPS_ELSEWHERE, _CLOCK_MAY_JUMP = (0.05, 10.0), (1.0, 4 * 3600.0), 0x0200

#: FFmpeg's flag AVFMT_NOTIMESTAMPS: a stream of pictures alone, without a word on times and length.
_NO_TIMES = 0x0080

#: Pictures a second that are believed, and what is taken where no such rate is stated.
_RATES, _USUAL_RATE = (1, 240), 25


@dataclass(frozen=True, kw_only=True)
class PacketTable:
    """The packets of one video track, in the order in which they are decoded.

    Attributes:
        stamps: when each packet's picture is shown, in ticks of the track, on a clock without jumps; None where nothing says so.
        times: (M,) float64, when each picture is shown in order of time, in seconds of a player; empty where it is unknown.
        tick_s: seconds of a tick.
        frame_s: seconds for which a picture is shown where no stamp says it: by the rate that the stream states.
        start_s: ``stamps`` at which the player's clock is 0, in seconds.
        end_s: when the last picture or sound ends, in seconds of a player.
        sound_s: how much of this is sound after the last picture began.
        stated_s: how long the file says that it is, 0 where it does not: more than ``end_s`` where a part of it is missing.
        open_end: whether the container says nothing of its end: only the last picture shows then whether it is whole.
        checks: a checksum of each packet's bytes.
        torn: whether the container could not be read to its end, or its last packet is incomplete.
        jumped: whether the container's own clock jumps, so that ``stamps`` are not those that are found by seeking.
        exact: whether it is proven that each packet holds one picture, which is shown at its stamp; the following are known then.
        shown: (M,) int64, the stamp of each picture in order of time.
        rows: (M,) the packet of each picture in order of time.
        disposable: (P,) bool, which packets no other refers to.
        fresh: (P,) bool, the packets at which a decoder can begin.
        parameters: (P,) bool, the packets that later ones may need for their parameter sets.
    """

    stamps: Sequence[int | None]
    times: np.ndarray
    tick_s: float
    frame_s: float
    start_s: float
    end_s: float
    sound_s: float = 0.0
    stated_s: float = 0.0
    open_end: bool = False
    checks: Sequence[int] = ()
    torn: bool = False
    jumped: bool = False
    exact: bool = False
    shown: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))
    rows: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))
    disposable: np.ndarray = field(default_factory=lambda: np.zeros(0, bool))
    fresh: np.ndarray = field(default_factory=lambda: np.zeros(0, bool))
    parameters: np.ndarray = field(default_factory=lambda: np.zeros(0, bool))

    def __len__(self) -> int:
        return len(self.stamps)

    def number_of(self, stamp: int | None) -> int | None:
        """The number of the picture that is shown at a stamp, in order of time; None where it is not known."""
        if stamp is None or not self.exact:
            return None
        at = int(self.shown.searchsorted(stamp))
        return at if at < len(self.shown) and self.shown[at] == stamp else None

    def begins_s(self, packet: int) -> float:
        """When the first picture of a packet and those after it is shown; behind the last one, when the pictures end."""
        if packet >= len(self):
            return self.end_s - self.sound_s
        stamps = [stamp for stamp in self.stamps[packet:] if stamp is not None]
        if stamps:
            return max(min(stamps) * self.tick_s - self.start_s, 0.0)
        return min(packet * self.frame_s, self.end_s)


class _Clock:
    """Takes the jumps out of one stream's stamps."""

    def __init__(self, tick_s: float, step_s: float, jumps: tuple[float, float]) -> None:
        self.tick_s, self._step, (self._back_s, self._forth_s) = tick_s, max(round(step_s / tick_s), 1), jumps
        self._offset = 0
        self.last: int | None = None

    def offset(self, stamp: int | None, others_s: float) -> int:
        """What to add to the stamps of the next packet.

        Args:
            stamp: its decoding time in ticks, if it has one.
            others_s: the latest time of any stream: where sound goes on, a picture stands and the clock has not jumped.
        """
        if stamp is None:
            return self._offset
        now = stamp + self._offset
        if self.last is not None:
            latest_s = max(self.last * self.tick_s, others_s)
            if now < self.last - self._back_s / self.tick_s or now * self.tick_s > latest_s + self._forth_s:
                self._offset += self.last + self._step - now
                now = self.last + self._step
        self.last = now if self.last is None else max(self.last, now)
        return self._offset


#: Each kind of packet once: a two-hour recording has 200,000 packets of a few kinds.
_KINDS: dict[tuple[bool, int, bool, bool], tuple[bool, int, bool, bool]] = {}


@dataclass
class _Packets:
    """What is gathered while a file is read through."""

    pts: list[int | None] = field(default_factory=list)
    dts: list[int | None] = field(default_factory=list)
    lasts: array[int] = field(default_factory=lambda: array("q"))
    shown: list[bool] = field(default_factory=list)
    kinds: list[tuple[bool, int, bool, bool]] = field(default_factory=list)  # reference, layer, fresh, parameters
    starts_s: dict[int, float] = field(default_factory=dict)
    sound_end_s: float = -math.inf
    checks: array[int] = field(default_factory=lambda: array("I"))
    torn: bool = False
    jumped: bool = False
    proof: bool = True


def check_of(packet: Any) -> int:
    """A checksum of a packet's bytes: two readings of a file that did not change give the same."""
    return zlib.crc32(packet)


def read_packets(path: Path, track: int, held: HeldFile | None = None) -> PacketTable:
    """The packets of one video track of a file. What comes after a place that cannot be read is not there.

    Args:
        path: a file with pictures.
        track: which of its video tracks, from 0.
        held: the file, where it is open already.
    """
    with open_container(path, held) as container:
        stream = video_tracks(container)[track]
        stated_s = _stated_s(container) if not held or states_length(held) else 0.0
        open_end = bool(container.format.flags & (_CLOCK_MAY_JUMP | _NO_TIMES))
        return replace(_table(_gathered(container, stream), stream), stated_s=stated_s, open_end=open_end)


def _stated_s(container: Any) -> float:
    """How long a file says that its pictures and sound are; 0 where it says nothing, so that FFmpeg estimates."""
    if container.format.flags & (_CLOCK_MAY_JUMP | _NO_TIMES):
        return 0.0
    streams = [*container.streams.audio, *video_tracks(container)]
    lengths = [float(one.duration * one.time_base) for one in streams if one.duration and one.time_base]
    if lengths:
        return max(lengths)
    alone = all(one.type in ("audio", "video") for one in container.streams)  # subtitles may go on for longer
    return container.duration / 1e6 if container.duration and alone else 0.0


def _gathered(container: Any, stream: Any) -> _Packets:
    import av

    found, parser, codec = _Packets(), None, stream.codec_context.codec
    try:
        if codec.name in ("h264", "hevc"):
            parser = PictureParser(codec.name, bytes(stream.codec_context.extradata or b""))
        else:
            found.proof = bool(codec.intra_only)
    except UnclearError:
        found.proof = False
    jumps = _JUMPS if container.format.flags & _CLOCK_MAY_JUMP else _JUMPS_ELSEWHERE
    step_s = _frame_s(stream)
    streams = [*container.streams.audio, *video_tracks(container)]
    clocks = {one.index: _Clock(float(one.time_base), step_s if one is stream else 0.0, jumps) for one in streams}
    now_s, packets = -math.inf, container.demux(streams)
    while True:
        try:
            packet = next(packets)
        except StopIteration:
            return found
        except (av.error.FFmpegError, ValueError):
            found.torn = True
            return found
        if not packet.size:  # the last, empty one of each stream may not even name it
            continue
        index, clock = packet.stream_index, clocks[packet.stream_index]
        offset = clock.offset(packet.dts, now_s)
        if clock.last is not None:
            now_s = max(now_s, clock.last * clock.tick_s)
        begins = packet.dts if packet.pts is None else packet.pts
        if begins is not None and not packet.is_discard:
            found.starts_s[index] = min(found.starts_s.get(index, np.inf), (begins + offset) * clock.tick_s)
        if index == stream.index:
            _add(found, packet, offset, parser)
        elif begins is not None and container.streams[index].type == "audio":
            found.sound_end_s = max(found.sound_end_s, (begins + offset + (packet.duration or 0)) * clock.tick_s)


def _add(found: _Packets, packet: Any, offset: int, parser: PictureParser | None) -> None:
    found.pts.append(None if packet.pts is None else packet.pts + offset)
    found.dts.append(None if packet.dts is None else packet.dts + offset)
    found.lasts.append(packet.duration or 0)
    found.shown.append(not packet.is_discard)
    found.checks.append(check_of(packet))
    found.torn = packet.is_corrupt  # of the last one it counts
    found.jumped = found.jumped or offset != 0
    if not found.proof:
        return
    try:
        if packet.is_corrupt or packet.has_sidedata("new_extradata"):
            raise UnclearError
        picture = parser.parse(bytes(packet)) if parser else None
        kind = (False, 0, True, False)
        if picture:
            kind = (picture.reference, picture.layer, picture.fresh, picture.parameters)
        found.kinds.append(_KINDS.setdefault(kind, kind))
    except UnclearError:
        found.proof = False


def _table(found: _Packets, stream: Any) -> PacketTable:
    tick_s, frame_s = float(stream.time_base), _frame_s(stream)
    if _order_of_decoding(found):
        found.pts, found.proof = [None] * len(found.pts), False
    if None not in found.pts:
        stamps: list[int | None] = found.pts
    elif all(pts is None for pts in found.pts) and None not in found.dts:
        stamps = found.dts
    else:
        stamps = []
    shown = np.array(found.shown, dtype=bool)
    known = np.array(stamps, np.int64) if stamps else np.zeros(0, np.int64)
    if stamps and shown.any():
        found.starts_s[stream.index] = float(known[shown].min()) * tick_s
    start_s = _zero(found.starts_s, stream.index)
    rows = np.flatnonzero(shown)[np.argsort(known[shown], kind="stable")] if stamps else np.zeros(0, np.int64)
    times = known[rows] * tick_s - start_s
    picture_end_s = len(found.pts) * frame_s
    if len(rows):
        picture_end_s = float(times[-1]) + (found.lasts[rows[-1]] * tick_s or frame_s)
    sound_end_s = found.sound_end_s - start_s
    about: dict[str, Any] = {
        "stamps": found.pts if None in found.pts else array("q", found.pts),  # type: ignore[arg-type]
        "times": times,
        "tick_s": tick_s,
        "frame_s": frame_s,
        "start_s": start_s,
        "end_s": max(picture_end_s, sound_end_s),
        "sound_s": max(sound_end_s - picture_end_s, 0.0),
        "checks": found.checks,
        "torn": found.torn,
        "jumped": found.jumped,
    }
    if not (found.proof and len(rows) and found.pts and None not in found.pts and _whole(found, known)):
        return PacketTable(**about)
    reference, layer, fresh, parameters = (np.array(column) for column in zip(*found.kinds, strict=True))
    return PacketTable(
        **about,
        exact=True,
        shown=known[rows],
        rows=rows,
        disposable=~reference.astype(bool) & (layer == layer.max()),
        fresh=fresh.astype(bool),
        parameters=parameters.astype(bool),
    )


def _frame_s(stream: Any) -> float:
    """Seconds a picture, by the rate that the coded pictures themselves state, else the container."""
    rates = [float(rate) for rate in (stream.guessed_rate, stream.average_rate) if rate]
    return 1 / next((rate for rate in rates if _RATES[0] <= rate <= _RATES[1]), _USUAL_RATE)


def _order_of_decoding(found: _Packets) -> bool:
    """Whether the stamps may say when pictures are decoded, not when they are shown, as in AVI, which knows no others: they never
    go back, though the stream has pictures that no other refers to, which come after those that are shown later as a rule."""
    if None in found.pts or all(reference or fresh for reference, _, fresh, _ in found.kinds):
        return False
    return all(a <= b for a, b in pairwise(found.pts))  # type: ignore[operator]


def _whole(found: _Packets, stamps: np.ndarray) -> bool:
    """Whether every packet gives a picture of its own: the first begins afresh, none is shown before it, no two at once."""
    return bool(found.kinds[0][2]) and stamps.min() == stamps[0] and len(np.unique(stamps)) == len(stamps)


def _zero(starts_s: dict[int, float], own: int) -> float:
    """When a player's clock begins: with the first stream. Sound before 0 is an encoder's lead-in, which players leave out."""
    starts = [start_s if index == own else max(start_s, 0.0) for index, start_s in starts_s.items()]
    return min(starts, default=0.0)
