"""Transcripts beside recordings: which file belongs to a recording, found by its name, and read."""

from __future__ import annotations

import re
from pathlib import Path

from aiducation.errors import DataFileError
from aiducation.files import sha256
from aiducation.media.folders import is_own_output
from aiducation.observations.transcript import NO, Transcript, cues_of, transcript_of
from aiducation.records import read_bytes

#: Bytes of a transcript at most; three hours of talk have half a million.
_LARGEST = 1 << 25

#: What meeting tools add to the name of a transcript, and of a recording: Zoom the layout and the size of the picture.
_OF_TRANSCRIPT = re.compile(r"[._ -](transcript|cc|captions?|subtitles?|[a-z]{2}(-[a-z]{2,4})?)$", re.IGNORECASE)
_OF_RECORDING = re.compile(r"(_(as|avo|gvo|gallery|speaker|separate))*_\d{3,4}x\d{3,4}$", re.IGNORECASE)


def beside(recording: Path) -> Path | None:
    """The transcript that lies beside a recording, as Zoom, Teams and others name it; None if there is none.

    Args:
        recording: the recording's file.
    """
    wanted = {recording.stem.casefold(), _OF_RECORDING.sub("", recording.stem).casefold()}
    found = []
    try:
        files = sorted(recording.parent.iterdir())
    except OSError:
        return None
    for path in files:
        if path.suffix.lower() == ".vtt" and path.is_file() and not is_own_output(path):
            stem, steps = path.stem, 0
            while stem.casefold() not in wanted and _OF_TRANSCRIPT.search(stem):
                stem, steps = _OF_TRANSCRIPT.sub("", stem), steps + 1
            if stem.casefold() in wanted:
                found.append(("transcript" not in path.stem.lower(), steps, path.name, path))
    return min(found)[-1] if found else None


def checksum(path: Path) -> str:
    """The SHA-256 checksum of a transcript; "" where it cannot be read: ``read_transcript`` says why."""
    try:
        return sha256(path)
    except OSError:
        return ""


def read_transcript(path: Path, *, show: str) -> Transcript | None:
    """What a transcript says, as much of it as may be shown; None where nothing may.

    Args:
        path: the file.
        show: of ``TRANSCRIPT``.

    Raises:
        DataFileError: it cannot be read, or is not a WebVTT file.
    """
    if show == NO:
        return None
    try:
        cues = cues_of(read_bytes(path, _LARGEST).decode("utf-8-sig"))
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise DataFileError(f"The transcript {path.name} cannot be read: {why}.") from error
    return transcript_of(cues, show=show, source=path.name)
