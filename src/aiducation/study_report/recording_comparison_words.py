"""What a comparison of recordings comes to, in words: its headline, what a reader should know, and what its intervals say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from aiducation.evaluation.agreement import FEW_PEOPLE, FEWEST_CLUSTERS
from aiducation.evaluation.intervals import Interval
from aiducation.states import OUTCOMES
from aiducation.study_report.recording_comparison import RecordingComparison
from aiducation.texts import N_, Texts
from aiducation.visible import visible
from aiducation.words import point_digits

#: What is counted.
_UNITS = N_("people"), N_("tracks")


def headline(found: RecordingComparison, texts: Texts = Texts()) -> str:
    """The largest difference whose interval does not hold 0, or that there is none, or that there are no intervals."""
    if all(min(one.people[:2]) < FEWEST_CLUSTERS for one in found.differences):
        return texts.gettext(
            "With fewer than {number} {unit} on a side, no difference can be told from chance",
            number=FEWEST_CLUSTERS,
            unit=texts.gettext(found.unit),
        )
    gaps = [
        (abs(gap.estimate), gap, outcome, found.conditions[k + 1].label)
        for k, one in enumerate(found.differences)
        for outcome, gap in zip(OUTCOMES, one.overall, strict=True)
        if gap.has_limits and (gap.low > 0 or gap.high < 0)
    ]
    if not gaps:
        return texts.gettext(
            "No share differs by more than the differences between {unit} can explain", unit=texts.gettext(found.unit)
        )
    _, gap, outcome, label = max(gaps, key=lambda one: one[0])
    larger = N_(
        "In {label} the share of {outcome} is larger than in {first}, by {points} percentage points ({low} to {high})"
    )
    smaller = N_(
        "In {label} the share of {outcome} is smaller than in {first}, by {points} percentage points ({low} to {high})"
    )
    points, low, high = _points(gap, texts)
    return texts.gettext(
        larger if gap.estimate > 0 else smaller,
        label=label,
        outcome=texts.gettext(outcome),
        first=found.conditions[0].label,
        points=points,
        low=low,
        high=high,
    )


def _points(gap: Interval, texts: Texts) -> list[str]:
    """By how many percentage points, with the limits."""
    low, high = sorted((abs(gap.low), abs(gap.high)))
    digits = point_digits(gap.estimate, low, high)
    return [texts.number(100 * value, digits) for value in (abs(gap.estimate), low, high)]


def interval_words(unit: str, texts: Texts = Texts()) -> str:
    """Which question the intervals answer, and why those of a report differ."""
    return texts.gettext(
        "The intervals answer what a larger group might show of which these {unit} are a random sample, not whether these {unit} "
        "changed; the report of a recording answers the same question, but its intervals also count the model's doubt about each "
        "face and only as many faces as were seen at a time, so they are usually wider.",
        unit=texts.gettext(unit),
    )


def chance_words(found: RecordingComparison, texts: Texts) -> str:
    """How often so many intervals miss 0 by chance alone, and what that means for the largest difference."""
    n = len(found.differences) * len(OUTCOMES)
    return texts.gettext(
        "{count} differences are compared at once: if there were none, about {percent} of such comparisons would still have an "
        "interval that does not contain 0. The headline names the largest difference; the largest of several tends to be "
        "overestimated.",
        count=n,
        percent=texts.percent(1 - 0.95**n),
    )


def notes(found: RecordingComparison, texts: Texts = Texts()) -> list[str]:
    """What a reader should know."""
    return [*_about_shares(found, texts), *_about_recordings(found, texts), *_about_people(found, texts)]


def _about_shares(found: RecordingComparison, texts: Texts) -> Iterator[str]:
    """What the shares are about, and how many faces had a state."""
    told = [(one.label, *faces) for one, faces in zip(found.conditions, found.faces, strict=True)]
    yield texts.gettext(
        "Shares are mean probabilities of all faces that were seen well, also of those for which the model gives no state."
    )
    listed = [
        texts.gettext(
            "in {label} {count} of {total} ({percent})",
            label=label,
            count=texts.number(with_state),
            total=texts.number(every),
            percent=texts.percent(with_state / max(every, 1)),
        )
        for label, every, with_state in told
    ]
    yield texts.gettext("Views of faces with a state: {listed}.", listed=", ".join(listed))
    for label, every, with_state in told:
        if 2 * with_state < every:
            yield texts.gettext(
                "Warning: in {label} fewer than half of the faces had a state; shares of so many faces without a clear answer "
                "say little.",
                label=label,
            )


def _about_recordings(found: RecordingComparison, texts: Texts) -> Iterator[str]:
    """How the recordings were analyzed, and what their results say of them."""
    if len(found.models) > 1:
        yield texts.gettext(
            "The recordings were analyzed with different models ({listed}), which can be the cause of a difference.",
            listed=", ".join(found.models),
        )
    if found.settings:
        yield different_words(found.settings, texts)
    if found.several_intervals:
        yield texts.gettext("The recordings were analyzed at different sampling intervals.")
    colon = texts.gettext(": ")
    for source, line in found.of_recordings:
        yield f"{source}{colon}{texts.sentence(line)}"


def different_words(settings: Sequence[str], texts: Texts = Texts()) -> str:
    """That recordings were analyzed with different settings, and which."""
    return texts.gettext(
        "The recordings were analyzed with different settings ({listed}), which can be the cause of a difference. Analyze all of "
        "them with the same ones.",
        listed=", ".join(texts.gettext(visible(name)) for name in settings),
    )


def _about_people(found: RecordingComparison, texts: Texts) -> Iterator[str]:
    """Whether people or tracks are counted, whether they are few, and whether anybody is in both."""
    if found.unit == "tracks":
        yield texts.gettext(
            "Tracks are counted, not people: a person who was lost and found again has several tracks, and then the intervals "
            "are too narrow. Name the tracks (--names) to count people."
        )
    sizes = {one.label: len(set(one.people)) for one in found.conditions}
    if none := [label for label, n in sizes.items() if n < FEWEST_CLUSTERS]:
        yield texts.gettext(
            "Fewer than {number} {unit} in {listed}: no intervals can be given there.",
            number=FEWEST_CLUSTERS,
            unit=texts.gettext(found.unit),
            listed=", ".join(none),
        )
    if few := [label for label, n in sizes.items() if FEWEST_CLUSTERS <= n < FEW_PEOPLE]:
        yield texts.gettext(
            "Fewer than {number} {unit} in {listed}: the intervals are too narrow.",
            number=FEW_PEOPLE,
            unit=texts.gettext(found.unit),
            listed=", ".join(few),
        )
    if not any(one.people[2] for one in found.differences):
        yield texts.gettext(
            "No person is known to be in two of them, so the intervals assume that all people are different. If you name the "
            "tracks (--names), the same people are recognized and the intervals become narrower."
        )
