"""Our tracker against ByteTrack, on scenes in which nobody can be mistaken; docs/decisions.md says where and why they differ."""

from __future__ import annotations

import numpy as np
import pytest

from aiducation.vision.tracker import Tracker
from needs import need_package


def scene(kind: str, *, people: int = 12, frames: int = 60, seed: int = 0) -> list[tuple[np.ndarray, np.ndarray]]:
    """(N, 4) boxes of each frame in any order, and (N,) who each is. Twice a second; nobody comes near anybody."""
    rng = np.random.default_rng(seed)
    start = np.array([(160 * (i % 4), 160 * (i // 4)) for i in range(people)], np.float64)
    speed = rng.normal(0, 3, (people, 2)) if kind == "drifting" else np.zeros((people, 2))
    made = []
    for step in range(frames):
        who = rng.permutation(people)
        if kind == "some unseen":
            who = who[rng.random(people) < 0.9]
        middle = start[who] + speed[who] * np.sin(step / 10) * 5 + rng.normal(0, 1.5, (len(who), 2))
        made.append((np.hstack([middle - 30, middle + 30]).astype(np.float32), who))
    return made


def same_people(ids: list[np.ndarray], who: list[np.ndarray]) -> bool:
    """Whether every number stands for one person, and every person has one number; -1 is none yet."""
    pairs = {(int(i), int(w)) for a, b in zip(ids, who, strict=True) for i, w in zip(a, b, strict=True) if i >= 0}
    return len(pairs) == len({i for i, _ in pairs}) == len({w for _, w in pairs})


@pytest.mark.parametrize("kind", ["sitting", "drifting", "some unseen"])
def test_it_tells_the_same_people_apart_as_bytetrack(kind: str) -> None:
    supervision = need_package("supervision")
    trackers = need_package("trackers")
    ours, theirs = Tracker(seed=0), trackers.ByteTrackTracker(lost_track_buffer=150, frame_rate=2)
    frames = scene(kind)
    mine, other = [], []
    for step, (boxes, _) in enumerate(frames):
        scores = np.full(len(boxes), 0.9, np.float32)
        mine.append(ours.update(boxes, scores, step / 2))
        found = theirs.update(
            supervision.Detections(xyxy=boxes, confidence=scores, data={"row": np.arange(len(boxes))})
        )
        ids = np.full(len(boxes), -1)
        ids[found.data["row"].astype(int)] = found.tracker_id
        other.append(ids)
    who = [w for _, w in frames]
    assert same_people(mine, who) and same_people(other, who)
