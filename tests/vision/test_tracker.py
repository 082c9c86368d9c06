"""Tracking and smoothing over time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from aiducation.observations.detections import Detections
from aiducation.states import OUTCOMES, UNCLEAR
from aiducation.vision.assignment import assign
from aiducation.vision.smoothing import HALF_LIFE_S, Smoother
from aiducation.vision.tracker import IN_A_ROW, PATIENCE_S, Tracker
from makers import faces_of
from needs import need_package


def update(tracker: Tracker, found: Detections, time_s: float) -> np.ndarray:
    return tracker.update(found.boxes, found.scores, time_s)


def seen(*centres: tuple[float, float], side: float = 40, scores: float | list[float] = 0.9) -> Detections:
    points = np.array(centres, np.float32).reshape(-1, 2)
    return Detections(
        boxes=np.hstack([points - side / 2, points + side / 2]),
        landmarks=np.repeat(points[:, None], 5, axis=1),
        scores=np.broadcast_to(np.array(scores, np.float32), len(points)).copy(),
    )


@pytest.mark.parametrize("shape", [(1, 1), (3, 3), (5, 8), (8, 5), (20, 20)], ids=str)
@pytest.mark.parametrize("impossible", [0.0, 0.3, 0.8])
def test_assignment_agrees_with_scipy(shape: tuple[int, int], impossible: float) -> None:
    """As many pairs as possible, and among those the least cost."""
    optimize = need_package("scipy.optimize")
    for seed in range(20):
        rng = np.random.default_rng(seed)
        cost = np.where(rng.random(shape) < impossible, np.inf, rng.normal(0, 1, shape))
        pairs = assign(cost)
        rows, columns = optimize.linear_sum_assignment(np.where(np.isfinite(cost), cost, 1e6))
        theirs = [(r, c) for r, c in zip(rows, columns, strict=True) if np.isfinite(cost[r, c])]
        assert len(pairs) == len(theirs) == len({r for r, _ in pairs}) == len({c for _, c in pairs})
        assert sum(cost[p] for p in pairs) == pytest.approx(sum(cost[p] for p in theirs))


def test_sitting_heads_keep_their_numbers_whatever_their_order() -> None:
    tracker, rng = Tracker(seed=0), np.random.default_rng(0)
    places = np.array([(100 * i, 80 * j) for i in range(6) for j in range(4)], np.float32)
    first = update(tracker, seen(*places), 0.0)
    assert len(set(first)) == 24
    for step in range(1, 60):
        order = rng.permutation(24)
        moved = places[order] + rng.normal(0, 4, (24, 2))
        np.testing.assert_array_equal(update(tracker, seen(*moved), step / 2), first[order])


def test_walking_past_each_other() -> None:
    """Two people cross; their speed tells who is who."""
    tracker = Tracker(seed=0)
    tracks = [update(tracker, seen((20 + 30 * s, 100), (620 - 30 * s, 130)), s / 5) for s in range(21)]
    assert all((ids == tracks[0]).all() for ids in tracks)


def shirt(number: int) -> np.ndarray:
    """(1, 2, 150) an appearance of a colour of its own."""
    look = np.full((1, 2, 150), 0.1 / 149, np.float32)
    look[..., 10 * number] = 0.9
    return look


def crossing(every_s: float, *, speed: float, meet_s: float = 3.0) -> list[tuple[float, list[int], Detections]]:
    """Two people meet and pass; while their faces overlap the farther one is not seen. Time, who is seen, detections."""
    found = []
    for time_s in np.arange(0, 2 * meet_s, every_s):
        apart = speed * (time_s - meet_s)  # in sides of the nearer face
        near, far = (300 + 30 * apart, 200.0), (300 - 30 * apart, 190.0)
        who = [0] if abs(near[0] - far[0]) < 45 else [0, 1]
        points = [(near, 60.0), (far, 50.0)][: len(who)]
        boxes = [seen(point, side=side).boxes[0] for point, side in points]
        many = seen(*[point for point, _ in points])
        found.append((float(time_s), who, replace(many, boxes=np.array(boxes))))
    return found


@pytest.mark.parametrize("every_s", [0.1, 0.25, 0.5, 1.0])
@pytest.mark.parametrize("speed", [0.5, 1.0, 2.0])
def test_people_who_cross_keep_their_tracks_by_their_clothes(every_s: float, speed: float) -> None:
    """The one who was hidden comes back with the same number, and nobody's number moves to another."""
    tracker, numbers = Tracker(seed=0), {0: set(), 1: set()}  # type: dict[int, set[int]]
    for time_s, who, found in crossing(every_s, speed=speed):
        looks = np.concatenate([shirt(person) for person in who])
        for person, number in zip(who, tracker.update(found.boxes, found.scores, time_s, looks=looks), strict=True):
            numbers[person].add(int(number))
    assert not numbers[0] & numbers[1]
    assert len(numbers[0]) == len(numbers[1]) == 1 or speed * every_s > 1


