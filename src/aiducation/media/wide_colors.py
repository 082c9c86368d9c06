"""HDR and wide-gamut video as sRGB: what an ordinary screen shows of PQ, HLG, BT.2020 and P3."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np

#: Numbers of transfer characteristics and primaries that differ from ordinary video. Source: ITU-T H.273, tables 2 and 3.
PQ, HLG = 16, 18
BT2020, P3_THEATRE, P3 = 9, 11, 12

#: Luminance of diffuse white and of the brightest highlight that is told apart, in cd/m2. Source: ITU-R BT.2408-7 (203 for white;
#: 1000 is the nominal peak of HLG and what most PQ is mastered for).
_WHITE, _PEAK = 203.0, 1000.0

#: Primaries -> (3, 3) matrix from their linear RGB to that of sRGB, computed from the chromaticities in ITU-T H.273.
_TO_SRGB: dict[int, np.ndarray] = {
    BT2020: np.array([[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]]),
    P3: np.array([[1.2249, -0.2249, 0.0], [-0.0421, 1.0421, 0.0], [-0.0196, -0.0786, 1.0983]]),
}

#: Entries of the tables over light (spaced by its square root, as the eye is), and rows that are converted at a time, so that
#: they stay in the processor's cache.
_STEPS, _ROWS = 4095, 64

#: Weights of BT.2020's luminance.
_LUMINANCE = np.array([0.2627, 0.6780, 0.0593], np.float32)


def is_wide(transfer: int, primaries: int) -> bool:
    """Whether colours need more than a matrix from YUV: HDR, or primaries beyond those of ordinary video."""
    return transfer in (PQ, HLG) or primaries in (BT2020, P3_THEATRE, P3)


def to_srgb(codes: np.ndarray, transfer: int, primaries: int) -> np.ndarray:
    """Pictures with wide colours as sRGB.

    HDR is tone-mapped: the larger of the three values goes through the curve of BT.2390, the two others keep their ratio to it,
    so that hues stay. Up to 88 cd/m2 nothing changes, diffuse white (203) comes to 229, the peak (1000) to 255. What sRGB cannot
    show is cut off.

    Args:
        codes: (H, W, 3) uint16 R'G'B' of 10 bits, 0..1023, full range.
        transfer, primaries: numbers of ITU-T H.273. HDR without known primaries is treated as BT.2020.

    Returns:
        (H, W, 3) uint8 RGB.

    Source: ITU-R BT.2100-2 (PQ, HLG and its OOTF), ITU-R BT.2390-11 section 5.4 (EETF), IEC 61966-2-1 (sRGB).
    """
    tables, hdr = _tables(transfer), transfer in (PQ, HLG)
    kind = P3 if primaries in (P3_THEATRE, P3) else BT2020
    matrix = _TO_SRGB[kind].T.astype(np.float32)
    image = np.empty(codes.shape, np.uint8)
    for start in range(0, len(codes), _ROWS):
        light = tables.light.take(codes[start : start + _ROWS], mode="clip")
        if transfer == HLG:  # what a screen of 1000 cd/m2 makes of the scene
            light *= np.power(light @ _LUMINANCE, np.float32(0.2))[..., None] * np.float32(_PEAK / _WHITE)
        light = light @ matrix
        if hdr:
            light *= tables.gain.take(_index(light.max(axis=2), tables.most))[..., None]
        image[start : start + _ROWS] = tables.code.take(_index(light, 1.0))
    return image


class _Tables(NamedTuple):
    """Tables of one transfer characteristic.

    Attributes:
        light: (1024,) float32, linear light of each code, diffuse white being 1; of the scene and up to 1 for HLG.
        gain: (S,) float32, by what light is multiplied; over the square root of the largest of its three values.
        most: the light at the end of ``gain``.
        code: (S,) uint8, sRGB over the square root of light.
    """

    light: np.ndarray
    gain: np.ndarray
    most: float
    code: np.ndarray


@lru_cache
def _tables(transfer: int) -> _Tables:
    codes, roots = np.arange(1024) / 1023, np.arange(_STEPS + 1) / _STEPS
    light = {PQ: _pq_light, HLG: _hlg_scene}.get(transfer, _srgb_light)(codes)
    most = _PEAK / _WHITE
    steps = np.maximum(roots**2 * most, 1e-6)
    return _Tables(
        light=(light / _WHITE if transfer == PQ else light).astype(np.float32),
        gain=(_eetf(steps * _WHITE) / _WHITE / steps).astype(np.float32),
        most=most,
        code=np.round(255 * _srgb_code(roots**2)).astype(np.uint8),
    )


def _index(light: np.ndarray, most: float) -> np.ndarray:
    """Where light stands in a table over its square root."""
    return np.asarray(np.rint(np.sqrt(np.clip(light, 0, most) / np.float32(most)) * _STEPS)).astype(np.int32)


def _pq_light(code: np.ndarray) -> np.ndarray:
    """Luminance in cd/m2 of PQ codes in 0..1."""
    root = np.power(code, 1 / _M2)
    return np.asarray(10_000 * np.power(np.maximum(root - _C1, 0) / (_C2 - _C3 * root), 1 / _M1))


def _pq_code(light: np.ndarray) -> np.ndarray:
    root = np.power(light / 10_000, _M1)
    return np.asarray(np.power((_C1 + _C2 * root) / (1 + _C3 * root), _M2))


_M1, _M2 = 2610 / 16384, 2523 / 4096 * 128
_C1, _C2, _C3 = 3424 / 4096, 2413 / 4096 * 32, 2392 / 4096 * 32


def _hlg_scene(code: np.ndarray) -> np.ndarray:
    """Light of the scene in 0..1 of HLG codes in 0..1."""
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    return np.where(code <= 0.5, code**2 / 3, (np.exp((code - c) / a) + b) / 12)


def _srgb_light(code: np.ndarray) -> np.ndarray:
    return np.where(code <= 0.04045, code / 12.92, ((code + 0.055) / 1.055) ** 2.4)


def _srgb_code(light: np.ndarray) -> np.ndarray:
    return np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)


def _eetf(light: np.ndarray) -> np.ndarray:
    """Luminance in cd/m2 on a screen whose peak is diffuse white, of light up to the peak of HDR: BT.2390's curve.

    It is straight up to a knee; from there a Hermite spline comes to the screen's peak without a corner.
    """
    peak = _pq_code(np.array(_PEAK))
    code = _pq_code(light) / peak
    white = _pq_code(np.array(_WHITE)) / peak
    knee = 1.5 * white - 0.5
    t = (code - knee) / (1 - knee)
    curve = (2 * t**3 - 3 * t**2 + 1) * knee + (t**3 - 2 * t**2 + t) * (1 - knee) + (3 * t**2 - 2 * t**3) * white
    return _pq_light(np.where(code < knee, code, curve) * peak)
