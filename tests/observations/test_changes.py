"""Change points: exact small cases, a part of the simulation, arrivals and departures, and what is said of them."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from aiducation.observations.change_words import changes_in_lines, conclusion, how_sure, size, what, when
from aiducation.observations.changes import Changes, find_changes

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
from simulated_lessons import Lesson, material, simulate

STILL = np.full(120, 25.0)


def people(n: int = 25, steps: int = 180, turned: int = 0, start: int = 60, end: int = 120, to: int = 4) -> np.ndarray:
    """(steps, n, 5) people who waver between neutral and focused at their own pace; some of them turn to a state together."""
    rng = np.random.default_rng(0)
    table = np.zeros((steps, n, 5), np.float32)
    for person in range(n):
        pace = rng.integers(4, 20)
        looks = (np.arange(steps) + rng.integers(0, 20)) // pace % 2 * 2
        table[np.arange(steps), person, looks] = 0.6
    table[start:end, :turned] = 0
    table[start:end, :turned, to] = 0.6
    return table + 0.08


def test_an_episode_has_a_beginning_and_an_end_people_and_means() -> None:
    (change,) = find_changes(people(turned=15), STILL, 1.0).seen
    assert (change.kind, change.outcome, change.certain, change.rose) == ("expression", "other", True, True)
    assert change.from_s == pytest.approx(60, abs=2) and change.to_s == pytest.approx(120, abs=2)
    assert (change.changed, change.people, change.before, change.after) == (15, 25, 0, 15)
    assert change.mean_before == pytest.approx(0.08, abs=0.01)
    assert change.mean_after == pytest.approx(0.08 + 0.6 * 15 / 25, abs=0.03)
    assert when(change) == "1:00 to 2:00" and what(change) == "15 of 25 people turned to other"
    assert "0 of 25 people before, 15 during the change" in size(change) and how_sure(change) == "certain"


def test_a_change_that_lasts_has_no_end() -> None:
    seen = find_changes(people(turned=15, start=90, end=180), STILL, 1.0).seen
    assert seen[0].certain and seen[0].from_s == pytest.approx(90, abs=3) and seen[0].outcome == "other"
    assert seen[0].to_s is None and what(seen[0]) == "15 of 25 people turned to other"


def test_what_people_turn_from_is_said_where_they_turn_to_many_things() -> None:
    table = people(n=20, turned=0)
    table[:60] = table[120:] = 0.08 + 0.6 * np.eye(5, dtype=np.float32)[2]
    for person in range(20):
        table[60:120, person] = 0.08 + 0.6 * np.eye(5, dtype=np.float32)[[0, 1, 3, 4][person % 4]]
    change = next(one for one in find_changes(table, STILL, 1.0).seen if one.certain)
    assert (change.outcome, change.rose, what(change)) == ("focused", False, "20 of 20 people turned away from focused")


def test_few_who_change_together_are_seen_but_not_certain() -> None:
    found = find_changes(people(turned=2), STILL, 1.0)
    assert any(
        one.outcome == "other" and one.changed == 2 and one.from_s == pytest.approx(60, abs=3) for one in found.seen
    )
    assert not any(one.certain for one in found.seen) and found.needed and found.needed > 2
    assert conclusion(found).startswith("No change of expressions is certain. With 25 people seen well, about")


def test_a_group_of_five_is_described_all_the_same() -> None:
    found = find_changes(people(n=5, turned=4), STILL, 1.0)
    change = next(one for one in found.seen if one.outcome == "other")
    assert (change.changed, change.people) == (4, 5) and 0 < change.chance <= 1


def test_people_who_do_not_move_and_people_who_are_not_there() -> None:
    flat = np.tile(np.array([0.2, 0.2, 0.2, 0.2, 0.2], np.float32), (60, 10, 1))
    assert find_changes(flat, STILL, 1.0).seen == ()
    for nobody in (np.full((60, 3, 5), np.nan, np.float32), np.zeros((60, 0, 5), np.float32)):
        assert "almost nobody" in find_changes(nobody, np.zeros(60), 1.0).untested
    assert "too short" in find_changes(flat[:5], STILL[:5], 1.0).untested
    assert find_changes(flat[:0], STILL[:0], 1.0).seen == ()


@pytest.mark.parametrize(
    "missing",
    [slice(0, 10), slice(30, 36), slice(57, 60), slice(60, 63), slice(100, 104), slice(118, 122), slice(170, 180)],
    ids=str,
)
def test_moments_without_a_face_move_no_change(missing: slice) -> None:
    """In ruptures 1.1.10 they make other changes, without a word (findings/moments_without_faces_in_ruptures.sh)."""
    table = people(turned=15)
    table[missing] = np.nan
    (change,) = find_changes(table, STILL, 1.0).seen
    assert change.certain and change.from_s == pytest.approx(60, abs=3) and change.to_s == pytest.approx(120, abs=3)


def test_tracks_that_are_lost_and_found_again_still_show_a_large_change() -> None:
    table = people(turned=15)
    halves = np.full((180, 50, 5), np.nan, np.float32)
    for person in range(25):
        cut = 20 + 5 * person % 140
        halves[:cut, 2 * person], halves[cut:, 2 * person + 1] = table[:cut, person], table[cut:, person]
    halves[np.random.default_rng(1).random(halves.shape[:2]) < 0.1] = np.nan
    assert any(one.certain and one.outcome == "other" for one in find_changes(halves, STILL, 1.0).seen)


@pytest.mark.parametrize(
    ("after", "kind", "words"), [(17, "departure", "8 faces left"), (33, "arrival", "8 faces came")]
)
def test_faces_that_leave_or_come_are_counted(after: int, kind: str, words: str) -> None:
    rng = np.random.default_rng(0)
    faces = np.concatenate([np.full(90, 25.0), np.full(90, after)])
    lost = faces - (rng.random((180, 25)) < 0.05).sum(axis=1)  # the detector misses a face now and then
    (change,) = find_changes(np.zeros((180, 0, 5), np.float32), lost, 1.0).seen
    assert (change.kind, change.certain) == (kind, True) and words in what(change)
    assert change.from_s == pytest.approx(90, abs=1) and abs(change.changed - 8) <= 1 and how_sure(change) == "counted"


def test_a_detector_that_misses_faces_makes_no_departure() -> None:
    rng = np.random.default_rng(0)
    for n in (3, 8, 25, 40):
        faces = (rng.random((300, n)) > 0.1).sum(axis=1).astype(float)
        faces[:5] = np.nan  # before the first picture
        assert find_changes(np.zeros((300, 0, 5), np.float32), faces, 1.0).seen == ()


def test_cameras_that_go_off_and_on_for_minutes_leave_once_and_come_once_at_most() -> None:
    faces = np.full(600, 20.0)
    faces[200:400] = np.where(np.arange(200) // 3 % 2, 20, 16)
    seen = find_changes(np.zeros((600, 0, 5), np.float32), faces, 1.0).seen
    assert [(one.kind, round(one.from_s, -1)) for one in seen] == [("departure", 200), ("arrival", 400)]


def edited(*scenes: tuple[int, int]) -> tuple[np.ndarray, np.ndarray, list[int]]:
    """People, faces and cuts of a film whose scenes show so many faces for so many steps, each with tracks of its own."""
    ends = np.cumsum([steps for steps, _ in scenes])
    table = np.full((ends[-1], sum(n for _, n in scenes), 5), np.nan, np.float32)
    faces, column = np.zeros(ends[-1]), 0
    for (steps, n), end in zip(scenes, ends, strict=True):
        table[end - steps : end, column : column + n] = people(n, steps) if n else 0
        faces[end - steps : end] = n
        column += n
    return table, faces, ends[:-1].tolist()


def test_nobody_leaves_at_a_cut() -> None:
    """A film that goes from the class to the teacher and back; somebody who leaves within a scene is told all the same."""
    table, faces, cuts = edited((90, 25), (30, 1), (90, 25))
    faces[160:] -= 8
    seen = find_changes(table, faces, 1.0, cuts=cuts).seen
    counted = [(one.kind, one.from_s, one.before, one.after) for one in seen if one.kind != "expression"]
    assert counted == [("scene", 90, 25, 1), ("scene", 120, 1, 25), ("departure", 160, 25, 17)]
    scene = next(one for one in seen if one.kind == "scene")
    assert what(scene) == "cut to another scene: 25 faces before, 1 after" and "cut" in how_sure(scene)


def test_a_film_of_many_cuts_lists_the_largest() -> None:
    table, faces, cuts = edited(*[(20, n) for n in (25, 1, 20, 25, 3, 25, 25, 24, 1, 25)])
    seen = [one for one in find_changes(table, faces, 1.0, cuts=cuts).seen if one.kind != "expression"]
    assert [(one.kind, one.changed) for one in seen] == [("scene", 24), ("scene", 23), ("scene", 24)]


def test_what_a_cut_changes_in_a_class_is_said() -> None:
    """Fifteen of 25 show another state from the cut on: nobody is followed over it, but the counts are there."""
    table, faces, cuts = edited((90, 25), (90, 25))
    counts = np.tile([10.0, 0, 13, 0, 2], (180, 1))
    counts[90:] = [4, 0, 4, 0, 17]
    (scene,) = [one for one in find_changes(table, faces, 1.0, cuts=cuts, counts=counts).seen if one.kind == "scene"]
    assert what(scene) == "cut to another scene: 2 of about 25 faces other before, 17 after"
    assert scene.from_s == 90 and not [one for one in find_changes(table, faces, 1.0, cuts=cuts).seen if one.certain]
    counts[:90] = np.nan  # withheld: too few faces were seen well
    assert not [one for one in find_changes(table, faces, 1.0, cuts=cuts, counts=counts).seen if one.kind == "scene"]


def test_what_is_certain_is_not_denied() -> None:
    seen = find_changes(people(turned=15), STILL, 1.0).seen
    words = conclusion(Changes(seen=seen, people=25, needed=None))
    assert "No change" not in words and "might not be certain" not in words


def test_lines_for_the_command_line() -> None:
    assert changes_in_lines(find_changes(people(turned=15), STILL, 1.0)) == [
        "1:00 to 2:00 15 of 25 people turned to other (certain)"
    ]
    assert changes_in_lines(Changes(people=4)) == [
        "No change of expressions is certain. With 4 people seen well, even a change of all of them for a minute might not be "
        "certain."
    ]


@pytest.mark.slow
@pytest.mark.parametrize("kind", [{}, {"keep_s": 50}, {"people": 8}, {"lost_s": 90}, {"drift": True}], ids=str)
def test_chance_seldom_makes_a_certain_change(kind: dict[str, float]) -> None:
    """A part of benchmarks/change_points.py: at most one of a hundred recordings; more than two of twelve would be far more."""
    rng, model = np.random.default_rng(0), material()
    lesson = replace(Lesson(seconds=180), **kind)
    found = [find_changes(simulate(rng, lesson, model, 2.0), STILL, 2.0).seen for _ in range(12)]
    assert sum(any(one.certain for one in seen) for seen in found) <= 2


@pytest.mark.slow
def test_ten_of_25_who_change_together_for_a_minute_are_found() -> None:
    rng, model = np.random.default_rng(0), material()
    hits = 0
    for _ in range(10):
        seen = find_changes(simulate(rng, Lesson(together=10, at_s=90, seconds=240), model, 2.0), STILL, 2.0).seen
        hits += any(one.certain and abs(one.from_s - 90) <= 10 for one in seen)
    assert hits >= 7