@pytest.mark.parametrize("every_s", [0.1, 0.25, 0.5])
def test_the_survivor_does_not_get_the_number_of_the_hidden(every_s: float) -> None:
    """Without colours, by motion and size alone."""
    tracker, numbers = Tracker(seed=0), {0: set(), 1: set()}  # type: dict[int, set[int]]
    for time_s, who, found in crossing(every_s, speed=1.0):
        for person, number in zip(who, tracker.update(found.boxes, found.scores, time_s), strict=True):
            numbers[person].add(int(number))
    assert not numbers[0] & numbers[1] and len(numbers[0]) == 1


def test_another_who_comes_to_the_place_of_a_lost_face_is_another() -> None:
    """A passer-by in front of a sitting boy, as long as their clothes differ."""
    tracker = Tracker(seed=0)
    (boy,) = tracker.update(seen((300, 200)).boxes, np.array([0.9]), 0.0, looks=shirt(1))
    (woman,) = tracker.update(seen((310, 205), side=46).boxes, np.array([0.9]), 0.5, looks=shirt(2))
    (again,) = tracker.update(seen((301, 200)).boxes, np.array([0.9]), 1.0, looks=shirt(1))
    assert woman != boy and again == boy


def test_where_nobody_can_tell_both_tracks_end() -> None:
    """Two alike who stand still, then both are found in the middle between the two places."""
    tracker = Tracker(seed=0)
    before = tracker.update(seen((300, 200), (340, 200)).boxes, np.array([0.9, 0.9]), 0.0)
    after = tracker.update(seen((320, 190), (320, 210)).boxes, np.array([0.9, 0.9]), 0.5)
    assert not set(before.tolist()) & set(after.tolist())


def test_a_cut_ends_every_track_but_those_that_stay() -> None:
    tracker = Tracker(seed=0)
    found = seen((50, 50), (200, 50), (350, 50))
    first = tracker.update(found.boxes, found.scores, 0.0)
    some = found.where(np.array([0, 1]))
    second = tracker.update(some.boxes, some.scores, 0.5, stays=np.array([False, True]))
    assert second[0] != first[0] and second[1] == first[1]
    assert tracker.update(found.boxes, found.scores, 1.0)[2] != first[2]
    assert len(tracker.lost(1.0, within_s=10, looks=10)) == 0


def test_known_numbers_are_taken_up_again() -> None:
    """A tracker that is told what another gave goes on as that one does."""
    one, other, rng = Tracker(seed=0), Tracker(seed=0), np.random.default_rng(0)
    places = np.array([(100 * i, 80 * j) for i in range(4) for j in range(3)], np.float32)
    for step in range(20):
        found = seen(*(places + rng.normal(0, 6, places.shape))[rng.random(12) < 0.8])
        ids = one.update(found.boxes, found.scores, step / 2)
        again = other.update(found.boxes, found.scores, step / 2, known=ids if step < 12 else None)
        np.testing.assert_array_equal(ids, again)
    assert one.confirmed == other.confirmed


def test_found_again_soon_but_not_late() -> None:
    tracker = Tracker(seed=0)
    (number,) = update(tracker, seen((50, 50)), 0.0)
    update(tracker, seen(), 1.0)
    assert update(tracker, seen((52, 50)), PATIENCE_S - 0.5)[0] == number
    assert update(tracker, seen((52, 50)), 2 * PATIENCE_S)[0] != number


@pytest.mark.parametrize("every_s", [1 / 30, 0.5, 1.0, 2.0, PATIENCE_S])
def test_how_long_a_face_is_kept_is_a_matter_of_seconds(every_s: float) -> None:
    """Not of looks (trackers 2.1.0 counts looks of 1/30 s, and has none at 0.5 a second; findings/slow_clocks_in_trackers.sh)."""
    tracker = Tracker(seed=0)
    times = np.arange(20) * every_s
    before = {int(update(tracker, seen((50, 50)), time_s)[0]) for time_s in times}
    for time_s in np.arange(times[-1] + every_s, times[-1] + PATIENCE_S - every_s / 2, every_s):
        update(tracker, seen(), float(time_s))
    assert before == {int(update(tracker, seen((50, 50)), times[-1] + PATIENCE_S)[0])}


def test_at_longer_intervals_nobody_is_followed() -> None:
    """As docs/limits.md says."""
    tracker = Tracker(seed=0)
    assert len({int(update(tracker, seen((50, 50)), look * (PATIENCE_S + 0.5))[0]) for look in range(9)}) == 9


def test_weak_detections_continue_tracks() -> None:
    tracker = Tracker(seed=0)
    (number,) = update(tracker, seen((50, 50)), 0.0)
    same, other = update(tracker, seen((51, 50), (300, 300), scores=0.62), 0.5)
    assert same == number and tracker.confirmed == {number} and other != number


