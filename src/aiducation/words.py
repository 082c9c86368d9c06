"""Words: numbers as text for people."""

from __future__ import annotations


def percent(share: float, decimals: int = 0) -> str:
    """A share as text: 0.123 is "12 %"."""
    return f"{100 * share:.{decimals}f} %"


def point_digits(*shares: float) -> int:
    """Decimals with which differences of shares are told in percentage points, so that none but 0 is told as 0."""
    smallest = min((abs(share) for share in shares if share), default=1.0)
    return next((digits for digits in (0, 1) if smallest >= 0.0095 / 10**digits), 2)


def clock(seconds: float) -> str:
    """Whole seconds as m:ss or h:mm:ss, as players count them."""
    whole = int(seconds + 1e-6)  # 0.7 * 90 is a little less than 63
    hours, rest = divmod(whole, 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60}:{rest % 60:02}"


def length(seconds: float) -> str:
    """How long something is: as ``clock`` says it, and less than a second in tenths: "0.3 s"."""
    return clock(seconds) if seconds > 1 - 1e-6 else f"{max(seconds, 0.1):.1f} s"


def file_size(n: int) -> str:
    """ "12 bytes", "35 kB", "1.2 MB": no size but 0 is told as 0."""
    if n < 1000:
        return many(n, "byte")
    return f"{n / 1e3:.0f} kB" if n < 999_500 else f"{n / 1e6:,.1f} MB"


def many(n: int, what: str) -> str:
    """ "1 face", "2 faces"."""
    return f"{n:,} {what}{'' if n == 1 else 's'}"


def people(n: int) -> str:
    """ "1 person", "2 people"."""
    return f"{n:,} {'person' if n == 1 else 'people'}"


def faces_words(count: float) -> str:
    """ "1 face", "6.5 faces": with a decimal where ``number`` has one: its parts beside it add up to it."""
    if count >= 9.95 or "." not in number(count):
        return many(round(count), "face")
    return f"{number(count)} faces"


def number(count: float) -> str:
    """A number of faces as text: whole if it is whole; otherwise with one decimal, or rounded from ten on."""
    if abs(count - round(count)) < 0.05:
        return f"{round(count):,}"
    return f"{count:.1f}" if count < 9.95 else f"about {round(count):,}"
