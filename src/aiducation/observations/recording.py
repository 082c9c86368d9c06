"""Recording: what was seen in all analyzed frames of one video, in order of time."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from aiducation.observations.dataframe import dataframe_of
from aiducation.observations.faces import Faces, MadeWith, table_columns
from aiducation.observations.outcomes import outcomes_of

#: Seconds for which a picture stands at least; files have times in ten thousandths of a second.
_SHORTEST_S = 0.001


@dataclass(frozen=True, kw_only=True)
class Recording:
    """All analyzed frames of one video, in order of time.

    Attributes:
        source: file name, "camera:0" or the like.
        width, height: of the picture in pixels.
        every_s: sampling interval in seconds.
        frames: what was seen, one ``Faces`` for each frame.
        complete: False if pictures are missing: the analysis was stopped, the file breaks off, or it changed while it was read.
        notes: what the reader should know (damaged parts that were skipped, and the like), one sentence each.
        made_with: model and options.
        duration_s: when it ends, in seconds on a player's clock; None where that is not known, as of live ones.
        decoding: software, decoder, video track and frame policy that gave the pictures; empty for live ones.
        stopped: whether somebody ended the analysis; not saved.
        changed: whether the file changed while it was read; not saved.
    """

    source: str
    width: int
    height: int
    every_s: float
    frames: tuple[Faces, ...]
    complete: bool = True
    notes: tuple[str, ...] = field(default=())
    made_with: MadeWith = field(default_factory=MadeWith)
    duration_s: float | None = None
    decoding: Mapping[str, Any] = field(default_factory=dict)
    stopped: bool = field(default=False, compare=False)
    changed: bool = field(default=False, compare=False)

    def __len__(self) -> int:
        return len(self.frames)

    @property
    def pictures(self) -> tuple[Faces, ...]:
        """The frames: what photos and recordings have in common."""
        return self.frames

    @property
    def view(self) -> str:
        """The view of its frames."""
        return self.frames[0].view if self.frames else "states"

    @property
    def outcomes(self) -> tuple[str, ...]:
        """What the states of its faces can be, "unclear" aside."""
        return outcomes_of(self.view)

    @property
    def times(self) -> np.ndarray:
        """(F,) float64, seconds of each frame."""
        return np.array([frame.time_s for frame in self.frames], dtype=np.float64)

    @property
    def length_s(self) -> float:
        """Until when its frames stand, in seconds: the last one for a sampling interval, or until the recording ends."""
        if not len(self):
            return 0.0
        last_s, end_s = float(self.times[-1]), self.duration_s or 0.0
        # A file that says that it ends before its last picture is not believed.
        return min(last_s + self.every_s, end_s if end_s > last_s + _SHORTEST_S else math.inf)

    @property
    def whole_s(self) -> float | None:
        """How long all of it is in seconds, also where only a part was analyzed; None where that is not known."""
        if self.complete and len(self):
            return self.length_s
        return self.duration_s if self.duration_s and self.duration_s >= self.length_s else None

    @property
    def track_ids(self) -> np.ndarray:
        """All track ids, in order of number."""
        ids = [frame.track_ids[frame.track_ids >= 0] for frame in self.frames]
        return np.unique(np.concatenate(ids)) if ids else np.zeros(0, np.int64)

    @property
    def cuts(self) -> np.ndarray:
        """(K,) float64, seconds of the first frame after each cut; tracks begin anew there."""
        return np.array([frame.time_s for frame in self.frames if frame.cut], dtype=np.float64)

    def columns(self) -> dict[str, list[Any]]:
        """The tidy table of the recording, one list for each column of ``COLUMNS``."""
        return table_columns(self.frames)

    def to_dataframe(self) -> Any:
        """The tidy table as a pandas DataFrame, its types the same whatever is missing.

        Raises:
            MissingExtraError: pandas is not installed.
        """
        return dataframe_of(self.columns())


class Checkpoint(Protocol):
    """What was seen of a recording before it was interrupted; ``batch`` keeps it in a file.

    Attributes:
        seen: frames with their tracks, before smoothing, in order of time.
    """

    seen: list[Faces]

    def add(self, faces: Faces) -> None:
        """Keep the next frame."""
        ...