@pytest.mark.parametrize(("scores", "face"), [([0.65, 0.62, 0.85], True), ([0.65, 0.79, 0.62], False)], ids=str)
def test_a_track_is_a_face_once_it_was_seen_clearly(scores: list[float], face: bool) -> None:
    """Its earlier, weak detections belong to it."""
    tracker = Tracker(seed=0)
    ids = {int(update(tracker, seen((50, 50), scores=score), i / 2)[0]) for i, score in enumerate(scores)}
    assert len(ids) == 1 and (tracker.confirmed == ids) == face


@pytest.mark.parametrize("every_s", [0.1, 0.5, 2.0])
def test_a_weak_face_that_is_always_there_is_one(every_s: float) -> None:
    """What flickers is none, however often it is seen."""
    tracker = Tracker(seed=0)
    for look in range(IN_A_ROW):
        flickers = [(300, 300)] if look % IN_A_ROW != IN_A_ROW // 2 else []
        ids = update(tracker, seen((50, 50), *flickers, scores=0.65), look * every_s)
        assert tracker.confirmed == ({ids[0]} if look == IN_A_ROW - 1 else set())


def test_where_a_lost_face_should_be() -> None:
    tracker = Tracker(seed=0)
    update(tracker, seen((50, 50), (300, 300)), 0.0)
    update(tracker, seen((70, 50), (300, 300)), 0.5)
    update(tracker, seen((300, 300)), 1.0)
    ((left, top, right, bottom),) = tracker.lost(1.0, within_s=1.0, looks=0)
    assert (
        65 < (left + right) / 2 < 95 and (top + bottom) / 2 == pytest.approx(50) and right - left == pytest.approx(40)
    )
    update(tracker, seen((300, 300)), 2.0)
    assert len(tracker.lost(2.0, within_s=1.0, looks=0)) == 0
    assert len(tracker.lost(2.0, within_s=1.0, looks=2)) == 1


def test_a_face_that_jumps_or_grows_is_another() -> None:
    tracker = Tracker(seed=0)
    (number,) = update(tracker, seen((50, 50)), 0.0)
    assert update(tracker, seen((400, 50)), 0.5)[0] != number
    tracker = Tracker(seed=0)
    (number,) = update(tracker, seen((50, 50)), 0.0)
    assert update(tracker, seen((50, 50), side=100), 0.5)[0] != number


def test_numbers_say_nothing() -> None:
    a, b = (update(Tracker(), seen(*[(100 * i, 50) for i in range(50)]), 0.0) for _ in range(2))
    assert len(set(a)) == 50 and set(a) != set(b)
    assert abs(np.corrcoef(np.arange(50), a)[0, 1]) < 0.6


def test_smoothing_fades_a_single_frame() -> None:
    """Ten seconds of one state, then one odd frame: the state stays; after some seconds of another it has changed."""
    smoother = Smoother(threshold=0.4)
    focused, angry = np.eye(5, dtype=np.float32)[[2, 1]] * 0.6 + 0.08
    for step in range(20):
        out = smoother.update(faces_of([focused], tracks=[7], time_s=step / 2))
    assert smoother.update(faces_of([angry], tracks=[7], time_s=10.0)).states == ("focused",)
    for step in range(1, 12):
        out = smoother.update(faces_of([angry], tracks=[7], time_s=10 + step / 2))
    assert out.states == ("angry",)


def test_smoothing_makes_nobody_surer() -> None:
    """However long an unsure opinion lasts, it stays unsure."""
    smoother = Smoother(threshold=0.5)
    unsure = np.array([0.45, 0.2, 0.15, 0.1, 0.1], np.float32)
    for step in range(200):
        out = smoother.update(faces_of([unsure], tracks=[1], time_s=step / 2))
    assert out.states == (UNCLEAR,) and out.reasons == ("not sure",)
    np.testing.assert_allclose(out.probs[0], unsure, atol=1e-5)


def test_half_of_the_weight_after_the_half_life() -> None:
    smoother = Smoother(threshold=0)
    one, two = np.eye(5, dtype=np.float32)[:2]
    smoother.update(faces_of([one], tracks=[1], time_s=0.0))
    out = smoother.update(faces_of([two], tracks=[1], time_s=HALF_LIFE_S))
    np.testing.assert_allclose(out.probs[0, :2], [1 / 3, 2 / 3], atol=1e-5)


def test_a_face_that_cannot_be_seen_stays_unclear() -> None:
    smoother = Smoother(threshold=0)
    smoother.update(faces_of([np.eye(5, dtype=np.float32)[0]], tracks=[1], time_s=0.0))
    blind = replace(faces_of([np.full(5, np.nan, np.float32)], tracks=[1], time_s=0.5), reasons=("blurred",))
    out = smoother.update(blind)
    assert out.states == (UNCLEAR,) and out.reasons == ("blurred",) and np.isnan(out.probs).all()
    assert OUTCOMES[0] not in out.states
