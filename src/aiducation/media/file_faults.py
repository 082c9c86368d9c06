"""Faults of a recording's file: what is missing, or what happened to the file while it was being read, as a
sentence."""

from __future__ import annotations

from dataclasses import dataclass

from aiducation.media.held_file import State

#: What may happen to a file while it is read.
SHORTER, OVERWRITTEN, GREW = "shorter", "overwritten", "grew"


@dataclass
class FileFaults:
    """What is wrong with a file that was read.

    Attributes:
        torn: why its end is known to be missing, as half a sentence; "" if nothing does.
        changed: what happened to it while it was read: of ``SHORTER``, ``OVERWRITTEN``, ``GREW``; "" if nothing did.
        from_s: seconds from which on pictures are missing; None where this is not known.
        sizes: in bytes, when it was opened and when it was last checked.
    """

    torn: str = ""
    changed: str = ""
    from_s: float | None = None
    sizes: tuple[int, int] = (0, 0)

    @property
    def none(self) -> bool:
        """Whether the file was whole and stayed as it was."""
        return not (self.torn or self.changed)

    def note(self) -> str:
        """What a reader of the results should know, in one or two sentences; "" if there is nothing."""
        before, now = (f"{size:,}" for size in self.sizes)
        since = "" if self.from_s is None else f" from {clock_words(self.from_s)} on"
        if self.changed == SHORTER:
            return (
                f"The file became shorter while it was being read, from {before} to {now} bytes: pictures{since} are "
                f"missing. "
                "Analyze it again when it is complete."
            )
        if self.changed == OVERWRITTEN:
            return (
                f"Another program wrote into the file while it was being read: pictures{since} are missing or may "
                f"belong to another recording. Analyze it again when no program writes into it."
            )
        if self.changed == GREW:
            return (
                f"The file grew while it was being read, from {before} to {now} bytes: pictures{since} are missing. "
                f"Analyze it again when it has been recorded or copied completely."
            )
        if self.torn:
            return f"The file breaks off ({self.torn}): pictures{since} are missing; everything before was analyzed."
        return ""


def change(first: State, now: State) -> str:
    """The change that the size shows: ``SHORTER``, ``GREW`` or ""."""
    return SHORTER if now.size < first.size else GREW if now.size > first.size else ""


def clock_words(seconds: float) -> str:
    """A time of a recording, in words.

    Example:
        >>> clock_words(3.2), clock_words(75)
        ('3.2 s', '1 min 15 s')
    """
    if seconds < 60:
        return f"{max(seconds, 0.0):.3g} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes:,} min {rest} s"
