"""Do tracks stay with their people? Made scenes with known truth, rendered scenes, and people who walk past each other.

    pip install trackeval     # the metrics, apart from what the project needs
    python benchmarks/tracking.py [several_faces.mp4] [--against NAME=tracking.py ...] [--json results/tracking.json]

Each scene is a list of detections with the person that each belongs to. Every tracker gets the same detections; its confirmed
tracks are compared with the truth by TrackEval (HOTA, its association part AssA, IDF1, identity switches). "mixed" counts people
that a track took over from another person, "tracks" all confirmed tracks, "people" how many there were. ``--against`` loads a
``tracking.py`` of another version; ByteTrack of the package ``trackers`` runs as well where it is installed.

The clip is examples/video.mp4 of https://github.com/timesler/facenet-pytorch; who is who was decided by eye and stands, as boxes
alone, in tracking_truth.json.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import io
import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from aiducation.environment import environment
from aiducation.media.samples import portrait
from aiducation.media.videos import VideoReader
from aiducation.vision.appearance import appearance
from aiducation.vision.detectors import DETECTORS
from aiducation.vision.tracker import Tracker

INTERVALS_S = (0.1, 0.25, 0.5, 1.0)
CLIP_TRUTH = Path(__file__).with_name("tracking_truth.json")


@dataclass
class Look:
    """What a detector saw at a time: boxes (N, 4), scores (N,), appearances or None, who each is (N,), -1 for nobody."""

    time_s: float
    boxes: np.ndarray
    scores: np.ndarray
    looks: np.ndarray | None
    people: np.ndarray


@dataclass
class Scene:
    name: str
    every_s: float
    frames: list[Look] = field(default_factory=list)


# --- scenes -----------------------------------------------------------------------------------------------------------


def overlap(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """(N, M) intersection over union of (N, 4) and (M, 4) boxes."""
    low, high = np.maximum(a[:, None, :2], b[None, :, :2]), np.minimum(a[:, None, 2:], b[None, :, 2:])
    shared = np.clip(high - low, 0, None).prod(axis=2)
    areas = [(boxes[:, 2:] - boxes[:, :2]).prod(axis=1) for boxes in (a, b)]
    return np.asarray(shared / np.maximum(areas[0][:, None] + areas[1][None] - shared, 1e-9))


def walkers(rng: np.random.Generator, seconds: float) -> Callable[[float], np.ndarray]:
    """Eight people who walk through a corridor at their own depth and speed, to and fro: (8, 3) x, y, side at a time."""
    n = 8
    side = rng.uniform(40, 130, n)
    speed = rng.uniform(0.3, 2.0, n) * side * rng.choice([-1, 1], n)  # in sides a second
    start = rng.uniform(100, 1180, n)
    y = 250 + 1.2 * side + rng.uniform(-30, 30, n)
    phase = rng.uniform(0, 2 * np.pi, n)

    def at(t: float) -> np.ndarray:
        x = start + speed * t
        x = 100 + np.abs((x - 100) % (2 * 1080) - 1080)  # turned back at both ends
        return np.stack([x, y + 0.08 * side * np.sin(2 * np.pi * 1.8 * t + phase), side], axis=1)

    return at


def wanderers(rng: np.random.Generator, seconds: float) -> Callable[[float], np.ndarray]:
    """Eight people who stroll about, stand, come nearer and go away."""
    n, steps = 8, int(seconds * 20) + 2
    speed = np.zeros((n, 2))
    places = [np.stack([rng.uniform(200, 1080, n), rng.uniform(250, 450, n), rng.uniform(50, 110, n)], axis=1)]
    mood = np.zeros(n)
    for _ in range(steps):
        now = places[-1]
        mood = np.where(rng.random(n) < 0.02, rng.integers(0, 2, n), mood)  # 0 stands, 1 walks
        speed += 0.05 * (-speed / 1.5) + np.sqrt(0.05) * rng.normal(0, 1.0, (n, 2)) * (0.15 + 0.9 * mood[:, None])
        speed *= np.where(mood == 0, 0.9, 1.0)[:, None]
        step = 0.05 * speed * now[:, 2:]
        place = now[:, :2] + step * (1, 0.3)
        speed = np.where((place < (60, 200)) & (speed < 0) | (place > (1220, 560)) & (speed > 0), -speed, speed)
        side = np.clip(now[:, 2] * np.exp(rng.normal(0, 0.006, n) * mood), 35, 150)
        places.append(np.hstack([place, side[:, None]]))
    table = np.array(places)
    return lambda t: np.asarray(table[round(t * 20)])


def seated(rng: np.random.Generator, seconds: float) -> Callable[[float], np.ndarray]:
    """A class of 24 on their chairs, and a teacher who walks in front of them."""
    grid = np.array([(160 + 190 * i, 180 + 120 * j, 38 + 10 * j) for j in range(4) for i in range(6)], float)
    phase, size = rng.uniform(0, 6, (24, 2)), rng.uniform(0.05, 0.35, (24, 2))

    def at(t: float) -> np.ndarray:
        sway = size * np.sin(t / 1.5 + phase) * grid[:, 2:]
        teacher = [[640 + 500 * np.sin(t / 4), 560, 110]]
        return np.vstack([np.hstack([grid[:, :2] + sway, grid[:, 2:]]), teacher])

    return at


MADE = {"walking past each other": walkers, "strolling": wanderers, "class with a teacher": seated}


def boxes_of(places: np.ndarray) -> np.ndarray:
    half = np.stack([places[:, 2] * 0.45, places[:, 2] * 0.55], axis=1)
    return np.hstack([places[:, :2] - half, places[:, :2] + half])


def hidden(places: np.ndarray) -> np.ndarray:
    """(N,) share of each face behind the heads and shoulders of larger, that is nearer people."""
    boxes = boxes_of(places)
    share = np.zeros(len(places))
    for i in range(len(places)):
        for j in np.flatnonzero(places[:, 2] > places[i, 2]):
            x, y, side = places[j]
            for box in (boxes[j], np.array([x - side, y + 0.6 * side, x + side, y + 5 * side])):  # head, then body
                shared = np.clip(np.minimum(boxes[i, 2:], box[2:]) - np.maximum(boxes[i, :2], box[:2]), 0, None).prod()
                share[i] = max(share[i], shared / (boxes[i, 2:] - boxes[i, :2]).prod())
    return share


def made_scene(name: str, every_s: float, seed: int, *, colors: bool, seconds: float = 30.0) -> Scene:
    """Boxes with a detector's jitter, misses and scores, and appearances that vary with what is behind."""
    rng = np.random.default_rng(seed)
    at = MADE[name](rng, seconds)
    n = len(at(0.0))
    # People share most colours (skin, hair, dark clothes), and what is behind them comes in, as with real people in a street.
    room, common = rng.dirichlet(np.full(150, 0.2), 2), rng.dirichlet(np.full(150, 0.05), 2)
    own = 0.7 * common + 0.3 * rng.dirichlet(np.full(150, 0.05), (n, 2))
    scene = Scene(name + ("" if colors else ", without colours"), every_s)
    for t in np.arange(0, seconds, every_s):
        places = at(float(t))
        seen = (hidden(places) < 0.5) & (rng.random(n) > 0.06)
        rows = np.flatnonzero(seen)
        boxes = boxes_of(places[rows]) + rng.normal(0, 0.04, (len(rows), 4)) * places[rows, 2:]
        scores = np.where(
            rng.random(len(rows)) < 0.15, rng.uniform(0.6, 0.8, len(rows)), rng.uniform(0.8, 0.95, len(rows))
        )
        looks = None
        if colors:
            share = 0.75 * rng.random((len(rows), 2, 1)) ** 3
            noise = rng.dirichlet(np.full(150, 0.2), (len(rows), 2))
            looks = ((1 - share) * own[rows] + share * (0.7 * room + 0.3 * noise)).astype(np.float32)
        scene.frames.append(Look(float(t), boxes.astype(np.float32), scores.astype(np.float32), looks, rows))
    return scene


