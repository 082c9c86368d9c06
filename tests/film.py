"""Small films with given shapes, orientations and colours, for tests."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from scheduling import ordinary_priority

#: Encoders that keep pictures as they are, as far as they can.
FINE: dict[str, dict[str, str]] = {
    "libx264": {"crf": "4", "preset": "ultrafast"},
    "libx265": {"crf": "6", "preset": "ultrafast", "x265-params": "log-level=none"},
    "mpeg2video": {"qmin": "1", "qmax": "1"},
    "mpeg4": {"qmin": "1", "qmax": "1"},
    "libvpx-vp9": {"crf": "4", "b": "0", "deadline": "realtime", "cpu-used": "8"},
    "libvpx": {"crf": "4", "b": "4M", "deadline": "realtime", "cpu-used": "8"},
}


#: Of an encoder: libvpx's VP8 encoder takes many times the processor time with two (findings/vp8_threads_wait_busily.sh).
ONE_THREAD = 1


def film(
    path: Path,
    frames: Sequence[Any],
    *,
    codec: str = "libx264",
    pixels: str = "yuv420p",
    shape: Fraction | None = None,
    tags: dict[str, int] | None = None,
    rate: int = 10,
) -> Path:
    """Write frames, (H, W, 3) uint8 RGB or PyAV frames, with a shape of pixels and colour tags."""
    with ordinary_priority(), av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate, options=FINE.get(codec, {}))
        stream.codec_context.thread_count = ONE_THREAD
        frames = [f if isinstance(f, av.VideoFrame) else av.VideoFrame.from_ndarray(f, format="rgb24") for f in frames]
        stream.width, stream.height, stream.pix_fmt = frames[0].width, frames[0].height, pixels
        if shape:
            stream.codec_context.sample_aspect_ratio = shape
        for name, value in (tags or {}).items():
            setattr(stream.codec_context, name, value)
        for number, frame in enumerate(frames):
            if frame.format.name != pixels:
                frame = frame.reformat(format=pixels)
            frame.pts, frame.time_base = number, Fraction(1, rate)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def turned(path: Path, matrix: tuple[int, int, int, int]) -> Path:
    """Give the video track of an MP4 a display matrix [a b; c d] of ones."""
    content = path.read_bytes()
    at = content.index(b"tkhd") + 4 + 4 + 5 * 4 + 2 * 4 + 4 * 2
    a, b, c, d = (value << 16 for value in matrix)
    path.write_bytes(content[:at] + struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 1 << 30) + content[at + 36 :])
    return path


def flat(yuv: tuple[int, int, int], width: int, height: int, *, pixels: str = "yuv420p", full: bool = False) -> Any:
    """A frame of one colour, its three values of 8 bits given as they are stored."""
    frame = av.VideoFrame(width, height, pixels)
    for plane, value in zip(frame.planes, yuv, strict=True):
        deep = "10" in pixels
        levels = np.full(plane.buffer_size // (2 if deep else 1), value << 2 * deep, np.uint16 if deep else np.uint8)
        plane.update(levels.tobytes())
    frame.color_range = 2 if full else 1
    return frame


def rgb_of(yuv: tuple[int, int, int], kr: float, kb: float, *, full: bool = False) -> np.ndarray:
    """(3,) the RGB of stored values. Source: ITU-R BT.601, BT.709, BT.2020: what they share, with their two weights."""
    y, cb, cr = (
        (yuv[0] - (0 if full else 16)) / (255 if full else 219),
        *((v - 128) / (255 if full else 224) for v in yuv[1:]),
    )
    red, blue = y + 2 * (1 - kr) * cr, y + 2 * (1 - kb) * cb
    return np.clip(255 * np.array([red, (y - kr * red - kb * blue) / (1 - kr - kb), blue]), 0, 255)


def growing(path: Path, parts: Sequence[Sequence[np.ndarray]], *, codec: str = "libvpx", rate: int = 10) -> Path:
    """Write parts of (H, W, 3) pictures into one track, each part in its own size, as a call's recording has them."""
    number = 0
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate, options=FINE[codec])
        stream.width, stream.height = parts[0][0].shape[1::-1]
        stream.pix_fmt = "yuv420p"
        for part in parts:
            encoder = av.CodecContext.create(codec, "w")
            encoder.width, encoder.height = part[0].shape[1::-1]
            encoder.pix_fmt, encoder.time_base, encoder.framerate = "yuv420p", Fraction(1, rate), Fraction(rate)
            encoder.options, encoder.thread_count = FINE[codec], ONE_THREAD
            packets = []
            for image in part:
                frame = av.VideoFrame.from_ndarray(image, format="rgb24")
                frame.pts, frame.time_base = number, Fraction(1, rate)
                packets += encoder.encode(frame)
                number += 1
            for packet in [*packets, *encoder.encode(None)]:
                packet.stream = stream
                container.mux(packet)
    return path


def repeated(path: Path, frames: Sequence[np.ndarray], *, seconds: int, rate: int = 4) -> Path:
    """Write a film that shows (H, W, 3) RGB frames again and again; it is quick, since only the first turn is encoded."""
    encoder = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height = frames[0].shape[1::-1]
    encoder.pix_fmt, encoder.time_base, encoder.framerate = "yuv420p", Fraction(1, rate), Fraction(rate)
    encoder.options = {"crf": "30", "preset": "veryfast", "bf": "0", "g": str(len(frames))}
    encoder.thread_count = ONE_THREAD
    packets = []
    for number, image in enumerate(frames):
        frame = av.VideoFrame.from_ndarray(image, format="rgb24")
        frame.pts, frame.time_base = number, Fraction(1, rate)
        packets += encoder.encode(frame)
    packets += encoder.encode(None)
    assert len(packets) == len(frames)
    with av.open(str(path), "w", options={"movflags": "+faststart"}) as container:
        stream = container.add_stream("libx264", rate=rate)
        stream.width, stream.height, stream.pix_fmt = encoder.width, encoder.height, "yuv420p"
        stream.codec_context.extradata = encoder.extradata
        for number in range(seconds * rate):
            first = packets[number % len(packets)]
            packet = av.Packet(bytes(first))
            packet.pts = packet.dts = number
            packet.duration, packet.time_base, packet.stream = 1, Fraction(1, rate), stream
            packet.is_keyframe = first.is_keyframe
            container.mux(packet)
    return path
