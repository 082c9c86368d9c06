"""Small videos whose pictures carry their own number, coded in many ways."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from film import ONE_THREAD
from scheduling import ordinary_priority

#: Size of the pictures in pixels, and blocks of which each stands for a bit.
WIDTH, HEIGHT, _BLOCK_W, _BLOCK_H, _BITS = 96, 64, 24, 16, 8


def numbered(number: int) -> np.ndarray:
    """(64, 96, 3) uint8 RGB: eight blocks that are the number's bits, above a moving pattern that is worth a motion search."""
    picture = np.full((HEIGHT, WIDTH, 3), 128, np.uint8)
    for bit in range(_BITS):
        row, column = divmod(bit, 4)
        block = picture[row * _BLOCK_H : (row + 1) * _BLOCK_H, column * _BLOCK_W : (column + 1) * _BLOCK_W]
        block[:] = 235 if number >> bit & 1 else 16
    x, y = np.meshgrid(np.arange(WIDTH), np.arange(HEIGHT // 2))
    wave = 128 + 50 * np.sin((x + 2 * number) / 7) + 50 * np.sin((y - number) / 5)
    picture[HEIGHT // 2 :] = np.stack([wave, np.roll(wave, 9, axis=1), 255 - wave], axis=2).astype(np.uint8)
    return picture


def number_in(picture: np.ndarray) -> int:
    """The number that the blocks of a picture say."""
    middle = picture[: 2 * _BLOCK_H].astype(np.float64).mean(axis=2).reshape(2, _BLOCK_H, 4, _BLOCK_W)[:, 4:-4, :, 4:-4]
    return int(sum(1 << bit for bit, level in enumerate(middle.mean(axis=(1, 3)).ravel()) if level > 126))


def make_video(
    path: Path,
    codec: str,
    options: Mapping[str, str] | None = None,
    *,
    stamps: Iterable[int] = range(150),
    rate: int = 25,
    mux: Mapping[str, str] | None = None,
    format: str | None = None,
    sound_s: float = 0.0,
) -> Path:
    """A video whose pictures are numbered from 0 and shown at the given stamps, in frames of the rate; with silence if asked."""
    with ordinary_priority(), av.open(str(path), "w", format=format, options=dict(mux or {})) as container:
        stream = container.add_stream(codec, rate=rate, options=dict(options or {}))
        stream.codec_context.thread_count = ONE_THREAD
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuvj420p" if codec == "mjpeg" else "yuv420p"
        stream.bit_rate = 0 if "crf" in (options or {}) else 400_000
        stream.codec_context.time_base = Fraction(1, rate)
        if sound_s:
            _silence(container, sound_s)
        for number, stamp in enumerate(stamps):
            frame = av.VideoFrame.from_ndarray(numbered(number), format="rgb24")
            frame.pts, frame.time_base = stamp, Fraction(1, rate)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def _silence(container: av.container.OutputContainer, seconds: float) -> None:
    stream = container.add_stream("aac", rate=16_000, layout="mono")
    for start in range(0, round(seconds * 16_000), 1024):
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = 16_000, start, Fraction(1, 16_000)
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))
