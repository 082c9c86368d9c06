"""Coded pictures: what the headers of an H.264 or HEVC packet say, without decoding it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

#: H.264 profiles whose sequence parameters say more about colours.
_HIGH_PROFILES = frozenset((44, 83, 86, 100, 110, 118, 122, 128, 134, 135, 138, 139, 244))

_START_CODE = b"\0\0\1"

#: Bytes of a unit that are looked at: sequence parameters are shorter, and of pictures only the head is needed.
_HEAD = 512


class UnclearError(ValueError):
    """The bytes do not follow the standard, so nothing can be concluded from them."""


@dataclass(frozen=True)
class CodedPicture:
    """What a packet holds.

    Attributes:
        reference: whether later pictures may be made from it.
        layer: temporal layer (HEVC); a picture that is not a reference for its own layer may be one for higher layers.
        fresh: nothing that follows refers to anything before it.
        parameters: whether it brings parameter sets, which later packets may need.
    """

    reference: bool
    layer: int
    fresh: bool
    parameters: bool


class PictureParser:
    """Reads the headers of one stream's packets.

    Args:
        codec: "h264" or "hevc".
        extradata: what the container says of the stream as a whole.

    Raises:
        UnclearError: pictures of this stream may be coded as two fields, which packets do not keep apart.
    """

    def __init__(self, codec: str, extradata: bytes) -> None:
        self._hevc = codec == "hevc"
        self._length_size = _length_size(extradata, hevc=self._hevc)
        if not self._hevc:
            for unit in _parameter_sets(extradata) if self._length_size else _annex_b(extradata):
                self._check_h264_sequence(unit)

    def parse(self, packet: bytes) -> CodedPicture:
        """What one packet holds.

        Raises:
            UnclearError: it does not hold exactly one picture, or not all of it is understood.
        """
        units = _with_lengths(packet, self._length_size) if self._length_size else _annex_b(packet)
        return self._hevc_picture(units) if self._hevc else self._h264_picture(units)

    def _h264_picture(self, units: Iterator[bytes]) -> CodedPicture:
        """Source: Rec. ITU-T H.264, 7.3.1 (head of a unit) and 7.4.1 (nal_ref_idc, nal_unit_type)."""
        begins, reference, fresh, parameters = 0, False, True, False
        for unit in units:
            kind = unit[0] & 31
            if kind in (1, 5):
                begins += len(unit) > 1 and unit[1] >> 7  # first_mb_in_slice is 0
                reference = reference or bool(unit[0] >> 5 & 3)
                fresh = fresh and kind == 5
            elif kind in (2, 3, 4):
                raise UnclearError("data partitioning")
            elif kind in (7, 8, 13, 15):
                parameters = True
                if kind == 7:
                    self._check_h264_sequence(unit)
        return _one_picture(begins, CodedPicture(reference=reference, layer=0, fresh=fresh, parameters=parameters))

    def _hevc_picture(self, units: Iterator[bytes]) -> CodedPicture:
        """Source: Rec. ITU-T H.265, 7.3.1.2 (head of a unit) and table 7-1 (nal_unit_type)."""
        begins, reference, fresh, parameters, layer = 0, False, True, False, 0
        for unit in units:
            if len(unit) < 3:
                raise UnclearError("a unit without content")
            kind, scalable = unit[0] >> 1 & 63, (unit[0] & 1) << 5 | unit[1] >> 3
            if kind < 32:
                if scalable:
                    raise UnclearError("several layers")
                begins += unit[2] >> 7  # first_slice_segment_in_pic_flag
                reference = reference or kind >= 16 or bool(kind & 1)
                fresh = fresh and kind in (19, 20)
                layer = (unit[1] & 7) - 1
            elif kind in (32, 33, 34):
                parameters = True
        return _one_picture(begins, CodedPicture(reference=reference, layer=layer, fresh=fresh, parameters=parameters))

    @staticmethod
    def _check_h264_sequence(unit: bytes) -> None:
        if unit and unit[0] & 31 == 7 and not _frames_only(unit):
            raise UnclearError("pictures may be coded as two fields")


def _one_picture(begins: int, picture: CodedPicture) -> CodedPicture:
    if begins != 1:
        raise UnclearError(f"{begins} pictures in a packet")
    return picture


def _length_size(extradata: bytes, *, hevc: bool) -> int:
    """Bytes of the length in front of each unit; 0 where start codes part them."""
    if len(extradata) < (23 if hevc else 7) or extradata[:3] == _START_CODE or extradata[:4] == b"\0" + _START_CODE:
        return 0
    return (extradata[21 if hevc else 4] & 3) + 1


def _parameter_sets(record: bytes) -> Iterator[bytes]:
    """The sequence parameters in an MP4's decoder configuration. Source: ISO/IEC 14496-15, 5.3.3.1."""
    at = 6
    for _ in range(record[5] & 31):
        size = int.from_bytes(record[at : at + 2], "big")
        yield record[at + 2 : at + 2 + size]
        at += 2 + size


