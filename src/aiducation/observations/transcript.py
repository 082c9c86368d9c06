"""Transcript: who spoke when in a recording, as a meeting tool wrote it down."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass

from aiducation.errors import DataFileError

#: How much of a transcript is shown: nothing, turns of numbered speakers, their names, or what they said, too.
NO, TURNS, NAMES, WORDS = "no", "turns", "names", "words"
TRANSCRIPT = (NO, TURNS, NAMES, WORDS)

#: A pause of a speaker that is longer than so many seconds ends a turn.
_PAUSE_S = 5.0

#: Where at least this share of the cues begins with "Name: ", the name is the speaker's.
_NAMED = 0.5

_TIME = r"(?:(\d+):)?([0-5]?\d):([0-5]\d)[.,](\d{3})"
_TIMES = re.compile(rf"^\s*{_TIME}\s*-->\s*{_TIME}(?:\s.*)?$")
_VOICE = re.compile(r"<v(?:\.[^\s>]*)?\s+([^>]*)>(.*?)(?=</v>|<v[\s.]|$)", re.DOTALL)
_NAME = re.compile(r"^([^\s:<>\d][^:<>\n]{0,79}?)\s*:\s+(?=\S)(.*)$", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")


@dataclass(frozen=True)
class Cue:
    """A piece of what was said.

    Attributes:
        start_s, end_s: seconds of the recording.
        speaker: as the tool calls the person; "" where it does not say.
        text: what was said.
    """

    start_s: float
    end_s: float
    speaker: str
    text: str


@dataclass(frozen=True)
class Turn:
    """What one speaker said until another spoke, or until a pause of more than five seconds.

    Attributes:
        start_s, end_s: seconds of the recording.
        speaker: the person, "speaker 1" or a name; "" where nobody is named.
        words: how many.
        text: what was said; "" where it is not shown.
    """

    start_s: float
    end_s: float
    speaker: str
    words: int
    text: str = ""


@dataclass(frozen=True)
class Speaker:
    """One speaker over the whole recording.

    Attributes:
        name: "speaker 1" or a name.
        turns, words: how many.
        seconds: how long, all turns together.
    """

    name: str
    turns: int
    words: int
    seconds: float


@dataclass(frozen=True)
class Transcript:
    """The turns of a recording, in order of time.

    Attributes:
        turns: see ``Turn``.
        source: name of the file.
    """

    turns: tuple[Turn, ...]
    source: str = ""

    @property
    def speakers(self) -> list[Speaker]:
        """Who spoke, whoever spoke longest first."""
        names = dict.fromkeys(turn.speaker for turn in self.turns)
        own = {name: [turn for turn in self.turns if turn.speaker == name] for name in names}
        all_ = [
            Speaker(name, len(turns), sum(t.words for t in turns), sum(t.end_s - t.start_s for t in turns))
            for name, turns in own.items()
        ]
        return sorted(all_, key=lambda one: (-one.seconds, one.name))


def transcript_of(cues: Sequence[Cue], *, show: str = TURNS, source: str = "") -> Transcript:
    """The turns that cues make up.

    Args:
        cues: in any order.
        show: of ``TRANSCRIPT``: with "turns" speakers are numbered as they begin to speak, and what they said is left out.
        source: name of the file.
    """
    numbers: dict[str, str] = {}
    runs: list[list[Cue]] = []
    for cue in sorted(cues, key=lambda cue: (cue.start_s, cue.end_s)):
        before = runs[-1] if runs else None
        goes_on = before and before[-1].speaker == cue.speaker
        if before and goes_on and cue.start_s - max(one.end_s for one in before) <= _PAUSE_S:
            before.append(cue)
        else:
            runs.append([cue])
        if cue.speaker:
            numbers.setdefault(cue.speaker, f"speaker {len(numbers) + 1}")
    turns = tuple(
        Turn(
            start_s=run[0].start_s,
            end_s=max(one.end_s for one in run),
            speaker=run[0].speaker if show in (NAMES, WORDS) else numbers.get(run[0].speaker, ""),
            words=sum(len(one.text.split()) for one in run),
            text=" ".join(one.text for one in run) if show == WORDS else "",
        )
        for run in runs
    )
    return Transcript(turns, source)


def cues_of(text: str) -> list[Cue]:
    """The cues of a WebVTT file, with speakers as Zoom ("Name: ") and Teams (``<v Name>``) write them.

    Raises:
        DataFileError: it is not a WebVTT file.

    Source: W3C, "WebVTT: The Web Video Text Tracks Format".
    """
    text = text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if not re.match(r"WEBVTT(?:[ \t\n]|$)", text):
        raise DataFileError("it does not begin with WEBVTT")
    cues: list[Cue] = []
    for block in re.split(r"\n{2,}", text):
        lines = block.split("\n")
        at = next((i for i, line in enumerate(lines[:2]) if "-->" in line), -1)
        match = _TIMES.match(lines[at]) if at >= 0 else None
        if match:
            start, end = _seconds(match.groups()[:4]), _seconds(match.groups()[4:])
            payload = "\n".join(lines[at + 1 :])
            voices = [(_words(name), _words(words)) for name, words in _VOICE.findall(payload)]
            said = voices or [("", _words(payload))]
            cues += [Cue(start, end, name, words) for name, words in said if words and end >= start]
    return cues if any(cue.speaker for cue in cues) else _by_names(cues)


def _by_names(cues: list[Cue]) -> list[Cue]:
    """Cues whose speakers stand in front of what they say; as they are where too few have one."""
    names = [_NAME.match(cue.text) for cue in cues]
    if sum(map(bool, names)) < _NAMED * len(cues):
        return cues
    return [
        Cue(cue.start_s, cue.end_s, match[1].strip(), match[2].strip()) if match else cue
        for cue, match in zip(cues, names, strict=True)
    ]


def _words(payload: str) -> str:
    """A payload without tags, line ends and escapes."""
    return " ".join(html.unescape(_TAG.sub("", payload)).split())


def _seconds(parts: Sequence[str | None]) -> float:
    hours, minutes, seconds, ms = (int(part or 0) for part in parts)
    return 3600 * hours + 60 * minutes + seconds + ms / 1000
