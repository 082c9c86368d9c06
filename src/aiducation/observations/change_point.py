"""A change point: a time at which a group changed."""

from __future__ import annotations

from dataclasses import dataclass

from aiducation.equality import equal_values

#: A change is called certain if it is larger than that of each of 199 drawn recordings: at most one in 200 recordings of people
#: who change independently shows one as large.
CERTAIN = 0.005


@dataclass(frozen=True, kw_only=True)
class ChangePoint:
    """A time at which several people changed together, or came or left.

    A person counts as changed if they were tracked before and after, and their most probable outcome on average is a
    different one.

    Attributes:
        kind: "expression", "arrival", "departure"; or "scene" where a cut shows other faces or states than before:
            people cannot be tracked across a cut, so it is not known whether they changed, came or left.
        from_s: when it began, seconds since the start.
        to_s: when it ended; None if it lasted, or had no one end.
        outcome: what they turned to, or from; "" for arrivals and departures; of scenes, what other numbers of faces show, ""
            where the number of faces itself is another one.
        changed: how many people did, or came or left.
        people: how many were tracked before and after; for arrivals and departures, faces before or after, whichever is
            more.
        before, after: how many of these showed the outcome; for arrivals and departures, faces.
        mean_before, mean_after: mean probability of the outcome over the same people; NaN for arrivals and departures.
        chance: share of recordings of people who change independently of each other that show a change as large at any time;
            NaN where that could not be tested, 0 for arrivals and departures, which are counted.
    """

    kind: str
    from_s: float
    to_s: float | None = None
    outcome: str = ""
    changed: int
    people: int
    before: int
    after: int
    mean_before: float = float("nan")
    mean_after: float = float("nan")
    chance: float = 0.0

    __eq__ = equal_values

    @property
    def certain(self) -> bool:
        """Whether such a change hardly ever occurs if people change independently."""
        return self.chance <= CERTAIN

    @property
    def rose(self) -> bool:
        """Whether there was more of it afterwards."""
        return self.mean_after > self.mean_before if self.kind == "expression" else self.after > self.before
