"""Decoded frames as pictures: upright, with square pixels, in one colour rule, as a good player shows them."""

from __future__ import annotations

import math
import threading
from fractions import Fraction
from typing import Any

import numpy as np

from aiducation.errors import DataFileError
from aiducation.media.input_files import MAX_FRAME_PIXELS
from aiducation.media.wide_colors import BT2020, HLG, PQ, is_wide, to_srgb

#: Matrices from YUV to RGB by their number. Source: ITU-T H.273, table 4.
BT709, _FCC, BT601, _SMPTE170M, _SMPTE240M, _BT2020_NCL, _BT2020_CL = 1, 4, 5, 6, 7, 9, 10

#: What libswscale calls them.
_MATRICES: dict[int, int] = {
    BT709: BT709,
    _FCC: _FCC,
    BT601: BT601,
    _SMPTE170M: BT601,
    _SMPTE240M: _SMPTE240M,
    _BT2020_NCL: _BT2020_NCL,
    _BT2020_CL: _BT2020_NCL,
}

#: Lines from which on video without a colour tag is HD, once its pixels are square. Source: seen in Chromium 156 with H.264 of
#: 576, 718, 720 and 1080 lines. (Its guess for VP9 is BT.601 in any size, for VP8 it does not follow that format's own rule.)
_HD_LINES = 720

#: Formats that have no place for the shape of pixels: what their video says may change on the way, as broadcasts do between
#: 4:3 and 16:9.
_SHAPE_IN_VIDEO = {"mpegts", "mpeg", "mpegvideo", "m4v", "h264", "hevc", "dv", "rtsp"}

_LIMITED, _FULL = 1, 2
_UNTOLD = 2  # of matrix, transfer characteristics and primaries

#: The scalers of a thread: to set one up costs as much as a picture, and each frame of PyAV would bring its own.
_scalers = threading.local()

#: Colour tags of videos that are written, whatever their size, so that nobody has to guess.
WRITTEN_AS: dict[str, int] = {"colorspace": BT709, "color_primaries": 1, "color_trc": 1, "color_range": _LIMITED}


def picture_of(frame: Any, stream: Any, *, max_pixels: int = MAX_FRAME_PIXELS, untagged_hd: int = BT709) -> np.ndarray:
    """A frame as a player shows it.

    Pixels that are not square are made so by stretching the shorter side, as players do. The frame is then turned and mirrored
    as its display matrix says. The colour rule:

    * The frame's own tags of matrix and range count. Without a matrix, video of 720 lines and more is BT.709, smaller video is
      BT.601, as in browsers; without a range, it is limited unless the pixel format says full.
    * HDR (PQ, HLG) is tone-mapped, BT.2020 and P3 are brought to sRGB: see ``wide_colors.to_srgb``. Values of other video are
      kept as they are.

    Args:
        frame: a PyAV ``VideoFrame``.
        stream: the stream that it was decoded from.
        max_pixels: that stretching may lead to; beyond them the picture becomes smaller.
        untagged_hd: the matrix of HD video that does not say; cameras use ``BT601``.

    Returns:
        (H, W, 3) uint8 RGB.

    Raises:
        DataFileError: its kind of pixels cannot be converted.
    """
    width, height = square_size(frame.width, frame.height, pixel_shape(stream), max_pixels=max_pixels)
    transfer, primaries = _transfer(frame, stream)
    wide = is_wide(transfer, primaries)
    options = {
        "width": width,
        "height": height,
        "interpolation": "BICUBIC",
        **_matrix_and_range(frame, wide, height, untagged_hd),
    }
    # For wide colours planes of 10 bits: libswscale 9.1 (PyAV 16.1 to 17.0) spoils packed ones of 16.
    image = _converted(frame, "gbrp10le" if wide else "rgb24", options)
    return _upright(to_srgb(image, transfer, primaries) if wide else image, frame)


def _converted(frame: Any, pixels: str, options: dict[str, Any]) -> np.ndarray:
    try:
        return np.asarray(_scaled(frame, "picture", format=pixels, **options).to_ndarray())
    except (OSError, ValueError) as error:  # FFmpeg's errors are of these kinds
        raise DataFileError(
            f"The video has a pixel format that cannot be converted here ({frame.format.name}: {error}). "
            "Convert it to MP4 (H.264), for example: ffmpeg -i in.mov -pix_fmt yuv420p out.mp4"
        ) from error


def frame_of(picture: np.ndarray) -> Any:
    """A PyAV frame of a (H, W, 3) uint8 RGB picture for an encoder that is tagged with ``WRITTEN_AS``: H and W are even."""
    import av

    rgb = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
    return rgb.reformat(
        format="yuv420p", src_colorspace=BT601, dst_colorspace=BT709, src_color_range=_FULL, dst_color_range=_LIMITED
    )


