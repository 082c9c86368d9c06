"""A result in one line: what tables and the overview show of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aiducation.observations.change_words import changes_in_lines
from aiducation.observations.faces import Faces
from aiducation.observations.group import Group, group_of
from aiducation.observations.group_words import verdict
from aiducation.observations.recording import Recording
from aiducation.states import UNCLEAR
from aiducation.texts import N_

#: Why there are no shares, for the catalogues of translations: the beginnings of what ``Group.withheld`` says.
_WITHHELD = (N_("Group figures are withheld"), N_("No face was found"), N_("No face was seen well enough"))


@dataclass(frozen=True, kw_only=True)
class Summary:
    """What a photo or a recording showed, as numbers and texts only, so that it can be saved.

    Attributes:
        kind: "photo" or "recording".
        frames: number of analyzed pictures.
        counts: faces of each outcome, None where the group is too small for states, and unclear ones; in a recording the mean of
            the frames whose states are shown, rounded to tenths.
        faces: all of them, likewise.
        judged: share of the faces that got a state; None without faces.
        shares: of each outcome in the group; None where they are withheld.
        words: the group in half a sentence, or why there are no shares.
        left_out: frames that ``counts`` leaves out: too few faces were seen well in them.
        changes: of a recording, a sentence for each certain change and each arrival and departure, or what is certain.
    """

    kind: str
    frames: int
    counts: dict[str, float | None]
    faces: float
    judged: float | None
    shares: dict[str, float] | None
    words: str
    changes: Sequence[str] = ()
    left_out: int = 0

    @property
    def left_out_words(self) -> str:
        """How many frames the counts leave out, and why; "" if none."""
        if not self.left_out:
            return ""
        return f"Left out of the numbers: {self.left_out:,} of {self.frames:,} frames, in which too few faces were seen well."


def summarize(result: Faces | Recording, group: Group | None = None) -> Summary:
    """The summary of a result; ``group`` is what is said of all its faces, None for that of the default smallest group."""
    group = group or group_of(result)
    recording = isinstance(result, Recording)
    shown = result.pictures if group.withheld else group.shown(result)
    people = [faces.only(faces.participants) for faces in shown]
    hidden = group.outcomes if group.withheld and group.seen_well else ()

    def a_frame(total: int, among: int) -> float:
        return round(total / max(among, 1), 1) if recording else total

    return Summary(
        kind="recording" if recording else "photo",
        frames=group.frames,
        counts={
            state: None if state in hidden else a_frame(sum(faces.states.count(state) for faces in people), len(people))
            for state in (*group.outcomes, UNCLEAR)
        },
        faces=a_frame(group.found, group.frames),
        judged=round(group.judged / group.found, 4) if group.found else None,
        shares=None
        if group.withheld
        else {o: round(float(s), 4) for o, s in zip(group.outcomes, group.shares.shares, strict=True)},
        words=group.withheld.split(":")[0].rstrip(".") if group.withheld else verdict(group),
        left_out=len(result.pictures) - len(shown),
        changes=changes_in_lines(group.over_time.changes) if group.over_time and not group.withheld else [],
    )