def _with_lengths(packet: bytes, size: int) -> Iterator[bytes]:
    at, end = 0, len(packet)
    while at < end:
        start = at + size
        at = start + int.from_bytes(packet[at:start], "big")
        if at > end or at <= start:
            raise UnclearError("a length that does not fit")
        yield packet[start : min(at, start + _HEAD)]


def _annex_b(packet: bytes) -> Iterator[bytes]:
    at = packet.find(_START_CODE)
    while at >= 0:
        start, at = at + 3, packet.find(_START_CODE, at + 3)
        unit = packet[start : min(at if at >= 0 else len(packet), start + _HEAD)].rstrip(b"\0")
        if unit:
            yield unit


def _frames_only(unit: bytes) -> bool:
    """Whether H.264's sequence parameters promise whole frames. Source: Rec. ITU-T H.264, 7.3.2.1.1."""
    try:
        bits = _Bits(unit[1:].replace(b"\0\0\3", b"\0\0"))
        profile = bits.fixed(24) >> 16
        bits.unsigned()
        if profile in _HIGH_PROFILES:
            chroma = bits.unsigned()
            bits.fixed(1 if chroma == 3 else 0)
            bits.unsigned(), bits.unsigned(), bits.fixed(1)
            if bits.fixed(1):
                for i in range(12 if chroma == 3 else 8):
                    _skip_scaling_list(bits, 16 if i < 6 else 64)
        bits.unsigned()
        order = bits.unsigned()
        if order == 0:
            bits.unsigned()
        elif order == 1:
            bits.fixed(1), bits.signed(), bits.signed()
            for _ in range(bits.unsigned()):
                bits.signed()
        bits.unsigned(), bits.fixed(1), bits.unsigned(), bits.unsigned()
        return bool(bits.fixed(1))
    except IndexError as error:
        raise UnclearError("sequence parameters that break off") from error


def _skip_scaling_list(bits: _Bits, size: int) -> None:
    """Source: Rec. ITU-T H.264, 7.3.2.1.1.1."""
    if not bits.fixed(1):
        return
    last = following = 8
    for _ in range(size):
        if following:
            following = (last + bits.signed()) % 256
        last = following or last


class _Bits:
    """Numbers out of a row of bits. Source: Rec. ITU-T H.264, 9.1."""

    def __init__(self, data: bytes) -> None:
        self._bits, self._at = "".join(f"{byte:08b}" for byte in data[:256]), 0

    def fixed(self, n: int) -> int:
        if self._at + n > len(self._bits):
            raise IndexError
        self._at += n
        return int(self._bits[self._at - n : self._at] or "0", 2)

    def unsigned(self) -> int:
        zeros = 0
        while not self.fixed(1):
            zeros += 1
        return (1 << zeros) - 1 + self.fixed(zeros)

    def signed(self) -> int:
        value = self.unsigned()
        return (value + 1) // 2 if value % 2 else -(value // 2)
