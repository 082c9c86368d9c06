"""A result in one line: what tables and the overview show of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aiducation.defaults import MIN_GROUP
from aiducation.observations.change_words import changes_in_lines
from aiducation.observations.counts import counts_of
from aiducation.observations.faces import Faces
from aiducation.observations.group import frames_of, group_of, n_found, n_judged, why_withheld
from aiducation.observations.group_words import verdict
from aiducation.observations.recording import Recording
from aiducation.observations.views import shown_frames
from aiducation.states import OUTCOMES, UNCLEAR


@dataclass(frozen=True, kw_only=True)
class Summary:
    """What a photo or a recording showed; only numbers and texts, so that it can be written down.

    Attributes:
        kind: "photo" or "recording".
        frames: pictures that were looked at.
        counts: faces of each outcome, and unclear ones; in a recording the mean of the frames whose states are shown, rounded to
            tenths.
        faces: all of them, likewise.
        judged: share of the faces that got a state; None without faces.
        shares: of each outcome in the group; None where they are withheld.
        words: the group in half a sentence, or why there are no shares.
        changes: of a recording, a sentence for each certain change and each arrival and departure, or what is certain.
    """

    kind: str
    frames: int
    counts: dict[str, float]
    faces: float
    judged: float | None
    shares: dict[str, float] | None
    words: str
    changes: Sequence[str] = ()


def summarize(result: Faces | Recording, min_group: int = MIN_GROUP) -> Summary:
    """The summary of a result; figures of groups smaller than ``min_group`` are withheld."""
    frames, found, recording = frames_of(result), n_found(result), isinstance(result, Recording)
    over_time, group = group_of(result, min_group)
    why = why_withheld(result, group, over_time, min_group)
    shown = frames if why else shown_frames(result, min_group, over_time)
    people = [frame.only(frame.participants) for frame in shown]

    def a_frame(total: int, among: int) -> float:
        return round(total / max(among, 1), 1) if recording else total

    changes = changes_in_lines(over_time.changes) if over_time and not why else []
    return Summary(
        kind="recording" if recording else "photo",
        frames=len(frames),
        counts={
            state: a_frame(sum(faces.states.count(state) for faces in people), len(people))
            for state in (*OUTCOMES, UNCLEAR)
        },
        faces=a_frame(found, len(frames)),
        judged=round(n_judged(result) / found, 4) if found else None,
        shares=None if why else {o: round(float(s), 4) for o, s in zip(OUTCOMES, group.shares, strict=True)},
        words=why.split(":")[0].rstrip(".") if why else verdict(counts_of(shown), group),
        changes=changes,
    )