def pixel_shape(stream: Any) -> Fraction:
    """Width of a pixel over its height, as the container states, otherwise as the video states; 1 if neither does."""
    shape = stream.sample_aspect_ratio
    if stream.container.format.name in _SHAPE_IN_VIDEO:
        shape = stream.codec_context.sample_aspect_ratio or shape
    return Fraction(shape) if shape and shape > 0 else Fraction(1)


def square_size(width: int, height: int, shape: Fraction, *, max_pixels: int = MAX_FRAME_PIXELS) -> tuple[int, int]:
    """Width and height of a picture once its pixels are square: the shorter side is stretched, so that nothing is lost.

    Example:
        >>> square_size(720, 576, Fraction(64, 45))
        (1024, 576)
        >>> square_size(640, 480, Fraction(1, 2))
        (640, 960)
    """
    wide, high = width * max(shape, Fraction(1)), height * max(1 / shape, Fraction(1))
    shrink = min(1.0, math.sqrt(max_pixels / float(wide * high)))
    return max(round(float(wide) * shrink), 1), max(round(float(high) * shrink), 1)


def _transfer(frame: Any, stream: Any) -> tuple[int, int]:
    """Transfer characteristics and primaries; before its version 17, PyAV knows them of the whole stream alone."""
    context = stream.codec_context
    transfer = int(getattr(frame, "color_trc", context.color_trc) or 0)
    primaries = int(getattr(frame, "color_primaries", context.color_primaries) or 0)
    return transfer, BT2020 if transfer in (PQ, HLG) and not is_wide(0, primaries) else primaries


def _matrix_and_range(frame: Any, wide: bool, height: int, untagged_hd: int) -> dict[str, int]:
    """What libswscale has to be told. Versions of PyAV follow the frame's tags, the arguments, or neither, so both are given."""
    for name in (
        "color_trc",
        "color_primaries",
    ):  # nothing is to be done about them, and reserved ones would be refused
        if hasattr(frame, name):
            setattr(frame, name, _UNTOLD)
    if frame.format.is_rgb or frame.format.has_palette:
        return {}
    guess = _BT2020_NCL if wide else untagged_hd if height >= _HD_LINES else BT601
    matrix = _MATRICES.get(int(frame.colorspace), guess)
    full = frame.format.name.startswith("yuvj") or int(frame.color_range) == _FULL
    frame.colorspace, frame.color_range = matrix, _FULL if full else _LIMITED
    if len(frame.format.components) < 3:  # gray
        return {}
    return {
        "src_colorspace": matrix,
        "dst_colorspace": BT601
        if matrix == BT709
        else BT709,  # RGB has none, but equal ones are taken for nothing to do
        "src_color_range": _FULL if full else _LIMITED,
        "dst_color_range": _FULL,
    }


def _upright(image: np.ndarray, frame: Any) -> np.ndarray:
    """The picture turned by quarters and mirrored as its display matrix [a b; c d] says: x' = a x + c y, y' = b x + d y.

    Of the eight ways that a picture can lie the nearest is taken. PyAV's ``rotation`` knows four, and is wrong of the others.

    Source: ISO/IEC 14496-12, 6.2.2; FFmpeg's libavutil/display.h.
    """
    data = _tiny(frame).side_data.get("DISPLAYMATRIX")
    if data is None:
        return np.asarray(image)
    a, b, _, c, d = np.frombuffer(data, np.int32)[:5].tolist()
    if abs(b) + abs(c) > abs(a) + abs(d):
        image, a, d = image.swapaxes(0, 1), c, b
    return np.ascontiguousarray(image[:: -1 if d < 0 else 1, :: -1 if a < 0 else 1])


def _tiny(frame: Any) -> Any:
    """A small copy with the same side data. PyAV keeps a frame whose side data was read until the garbage collector happens to
    look for cycles, which may be after hundreds of pictures; a hundredth of a millisecond avoids that."""
    return _scaled(frame, "tiny", width=16, height=16, format="gray", interpolation="POINT")


def _scaled(frame: Any, use: str, **options: Any) -> Any:
    """A frame in another size or format, through the calling thread's scaler for that use, in this thread alone: from its version
    17 on PyAV would otherwise start a thread for each processor."""
    import av
    from av.video.reformatter import VideoReformatter

    if use not in vars(_scalers):
        setattr(_scalers, use, VideoReformatter())
    alone = {"threads": 1} if int(av.__version__.split(".")[0]) >= 17 else {}
    return getattr(_scalers, use).reformat(frame, **options, **alone)
