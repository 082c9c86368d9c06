"""The group: what is said of all faces together, and when nothing is said because they are too few."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from aiducation.defaults import MIN_GROUP
from aiducation.observations.change_words import conclusion
from aiducation.observations.change_words import entry as change_entry
from aiducation.observations.counts import COUNTED, counts_of
from aiducation.observations.faces import Faces
from aiducation.observations.recording import Recording
from aiducation.observations.timeline import Shares, Timeline, shares_of, timeline
from aiducation.observations.views import shown_frames, withheld_entry
from aiducation.states import OUTCOMES, UNCLEAR


def frames_of(result: Faces | Recording) -> tuple[Faces, ...]:
    """The frames of a recording; a photo is one."""
    return result.frames if isinstance(result, Recording) else (result,)


def group_of(result: Faces | Recording, min_group: int = MIN_GROUP) -> tuple[Timeline | None, Shares]:
    """The timeline of a recording (None for a photo), and the shares over the faces that were seen well enough.

    Faces of which the model is not sure count, with all their probabilities: see ``timeline``.
    """
    if isinstance(result, Recording):
        over_time = timeline(result, min_group=min_group)
        return over_time, over_time.mean()
    return None, shares_of(result.probs)


def n_found(result: Faces | Recording) -> int:
    """Views of faces, judged or not; those that do not move are no participants and are not counted."""
    return sum(int(frame.participants.sum()) for frame in frames_of(result))


def n_judged(result: Faces | Recording) -> int:
    """Views of faces that got a state."""
    return sum(state != UNCLEAR for frame in frames_of(result) for state in frame.states)


def n_seen_well(result: Faces | Recording) -> int:
    """Views of faces with probabilities, whether the model is sure or not."""
    return sum(int((~np.isnan(frame.probs).any(axis=1)).sum()) for frame in frames_of(result))


def faces_at_a_time(result: Faces | Recording) -> int:
    """Faces in a frame, on average."""
    return round(n_found(result) / max(len(frames_of(result)), 1))


def why_withheld(result: Faces | Recording, group: Shares, over_time: Timeline | None, min_group: int) -> str:
    """Why there are no group figures; "" if there are."""
    if not n_found(result):
        return "No face was found."
    if not n_seen_well(result):
        return "No face was seen well enough."
    if (over_time is None and n_seen_well(result) < min_group) or np.isnan(group.shares).any():
        return (
            f"Group figures are withheld: fewer than {min_group} faces were seen well enough, so they would speak of single "
            "persons."
        )
    return ""


def group_entry(result: Faces | Recording, min_group: int = MIN_GROUP) -> dict[str, Any]:
    """The group as JSON values: see ``schema`` for each field."""
    over_time, group = group_of(result, min_group)
    why = why_withheld(result, group, over_time, min_group)
    entry: dict[str, Any] = {
        "min_group": min_group,
        "found": n_found(result),
        "judged": n_judged(result),
        "withheld": why or None,
        **withheld_entry(result, min_group, over_time),
        "counts": None if why else counts_entry(shown_frames(result, min_group, over_time)),
        "shares": None if why else shares_entry(group),
    }
    if over_time is not None:
        entry["timeline"] = {"step_s": over_time.step_s, **over_time.columns()}
        changes = over_time.changes
        entry["changes"] = [change_entry(change) for change in changes.seen]
        entry["needed"] = changes.needed
        entry["conclusion"] = conclusion(changes)
        entry["untested"] = changes.untested or None
    return entry


def counts_entry(frames: Sequence[Faces]) -> dict[str, float]:
    """Faces that are counted as each outcome, as not sure, as not seen well; in a recording on average in a picture."""
    counts = counts_of(frames)
    return {name.replace(" ", "_"): round(float(count), 2) for name, count in zip(COUNTED, counts, strict=True)}


def shares_entry(group: Shares) -> dict[str, dict[str, float]]:
    """Share, low and high of each outcome, rounded."""
    return {
        outcome: {"share": round(float(share), 4), "low": round(float(low), 4), "high": round(float(high), 4)}
        for outcome, share, low, high in zip(OUTCOMES, group.shares, group.low, group.high, strict=True)
    }
