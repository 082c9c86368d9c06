"""Edits: what people changed in the result of a recording. In memory alone, as long as the server has the recording."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from aiducation.observations.annotations import Annotations
from aiducation.observations.corrections import corrected
from aiducation.observations.events import with_events
from aiducation.observations.recording import Recording
from aiducation.web.problems import Problem


@dataclass(frozen=True, kw_only=True)
class Edits:
    """What people changed.

    Attributes:
        annotations: the edits in their order.
        names: track number -> what people call it; only files for which that is asked hold them.
        revision: grows with every change.
        edition: grows with every change of the annotations: clients say which one they know.
    """

    annotations: Annotations = field(default_factory=Annotations)
    names: Mapping[int, str] = field(default_factory=dict)
    revision: int = 0
    edition: int = 0

    @property
    def folder(self) -> str:
        """Where files of the changed result lie, below those of the result itself; "" where nothing is changed."""
        return f"edited-{self.revision}" if self.annotations else ""

    @property
    def named_folder(self) -> str:
        """Where files with the names lie, below those of the result itself."""
        return f"named-{self.revision}"

    def changed(self, known: int | None = None, **changes: Any) -> Edits:
        """With other ``annotations`` or ``names`` in the place of those that there are.

        Args:
            known: the edition that is known to whoever asks for it, if that is said.

        Raises:
            Problem: there is another edition: somebody else was faster.
        """
        if known not in (None, self.edition):
            raise Problem(
                "changed", "Somebody else changed this result meanwhile. Ask for its edits, then change those."
            )
        edition = self.edition + ("annotations" in changes)
        return replace(self, **changes, revision=self.revision + 1, edition=edition)

    def applied(self, recording: Recording) -> Recording:
        """The recording as people changed it, with what happened in it."""
        result = corrected(recording, self.annotations)
        assert isinstance(result, Recording)
        return with_events(result, self.annotations)
