"""Group: what is said of all faces of a result together, and whether it is said at all. Computed once, then passed on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from aiducation.defaults import MIN_GROUP
from aiducation.equality import equal_values
from aiducation.observations.change_words import conclusion
from aiducation.observations.change_words import entry as change_entry
from aiducation.observations.counts import counted_as, counts_of, expressions_of
from aiducation.observations.faces import Faces
from aiducation.observations.outcomes import outcomes_of
from aiducation.observations.recording import Recording
from aiducation.observations.timeline import Shares, Timeline, shares_of, timeline
from aiducation.observations.withheld import (
    WITHHELD_TOO,
    check_min_group,
    frames_withheld,
    seen_well,
    stretches,
    time_words,
)
from aiducation.states import UNCLEAR


@dataclass(frozen=True, kw_only=True)
class Group:
    """All faces of a photo or a recording together. Every table, picture, report, summary and page takes its figures from here.

    Attributes:
        min_group: smallest group whose figures and single states are shown; 1 shows all.
        frames: pictures that were analyzed, 1 for a photo.
        found: views of faces, judged or not; static faces do not belong to the group and are not counted.
        judged: of them, those that got a state.
        seen_well: of them, those that have probabilities, whether the model is sure or not.
        shares: mean probability of each outcome over the faces that were seen well enough.
        counts: (K + 2,) float64, mean number of faces in a shown frame that are counted as each of ``counted``, or NaN.
        expressions: mean number of faces of "other" in a shown frame by what they show, such as "smiling", most first.
        over_time: the timeline of a recording; None for a photo.
        withheld: why there are no group figures; "" if there are.
        hidden: (F,) bool, the frames of which no view shows single states.
        states_withheld: why views show no single states, or not at all times; "" if they show all.
        withheld_s: start and end in seconds of each stretch of a recording of which views show no single states.
        view: of the result.
    """

    min_group: int
    frames: int
    found: int
    judged: int
    seen_well: int
    shares: Shares
    counts: np.ndarray
    expressions: Mapping[str, float]
    over_time: Timeline | None
    withheld: str
    hidden: np.ndarray
    states_withheld: str
    withheld_s: Sequence[Sequence[float]]
    view: str = "states"

    __eq__ = equal_values

    @property
    def outcomes(self) -> tuple[str, ...]:
        """The K outcomes that the view shows."""
        return outcomes_of(self.view)

    @property
    def counted(self) -> tuple[str, ...]:
        """What a face is counted as: an outcome, or why it was given none."""
        return counted_as(self.view)

    @property
    def at_a_time(self) -> int:
        """Faces in a frame, on average."""
        return round(self.found / max(self.frames, 1))

    def shown(self, result: Faces | Recording) -> list[Faces]:
        """The frames of the group's result whose states views show, as they were seen."""
        return [faces for faces, hide in zip(result.pictures, self.hidden, strict=True) if not hide]

    def entry(self) -> dict[str, Any]:
        """The group as JSON values: see ``schema`` for each field."""
        entry: dict[str, Any] = {
            "min_group": self.min_group,
            "view": self.view,
            "found": self.found,
            "judged": self.judged,
            "withheld": self.withheld or None,
            "states_withheld": self.states_withheld or None,
            "counts": None if self.withheld else self._counts_entry(),
            "expressions": None if self.withheld else {w: round(n, 2) for w, n in self.expressions.items()},
            "shares": None if self.withheld else self._shares_entry(),
        }
        if self.over_time is not None:
            changes = self.over_time.changes
            entry |= {
                "withheld_s": [list(pair) for pair in self.withheld_s],
                "timeline": {"step_s": self.over_time.step_s, **self.over_time.columns()},
                "changes": [change_entry(change) for change in changes.seen],
                "needed": changes.needed,
                "conclusion": conclusion(changes),
                "untested": changes.untested or None,
            }
        return entry

    def _counts_entry(self) -> dict[str, float]:
        named = zip(self.counted, self.counts, strict=True)
        return {name.replace(" ", "_"): round(float(count), 2) for name, count in named}

    def _shares_entry(self) -> dict[str, dict[str, float]]:
        of, named = self.shares, enumerate(self.outcomes)
        return {
            outcome: {
                end: round(float(values[k]), 4)
                for end, values in (("share", of.shares), ("low", of.low), ("high", of.high))
            }
            for k, outcome in named
        }


def group_of(result: Faces | Recording, min_group: int = MIN_GROUP, *, few_lately: bool = False) -> Group:
    """The group of a result.

    Faces of which the model is not sure count with all their probabilities: see ``timeline``.

    Args:
        result: what was seen.
        min_group: figures of smaller groups are withheld; 1 shows all.
        few_lately: withhold them in any case: in the frames just before, the group was too small.

    Raises:
        ConfigError: ``min_group`` is less than 1.
    """
    check_min_group(min_group)
    pictures = result.pictures
    over_time = timeline(result, min_group=min_group) if isinstance(result, Recording) else None
    shares = shares_of(pictures[0].shown_probs) if over_time is None else over_time.mean()
    found = sum(int(faces.participants.sum()) for faces in pictures)
    well = sum(int(seen_well(faces).sum()) for faces in pictures)
    hidden = frames_withheld(result, min_group, over_time) | few_lately
    states_withheld, spans = _states_withheld(pictures, hidden, over_time, min_group)
    shown = [faces for faces, hide in zip(pictures, hidden, strict=True) if not hide]
    return Group(
        min_group=min_group,
        frames=len(pictures),
        found=found,
        judged=sum(state != UNCLEAR for faces in pictures for state in faces.states),
        seen_well=well,
        shares=shares,
        counts=counts_of(shown, result.view),
        expressions=expressions_of(shown),
        over_time=over_time,
        withheld=_why_withheld(found, well, shares, over_time, min_group, few_lately),
        hidden=hidden,
        states_withheld=states_withheld,
        withheld_s=spans,
        view=result.view,
    )


def _why_withheld(
    found: int, well: int, shares: Shares, over_time: Timeline | None, min_group: int, few_lately: bool
) -> str:
    if not found:
        return "No face was found."
    if not well:
        return "No face was seen well enough."
    if (over_time is None and well < min_group) or np.isnan(shares.shares).any():
        return (
            f"Group figures are withheld: fewer than {min_group} faces were seen well enough, so they would reveal "
            f"the states of single persons."
        )
    if few_lately:
        return f"Group figures are withheld: fewer than {min_group} faces were seen well enough in the last seconds."
    return ""


def _states_withheld(
    pictures: Sequence[Faces], hidden: np.ndarray, over_time: Timeline | None, min_group: int
) -> tuple[str, list[list[float]]]:
    """Why views do not show all single states, "" if they do; and during which seconds of a recording they do not."""
    some = np.array([bool(seen_well(faces).any()) for faces in pictures], dtype=bool)
    if not (hidden & some).any():
        return "", []
    if over_time is None:
        return WITHHELD_TOO, []
    why = f"{time_words(over_time)} fewer than {min_group} faces were seen well; their states are not shown then."
    return why if over_time.shown.any() else WITHHELD_TOO, stretches(over_time)
