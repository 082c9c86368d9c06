"""Streams: pictures from an address (RTSP cameras, HLS, files on the web), with time limits, reconnects and a clear end."""

from __future__ import annotations

import errno
import queue
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import numpy as np

from aiducation.errors import DataFileError
from aiducation.media.file_faults import clock_words
from aiducation.media.input_files import MAX_FRAME_PIXELS
from aiducation.media.sampling import SampleGrid, check_interval
from aiducation.media.stream_addresses import Address
from aiducation.media.stream_clock import CLOCK_MAY_JUMP, JUMP_ELSEWHERE_S, JUMP_S, StreamClock
from aiducation.media.video_files import software, video_tracks
from aiducation.media.video_pictures import picture_of
from aiducation.media.videos import Frame

#: Seconds to wait for an answer when a stream is opened, and for the next data of one that is open.
_PATIENCE_S = 10.0

#: Seconds for which a stream that broke is asked for again, and those between two tries: the first, and the most.
_AGAIN_S, _PAUSE_S, _MOST_PAUSE_S = 30.0, 0.5, 5.0

#: Pictures that wait for the analysis at most (50 MB of 1080p); of a live stream older ones are dropped.
_WAITING = 8

#: A stream that ends so many seconds before its stated length broke off.
_MISSING_S = 2.0

#: Formats whose size says nothing about an end: that of a playlist is its own, and a camera's pictures go on.
_OTHER_SIZES = ("hls", "dash", "mpjpeg")


