"""The result that was asked for last, in memory: as it was seen, and as people changed it."""

from __future__ import annotations

from pathlib import Path

from aiducation.observations.recording import Recording
from aiducation.observations.result_json import from_json
from aiducation.records import read_record
from aiducation.web.edits import Edits


class LastResult:
    """Holds one result of each kind; several threads may ask at once, and whoever has deleted a recording has it forgotten."""

    def __init__(self) -> None:
        self._seen: tuple[str, Recording] | None = None
        self._edited: tuple[tuple[str, int], Recording] | None = None

    def keep(self, job_id: str, recording: Recording) -> None:
        """Keep what was just seen."""
        self._seen = (job_id, recording)

    def seen(self, job_id: str, path: Path) -> Recording:
        """What was seen; it is read from its file where it is not in memory."""
        known = self._seen
        if not known or known[0] != job_id:
            recording = from_json(read_record(path, most=1 << 30))
            assert isinstance(recording, Recording)
            self._seen = known = (job_id, recording)
        return known[1]

    def edited(self, job_id: str, edits: Edits, seen: Recording) -> Recording:
        """The same as people changed it."""
        key, known = (job_id, edits.revision), self._edited
        if not known or known[0] != key:
            self._edited = known = (key, edits.applied(seen))
        return known[1]

    def forget_edits(self) -> None:
        """Others have taken the place of the edits."""
        self._edited = None

    def forget(self, job_id: str) -> None:
        """The recording is deleted."""
        seen, edited = self._seen, self._edited
        if seen and seen[0] == job_id:
            self._seen = None
        if edited and edited[0][0] == job_id:
            self._edited = None
