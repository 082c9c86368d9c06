"""Sentences about change points: first what was seen, then how certain it is. Reports, pages and the command line share
them."""

from __future__ import annotations

from typing import Any

from aiducation.observations.change_point import ChangePoint
from aiducation.observations.changes import Changes
from aiducation.texts import N_
from aiducation.words import clock, many, percent

#: How a person counts as changed, and what "certain" answers.
HOW_COUNTED = (
    "A person counts as changed if they were tracked before and after, and if their most probable state (on average) "
    "is different afterwards. The test asks whether these people changed together. It compares the recording with "
    "copies of it in which each "
    "person's states are shifted in time by a different length, so that nobody changes together except by chance. “Certain” "
    "means that at most one in 200 such copies shows a joint change as large at any time."
)

#: What the intervals of shares answer instead.
OTHER_QUESTION = (
    "The bands and brackets of the mean probabilities answer another question: which values a larger group might show, if these "
    "people were a random sample of it."
)


def when(change: ChangePoint) -> str:
    """ "1:00", or "1:00 to 2:00" for a change that ended."""
    return clock(change.from_s) + (f" to {clock(change.to_s)}" if change.to_s is not None else "")


def what(change: ChangePoint) -> str:
    """What was seen, in people: "15 of 25 people turned to other"."""
    if change.kind == "arrival":
        return f"{many(change.changed, 'face')} came: {change.before} before, {change.after} after"
    if change.kind == "departure":
        return f"{many(change.changed, 'face')} left: {change.before} before, {change.after} after"
    if change.kind == "scene" and change.outcome:
        return (
            f"cut to another scene: {change.before} of about {change.people} faces {change.outcome} before, "
            f"{change.after} after"
        )
    if change.kind == "scene":
        return f"cut to another scene: {many(change.before, 'face')} before, {change.after} after"
    turned = f"to {change.outcome}" if change.rose else f"away from {change.outcome}"
    return f"{change.changed} of {change.people} people turned {turned}"


def size(change: ChangePoint) -> str:
    """The counts before and after, then the mean probabilities; "" for what is counted."""
    if change.kind != "expression":
        return ""
    return (
        f"{change.outcome}: {change.before} of {change.people} people before, {change.after} "
        f"{'during the change' if change.to_s is not None else 'after'}; mean probability {percent(change.mean_before)}, then "
        f"{percent(change.mean_after)}"
    )


def how_sure(change: ChangePoint) -> str:
    """How sure it is."""
    if change.kind == "scene":
        return "counted; people cannot be tracked across a cut"
    if change.kind != "expression":
        return N_("counted")
    if change.certain:
        return N_("certain")
    share = max(1, round(100 * change.chance))
    often = "nearly all" if share > 95 else f"about {share} of 100"
    return f"not certain: {often} recordings of people who change independently show a change as large"


def conclusion(changes: Changes) -> str:
    """The conclusion: which changes of expressions are certain."""
    if changes.untested:
        return f"Whether people changed together could not be tested: {changes.untested}"
    sure = any(change.certain and change.kind == "expression" for change in changes.seen)
    group = f"With {changes.people} people seen well"
    if changes.needed is None:
        enough = f"{group}, even a change of all of them for a minute might not be certain."
        if sure:
            enough = f"{group}, not every change of all of them for a minute would be certain."
    elif sure:
        enough = f"{group}, a change is certain if about {changes.needed} of them change together for a minute."
    else:
        enough = f"{group}, about {changes.needed} would have to change together for a minute to be certain."
    return enough if sure else f"No change of expressions is certain. {enough}"


def changes_in_lines(changes: Changes) -> list[str]:
    """A line for each change that is certain, and the conclusion if no change of expressions is."""
    sure = [change for change in changes.seen if change.certain]
    lines = [f"{when(change)} {what(change)} ({how_sure(change)})" for change in sure]
    return lines if any(change.kind == "expression" for change in sure) else [*lines, conclusion(changes)]


def entry(change: ChangePoint) -> dict[str, Any]:
    """The change as JSON values, with its sentences."""
    expression = change.kind == "expression"
    return {
        "kind": change.kind,
        "from_s": round(change.from_s, 3),
        "to_s": None if change.to_s is None else round(change.to_s, 3),
        "outcome": change.outcome or None,
        "changed": change.changed,
        "people": change.people,
        "before": change.before,
        "after": change.after,
        "mean_before": round(change.mean_before, 4) if expression else None,
        "mean_after": round(change.mean_after, 4) if expression else None,
        "chance": round(change.chance, 4) if expression else None,
        "certain": change.certain,
        "words": what(change),
        "size": size(change),
        "sure": how_sure(change),
    }