class StreamReader:
    """Reads a stream in a thread of its own.

    What has an end (a recording on the web whose length or size is stated) is read to it, as fast as it can be analyzed, with
    the samples that the same file on disk would give (see ``sampling``); in transport streams and HLS, whose clock may begin
    anew, a picture stands for 30 s at most. A server that closes the connection before is asked for the rest. What is live is
    read as it comes: where the analysis is slower, the oldest pictures are dropped. A live stream that breaks is asked for again
    for half a minute.

    Args:
        address: where the stream is.
        every_s: sampling interval in seconds.
        patience_s: how long to wait for an answer, and for the next data.
        again_s: how long a live stream that broke is asked for again.

    Attributes:
        live: whether it is live; known after the first picture.
        complete: whether it came to its end; known after the last picture.
        notes: what a reader of the results should know, one sentence each; known after the last picture.
        decoding: software, container and decoder that gave the pictures.
    """

    def __init__(
        self, address: Address, every_s: float, *, patience_s: float = _PATIENCE_S, again_s: float = _AGAIN_S
    ) -> None:
        check_interval(every_s)
        self.address, self._every_s = address, every_s
        self._patience_s, self._again_s = patience_s, again_s
        self.live, self.complete, self._certain = False, True, False
        self.decoding: dict[str, Any] = {}
        self._waiting: queue.Queue[tuple[float, np.ndarray] | None] = queue.Queue(_WAITING)
        self._stop = threading.Event()
        self._error: Exception | None = None
        self._breaks: list[float] = []
        self._closed = self._recorded = (
            False  # where no size is stated: the server closed the connection; it sent a recording
        )
        self._dropped = self._damaged = 0
        self._ending, self._waited_s = "", 0.0

    @property
    def notes(self) -> tuple[str, ...]:
        """See the class."""
        found = [self._ending] if self._ending else []
        if self._breaks:
            n, at = len(self._breaks), clock_words(self._breaks[0])
            found.append(
                f"The connection broke {n:,} times, first after {at}, and was made again: pictures between are missing."
                if n > 1
                else f"The connection broke after {at} and was made again: pictures between are missing."
            )
        if self._dropped:
            found.append(
                f"Pictures that were dropped, because the analysis was slower than the stream: {self._dropped:,}. A larger "
                "--every asks for fewer."
            )
        if self._damaged:
            found.append(f"Damaged parts of the stream, which could not be read: {self._damaged:,}.")
        if self._recorded:
            found.append(
                "This is a recording, but its server states neither its size nor its length: it was read as a live stream is, so "
                "that pictures may be missing. To have all of them, download it, then name the file."
            )
        return tuple(found)

    def frames(self) -> Iterator[Frame]:
        """A picture every sampling interval, with seconds since the first one. Call it once.

        Raises:
            DataFileError: the stream cannot be reached, or holds no pictures.
        """
        thread = threading.Thread(target=self._read, daemon=True, name="stream")
        thread.start()
        try:
            index = 0
            while (one := self._taken()) is not None:
                yield Frame(index, *one)
                index += 1
        finally:
            self._stop.set()
            with suppress(queue.Empty):
                while True:
                    self._waiting.get_nowait()
            thread.join(timeout=self._patience_s)
        if not index:
            raise DataFileError(self._why(self._error)) from None  # its own words hold the password

    def _taken(self) -> tuple[float, np.ndarray] | None:
        """The next picture; waited for in small steps, so that Ctrl-C is heard on every system."""
        while True:
            with suppress(queue.Empty):
                return self._waiting.get(timeout=0.5)

    def _read(self) -> None:
        """Read until the end; runs in the thread."""
        clock = StreamClock(self._every_s)
        try:
            while not self._stop.is_set():
                ended = self._once(clock)
                if ended or self._stop.is_set() or not self.live or clock.last_s is None:
                    break
                if not self._wait_for_return(clock):
                    break
        finally:
            self._put(None)

    def _once(self, clock: StreamClock) -> bool:
        """Read from one connection; whether it is of no use to ask for another one, because the stream came to an end or shows
        nothing that can be used.

        Pictures are finished here: what FFmpeg knows of a stream is gone when its connection is closed, and PyAV would read on
        from the freed memory.
        """
        import av

        began = time.monotonic()
        try:
            with self._opened() as container:
                stream = self._pictures_of(container)
                stated_s = (container.duration or 0) / av.time_base
                self.live, self._closed = not _has_end(container), False
                self._set(clock, container, stream)
                pictures = self._decoded(container, stream, clock)
                for times, picture in (
                    clock.newest(pictures) if self.live else self._standing(clock, pictures, stated_s)
                ):
                    if times:
                        image = picture_of(picture, stream)
                        if not all(self._put((time_s, image)) for time_s in times):
                            return True
                    if self._stop.is_set():
                        return True
                return self._at_end(container, stated_s, clock)
        except (av.error.FFmpegError, OSError, ValueError, DataFileError) as error:
            self._error, self._waited_s = error, time.monotonic() - began
            unusable = isinstance(error, DataFileError)
            if clock.last_s is not None and (unusable or not self.live):
                self.complete = False
                self._ending = f"The stream broke off after {clock_words(clock.last_s)}: {_reason(error)}."
            return unusable

    def _set(self, clock: StreamClock, container: Any, stream: Any) -> None:
        """Tell the clock of a new connection. That of a recording begins as a player's does: with the first sound or picture."""
        certain = self._certain = not self.live and not container.format.flags & CLOCK_MAY_JUMP
        starts_s = []
        for one in (*_sound(container), stream) if certain else ():
            if one.start_time is not None and one.time_base:
                start_s = float(one.start_time * one.time_base)
                starts_s.append(
                    start_s if one is stream else max(start_s, 0.0)
                )  # sound before 0 is an encoder's lead-in
        clock.connect(JUMP_ELSEWHERE_S if certain else JUMP_S, min(starts_s, default=None))

    def _standing(
        self, clock: StreamClock, pictures: Iterator[Any], stated_s: float
    ) -> Iterator[tuple[list[float], Any]]:
        """Pictures of a recording with the times at which they are samples: one that stands is sampled again and again."""
        grid, before, begins_s = SampleGrid(self._every_s), None, 0.0
        try:
            for picture in pictures:
                time_s = clock.time_of(picture)
                if before is not None:
                    yield grid.times(begins_s, time_s), before
                before, begins_s = picture, time_s
        except Exception:
            if before is not None:
                yield grid.times(begins_s, begins_s), before  # nobody knows until when it would have stood
            raise
        if before is not None:
            # Where the sound is not read, the stated length says until when the last picture stands, within reason.
            stands_s = clock.ends_s if self._certain else min(stated_s, clock.ends_s + _MISSING_S)
            yield grid.times(begins_s, max(clock.ends_s, stands_s)), before

    def _opened(self) -> Any:
        import av

        told = {"metadata_errors": "replace"} if int(av.__version__.split(".")[0]) < 19 else {}
        return av.open(self.address.url, options=_options(self.address.scheme), timeout=self._patience_s, **told)

    def _pictures_of(self, container: Any) -> Any:
        tracks = [one for one in video_tracks(container) if one.codec_context is not None]
        if not tracks:
            raise DataFileError(f"{self.address.name} has no pictures that can be read.")
        # HLS offers the same pictures in several sizes: the largest is taken, the others are not loaded.
        stream = max(tracks, key=lambda one: (one.codec_context.width or 0) * (one.codec_context.height or 0))
        with suppress(AttributeError, ImportError):  # PyAV 17 and older load the others, too
            from av.stream import Discard

            for other in container.streams:
                if other is not stream and other not in _sound(container):
                    other.discard = Discard.all
        self.decoding = {
            "software": software(),
            "container": container.format.name,
            "decoder": stream.codec_context.codec.name,
        }
        return stream

    def _decoded(self, container: Any, stream: Any, clock: StreamClock) -> Iterator[Any]:
        """Pictures in order; parts that cannot be decoded are counted and skipped. While sound goes on, the last one stands."""
        import av

        stream.codec_context.options = {"max_pixels": str(MAX_FRAME_PIXELS)}
        for packet in self._packets(container, stream):
            if packet is None:
                for picture in stream.decode():  # those that the decoder still has
                    picture.time_base = stream.time_base  # which PyAV takes from packets
                    yield picture
                continue
            if packet.size and packet.stream_index != stream.index:
                clock.hear(packet)
                continue
            if packet.stream is not stream:  # the last, empty one of the sound
                continue
            try:
                yield from packet.decode()
            except (av.error.InvalidDataError, ValueError):
                self._damaged += 1

    def _packets(self, container: Any, stream: Any) -> Iterator[Any]:
        """Packets of a stream and the sound, and None after the last where FFmpeg gives an error: a server that states no size
        closes the connection at the end (RFC 9112, 6.3), and FFmpeg has the same words for that as for one that broke.
        """
        try:
            yield from container.demux(stream, *_sound(container))
        except OSError as error:
            if error.errno != errno.EIO or not self._is_sizeless(container):
                raise
            self._closed = True
            yield None

    def _is_sizeless(self, container: Any) -> bool:
        """Whether it is a file or a stream of which nobody knows how large it is."""
        return self.address.scheme in ("http", "https") and container.size < 0

    def _is_missing(self, stated_s: float, ends_s: float) -> bool:
        return stated_s - ends_s > max(_MISSING_S, 2 * self._every_s)

    def _at_end(self, container: Any, stated_s: float, clock: StreamClock) -> bool:
        """Whether what ended is over: a stream of a camera that ends is asked for again."""
        if self.live:
            self._recorded = self._is_sizeless(container) and clock.came_early
            return self._recorded or (not self._closed and "rtsp" not in container.format.name)
        if self._is_missing(stated_s, clock.ends_s):
            self.complete = False
            stated, ended = clock_words(stated_s), clock_words(clock.ends_s)
            self._ending = f"The stream states a length of {stated}, but ended after {ended}: the rest is missing."
        return True

    def _wait_for_return(self, clock: StreamClock) -> bool:
        """Ask for a live stream that broke until it is back; whether it is."""
        import av

        broke_s, pause_s = clock.last_s or 0.0, _PAUSE_S
        end = time.monotonic() + self._again_s
        while not self._stop.wait(pause_s):
            try:
                with self._opened():
                    self._breaks.append(broke_s)
                    return True
            except (av.error.FFmpegError, OSError, ValueError) as error:
                self._error = error
            if time.monotonic() >= end:
                self._ending = (
                    f"The stream ended after {clock_words(broke_s)}: it was asked for again for {self._again_s:g} s without "
                    f"success ({_reason(self._error)})."
                )
                return False
            pause_s = min(2 * pause_s, _MOST_PAUSE_S)
        return False

    def _put(self, one: tuple[float, np.ndarray] | None) -> bool:
        """Hand over a picture; False if nobody wants any more."""
        while not self._stop.is_set():
            try:
                self._waiting.put(one, timeout=0.2)
                return True
            except queue.Full:
                if self.live and one is not None:
                    with suppress(queue.Empty):
                        self._waiting.get_nowait()
                        self._dropped += 1
        return False

    def _why(self, error: Exception | None) -> str:
        if isinstance(error, DataFileError):
            return str(error)
        reason = _reason(error)
        if self._waited_s >= 0.9 * self._patience_s:  # FFmpeg has other words for it with each protocol
            return (
                f"{self.address.name} did not answer within {self._patience_s:g} s: check the address, and that it can be "
                "reached from here."
            )
        if reason == "Input/output error" and self.address.scheme in ("http", "https"):
            return (
                f"{self.address.name} cannot be read to its end ({reason}). Where a server gives no parts of files (ranges), a "
                "recording whose index is at its end cannot be read from there: download it, then name the file."
            )
        hints = {
            "rtsp": "check the address, user name and password, and whether another program uses the camera",
            "rtsps": "check the address, user name and password; a camera's own certificate is trusted if SSL_CERT_FILE names it",
        }
        hint = hints.get(
            self.address.scheme,
            "it must be the address of the recording or playlist itself, not of a page that shows it; a page that asks for a "
            "sign-in lets nobody else in: download the recording, then name the file",
        )
        return f"Nothing that can be read is at {self.address.name} ({reason}): {hint}."