def tinted(face: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The portrait with other light and another jacket."""
    gains = rng.uniform(0.75, 1.15, 3)
    person = np.clip(face * gains, 0, 255)
    jacket = rng.uniform(20, 230, 3)
    person[330:] = 0.35 * person[330:] + 0.65 * jacket * (0.5 + person[330:].mean(axis=2, keepdims=True) / 255)
    return np.clip(person, 0, 255).astype(np.uint8)


def rendered_scene(every_s: float, seed: int, seconds: float = 12.0) -> Scene:
    """The sample face in six jackets, walking past itself in a drawn room; found by the detector."""
    from PIL import Image

    rng = np.random.default_rng(seed)
    detector = DETECTORS["yunet"].make(threads=2)
    face = portrait()[:, 60:480].astype(np.float64)
    n = 6
    people = [Image.fromarray(tinted(face, rng)) for _ in range(n)]
    size = np.sort(rng.uniform(90, 260, n))  # height of the pasted portrait
    speed = rng.uniform(0.35, 1.4, n) * size * 0.38 * rng.choice([-1, 1], n)
    start, floor = rng.uniform(0, 1280, n), 300 + 0.9 * size
    mask = Image.fromarray(
        (255 * (np.hypot(*np.meshgrid(np.linspace(-1.2, 1.2, 420), np.linspace(-1.35, 0.75, 606))) < 1)).astype(
            np.uint8
        )
    )
    mask.paste(255, (30, 330, 390, 606))
    room = Image.fromarray(np.kron(rng.integers(90, 170, (9, 16, 3)), np.ones((80, 80, 1))).astype(np.uint8))
    scene = Scene("rendered, walking past each other", every_s)
    for t in np.arange(0, seconds, every_s):
        picture, truth = room.copy(), []
        for i in range(n):
            high, wide = int(size[i]), int(size[i] * 420 / 606)
            x = int((start[i] + speed[i] * t) % (1280 + 2 * wide)) - wide
            y = int(floor[i] - high)
            picture.paste(people[i].resize((wide, high)), (x, y), mask.resize((wide, high)))
            truth.append((x + 0.27 * wide, y + 0.15 * high, x + 0.73 * wide, y + 0.52 * high))
        image = np.asarray(picture)
        found = detector.detect(image)
        near = overlap(found.boxes, np.array(truth))
        # Of two faces at a place the nearer is seen, and is the one that the box fits.
        who = np.where(near.max(axis=1, initial=0) > 0.4, near.argmax(axis=1), -1) if len(found) else np.zeros(0, int)
        scene.frames.append(Look(float(t), found.boxes, found.scores, appearance(image, found.boxes), who))
    return scene


def clip_scene(path: Path, every_s: float) -> Scene:
    """Real people who walk past each other."""
    truth = json.loads(CLIP_TRUTH.read_text(encoding="utf-8"))
    detector = DETECTORS["yunet"].make(threads=2)
    scene = Scene("clip of a street", every_s)
    every = max(round(every_s * 25), 1)
    with VideoReader(path) as reader:
        for frame in reader.frames():
            if frame.index % every:
                continue
            found = detector.detect(frame.image)
            known = truth.get(str(frame.index), {})
            near = overlap(found.boxes, np.array(list(known.values()), float).reshape(-1, 4))
            who = np.array([int(name) for name in known])
            people = np.array([who[row.argmax()] if row.max(initial=0) > 0.5 else -1 for row in near], int)
            scene.frames.append(
                Look(frame.time_s, found.boxes, found.scores, appearance(frame.image, found.boxes), people)
            )
    return scene


# --- trackers ---------------------------------------------------------------------------------------------------------


def ours(scene: Scene) -> list[np.ndarray]:
    tracker = Tracker(seed=0)
    ids = [tracker.update(f.boxes, f.scores, f.time_s, looks=f.looks) for f in scene.frames]
    return [np.where(np.isin(one, list(tracker.confirmed)), one, -1) for one in ids]


def other(path: Path) -> Callable[[Scene], list[np.ndarray]]:
    """The Tracker of another version of this project."""
    import sys

    spec = importlib.util.spec_from_file_location(f"other_{abs(hash(path))}", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)

    def run(scene: Scene) -> list[np.ndarray]:
        tracker = module.Tracker(seed=0)
        ids = [tracker.update(f.boxes, f.scores, f.time_s) for f in scene.frames]
        return [np.where(np.isin(one, list(tracker.confirmed)), one, -1) for one in ids]

    return run


def byte_track() -> Callable[[Scene], list[np.ndarray]] | None:
    """ByteTrack of the package trackers, if it is there."""
    try:
        import supervision
        from trackers import ByteTrackTracker
    except ImportError:
        return None

    def run(scene: Scene) -> list[np.ndarray]:
        rate = 1 / scene.every_s
        tracker = ByteTrackTracker(lost_track_buffer=150, frame_rate=rate, minimum_consecutive_frames=1)
        tracker.reset()
        result = []
        for f in scene.frames:
            detections = supervision.Detections(
                xyxy=f.boxes, confidence=f.scores, data={"row": np.arange(len(f.boxes))}
            )
            found = tracker.update(detections)
            ids = np.full(len(f.boxes), -1)
            if len(found) and found.tracker_id is not None:
                ids[found.data["row"].astype(int)] = found.tracker_id
            result.append(ids)
        return result

    return run


# --- metrics ----------------------------------------------------------------------------------------------------------


def measured(scene: Scene, tracked: list[np.ndarray]) -> dict[str, float]:
    """HOTA and the rest of one scene."""
    import trackeval

    def numbered(rows: list[np.ndarray]) -> tuple[list[np.ndarray], int]:
        names = {name: k for k, name in enumerate(sorted({int(x) for row in rows for x in row}))}
        return [np.array([names[int(x)] for x in row], int) for row in rows], len(names)

    real = [f.people >= 0 for f in scene.frames]
    told = [ids >= 0 for ids in tracked]
    truth, n_truth = numbered([f.people[mask] for f, mask in zip(scene.frames, real, strict=True)])
    ids, n_ids = numbered([one[mask] for one, mask in zip(tracked, told, strict=True)])
    data = {
        "num_timesteps": len(scene.frames),
        "gt_ids": truth,
        "tracker_ids": ids,
        "similarity_scores": [
            overlap(f.boxes[a], f.boxes[b]) for f, a, b in zip(scene.frames, real, told, strict=True)
        ],
        "num_gt_dets": sum(map(len, truth)),
        "num_tracker_dets": sum(map(len, ids)),
        "num_gt_ids": n_truth,
        "num_tracker_ids": n_ids,
    }
    with contextlib.redirect_stdout(io.StringIO()):
        hota = trackeval.metrics.HOTA().eval_sequence(data)
        identity = trackeval.metrics.Identity().eval_sequence(data)
        clear = trackeval.metrics.CLEAR().eval_sequence(data)
    held: dict[int, set[int]] = defaultdict(set)
    for f, one in zip(scene.frames, tracked, strict=True):
        for number, person in zip(one, f.people, strict=True):
            if number >= 0 and person >= 0:
                held[int(number)].add(int(person))
    return {
        "hota": float(np.mean(hota["HOTA"])),
        "assa": float(np.mean(hota["AssA"])),
        "idf1": float(identity["IDF1"]),
        "switches": float(clear["IDSW"]),
        "mixed": float(sum(len(some) - 1 for some in held.values())),
        "tracks": float(len(held)),
        "people": float(n_truth),
    }


def scenes(clip: Path | None, seeds: int) -> Iterator[list[Scene]]:
    """The scenes of one row of the table."""
    for every_s in INTERVALS_S:
        for name in MADE:
            for colors in (True, False):
                yield [made_scene(name, every_s, seed, colors=colors) for seed in range(seeds)]
        yield [rendered_scene(every_s, seed) for seed in range(min(seeds, 3))]
        if clip:
            yield [clip_scene(clip, every_s)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clip", type=Path, nargs="?", help="several_faces.mp4")
    parser.add_argument("--against", nargs="*", default=[], metavar="NAME=TRACKING.PY")
    parser.add_argument("--seeds", type=int, default=8, help="made scenes of each kind")
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    trackers: dict[str, Callable[[Scene], list[np.ndarray]]] = {"this": ours}
    trackers |= {name: other(Path(path)) for name, _, path in (text.partition("=") for text in args.against)}
    if bytes_ := byte_track():
        trackers["ByteTrack"] = bytes_
    rows: list[dict[str, Any]] = []
    for group in scenes(args.clip, args.seeds):
        for name, run in trackers.items():
            results = [measured(scene, run(scene)) for scene in group]
            mean = {key: round(float(np.mean([one[key] for one in results])), 3) for key in results[0]}
            row = {"scene": group[0].name, "every_s": group[0].every_s, "scenes": len(group), "tracker": name, **mean}
            rows.append(row)
            print("  ".join(f"{value:<34}" if key == "scene" else f"{value}" for key, value in row.items()), flush=True)
    for name in trackers:
        of_it = [row for row in rows if row["tracker"] == name]
        keys = ("hota", "assa", "idf1", "switches", "mixed", "tracks")
        print(name, {key: round(float(np.mean([row[key] for row in of_it])), 3) for key in keys})
    if args.json:
        args.json.write_text(
            json.dumps({"environment": environment(), "rows": rows}, indent=1) + "\n", encoding="utf-8"
        )


if __name__ == "__main__":
    main()
