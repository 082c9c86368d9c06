"""Spans of one annotator: the later label counts, whatever lies there, and however much."""

from __future__ import annotations

import numpy as np
import pytest

from aiducation.observations import spans
from aiducation.observations.annotations import Annotation, Annotations, Target


def said(*labels: tuple[float, float, str]) -> Annotations:
    return Annotations(
        tuple(
            Annotation(state=state, annotator="Anna", target=Target(source="a.mp4", track=1, from_s=start, to_s=end))
            for start, end, state in labels
        )
    )


def painted(labels: list[tuple[int, int, str]], length: int) -> tuple[list[str], int]:
    """What is said of each tenth of a second, painted one label over the other; and how many labels covered another state."""
    tenths, covered = [""] * length, 0
    for start, end, state in labels:
        covered += any(one not in ("", state) for one in tenths[start:end])
        tenths[start:end] = [state] * (end - start)
    return tenths, covered


@pytest.mark.parametrize("seed", range(40))
def test_the_later_label_counts(seed: int) -> None:
    draw = np.random.default_rng(seed)
    starts = draw.integers(0, 60, 25)
    ends = starts + draw.integers(1, 1 + draw.integers(1, 25), 25)
    labels = [
        (int(a), int(b), str(state))
        for a, b, state in zip(starts, ends, draw.choice(["bored", "angry", "other"], 25), strict=True)
    ]
    wanted, covered = painted(labels, 100)
    for join in (True, False):
        [line] = spans.timed(said(*((a / 10, b / 10, state) for a, b, state in labels)), join=join)
        found = [""] * 100
        for one in line.spans:
            first, end = round(one.from_s * 10), round(one.to_s * 10)
            assert found[first:end] == [""] * (end - first), "they do not overlap"
            found[first:end] = [one.state] * (end - first)
        assert found == wanted and line.contradictions == covered
        assert [one.from_s for one in line.spans] == sorted(one.from_s for one in line.spans)


def test_a_row_for_each_frame_costs_the_same_for_each(monkeypatch: pytest.MonkeyPatch) -> None:
    many, asked = 5000, 0
    cut = spans._cut

    def counted(old: spans.Span, new: spans.Span) -> list[spans.Span]:
        nonlocal asked
        asked += 1
        return cut(old, new)

    monkeypatch.setattr(spans, "_cut", counted)
    rows = [(i / 25, (i + 1) / 25, ("bored", "angry")[i % 2]) for i in range(many)]
    for order in (rows, rows[::-1]):
        [line] = spans.timed(said(*order))
        assert len(line.spans) == many and line.contradictions == 0
    assert asked <= 2 * many