def _has_end(container: Any) -> bool:
    """Whether it is a recording: it states how long it is, or its server how large."""
    return (container.duration or 0) > 0 or (container.size > 0 and container.format.name not in _OTHER_SIZES)


def _sound(container: Any) -> tuple[Any, ...]:
    """The sound of a recording, which comes with its pictures. A playlist's may be files of its own: nobody loads those."""
    return () if not _has_end(container) or container.format.flags & CLOCK_MAY_JUMP else tuple(container.streams.audio)


def _options(scheme: str) -> dict[str, str]:
    """What FFmpeg is told: only protocols of the network, whatever a playlist names, and certificates are checked.

    A server that closes the connection of a recording before its end, as some do while its pictures are analyzed, is asked for
    the rest ("reconnect"). Not where it gives no parts of files ("reconnect_streamed"): the recording would begin anew.
    """
    trusted = ssl.get_default_verify_paths().cafile
    tls = {"tls_verify": "1", **({"ca_file": trusted} if trusted else {})}
    if scheme in ("rtsp", "rtsps"):
        return {"protocol_whitelist": "rtsp,rtsps,rtp,srtp,udp,tcp,tls,crypto", "rtsp_flags": "prefer_tcp", **tls}
    return {"protocol_whitelist": "http,https,httpproxy,tcp,tls,crypto", "reconnect": "1", **tls}


def _reason(error: Exception | None) -> str:
    if type(error).__name__ == "ExitError":  # PyAV's word for a time limit
        return "no more data came in time"
    return str(getattr(error, "strerror", None) or error or "it ended")
