"""The place of a training: its folder, as it was when the work began, and the right to work in it."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from aiducation.errors import RunError
from aiducation.training.claims import Claim

#: Seconds between two looks at the folder while an epoch runs.
_LOOK_EVERY_S = 2.0


class Place:
    """A folder that must stay where it is: who deletes it wants no results, and writing would make half a run of it anew. What
    another process writes, which has taken it over, would be mixed with older results.

    Args:
        folder: it is there.
        claim: on this folder; None where nobody claims it.

    Raises:
        RunError: it is not.
    """

    def __init__(self, folder: Path, claim: Claim | None = None) -> None:
        self._folder, self._claim = folder, claim
        self._known = _identity(folder)
        self._looked = time.monotonic()
        self.check()

    def check(self) -> None:
        """Make sure that the folder is still there, and nobody else's.

        Raises:
            RunError: it was deleted, something else stands in its place, or another process has taken it over.
        """
        self._looked = time.monotonic()
        if self._known is None or _identity(self._folder) != self._known:
            raise RunError(
                f"{self._folder} was deleted, moved or replaced during the training, so the training was stopped. "
                f"Run the same command again to start from the beginning."
            )
        if self._claim:
            self._claim.check()

    def watched(self, progress: Callable[[int, int], None] | None) -> Callable[[int, int], None]:
        """The same callback, which also looks at the folder now and then."""

        def look(done: int, total: int) -> None:
            if time.monotonic() - self._looked > _LOOK_EVERY_S:
                self.check()
            if progress:
                progress(done, total)

        return look


def _identity(folder: Path) -> tuple[int, int] | None:
    """What tells a folder from another in its place; None if there is none."""
    try:
        state = folder.stat()
    except (OSError, ValueError):
        return None
    return (state.st_dev, state.st_ino) if folder.is_dir() else None
