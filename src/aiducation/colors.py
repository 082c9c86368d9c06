"""Colours: the palette of pages and figures, and which letters can be read on a colour."""

from __future__ import annotations

from collections.abc import Sequence

#: Colours of pages and figures by the name of their CSS variable: on light screens and paper, on dark screens.
PALETTE: dict[str, tuple[str, str]] = {
    "bg": ("#f4f6f8", "#0f141a"),
    "card": ("#ffffff", "#171e27"),
    "ink": ("#1d2733", "#e4e9ef"),
    "muted": ("#5d6875", "#9aa6b4"),
    "grid": ("#dfe3e8", "#2c3643"),
    "empty": ("#eceff3", "#232c38"),
    "navy": ("#2f4b7c", "#8fb3e8"),
    "wine": ("#882255", "#e58ab5"),
    "warn-bg": ("#fff1d6", "#33270d"),
    "warn": ("#6b4200", "#ffd58a"),
    "warn-line": ("#e69f00", "#e69f00"),
    "good": ("#00694d", "#5fd3ae"),
    "bad": ("#a33f00", "#ff9b66"),
}

#: Relative luminance above which dark letters contrast more than light ones.
_MIDDLE = 0.179


def rgb_of(color: str) -> tuple[int, int, int]:
    """Red, green and blue in 0..255 of a colour as "#rrggbb"."""
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def luminance(color: Sequence[float]) -> float:
    """Relative luminance in 0..1 of red, green and blue in 0..255.

    Source: WCAG 2.2, relative luminance (https://www.w3.org/TR/WCAG22/#dfn-relative-luminance).
    """
    linear = [c / 255 / 12.92 if c <= 0.04045 * 255 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in color]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def takes_dark_letters(color: Sequence[float]) -> bool:
    """Whether dark letters contrast more than light ones on red, green and blue in 0..255."""
    return luminance(color) > _MIDDLE
